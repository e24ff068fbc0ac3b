"""Ask every method every question of a data set, and measure the predictions."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

import numpy as np
from tqdm import tqdm

from ..errors import InputError
from . import metrics
from .baselines import FlowArray, dis_flow
from .datasets.samples import DataSet, Pixels, Sample
from .methods import Method, Prediction
from .motion import FlowEstimator, Motion, motion_of
from .report.gallery import Gallery

Measure = Callable[[Pixels, Pixels], float]

FLICKER = "flicker"
"""The one measure that needs the frame shown before; only for sets made of moving pictures."""

MEASURES: dict[str, Measure] = {
    "psnr": metrics.psnr,
    "ssim": metrics.ssim,
    "ssim_gaussian": metrics.ssim_gaussian,
    "ssim_volume": metrics.ssim_volume,
    "ie": metrics.interpolation_error,
}


@dataclass(frozen=True)
class Record:
    """One prediction of one method, measured."""

    method: str
    sample: str
    t: float
    measures: dict[str, float]  # by the names of MEASURES, and "lpips", "flicker" where there are
    seconds: float
    motion: Motion | None


@dataclass(frozen=True)
class Failure:
    """A sample that one method could not prediction."""

    method: str
    sample: str
    t: float
    error: str


@dataclass(frozen=True)
class Summary:
    """A method's means over all samples."""

    method: str
    means: dict[str, float]
    perfect: int
    """Samples with infinite PSNR, each of which counts as `metrics.PERFECT_PSNR` in the mean."""
    seconds: float
    """Median over the samples: a mean would tell of the machine's hiccups."""


@dataclass(frozen=True)
class Evaluation:
    """All that was measured on a data set."""

    title: str
    protocol: str
    records: tuple[Record, ...]
    notes: tuple[str, ...] = ()
    gallery: Gallery | None = field(default=None, repr=False)
    failures: tuple[Failure, ...] = ()
    """Predictions that are missing among the records, and in the means."""

    @property
    def methods(self) -> list[str]:
        """Names in the order in which they ran."""
        return list(dict.fromkeys(record.method for record in self.records))

    @property
    def motions(self) -> dict[str, Motion]:
        """By sample, in order."""
        return {r.sample: r.motion for r in self.records if r.motion is not None}

    def of(self, method: str) -> list[Record]:
        """The records of one method, in the order of the samples."""
        return [record for record in self.records if record.method == method]

    def summaries(self) -> list[Summary]:
        """One per method."""
        return [_summary(method, self.of(method)) for method in self.methods]


@dataclass
class _Shown:
    """What a viewer saw last, to measure flicker: the true picture and each method's."""

    one: Pixels | None = None
    truth: Pixels | None = None
    made: dict[str, Pixels] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()
    """Methods whose picture before this one is missing."""

    def start(self, sample: Sample) -> None:
        """A new pair begins with the frame that is given."""
        if self.one is not sample.one:
            self.one = self.truth = sample.one
            self.made = {}
            self.lost = frozenset()


