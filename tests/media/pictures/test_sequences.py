import errno
import os
import random
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.helpers.clips import leftovers, make_clip
from vfi.errors import ExistsError, InputError, OutputError, UsageError
from vfi.media.pictures import sequence_writer
from vfi.media.pictures.images import Picture, read_image, write_image
from vfi.media.pictures.sequence_writer import SequenceWriter
from vfi.media.pictures.sequences import SequenceReader, find_pictures
from vfi.media.reservation import move_new
from vfi.media.source import open_video
from vfi.media.video.reader import VideoReader
from vfi.media.video.writer import VideoWriter


def picture(value: int, height: int = 8, width: int = 12) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def fill(folder: Path, names: list[str]) -> None:
    folder.mkdir(exist_ok=True)
    shuffled = list(enumerate(names))
    random.Random(1).shuffle(shuffled)
    for value, name in shuffled:
        write_image(folder / name, picture(value))


def values(source: SequenceReader) -> list[int]:
    return [int(frame.pixels[0, 0, 0]) for frame in source]


@pytest.mark.parametrize(
    "names",
    [
        [f"frame_{n:05d}.png" for n in range(5)],
        [f"frame{n}.png" for n in (8, 9, 10, 11, 100)],
        [f"shot2_take{n}.png" for n in (1, 2, 10)],
        ["a.png", "b.png", "c.PNG"],
        ["IMG_0001.jpg", "IMG_0002.jpg", "IMG_0005.jpg"],
    ],
)
def test_folders_in_natural_order(tmp_path: Path, names: list[str]) -> None:
    fill(tmp_path / "in", names)
    (tmp_path / "in" / "notes.txt").write_text("no picture")
    (tmp_path / "in" / ".hidden.png").write_text("no picture")
    with SequenceReader(tmp_path / "in", F(24)) as source:
        assert [p.name for p in source.pictures] == names
        times, end = source.times()
        assert times == [F(n, 24) for n in range(len(names))]
        assert end == F(len(names), 24)
        assert source.info.frame_count == len(names)
        assert values(source) == list(range(len(names)))


def test_patterns(tmp_path: Path) -> None:
    fill(tmp_path / "in", [f"frame_{n:03d}.png" for n in range(98, 103)])
    fill(tmp_path / "in", ["other_001.png"])
    pattern = str(tmp_path / "in" / "frame_%03d.png")
    assert [p.name for p in find_pictures(pattern)][:2] == ["frame_098.png", "frame_099.png"]
    assert len(find_pictures(tmp_path / "in" / "frame_*.png")) == 5
    assert len(find_pictures(tmp_path / "i?" / "frame_1*.png")) == 3
    (tmp_path / "in" / "frame_100.png").unlink()
    with pytest.raises(InputError, match=r"frame_100\.png is missing"):
        find_pictures(pattern)


@pytest.mark.parametrize(
    ("names", "first", "others"),
    [
        (["f_001.png", "f_002.png", "f_004.png"], "f_003.png", 0),
        (["f_009.png", "f_012.png", "f_013.png", "f_016.png"], "f_010.png", 3),
        (["f8.png", "f9.png", "f11.png"], "f10.png", 0),
        (["take2_5_x.png", "take2_6_x.png", "take2_9_x.png"], "take2_7_x.png", 1),
        (["f_010.png", "f_020.png", "f_040.png", "f_050.png"], "f_030.png", 0),
        (["f_1.png", "f_2.png", "f_3.png"], None, 0),
        (["f_010.png", "f_020.png", "f_030.png"], None, 0),
        (["a_1.png", "a_2.png", "b_7.png", "b_8.png"], None, 0),
        (["a.png", "b.png", "c.png"], None, 0),
        (["only_7.png"], None, 0),
    ],
)
def test_a_gap_in_the_numbers_is_said(
    tmp_path: Path, names: list[str], first: str | None, others: int
) -> None:
    fill(tmp_path, names)
    with SequenceReader(tmp_path) as source:
        if first is None:
            assert source.notes == []
            return
        more = f", and {others} more" if others else ""
        assert source.notes[0].startswith(f"{tmp_path / first} is missing{more}: ")
        assert len(source.notes) == 1


def pixels_of(source: SequenceReader) -> list[np.ndarray]:
    return [frame.pixels for frame in source]


