"""Which inputs a folder holds, and what results are called if nobody says."""

from fractions import Fraction
from pathlib import Path

from .media.images import IMAGE_SUFFIXES
from .media.sequences import is_pattern
from .media.suffixes import VIDEO_SUFFIXES
from .timeline.pace import Multiply, Pace, Slow

KEPT_SUFFIXES = (".mp4", ".m4v", ".mkv", ".mov", ".webm")  # others become .mp4


def default_output(source: Path, pace: Pace) -> Path:
    """Beside the input, named after what was done: clip_3x.mp4, clip_4x_slow.mp4, clip_60fps.mp4.

    The result of a folder or pattern of pictures is a folder beside it.
    """
    if isinstance(pace, Slow):
        mark = f"{_plain(pace.factor)}x_slow"
    elif isinstance(pace, Multiply):
        mark = f"{_plain(pace.factor)}x"
    else:
        mark = f"{_plain(pace.rate)}fps"
    if source.is_dir():
        folder = source.resolve()
        return folder.with_name(f"{folder.name}_{mark}")
    if is_pattern(source):
        folder = source.parent.resolve()
        return folder.with_name(f"{folder.name}_{mark}")
    return source.with_name(f"{source.stem}_{mark}{_kept(source)}")


def find_inputs(folder: Path, leave_out: Path) -> list[Path]:
    """Videos, and folders with at least two pictures, below (and including) a folder, in order.

    What lies in `leave_out` (the output folder) or is hidden is passed over.
    """
    leave_out = leave_out.resolve()
    found: list[Path] = []
    for path in [folder, *sorted(folder.rglob("*"))]:
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if hidden or path.resolve() == leave_out or leave_out in path.resolve().parents:
            continue
        is_video = path.is_file() and path.suffix.lower() in VIDEO_SUFFIXES
        if is_video or (path.is_dir() and _holds_pictures(path)):
            found.append(path)
    return found


def outputs_for(sources: list[Path], folder: Path, out: Path) -> list[Path]:
    """Where the results of all inputs go: the same places and names below `out`.

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
    """Where the result of an input goes: the same place and name below `out`."""
    place = out / source.relative_to(folder)
    if source.is_dir():
        return place if source != folder else out / folder.resolve().name
    return place.with_suffix(_kept(place))


def _kept(path: Path) -> str:
    return path.suffix if path.suffix.lower() in KEPT_SUFFIXES else ".mp4"


def _holds_pictures(folder: Path) -> bool:
    pictures = [
        path
        for path in folder.iterdir()
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")
    ]
    return len(pictures) > 1


def _plain(number: Fraction) -> str:
    return f"{float(number):.6g}"
