"""The measuring itself, and what is written of it."""

import csv
import importlib.util
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.data_sets import MadeSet
from tests.helpers.textures import texture
from vfi.errors import InputError, OutputError
from vfi.evaluation import perceptual
from vfi.evaluation.baselines import average, dis, dis_flow
from vfi.evaluation.datasets.samples import Sample
from vfi.evaluation.measures import Measure, measures_named
from vfi.evaluation.methods import FunctionMethod
from vfi.evaluation.metrics import PERFECT_PSNR
from vfi.evaluation.motion import flicker
from vfi.evaluation.report import tables
from vfi.evaluation.report.gallery import Gallery
from vfi.evaluation.report.page import report
from vfi.evaluation.runner import evaluate, motions_of


def knows_the_answer(made_set, of):
    """A method that is perfect on the sample `of` and gives the first frame elsewhere."""

    def method(one, two, t):
        for sample in made_set.samples:
            if sample.name == of and np.array_equal(one, sample.one):
                return sample.truth
        return one

    return FunctionMethod("knows", method)


@pytest.fixture
def measured(made_set):
    methods = [FunctionMethod("average", average), knows_the_answer(made_set, "by 4")]
    return evaluate(methods, made_set, flow=dis_flow, progress=False)


def test_every_answer_is_measured(made_set, measured) -> None:
    assert measured.methods == ["average", "knows"]
    assert [record.sample for record in measured.of("average")] == ["by 2", "by 4", "by 8"]
    for record, sample in zip(measured.of("average"), made_set, strict=True):
        made = average(sample.one, sample.two, 0.5)
        assert record.measures.keys() == {row.name for row in measured.measures}
        for row in measured.measures:
            assert record.measures[row.name] == row.function(made, sample.truth)
        assert record.seconds > 0


def test_motion_is_that_of_the_samples(measured) -> None:
    moved = [motion.magnitude for motion in measured.motions.values()]
    assert moved == pytest.approx([2, 4, 8], rel=0.3)


def test_a_perfect_sample_does_not_break_the_mean(measured) -> None:
    _, knows = measured.summaries()
    values = [record.measures["psnr"] for record in measured.of("knows")]
    assert [math.isinf(value) for value in values] == [False, True, False]
    assert knows.means["psnr"] == pytest.approx((values[0] + PERFECT_PSNR + values[2]) / 3)
    assert knows.perfect == 1


def test_flicker_is_measured_for_moving_pictures_alone(made_set) -> None:
    assert (
        "flicker"
        not in evaluate([FunctionMethod("dis", dis)], made_set, progress=False).records[0].measures
    )
    frames = [texture(2 * i) for i in range(5)]
    clip = MadeSet(
        tuple(
            Sample(f"{i}", frames[i], frames[i + 2], frames[i + 1], sequence="clip") for i in (0, 2)
        )
    )
    methods = [
        FunctionMethod("hold", lambda one, two, t: one),
        FunctionMethod("truth", lambda one, two, t: texture(2 if one is frames[0] else 6)),
    ]
    hold, perfect = evaluate(methods, clip, progress=False).summaries()
    assert perfect.means["flicker"] == 0.0
    assert hold.means["flicker"] == pytest.approx(2, rel=0.3)  # it stands where 2 px are true


def test_flicker_follows_the_frame_shown_before() -> None:
    """At two times of one pair the second is judged by its step from the first."""
    frames = [texture(2 * i) for i in range(4)]
    pair = [Sample(f"{k}", frames[0], frames[3], frames[k], k / 3, sequence="clip") for k in (1, 2)]
    late = FunctionMethod("late", lambda one, two, t: frames[0] if t < 0.5 else frames[1])
    measured = evaluate(
        [late], MadeSet(tuple(pair)), measures=measures_named(["flicker"]), progress=False
    )
    first, second = (record.measures["flicker"] for record in measured.records)
    assert first == pytest.approx(2, rel=0.3)
    assert second < 0.3  # 0 → 1 is the same step as 1 → 2
    assert set(measured.records[0].measures) == {"psnr", "flicker"}


def test_flicker_by_hand() -> None:
    seen, true = np.zeros((4, 4, 2), np.float32), np.zeros((4, 4, 2), np.float32)
    seen[0] = (3, 4)
    assert flicker(seen, true) == pytest.approx(5 / 4)


def test_motion_alone(made_set) -> None:
    assert list(motions_of(made_set, dis_flow, progress=False)) == made_set.names


def test_the_gallery_keeps_the_worst(made_set) -> None:
    gallery = Gallery(limit=2, largest=(32, 32))
    measured = evaluate([FunctionMethod("average", average)], made_set, gallery=gallery)
    worst = sorted(measured.records, key=lambda record: record.measures["psnr"])[:2]
    assert [exhibit.sample for exhibit in gallery.exhibits()] == [r.sample for r in worst]
    assert gallery.exhibits()[0].truth.startswith("data:image/jpeg;base64,/9j/")
    none = Gallery(limit=0)
    evaluate([FunctionMethod("average", average)], made_set, gallery=none)
    assert none.exhibits() == []


def test_the_table_names_what_it_shows(measured) -> None:
    text = tables.text_table(measured)
    first = measured.summaries()[0]
    assert f"{first.means['psnr']:.2f}" in text
    assert "made set: 3 samples" in text
    assert "Protocol: as the test says." in text
    assert "SSIM 7x7: uniform window" in text
    assert "knows: 1 samples are perfect" in text
    assert len({len(line) for line in text.splitlines()[1:4]}) == 1  # aligned


