"""Which inputs a folder holds, and what results are called if nobody says."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from .media.containers import CONTAINERS, SUFFIXES
from .media.output import reason
from .media.pictures.headers import is_animated
from .media.pictures.images import IMAGE_SUFFIXES
from .media.pictures.sequences import is_pattern
from .media.suffixes import MAY_MOVE, VIDEO_SUFFIXES
from .media.video.codecs import codec_names
from .timeline.retiming import Multiply, Retiming, Slow

KEPT_SUFFIXES = (".mp4", ".m4v", ".mkv", ".mov", ".webm")  # others become .mp4


def default_output(
    source: Path, retiming: Retiming, codec: str | None = None, rate: Fraction | None = None
) -> Path:
    """Beside the input, named after what was done: clip_3x.mp4, clip_4x_slow.mp4, clip_60fps.mp4.

    The result of a folder or pattern of pictures is a folder beside it.
    """
    if isinstance(retiming, Slow):
        mark = f"{_plain(retiming.factor)}x_slow"
    elif isinstance(retiming, Multiply):
        mark = f"{_plain(retiming.factor)}x"
    else:
        mark = f"{_plain(retiming.rate)}fps"
    if source.is_dir():
        folder = source.resolve()
        return folder.with_name(f"{folder.name}_{mark}")
    if is_pattern(source):
        folder = source.parent.resolve()
        return folder.with_name(f"{folder.name}_{mark}")
    return source.with_name(f"{source.stem}_{mark}{_suffix_for(source, codec, rate)}")


@dataclass(frozen=True)
class Found:
    """What lies below a folder."""

    inputs: list[Path]  # videos, and folders with at least two pictures, in order
    passed_over: list[Path]  # files that are neither
    unreadable: dict[Path, str]  # folders that cannot be looked into, and why


def find_inputs(folder: Path, leave_out: Path) -> Found:
    """Look for videos and folders of pictures below (and including) a folder.

    What lies in `leave_out` (the output folder) or is hidden does not count. A link to a folder
    may be a folder of pictures, but nothing is looked for below it.
    """
    found = Found([], [], {})
    _look_into(folder, leave_out.resolve(), found)
    for paths in (found.inputs, found.passed_over):
        paths.sort()
    return found


def _look_into(folder: Path, leave_out: Path, found: Found, is_link: bool = False) -> None:
    try:
        shown = [path for path in folder.iterdir() if not path.name.startswith(".")]
        entries = [path for path in shown if not path.resolve().is_relative_to(leave_out)]
        folders = [path for path in entries if path.is_dir()]
        videos = [path for path in entries if _is_video(path)]
    except OSError as error:
        found.unreadable[folder] = reason(error)
        return
    others = sorted({*entries} - {*folders, *videos})
    pictures = [path for path in others if path.suffix.lower() in IMAGE_SUFFIXES]
    if len(pictures) > 1:
        found.inputs.append(folder)
        others = [path for path in others if path not in pictures]
    if is_link:
        return
    found.inputs.extend(videos)
    found.passed_over.extend(others)
    for below in folders:
        _look_into(below, leave_out, found, below.is_symlink())


def _is_video(path: Path) -> bool:
    suffix = path.suffix.lower()
    may_move = suffix in MAY_MOVE and is_animated(path)
    return (suffix in VIDEO_SUFFIXES or may_move) and path.is_file()


def outputs_for(sources: list[Path], folder: Path, out: Path) -> list[Path]:
    """Return where the results of all inputs go: the same places and names below `out`.

    Of a.avi and a.mp4 in one folder, both of which would become a.mp4, the first becomes
    a.avi.mp4.
    """
    targets = [output_for(source, folder, out) for source in sources]
    return [
        target
        if targets.count(target) == 1 or target.name == source.name
        else target.with_name(source.name + target.suffix)
        for source, target in zip(sources, targets, strict=True)
    ]


def output_for(source: Path, folder: Path, out: Path) -> Path:
    """Return where the result of an input goes: the same place and name below `out`."""
    place = out / source.relative_to(folder)
    if source.is_dir():
        return place if source != folder else out / folder.resolve().name
    return place.with_suffix(_kept(place))


def _suffix_for(source: Path, codec: str | None, rate: Fraction | None) -> str:
    """Return the source's suffix, or .mp4, if such a file holds codec and rate; else one that does.

    Where none does, what is wrong is said of the first.
    """
    kept = _kept(source)
    known, _ = codec_names().get(codec or "", (None, None))
    own, *others = SUFFIXES[kept.lower()], *(known.containers if known else ("mp4",))
    for name in (own, *others):
        holds = known is None or name in known.containers
        if holds and (rate is None or rate <= CONTAINERS[name].highest_rate):
            return kept if name == own else CONTAINERS[name].suffixes[0]
    return kept


def _kept(path: Path) -> str:
    return path.suffix if path.suffix.lower() in KEPT_SUFFIXES else ".mp4"


def _plain(number: Fraction) -> str:
    return f"{float(number):.6g}"
