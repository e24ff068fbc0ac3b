"""A video file in parts: files of packets, which are joined when all are there."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from ...errors import InputError
from ..kept import KeptParts
from .encoding_plan import EncodingPlan
from .joining import PartWriter
from .packet_file import SUFFIX, PacketFile
from .writer import PlanWriter


@dataclass(frozen=True)
class VideoPart:
    """A run of frames of a video file."""

    plan: EncodingPlan
    path: Path

    @property
    def folder(self) -> Path:
        """Where its file lies."""
        return self.path.parent

    def into(self, folder: Path) -> "VideoPart":
        """Return the same, with its file elsewhere."""
        return replace(self, path=folder / self.path.name)

    def open(self) -> PartWriter:
        """Open what encodes it."""
        return PartWriter(self.plan, self.path)


class VideoParts:
    """A video file in parts: files of packets."""

    def __init__(
        self,
        writer: PlanWriter,
        kept: KeptParts,
        runs: Sequence[range],
        times: Callable[[], Iterable[Fraction]],
    ) -> None:
        """Join the parts at the end.

        Args:
            times: when all frames are shown, and last when the last one is over, in seconds.
        """
        self._writer, self._kept, self._runs, self._times = writer, kept, runs, times

    @property
    def path(self) -> Path:
        """The final name."""
        return self._writer.path

    @property
    def notes(self) -> Sequence[str]:
        """What the file does differently than wanted."""
        return self._writer.notes

    @property
    def finished(self) -> int:
        """How many frames there are in parts that are there."""
        return sum(len(run) for run in self._runs if self._file(run).exists())

    def missing(self) -> list[range]:
        """Return the runs of which there is no whole file; those that are damaged go."""
        return [run for run in self._runs if not self._is_whole(run)]

    def _is_whole(self, run: range) -> bool:
        file = PacketFile(self._file(run))
        try:
            if not file.path.exists():
                return False
            file.check()
            if file.count == len(run):
                return True
        except (InputError, OSError):
            pass
        file.path.unlink(missing_ok=True)
        return False

    def _file(self, run: range) -> Path:
        return self._kept.parts / f"{run.start:08d}{SUFFIX}"

    def part(self, run: range) -> VideoPart:
        """One of the runs, to be made."""
        return VideoPart(self._writer.plan, self._file(run))

    def close(self) -> None:
        """Join the parts.

        Raises:
            OutputError: the disk is full; then they stay.
        """
        try:
            self._writer.join([self._file(run) for run in self._runs], self._times())
            self._writer.close()
        except BaseException:
            self._writer.abort()
            raise
        self._kept.remove()

    def abort(self) -> None:
        """Stop; finished parts stay."""
        self._kept.sweep()
        self._writer.abort()
        if not self._kept:
            self._kept.remove()
