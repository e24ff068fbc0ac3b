"""Where the files of each data set lie, as the data sets come."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import cv2

from ...errors import InputError, UsageError
from .pictures import Entry, pictures_in
from .samples import Pixels, as_pixels
from .withheld import Withheld, reduce_to_fit

MIDDLEBURY_SCENES = (
    "Beanbags",
    "Dimetrodon",
    "DogDance",
    "Grove2",
    "Grove3",
    "Hydrangea",
    "MiniCooper",
    "RubberWhale",
    "Urban2",
    "Urban3",
    "Venus",
    "Walking",
)
XIPH_CLIPS = (
    "BoxingPractice",
    "Crosswalk",
    "DrivingPOV",
    "FoodMarket",
    "FoodMarket2",
    "RitualDance",
    "SquareAndTimelapse",
    "Tango",
)
X_TEST_SPAN = 32  # frames between the two that are given
XIPH_SIZE = (4096, 2160)


def require(path: Path, title: str) -> Path:
    """Return the path, if it is there. Raises `InputError` that names it."""
    if not path.exists():
        raise InputError(
            f"{title}: {path} is missing; the help of `vfi benchmark DATASET` shows the layout"
        )
    return path


def entry_of(name: str, paths: Sequence[Path], t: float = 0.5, sequence: str = "") -> Entry:
    """Return the entry of three files in order of time."""
    one, truth, two = paths
    return Entry(name, one, truth, two, t, sequence)


def middlebury(folder: Path) -> list[Entry]:
    """Return the twelve scenes of OTHER that have a true frame in between."""
    given = require(folder / "other-data", "Middlebury OTHER")
    truths = require(folder / "other-gt-interp", "Middlebury OTHER")
    return [
        Entry(
            scene,
            given / scene / "frame10.png",
            truths / scene / "frame10i11.png",
            given / scene / "frame11.png",
        )
        for scene in MIDDLEBURY_SCENES
    ]


def vimeo90k(folder: Path) -> list[Entry]:
    """Return the triplets of the test list."""
    names = read_lines(require(folder / "tri_testlist.txt", "Vimeo90K"))
    sequences = require(folder / "sequences", "Vimeo90K")
    return [
        entry_of(name, [sequences / name / f"im{number}.png" for number in (1, 2, 3)])
        for name in names
    ]


def ucf101(folder: Path) -> list[Entry]:
    """Return the folders that Deep Voxel Flow chose from UCF101, in the form all papers use."""
    if not any(folder.glob("*/frame_01_gt.png")):
        raise InputError(f"UCF101: {folder / '1' / 'frame_01_gt.png'} is missing")
    return [
        Entry(
            sample.name,
            sample / "frame_00.png",
            sample / "frame_01_gt.png",
            sample / "frame_02.png",
        )
        for sample in sorted(folder.iterdir(), key=_numerically)
        if sample.is_dir()
    ]


def triplet_list(folder: Path, listed: Path, title: str) -> list[Entry]:
    """Lines of three paths: first, truth, second (SNU-FILM, and the "L" lists of SGM-VFI).

    The lists were written in their authors' working folders (``data/SNU-FILM/test/…``), so
    leading folders are dropped until the file is found below `folder`.
    """
    entries = []
    for line in read_lines(require(listed, title)):
        paths = line.split()
        if len(paths) != 3:
            raise InputError(f"{listed}: {line!r} is not three paths")
        one, truth, two = (_below(folder, Path(path)) for path in paths)
        name = truth.relative_to(folder).with_suffix("").as_posix()
        entries.append(Entry(name, one, truth, two))
    return entries


def snu_film(level: str) -> Callable[[Path], list[Entry]]:
    """Return the layout of one level: easy, medium, hard or extreme."""
    return lambda folder: triplet_list(folder, folder / f"test-{level}.txt", f"SNU-FILM {level}")


def xiph(folder: Path) -> list[Entry]:
    """Even frames 2 to 98 of the eight clips."""
    return [
        entry_of(
            f"{clip}-{frame:03d}",
            [folder / f"{clip}-{frame + offset:03d}.png" for offset in (-1, 0, 1)],
            sequence=clip,
        )
        for clip in XIPH_CLIPS
        for frame in range(2, 99, 2)
    ]


def x_test(folder: Path, times: Sequence[Fraction]) -> list[Entry]:
    """Frames between 0 and 32 of every scene, at the times; 33 frames a scene."""
    root = folder / "test" if (folder / "test").is_dir() else folder
    scenes = sorted(path for path in root.glob("Type*/*") if path.is_dir())
    if not scenes:
        missing = folder / "test" / "Type1"
        raise InputError(f"X-TEST: {missing} is missing or holds no scenes")
    entries = []
    for scene in scenes:
        for t in times:
            frames = (0, _frame_at(t), X_TEST_SPAN)
            one, truth, two = (scene / f"{frame:04d}.png" for frame in frames)
            name = f"{scene.parent.name}/{scene.name}/{truth.stem}"
            entries.append(Entry(name, one, truth, two, float(t), sequence=scene.name))
    return entries


def atd12k(folder: Path) -> list[Entry]:
    """Return the test triplets of animation."""
    root = require(folder / "test_2k_540p", "ATD-12K")
    samples = sorted(path for path in root.iterdir() if path.is_dir())
    suffix = ".png" if any(root.glob("*/frame2.png")) else ".jpg"
    return [
        entry_of(sample.name, [sample / f"frame{number}{suffix}" for number in (1, 2, 3)])
        for sample in samples
    ]


def davis(folder: Path, withheld: Withheld) -> list[Entry]:
    """Clips as folders of JPEGs, from the small pictures if both sizes are there."""
    pictures = folder / "JPEGImages"
    if not pictures.is_dir():
        return frames(folder, withheld)
    sizes = [pictures / name for name in ("480p", "Full-Resolution") if (pictures / name).is_dir()]
    if not sizes:
        raise InputError(f"DAVIS: {pictures / '480p'} is missing")
    return frames(sizes[0], withheld)


def frames(folder: Path, withheld: Withheld) -> list[Entry]:
    """One clip a folder of pictures; `folder` itself may be the only one."""
    found = [folder, *sorted(path for path in folder.rglob("*") if path.is_dir())]
    entries = [entry for clip in found for entry in _frames_of(folder, clip, withheld)]
    if not entries:
        raise InputError(f"{folder}: no folder below it has {withheld.span + 1} pictures or more")
    return entries


def triplets(folder: Path) -> list[Entry]:
    """Every folder of exactly three pictures, at any depth."""
    entries = []
    for sample in [folder, *sorted(path for path in folder.rglob("*") if path.is_dir())]:
        pictures = pictures_in(sample)
        if len(pictures) == 3:
            name = sample.relative_to(folder).as_posix()
            entries.append(entry_of(sample.name if name == "." else name, pictures))
    if not entries:
        raise InputError(f"{folder}: no folder below it holds exactly three pictures")
    return entries


def read_lines(path: Path) -> list[str]:
    """Return the lines of a list file that are neither empty nor comments. Raises `InputError`."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as a list: {error}") from error
    found = [line for line in lines if line and not line.startswith("#")]
    if not found:
        raise InputError(f"{path} is an empty list")
    return found


