"""Ask every method every question of a data set, and measure the predictions."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tqdm import tqdm

from ..errors import InputError
from .baselines import dis_flow
from .datasets.samples import DataSet, Pixels, Sample
from .measures import MEASURES, PSNR, Measure
from .methods import Method, Prediction
from .motion import FlowEstimator, Motion, motion_of
from .report.gallery import Gallery


@dataclass(frozen=True)
class Record:
    """One prediction of one method, measured."""

    method: str
    sample: str
    t: float
    measures: dict[str, float]  # by the names of the rows; those over time of moving pictures alone
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
    asked: tuple[Measure, ...] = ()

    @property
    def measures(self) -> list[Measure]:
        """The measures that there are figures of."""
        return [row for row in self.asked if row.name in self.records[0].measures]

    @property
    def methods(self) -> list[str]:
        """Names in the order in which they ran."""
        return list(dict.fromkeys(record.method for record in self.records))

    @property
    def motions(self) -> dict[str, Motion]:
        """By sample, in order."""
        return {r.sample: r.motion for r in self.records if r.motion is not None}

    def of(self, method: str) -> list[Record]:
        """Return the records of one method, in the order of the samples."""
        return [record for record in self.records if record.method == method]

    def summaries(self) -> list[Summary]:
        """One per method."""
        return [_summary(method, self.of(method), self.measures) for method in self.methods]


@dataclass
class _Shown:
    """What a viewer saw last, to measure flicker: the true picture and each method's."""

    one: Pixels | None = None
    truth: Pixels | None = None
    made: dict[str, Pixels] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()
    """Methods whose picture before this one is missing."""

    def start(self, sample: Sample) -> None:
        """Begin a new pair with the frame that is given."""
        if self.one is not sample.one:
            self.one = self.truth = sample.one
            self.made = {}
            self.lost = frozenset()


def evaluate(
    methods: Sequence[Method],
    data: DataSet,
    measures: Sequence[Measure] = tuple(MEASURES.values()),
    flow: FlowEstimator | None = None,
    gallery: Gallery | None = None,
    notes: Sequence[str] = (),
    progress: bool = True,
) -> Evaluation:
    """Run all methods over all samples, one sample at a time.

    Args:
        methods: who is measured; each makes the first sample once more beforehand, untimed.
        data: the questions.
        measures: rows of `MEASURES`, or others; PSNR is measured in any case. One that cannot be
            had on this machine is left out with a note.
        flow: estimates the motion between the two given frames; None leaves motion out.
        gallery: keeps the pictures of the worst samples for a report.
        notes: printed with the tables.
        progress: a bar on stderr.

    Raises:
        InputError: a sample cannot be read, or nobody answered any of them.
    """
    records: list[Record] = []
    failures: list[Failure] = []
    shown = _Shown()
    rows, lacking = _available([PSNR, *(row for row in measures if row.name != PSNR.name)])
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
                _measured(rows, prediction.picture, sample.truth),
                prediction.seconds,
                motion,
            )
            for name, prediction in predictions.items()
        ]
        pictures = {name: prediction.picture for name, prediction in predictions.items()}
        if sample.sequence and any(row.over_time for row in rows):
            _measure_over_time(rows, measured, sample, pictures, shown)
            shown.lost = frozenset(failure.method for failure in failed)
        if gallery is not None and methods[0].name in predictions:
            gallery.offer(sample, pictures, measured[0].measures[PSNR.name])
        records += measured
    if failures and not records:
        raise InputError(f"no sample was answered: {failures[0].error}")
    return Evaluation(
        data.title,
        data.protocol,
        tuple(records),
        (*notes, *lacking),
        gallery,
        tuple(failures),
        tuple(rows),
    )


def _available(rows: Sequence[Measure]) -> tuple[list[Measure], list[str]]:
    """Return the measures that can be had here, and why the others cannot."""
    reasons = {row.name: row.missing() for row in rows}
    return [row for row in rows if not reasons[row.name]], [r for r in reasons.values() if r]


def _measured(rows: Sequence[Measure], result: Pixels, truth: Pixels) -> dict[str, float]:
    return {row.name: row.function(result, truth) for row in rows if not row.over_time}


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
    """Return the motion of every sample by name, without running any method."""
    return {
        sample.name: motion_of(flow(sample.one, sample.two))
        for sample in _with_progress(data, progress)
    }


def _measure_over_time(
    rows: Sequence[Measure],
    records: list[Record],
    sample: Sample,
    predictions: dict[str, Pixels],
    shown: _Shown,
) -> None:
    true = dis_flow(sample.one if shown.truth is None else shown.truth, sample.truth)
    for record in records:
        lost = record.method in shown.lost  # nobody saw what came before
        before = shown.made.get(record.method, sample.one)
        seen = None if lost else dis_flow(before, predictions[record.method])
        for row in rows:
            if row.over_time:
                record.measures[row.name] = math.nan if seen is None else row.function(seen, true)
    shown.made, shown.truth = predictions, sample.truth


def _with_progress(data: DataSet, progress: bool) -> Iterator[Sample]:
    bar: Any = tqdm(
        data, total=len(data), desc=data.title, unit="sample", disable=None if progress else True
    )
    yield from bar


def _summary(method: str, records: list[Record], rows: list[Measure]) -> Summary:
    means = {row.name: row.mean_of(r.measures[row.name] for r in records) for row in rows}
    perfect = sum(math.isinf(record.measures[PSNR.name]) for record in records)
    seconds = float(np.median([record.seconds for record in records]))
    return Summary(method, means, perfect, seconds)