def test_pictures_that_are_passed_over_are_not_read(tmp_path: Path) -> None:
    fill(tmp_path / "in", ["1.png", "2.png", "3.png"])
    (tmp_path / "in" / "2.png").write_bytes(b"no picture")
    frames = list(SequenceReader(tmp_path / "in"))
    assert frames[2].pixels.shape == (8, 12, 3)
    with pytest.raises(InputError, match=r"2\.png"):
        _ = frames[1].pixels


def test_pages_beside_the_first_are_said_once(tmp_path: Path) -> None:
    pages = [Image.new("RGB", (8, 8), (40 * n, 0, 0)) for n in range(2)]
    for name in ("a1.tif", "a2.tif", "a3.tif"):
        pages[0].save(tmp_path / name, save_all=True, append_images=pages[1:])
    with SequenceReader(tmp_path) as source:
        assert len(pixels_of(source)) == 3
        assert source.notes == [
            f"{tmp_path / 'a1.tif'} holds 2 pictures; only the first is used, as of 2 other files"
        ]


def test_pattern_without_leading_zeros(tmp_path: Path) -> None:
    fill(tmp_path / "in", [f"{n}.png" for n in range(12)])
    found = find_pictures(tmp_path / "in" / "%d.png")
    assert [p.name for p in found] == [f"{n}.png" for n in range(12)]


def test_door_for_everything(tmp_path: Path) -> None:
    fill(tmp_path / "in", ["1.png", "2.png"])
    clip = make_clip(tmp_path / "a.mp4", 2)
    with open_video(clip) as source:
        assert isinstance(source, VideoReader)
    for place in (tmp_path / "in", tmp_path / "in" / "*.png", tmp_path / "in" / "%d.png"):
        with open_video(place) as source:
            assert source.info.is_sequence
            assert source.info.frame_rate == 25
    with open_video(tmp_path / "in", F(12)) as source:
        assert source.info.frame_rate == 12
    for rate in (F(0), F(1, 10**9), 10**9):
        with pytest.raises(UsageError, match="input_fps"):
            open_video(tmp_path / "in", rate)
    with pytest.raises(UsageError, match="its own frame rate"):
        open_video(clip, F(12))
    with pytest.raises(InputError, match="does not exist"):
        open_video(tmp_path / "none.mp4")
    with pytest.raises(InputError, match="no file matches"):
        open_video(tmp_path / "none*.png")


def test_mixed_sizes_are_named_before_anything_is_decoded(tmp_path: Path) -> None:
    fill(tmp_path / "in", ["1.png", "2.png"])
    write_image(tmp_path / "in" / "3.png", picture(9, height=10))
    source = SequenceReader(tmp_path / "in")
    with pytest.raises(InputError, match=r"3\.png is 12x10, but the first picture is 12x8"):
        source.times()
    with pytest.raises(InputError, match=r"3\.png is 12x10"):
        pixels_of(source)


def test_alpha_that_hides_nothing_is_left_out(tmp_path: Path) -> None:
    """Where the first picture has no alpha, as where it has and a later one has none."""
    colours = picture(9)
    write_image(tmp_path / "1.png", colours)
    write_image(tmp_path / "2.png", np.dstack([colours, np.full(colours.shape[:2], 255, np.uint8)]))
    frames = [frame.pixels for frame in SequenceReader(tmp_path)]
    assert [frame.shape for frame in frames] == [colours.shape] * 2
    np.testing.assert_array_equal(frames[1], colours)


