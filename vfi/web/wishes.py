"""What somebody asks for on the page, as plain values; and the job that comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..job import Job
from ..media.source import files_of
from ..pair_job import PairJob, moments
from ..presets import shipped_preset
from ..video import options_of
from .options import PRESET, Setting, groups, pair_options, preset_option, values
from .roots import Roots

_NETWORK = ("model", "device", "precision")
_OF_JOB = (*_NETWORK, "overwrite", "yes", "fresh")


@dataclass(frozen=True)
class Wishes:
    """A video, or a folder of pictures, or two pictures; where the result goes; and the settings.

    Paths and settings are as they were written; only what was set is in them.
    """

    sources: tuple[str, ...]  # one, or two pictures
    out: str = ""  # empty: beside the source
    settings: Mapping[str, Setting] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """Plain values, for a file."""
        return {"sources": list(self.sources), "out": self.out, "settings": dict(self.settings)}

    @classmethod
    def from_data(cls, data: Any) -> "Wishes":
        """Return the wishes that `as_data` made these values of.

        Raises:
            TypeError, KeyError, ValueError: it did not.
        """
        sources, settings = data["sources"], data["settings"]
        if not (1 <= len(sources) <= 2 and all(isinstance(name, str) for name in sources)):
            raise ValueError("one or two sources")
        if not all(isinstance(value, str | bool) for value in settings.values()):
            raise ValueError("settings are text, or yes and no")
        return cls(tuple(sources), str(data["out"]), dict(settings))

    @property
    def name(self) -> str:
        """What it is about, in a word."""
        return " and ".join(Path(source).name for source in self.sources)


def job_of(wishes: Wishes, roots: Roots) -> Job | PairJob:
    """Return the job; nothing is read or written yet but a video's head.

    Raises:
        UsageError: a setting is out of its range.
        InputError: the source cannot be read; or a path lies outside the folders.
    """
    options = [option for group in groups().values() for option in group]
    offered = [*options, *pair_options(), preset_option()]
    given = values(offered, wishes.settings, roots.place)
    preset = given.pop(PRESET, None)
    sources = [roots.place(name) for name in wishes.sources]
    out = roots.result(wishes.out) if wishes.out.strip() else None
    if len(sources) == 2:
        return _pair(sources, out, given, roots)
    roots.check(files_of(sources[0]))
    if preset is not None:
        given = shipped_preset(preset).under(given)
    of_job = {name: given.pop(name) for name in _OF_JOB if name in given}
    wanted = {name: value for name, value in given.items() if name not in ("times", "count")}
    job = Job(sources[0], out, *options_of(wanted), **of_job)
    roots.check([job.destination.path])
    return job


def _pair(sources: list[Path], out: str | None, given: dict[str, Any], roots: Roots) -> PairJob:
    how = {name: given[name] for name in (*_NETWORK, "overwrite") if name in given}
    times = moments(given.get("times", "").split(), given.get("count"))
    one, two = sources
    job = PairJob(one, two, out, times, **how)
    roots.check(job.results.places)
    return job