def test_json_is_strict_and_complete(measured, tmp_path: Path) -> None:
    tables.write_json(tmp_path / "x.json", measured)

    def refuse(constant):
        raise AssertionError(constant)

    document = json.loads((tmp_path / "x.json").read_text(), parse_constant=refuse)
    assert document["summary"][0]["means"]["psnr"] == measured.summaries()[0].means["psnr"]
    perfect = [r for r in document["records"] if r["perfect"]]
    assert [(r["method"], r["sample"], r["psnr"]) for r in perfect] == [("knows", "by 4", None)]
    with pytest.raises(OutputError, match=r"x\.json"):
        tables.write_json(tmp_path / "x.json", measured)


def test_csv_has_a_line_a_record(measured, tmp_path: Path) -> None:
    tables.write_csv(tmp_path / "x.csv", measured)
    with (tmp_path / "x.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6
    assert float(rows[0]["psnr"]) == measured.records[0].measures["psnr"]
    assert float(rows[3]["psnr"]) == math.inf
    assert float(rows[0]["motion_sufficiency"]) > 0


def test_lpips_is_left_out_with_a_reason_or_works(made_set) -> None:
    if reason := perceptual.missing_lpips():
        assert reason.startswith("no LPIPS: ")
        return
    sample = made_set.samples[0]
    assert perceptual.lpips(sample.truth, sample.truth) == pytest.approx(0, abs=1e-6)
    assert perceptual.lpips(sample.one, sample.truth) > 0


def test_lpips_without_its_package(monkeypatch: pytest.MonkeyPatch, made_set) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    measured = evaluate(
        [FunctionMethod("average", average)],
        made_set,
        measures=measures_named(["ie", "lpips"]),
        notes=["a note"],
        progress=False,
    )
    assert [row.name for row in measured.measures] == ["psnr", "ie"]
    assert measured.notes == ("a note", "no LPIPS: the package `lpips` is not installed")
    assert "Note: a note." in tables.text_table(measured)


def test_a_measure_is_one_row(made_set) -> None:
    """A row of one's own is measured, averaged, judged and explained by what it says itself."""
    darkness = Measure(
        "dark", "darkness", 1, "darkness: of two", True, lambda a, b: float(a.mean()), mean=min
    )
    methods = [FunctionMethod("average", average), FunctionMethod("black", lambda a, b, t: 0 * a)]
    measured = evaluate(methods, made_set, measures=[darkness], progress=False)
    lowest = min(average(s.one, s.two, 0.5).mean() for s in made_set)
    bright, black = measured.summaries()
    assert bright.means["dark"] == lowest
    assert black.means["dark"] == 0
    table = tables.text_table(measured)
    assert "darkness: of two." in table
    assert f"{lowest:.1f} " in table
    assert '<td class="number best">0.0</td>' in report(measured)


class TestFailures:
    """Another program that fails on a sample does not end the benchmark."""

    @pytest.fixture
    def measured(self, made_set):
        def method(one, two, t):
            if np.array_equal(one, made_set.samples[1].one):
                raise InputError("tool failed with exit code 3: no memory")
            return one

        methods = [FunctionMethod("tool", method), FunctionMethod("average", average)]
        return evaluate(methods, made_set, gallery=Gallery(3), progress=False)

    def test_the_others_are_measured(self, measured) -> None:
        assert [record.sample for record in measured.of("average")] == ["by 2", "by 4", "by 8"]
        assert [record.sample for record in measured.of("tool")] == ["by 2", "by 8"]
        (failure,) = measured.failures
        assert (failure.method, failure.sample, failure.t) == ("tool", "by 4", 0.5)
        values = [record.measures["ie"] for record in measured.of("tool")]
        assert measured.summaries()[0].means["ie"] == pytest.approx(sum(values) / 2)

    def test_it_stands_in_every_result(self, measured, tmp_path: Path) -> None:
        text = tables.text_table(measured)
        assert "FAILED: tool, by 4, t = 0.5: tool failed with exit code 3: no memory\n" in text
        assert "tool: 1 of 3 samples failed and are not in its means" in text
        tables.write_json(tmp_path / "a.json", measured)
        document = json.loads((tmp_path / "a.json").read_text())
        assert document["failures"] == [
            {
                "method": "tool",
                "sample": "by 4",
                "t": 0.5,
                "error": "tool failed with exit code 3: no memory",
            }
        ]
        tables.write_csv(tmp_path / "a.csv", measured)
        rows = list(csv.DictReader((tmp_path / "a.csv").read_text().splitlines()))
        assert [(row["method"], row["sample"]) for row in rows if not row["psnr"]] == [
            ("tool", "by 4")
        ]
        page = report(measured)
        assert "1 of 3 samples failed" in page
        assert report(replace(measured, records=measured.records[::-1])).count(">failed<") == 1

    def test_if_nobody_answers_that_is_the_failure(self, made_set) -> None:
        def method(one, two, t):
            raise InputError("tool failed with exit code 3")

        with pytest.raises(InputError, match="no sample was answered: tool failed with exit code"):
            evaluate([FunctionMethod("tool", method)], made_set, progress=False)

    def test_flicker_after_a_lost_picture_is_not_made_up(self) -> None:
        pair = [
            Sample(str(n), texture(0), texture(8), texture(2 * n), n / 4, "s") for n in (1, 2, 3)
        ]
        pair = [replace(sample, one=pair[0].one, two=pair[0].two) for sample in pair]
        truths = {sample.t: sample.truth for sample in pair}

        def method(one, two, t):
            if t == 0.5:
                raise InputError("lost")
            return truths[t]

        knows = FunctionMethod("knows", method)
        measured = evaluate([knows], MadeSet(tuple(pair)), progress=False)
        first, third = (record.measures["flicker"] for record in measured.records)
        assert first == 0
        assert math.isnan(third)
        assert measured.summaries()[0].means["flicker"] == 0