def test_unfit_pictures(tmp_path: Path) -> None:
    fill(tmp_path / "in", ["1.png"])
    write_image(tmp_path / "in" / "2.png", picture(9).astype(np.uint16))
    with pytest.raises(InputError, match=r"2\.png is uint16, the first picture uint8"):
        pixels_of(SequenceReader(tmp_path / "in"))
    (tmp_path / "in" / "2.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(InputError, match="cut off"):
        pixels_of(SequenceReader(tmp_path / "in"))


def test_folders_without_or_with_several_kinds(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no pictures"):
        SequenceReader(tmp_path)
    fill(tmp_path / "in", ["1.png", "1.jpg"])
    with pytest.raises(InputError, match=r"\.jpg, \.png"):
        SequenceReader(tmp_path / "in")


def test_grey_and_alpha_in_one_sequence(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write_image(tmp_path / "in" / "1.png", np.full((4, 4, 4), 7, np.uint8))
    write_image(tmp_path / "in" / "2.png", np.full((4, 4), 9, np.uint8))
    frames = [frame.pixels for frame in SequenceReader(tmp_path / "in")]
    assert frames[1].shape == (4, 4, 4)
    assert frames[1][0, 0].tolist() == [9, 9, 9, 255]


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [(".png", np.uint8), (".png", np.uint16), (".webp", np.uint8), (".avif", np.uint8),
     (".exr", np.float32),
     (".tif", np.uint8), (".tif", np.uint16), (".tif", np.float32)],
)  # fmt: skip
@pytest.mark.parametrize("first", [None, 3])
def test_a_sequence_is_transparent_if_one_of_its_pictures_is(
    tmp_path: Path, suffix: str, kind: type[np.generic], first: int | None
) -> None:
    """Not only the first; those without alpha are opaque then."""
    (tmp_path / "in").mkdir()
    white = 1 if kind is np.float32 else np.iinfo(kind).max  # type: ignore[type-var]
    shape = (8, 12) if first is None else (8, 12, first)
    write_image(tmp_path / "in" / f"1{suffix}", np.full(shape, 0.25 * white).astype(kind))
    write_image(tmp_path / "in" / f"2{suffix}", np.full((8, 12, 4), 0.5 * white).astype(kind))
    source = open_video(tmp_path / "in")
    assert source.info.has_alpha
    one, two = (frame.pixels for frame in source)
    assert one.shape == two.shape == (8, 12, 4)
    assert (one[:, :, 3] == white).all()
    assert (one[:, :, :3] == np.array(0.25 * white).astype(kind)).all()
    assert (two == np.array(0.5 * white).astype(kind)).all()


@pytest.mark.parametrize("kind", ["png", "grey", "deep", "exr"])
def test_sequence_becomes_a_video(tmp_path: Path, kind: str) -> None:
    (tmp_path / "in").mkdir()
    pixels: np.ndarray = np.tile(np.linspace(20, 230, 64).astype(np.uint8), (48, 1))
    if kind != "grey":
        pixels = np.dstack([pixels, pixels[:, ::-1], pixels])
    if kind == "deep":
        pixels = pixels.astype(np.uint16) * 257
    stored = pixels / np.float32(255) if kind == "exr" else pixels
    for number in range(3):
        suffix = "exr" if kind == "exr" else "png"
        write_image(tmp_path / "in" / f"{number}.{suffix}", stored)
    source = open_video(tmp_path / "in", F(24))
    with VideoWriter(tmp_path / "a.mp4", 64, 48, F(24), like=source.info, quality=1) as writer:
        for frame in source:
            writer.write(frame.pixels, frame.time)
    with VideoReader(tmp_path / "a.mp4") as reader:
        info, frames = reader.info, [frame.pixels for frame in reader]
    assert info.colour.matrix == 1
    assert info.colour.full_range is False
    assert info.bit_depth == (10 if kind in ("deep", "exr") else 8)
    scale = 257 if info.bit_depth == 10 else 1
    expected = np.repeat(pixels[:, :, None], 3, axis=2) if kind == "grey" else pixels
    given = expected / (257 if kind == "deep" else 1)
    assert np.abs(frames[1] / scale - given).mean() < 2


# ---- writing


@pytest.mark.parametrize(("count", "last"), [(9, "frame_9"), (10, "frame_10"), (120, "frame_120")])
def test_counter_is_as_wide_as_the_count(tmp_path: Path, count: int, last: str) -> None:
    with SequenceWriter(tmp_path / "out", count) as writer:
        for index in range(count):
            writer.write(picture(index % 250), F(index))
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert names[-1] == f"{last}.png"
    assert len({len(name) for name in names}) == 1
    assert len(names) == count
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("suffix", [".png", ".tif", ".exr", ".webp"])
def test_sequences_are_kept_exactly(tmp_path: Path, suffix: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 12, 3), dtype=np.uint8)
    given = pixels / np.float32(255) if suffix == ".exr" else pixels
    with SequenceWriter(tmp_path / "out", 2, suffix=suffix) as writer:
        writer.write(given, F(0))
        writer.write(given[::-1], F(1))
    back = [frame.pixels for frame in SequenceReader(tmp_path / "out")]
    np.testing.assert_array_equal(back[0], given)
    np.testing.assert_array_equal(back[1], given[::-1])


def test_grey_sixteen_bit_and_half_sequences_stay_so(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in (1, 2):
        write_image(tmp_path / "in" / f"{number}.png", np.full((4, 4), 4000 * number, np.uint16))
    source = SequenceReader(tmp_path / "in")
    with SequenceWriter(tmp_path / "out", 2, like=source.info) as writer:
        for frame in source:
            writer.write(frame.pixels, frame.time)
    back = read_image(tmp_path / "out" / "frame_2.png").pixels
    assert (back.dtype, back.shape, back[0, 0]) == (np.uint16, (4, 4), 8000)
    half = Picture(np.zeros((4, 4, 3), np.float32), half=True)
    with SequenceWriter(tmp_path / "exr", 1, suffix=".exr", like_picture=half) as writer:
        writer.write(half.pixels, F(0))
    assert read_image(tmp_path / "exr" / "frame_1.exr").half


def test_interruption_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with SequenceWriter(tmp_path / "out", 5) as writer:
            writer.write(picture(1), F(0))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_folders_that_are_not_touched(tmp_path: Path) -> None:
    out = tmp_path / "out"
    fill(out, ["frame_1.png", "frame_2.png", "frame_3.png"])
    with pytest.raises(ExistsError):
        SequenceWriter(out, 2)
    with SequenceWriter(out, 2, overwrite=True) as writer:
        writer.write(picture(77), F(0))
    assert [p.name for p in out.iterdir()] == ["frame_1.png"]  # no rest of the longer run
    (out / "precious.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"other files \(precious\.txt\)"):
        SequenceWriter(out, 2, overwrite=True)
    assert (out / "precious.txt").exists()
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="is a file"):
        SequenceWriter(tmp_path / "file", 2)
    with pytest.raises(OutputError, match="does not exist"):
        SequenceWriter(tmp_path / "no" / "out", 2)


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with SequenceWriter(tmp_path / "out", 1) as writer:
        writer.write(picture(3), F(0))
    assert len(list((tmp_path / "out").iterdir())) == 1


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("kind", ["link", "here", "dangling"])
def test_a_link_and_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, overwrite: bool
) -> None:
    real = tmp_path / "real"
    if kind != "dangling":
        real.mkdir()
        if overwrite:
            fill(real, [f"frame_{n}.png" for n in range(1, 8)])
    out = tmp_path / "link"
    if kind == "here":
        monkeypatch.chdir(real)
        out = Path(".")
    else:
        out.symlink_to("real")
    with SequenceWriter(out, 3, overwrite=overwrite) as writer:
        for value in (70, 80, 90):
            writer.write(picture(value), F(0))
    assert sorted(os.listdir(real)) == ["frame_1.png", "frame_2.png", "frame_3.png"]
    assert [read_image(p).pixels[0, 0, 0] for p in sorted(real.iterdir())] == [70, 80, 90]
    assert kind == "here" or out.is_symlink()
    assert sorted(os.listdir(out)) == sorted(os.listdir(real))  # "." is still the same folder


def test_old_pictures_come_back_when_the_new_ones_find_no_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "out", ["frame_1.png", "frame_2.png"])
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    move = move_new

    def failing(origin: Path, target: Path) -> None:
        if origin.name == "frame_2.png" and target.parent == tmp_path / "out":
            raise OSError(errno.ENOSPC, "no space")
        move(origin, target)

    writer = SequenceWriter(tmp_path / "out", 2, overwrite=True)
    writer.write(picture(70), F(0))
    writer.write(picture(80), F(1))
    monkeypatch.setattr(sequence_writer, "move_new", failing)
    with pytest.raises(OutputError, match="no space"):
        writer.close()
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == before


def test_wrong_calls(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.png"):
        SequenceWriter(tmp_path / "out", 2, suffix=".xyz")
    with pytest.raises(UsageError, match="at least one"):
        SequenceWriter(tmp_path / "out", 0)
    with SequenceWriter(tmp_path / "out", 1) as writer:
        writer.write(picture(1), F(0))
        with pytest.raises(UsageError, match="not more"):
            writer.write(picture(1), F(1))
    with pytest.raises(UsageError, match="closed"):
        writer.write(picture(1), F(1))
    with pytest.raises(OutputError, match="no frames"):
        SequenceWriter(tmp_path / "none", 1).close()
    assert not (tmp_path / "none").exists()
