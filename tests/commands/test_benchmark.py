"""`vfi benchmark` from the outside."""

import csv
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from vfi.commands import group
from vfi.commands.options import short_name
from vfi.evaluation.datasets.catalogue import CATALOGUE
from vfi.evaluation.metrics import mean_psnr, psnr
from vfi.media.pictures.images import write_image


def run(*words):
    return CliRunner().invoke(group, ["benchmark", *map(str, words)])


@pytest.fixture
def folder(tmp_path):
    """Four triplets of a texture that moves by 2, 4, 6 and 8 pixels; and their pictures."""
    noise = np.random.default_rng(1).uniform(0, 255, (72, 104, 3)).astype(np.float32)
    texture = np.clip((cv2.GaussianBlur(noise, (0, 0), 2) - 127.5) * 5 + 127.5, 0, 255)
    texture = texture.astype(np.uint8)
    root = tmp_path / "triplets"
    for d in (2, 4, 6, 8):
        (root / f"by{d}").mkdir(parents=True)
        for number, shift in enumerate((0, d // 2, d)):
            write_image(root / f"by{d}" / f"{number}.png", texture[:, 16 - shift : 88 - shift])
    return root


def test_table_json_csv_and_report(folder, tmp_path: Path) -> None:
    paths = {key: tmp_path / f"out.{key}" for key in ("json", "csv")}
    page = tmp_path / "out.html"
    ended = run(
        "triplets", "--data", folder, "--model", "direct", "--against", "average, dis",
        "--json", paths["json"], "--csv", paths["csv"], "--report", page, "--no-progress",
        "--device", "cpu",
    )  # fmt: skip
    assert ended.exit_code == 0, ended.output
    document = json.loads(paths["json"].read_text())
    assert [summary["method"] for summary in document["summary"]] == ["direct", "average", "dis"]
    with paths["csv"].open() as file:
        rows = [row for row in csv.DictReader(file) if row["method"] == "average"]
    expected = []
    for d in (2, 4, 6, 8):
        one, truth, two = (
            cv2.imread(str(folder / f"by{d}" / f"{number}.png")).astype(np.float64)
            for number in range(3)
        )
        made = np.rint(one / 2 + two / 2)
        expected.append(psnr(made / 255, truth / 255))
    assert [float(row["psnr"]) for row in rows] == pytest.approx(expected)
    assert f"{mean_psnr(expected):.2f}" in ended.stdout
    assert "Protocol: the second picture of every folder" in ended.stdout
    assert page.read_text().count("<img") > 0
    moved = [float(row["motion_magnitude"]) for row in rows]
    assert moved == sorted(moved)


def test_another_program_in_the_same_run(folder, tmp_path: Path) -> None:
    tool = tmp_path / "tool.py"
    tool.write_text("import shutil, sys; shutil.copy(sys.argv[1], sys.argv[3])")
    command = f"{sys.executable} {tool} {{one}} {{two}} {{out}}"
    ended = run(
        "triplets", "--data", folder, "--no-model", "--against", "average",
        "--against-command", command, "--measures", "psnr", "--limit", 2, "--motion", "none",
    )  # fmt: skip
    assert ended.exit_code == 0, ended.output
    assert "2 samples" in ended.stdout
    assert "python" in ended.stdout
    assert "SSIM" not in ended.stdout


def test_another_program_that_fails_once_does_not_end_the_run(folder, tmp_path: Path) -> None:
    tool, log = tmp_path / "tool.py", tmp_path / "log"
    tool.write_text(
        "import pathlib, shutil, sys\n"
        "log = pathlib.Path(sys.argv[4])\n"
        "log.open('a').write('x')\n"
        "if len(log.read_text()) == 3:\n"  # the first sample is asked for twice
        "    sys.exit('out of memory')\n"
        "shutil.copy(sys.argv[1], sys.argv[3])\n"
    )
    command = f"{sys.executable} {tool} {{one}} {{two}} {{out}} {log}"
    ended = run(
        "triplets", "--data", folder, "--no-model", "--against", "average", "--motion", "none",
        "--against-command", command, "--measures", "psnr", "--json", tmp_path / "a.json",
    )  # fmt: skip
    assert ended.exit_code == 1
    assert "FAILED: python" in ended.stdout
    assert "out of memory" in ended.stdout
    assert ended.stderr.splitlines()[-1] == "Error: 1 of 8 answers failed; see the table"
    document = json.loads((tmp_path / "a.json").read_text())
    assert len(document["records"]) == 7
    assert [failure["sample"] for failure in document["failures"]] == ["by4"]


def test_the_hardest_half_is_listed_and_can_be_measured(folder, tmp_path: Path) -> None:
    listed = tmp_path / "hard.txt"
    ended = run(
        "triplets", "--data", folder, "--select-hardest", 0.5, "--motion", "dis",
        "--list-out", listed,
    )  # fmt: skip
    assert ended.exit_code == 0, ended.output
    lines = listed.read_text().splitlines()
    assert lines[0] == "# triplets: the 0.5 of samples with the largest motion sufficiency, " + (
        "flow by DIS"
    )
    assert lines[1:] == ["by6", "by8"]
    ended = run(
        "triplets", "--data", folder, "--list", listed, "--no-model", "--against", "average",
        "--measures", "psnr",
    )  # fmt: skip
    assert ended.exit_code == 0, ended.output
    assert "2 samples" in ended.stdout


def test_speed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("vfi.evaluation.speed.machine.MATRIX_SIDE", {"cpu": 64})
    monkeypatch.setattr("vfi.evaluation.speed.machine.COPIED_BYTES", {"cpu": 2**16})
    out = tmp_path / "speed.json"
    ended = run(
        "speed", "--size", "64x48", "--size", "48x64", "--model", "direct", "--runs", 1,
        "--device", "cpu", "--json", out,
    )  # fmt: skip
    assert ended.exit_code == 0, ended.output
    assert "direct, 64x48, cpu, float32" in ended.stdout
    assert [(r["width"], r["height"]) for r in json.loads(out.read_text())] == [(64, 48), (48, 64)]


def test_help_lists_every_data_set_and_its_layout() -> None:
    listed = run("--help").output
    assert all(f"  {name} " in listed for name in [*CATALOGUE, "speed"])
    for name, known in CATALOGUE.items():
        words = set(known.protocol.split())
        assert words <= set(run(name, "--help").output.replace(".\n", "\n").split())


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["nonsense"], 2, "No such command"),
        (["triplets"], 2, "--data"),
        (["triplets", "--data", "DATA", "--against", "rife"], 2, "no baseline 'rife'"),
        (["triplets", "--data", "DATA", "--no-model"], 2, "nothing to measure"),
        (
            ["triplets", "--data", "DATA", "--no-model", "--model", "direct"],
            2,
            "exclude each other",
        ),
        (["triplets", "--data", "DATA", "--measures", "vmaf"], 2, "no measure 'vmaf'"),
        (["triplets", "--data", "DATA", "--t", "1/4"], 2, "t = 1/2 alone"),
        (["clips", "--data", "DATA", "--t", "soon"], 2, "give times as"),
        (["triplets", "--data", "DATA", "--model", "rife"], 2, "no model 'rife'"),
        (["triplets", "--data", "nowhere"], 1, "nowhere does not exist"),
        (["middlebury", "--data", "DATA"], 1, "other-data is missing"),
        (["triplets", "--data", "DATA", "--json", "no/such/x.json"], 1, "no/such"),
        (["speed", "--size", "big"], 2, "--size big"),
    ],
)
def test_what_goes_wrong_is_one_line(folder, words, code, message) -> None:
    ended = run(*[folder if word == "DATA" else word for word in words])
    assert ended.exit_code == code, ended.output
    last = ended.stderr.strip().splitlines()[-1]
    assert message in last
    assert "Traceback" not in ended.stderr


def test_a_file_is_called_by_its_name_alone() -> None:
    named = SimpleNamespace(model="runs/mine/best.safetensors")
    assert short_name(named) == "best"
    assert short_name(SimpleNamespace(model="hybrid")) == "hybrid"