def reduced_to_2k(picture: Pixels) -> Pixels:
    """2048 × 1080 by area averaging, whatever the size was."""
    return as_pixels(cv2.resize(picture, (2048, 1080), interpolation=cv2.INTER_AREA))


def centre_of_4k(picture: Pixels) -> Pixels:
    """Return the middle quarter of a 4096 × 2160 frame. Raises `InputError` for another size."""
    height, width = picture.shape[:2]
    if (width, height) != XIPH_SIZE:
        raise InputError(f'Xiph "4K" frames are 4096x2160, not {width}x{height}')
    return as_pixels(picture[540:-540, 1024:-1024])


def reduced_to_540p(picture: Pixels) -> Pixels:
    """No larger than 960 × 540."""
    return reduce_to_fit(picture, (960, 540))


def _frames_of(folder: Path, clip: Path, withheld: Withheld) -> list[Entry]:
    pictures = pictures_in(clip)
    name = clip.name if clip == folder else clip.relative_to(folder).as_posix()
    return [
        Entry(
            f"{name}/{pictures[start + k].stem}",
            pictures[start],
            pictures[start + k],
            pictures[start + withheld.span],
            k / withheld.span,
            sequence=name,
        )
        for start in withheld.starts(len(pictures))
        for k in withheld.inner
    ]


def _frame_at(t: Fraction) -> int:
    frame = t * X_TEST_SPAN
    if frame.denominator != 1 or not 0 < frame < X_TEST_SPAN:
        raise UsageError(f"X-TEST has no frame at t = {t}: the times are n/32 with 0 < n < 32")
    return int(frame)


def _below(folder: Path, path: Path) -> Path:
    parts = [part for part in path.parts if part not in ("/", ".")]
    for start in range(len(parts)):
        candidate = folder.joinpath(*parts[start:])
        if candidate.is_file():
            return candidate
    raise InputError(f"{folder.joinpath(*parts)} is missing, and so is every shorter form of it")


def _numerically(path: Path) -> tuple[int, int, str]:
    return (0, int(path.name), "") if path.name.isdigit() else (1, 0, path.name)