def evaluate(
    methods: Sequence[Method],
    data: DataSet,
    measures: Sequence[str] = (*MEASURES, FLICKER),
    flow: FlowEstimator | None = None,
    lpips: Measure | None = None,
    gallery: Gallery | None = None,
    notes: Sequence[str] = (),
    progress: bool = True,
) -> Evaluation:
    """Run all methods over all samples, one sample at a time.

    Args:
        methods: who is measured; each makes the first sample once more beforehand, untimed.
        data: the questions.
        measures: names of `MEASURES`, and "flicker"; PSNR is measured in any case.
        flow: estimates the motion between the two given frames; None leaves motion out.
        lpips: from `perceptual.lpips_measure`.
        gallery: keeps the pictures of the worst samples for a report.
        notes: printed with the tables.
        progress: a bar on stderr.

    Raises:
        InputError: a sample cannot be read, or nobody answered any of them.
    """
    records: list[Record] = []
    failures: list[Failure] = []
    shown = _Shown()
    chosen = {name: run for name, run in MEASURES.items() if name in ("psnr", *measures)}
    if lpips is not None:
        chosen["lpips"] = lpips
    for number, sample in enumerate(_with_progress(data, progress)):
        motion = None if flow is None else motion_of(flow(sample.one, sample.two))
        shown.start(sample)
        predictions, failed = _ask(methods, sample, twice=number == 0)
        failures += failed
        measured = [
            Record(
                name,
                sample.name,
                sample.t,
                {measure: run(prediction.picture, sample.truth) for measure, run in chosen.items()},
                prediction.seconds,
                motion,
            )
            for name, prediction in predictions.items()
        ]
        pictures = {name: prediction.picture for name, prediction in predictions.items()}
        if sample.sequence and FLICKER in measures:
            _measure_flicker(measured, sample, pictures, shown)
            shown.lost = frozenset(failure.method for failure in failed)
        if gallery is not None and methods[0].name in predictions:
            gallery.offer(sample, pictures, measured[0].measures["psnr"])
        records += measured
    if failures and not records:
        raise InputError(f"no sample was answered: {failures[0].error}")
    return Evaluation(
        data.title, data.protocol, tuple(records), tuple(notes), gallery, tuple(failures)
    )


def _ask(
    methods: Sequence[Method], sample: Sample, twice: bool
) -> tuple[dict[str, Prediction], list[Failure]]:
    """Predictions by name; a method that fails, as other programs do, does not stop the rest."""
    predictions: dict[str, Prediction] = {}
    failures: list[Failure] = []
    for method in methods:
        try:
            if twice:
                method.predict(sample.one.copy(), sample.two.copy(), sample.t)
            predictions[method.name] = method.predict(sample.one, sample.two, sample.t)
        except InputError as error:
            failures.append(Failure(method.name, sample.name, sample.t, str(error)))
    return predictions, failures


def motions_of(data: DataSet, flow: FlowEstimator, progress: bool = True) -> dict[str, Motion]:
    """The motion of every sample by name, without running any method."""
    return {
        sample.name: motion_of(flow(sample.one, sample.two))
        for sample in _with_progress(data, progress)
    }


def flicker(seen: FlowArray, true: FlowArray) -> float:
    """Mean difference, in pixels, between the motion that is seen and the true motion.

    "tOF" of Chu et al. (TecoGAN, ACM TOG 2020): the flows (H, W, 2) are those from the frame
    that is shown before to this one, and the same in the true video.
    """
    return float(np.mean(np.hypot(*np.moveaxis(seen - true, -1, 0)), dtype=np.float64))


def _measure_flicker(
    records: list[Record], sample: Sample, predictions: dict[str, Pixels], shown: _Shown
) -> None:
    true_before = sample.one if shown.truth is None else shown.truth
    true = dis_flow(true_before, sample.truth)
    for record in records:
        if record.method in shown.lost:  # nobody saw what came before
            record.measures[FLICKER] = math.nan
            continue
        before = shown.made.get(record.method, sample.one)
        record.measures[FLICKER] = flicker(dis_flow(before, predictions[record.method]), true)
    shown.made, shown.truth = predictions, sample.truth


def _with_progress(data: DataSet, progress: bool) -> Iterator[Sample]:
    bar: Any = tqdm(
        data, total=len(data), desc=data.title, unit="sample", disable=None if progress else True
    )
    yield from bar


def _summary(method: str, records: list[Record]) -> Summary:
    names = list(records[0].measures)
    means = {}
    for name in names:
        values = [v for record in records if not math.isnan(v := record.measures[name])]
        means[name] = metrics.mean_psnr(values) if name == "psnr" else fmean(values or [math.nan])
    perfect = sum(math.isinf(record.measures.get("psnr", 0.0)) for record in records)
    seconds = float(np.median([record.seconds for record in records]))
    return Summary(method, means, perfect, seconds)
