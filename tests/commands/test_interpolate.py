"""`vfi interpolate`: every kind of picture, several times, and every wrong call."""

import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.helpers.cli import RunVfi, names_in, small_disk
from tests.helpers.textures import texture
from vfi import Interpolator
from vfi.media.pictures.flow_files import read_flow
from vfi.media.pictures.images import read_image, write_image

Pair = tuple[Path, Path]


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """a.png and b.png: a texture that moves by four pixels."""
    write_image(tmp_path / "a.png", texture(0))
    write_image(tmp_path / "b.png", texture(4))
    return tmp_path / "a.png", tmp_path / "b.png"


@pytest.fixture
def call(run_vfi: RunVfi, pair: Pair) -> RunVfi:
    """`vfi interpolate` of the pair with the classical method on the CPU."""
    one, two = pair
    words = ("interpolate", "--one", one, "--two", two, "--model", "direct", "--device", "cpu")
    return lambda *more: run_vfi(*words, *more)


def as_kind(pixels: NDArray[np.uint8], kind: str) -> NDArray[Any]:
    """A picture as 8 or 16 bits or float, in colour, grey, or with alpha."""
    depth, channels = kind.split("-")
    if channels == "grey":
        pixels = pixels[..., 0]
    if channels == "alpha":
        slope = np.linspace(0, 255, pixels.shape[1]).astype(np.uint8)
        pixels = np.dstack([pixels, np.tile(slope, (pixels.shape[0], 1))])
    if depth == "8":
        return pixels
    if depth == "16":
        return pixels.astype(np.uint16) * 257
    return (pixels / 255 * 3).astype(np.float32)  # high dynamic range


LOSSLESS = [
    *((".png", k) for k in ("8-colour", "8-grey", "8-alpha", "16-colour", "16-grey", "16-alpha")),
    *((".tiff", k) for k in ("8-colour", "8-grey", "8-alpha", "16-colour", "16-grey", "16-alpha")),
    *((".tif", k) for k in ("float-colour",)),
    *((".webp", k) for k in ("8-colour", "8-alpha")),
    *((".bmp", k) for k in ("8-colour", "8-grey")),
    *((".exr", k) for k in ("float-colour", "float-grey", "float-alpha")),
]


@pytest.mark.parametrize(("suffix", "kind"), LOSSLESS)
def test_a_picture_comes_back_as_it_came_in(
    run_vfi: RunVfi, tmp_path: Path, suffix: str, kind: str
) -> None:
    """Depth, channels and pixels are those of the Interpolator on what was written."""
    one, two = (as_kind(texture(right), kind) for right in (0, 4))
    for name, pixels in (("a", one), ("b", two)):
        write_image(tmp_path / f"{name}{suffix}", pixels)
    words = ("--one", tmp_path / f"a{suffix}", "--two", tmp_path / f"b{suffix}")
    ended = run_vfi("interpolate", *words, "--model", "direct", "--device", "cpu")
    assert (ended.code, ended.err) == (0, "")
    result = tmp_path / f"a-b{suffix}"
    assert ended.out == f"{result}\n"
    found = read_image(result).pixels
    assert (found.shape, found.dtype) == (one.shape, one.dtype)
    interpolate = Interpolator("direct", "cpu")
    if (suffix, kind) == (".exr", "float-alpha"):  # whose colours are multiplied by alpha
        interpolate = interpolate.of_premultiplied()
    np.testing.assert_array_equal(found, interpolate(one, two))


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg"])
def test_jpeg(run_vfi: RunVfi, tmp_path: Path, suffix: str) -> None:
    for name, right in (("a", 0), ("b", 4)):
        write_image(tmp_path / f"{name}{suffix}", texture(right))
    words = ("--one", tmp_path / f"a{suffix}", "--two", tmp_path / f"b{suffix}")
    assert run_vfi("interpolate", *words, "--model", "direct").code == 0
    found = read_image(tmp_path / f"a-b{suffix}").pixels
    middle = texture(2)
    # Compressed twice at quality 95: a few levels
    inner = slice(8, -8)
    assert np.abs(found.astype(int) - middle)[:, inner].mean() < 4


def test_colours_are_not_swapped(run_vfi: RunVfi, tmp_path: Path) -> None:
    """A red picture stays red, read by a program that is not ours."""
    red = np.zeros((32, 32, 3), np.uint8)
    red[..., 2] = 200  # OpenCV writes blue, green, red
    cv2.imwrite(str(tmp_path / "a.png"), red)
    red[:, :8] = 30
    cv2.imwrite(str(tmp_path / "b.png"), red)
    words = ("--one", tmp_path / "a.png", "--two", tmp_path / "b.png", "--model", "direct")
    assert run_vfi("interpolate", *words, "--out", tmp_path / "c.png").code == 0
    assert cv2.imread(str(tmp_path / "c.png"))[16, 24].tolist() == [0, 0, 200]


def test_the_picture_half_way_is_half_way(call: RunVfi, tmp_path: Path) -> None:
    assert call("--out", tmp_path / "half.png").code == 0
    half = read_image(tmp_path / "half.png").pixels.astype(int)
    inner = (slice(None), slice(8, -8))
    assert np.abs(half - texture(2))[inner].mean() < 1


def test_the_ends_are_the_pictures_themselves(call: RunVfi, tmp_path: Path) -> None:
    call("--out", tmp_path / "c.png", "--time", "0", "--time", "1")
    assert np.array_equal(read_image(tmp_path / "c-1.png").pixels, texture(0))
    assert np.array_equal(read_image(tmp_path / "c-2.png").pixels, texture(4))


def test_several_times_are_numbered(call: RunVfi, tmp_path: Path, pair: Pair) -> None:
    ended = call("--out", tmp_path / "c.png", "--time", "1/3", "--time", "0.5", "--time", ".75")
    assert ended.out.split() == [str(tmp_path / f"c-{n}.png") for n in (1, 2, 3)]
    expected = Interpolator("direct", "cpu")(texture(0), texture(4), [1 / 3, 0.5, 0.75])
    for number, pixels in enumerate(expected, 1):
        assert np.array_equal(read_image(tmp_path / f"c-{number}.png").pixels, pixels)


def test_count_is_evenly_spaced(call: RunVfi, tmp_path: Path) -> None:
    call("--out", tmp_path / "even.png", "--count", "3")
    call("--out", tmp_path / "given.png", "--time", "0.25", "--time", "0.5", "--time", "0.75")
    for number in (1, 2, 3):
        even, given = (tmp_path / f"{name}-{number}.png" for name in ("even", "given"))
        assert even.read_bytes() == given.read_bytes()
    assert not (tmp_path / "even-4.png").exists()


def test_numbers_have_equally_many_digits(call: RunVfi, tmp_path: Path) -> None:
    call("--out", tmp_path / "n.png", "--count", "11")
    assert [n for n in names_in(tmp_path) if n.startswith("n")] == [
        f"n-{number:02}.png" for number in range(1, 12)
    ]


def test_one_picture_of_a_count_of_one_has_no_number(call: RunVfi, tmp_path: Path) -> None:
    call("--out", tmp_path / "c.png", "--count", "1")
    assert (tmp_path / "c.png").is_file()


def test_the_flow_is_written_too(call: RunVfi, tmp_path: Path) -> None:
    assert call("--flow", tmp_path / "f.flo", "--out", tmp_path / "c.png").code == 0
    flow = read_flow(tmp_path / "f.flo")
    assert flow.shape == (48, 64, 2)
    assert np.abs(np.median(flow[8:-8, 8:-8], axis=(0, 1)) - [4, 0]).max() < 0.1
    assert names_in(tmp_path) == ["a.png", "b.png", "c.png", "f.flo"]


def test_another_format_out(call: RunVfi, tmp_path: Path) -> None:
    assert call("--out", tmp_path / "c.exr").code == 0
    assert read_image(tmp_path / "c.exr").pixels.dtype == np.float32


@pytest.mark.parametrize(
    ("kind", "suffix", "note"),
    [
        ("16-colour", ".jpg", "16 bits become 8 bits: .jpg has no more"),
        ("16-grey", ".webp", "16 bits become 8 bits: .webp"),
        ("8-alpha", ".jpeg", "the transparency is lost, the picture laid over black: .jpeg"),
        ("16-alpha", ".jpg", "16 bits become 8 bits and the transparency is lost"),
        ("float-colour", ".png", "floats become 16 bits: .png"),
        ("8-colour", ".jpg", None),
        ("16-alpha", ".png", None),
        ("16-colour", ".exr", None),
        ("8-alpha", ".tif", None),
    ],
)
def test_what_a_format_cannot_hold_is_said(
    run_vfi: RunVfi, tmp_path: Path, kind: str, suffix: str, note: str | None
) -> None:
    source = tmp_path / ("in.exr" if kind.startswith("float") else "in.png")
    write_image(source, as_kind(texture(), kind))
    words = ("--one", source, "--two", source, "--model", "direct", "--count", "2")
    ended = run_vfi("interpolate", *words, "--out", tmp_path / f"out{suffix}")
    assert ended.code == 0
    if note is None:
        assert ended.err == ""
    else:
        assert ended.complaint.startswith(f"Note: {note}")


def test_of_several_pictures_in_a_file_the_first_is_used_and_that_is_said(
    run_vfi: RunVfi, pair: Pair, tmp_path: Path
) -> None:
    pages = [cv2.cvtColor(texture(shift), cv2.COLOR_RGB2BGR) for shift in (4, 8, 12)]
    assert cv2.imwritemulti(str(tmp_path / "pages.tif"), pages)
    words = ("--one", pair[0], "--two", tmp_path / "pages.tif", "--model", "direct")
    ended = run_vfi("interpolate", *words, "--out", tmp_path / "c.png")
    assert ended.code == 0
    assert (
        ended.complaint
        == f"Note: {tmp_path / 'pages.tif'} holds 3 pictures; only the first is used"
    )


def test_a_result_is_replaced_only_if_asked(call: RunVfi, tmp_path: Path) -> None:
    out = tmp_path / "c.png"
    out.write_bytes(b"precious")
    ended = call("--out", out)
    assert ended.code == 1
    assert ended.complaint == f"Error: {out} exists already; use --overwrite to replace it"
    assert out.read_bytes() == b"precious"
    assert call("--out", out, "--overwrite").code == 0
    assert read_image(out).pixels.shape == (48, 64, 3)


def test_one_that_exists_stops_all(call: RunVfi, tmp_path: Path) -> None:
    (tmp_path / "c-3.png").write_bytes(b"precious")
    assert call("--out", tmp_path / "c.png", "--count", "3").code == 1
    assert names_in(tmp_path) == ["a.png", "b.png", "c-3.png"]


def test_a_failure_on_the_way_leaves_none(
    call: RunVfi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third of five pictures cannot be written: there is none, and no flow either."""
    from vfi import pair_job
    from vfi.media.pictures.images import write_pixels

    write, calls = write_pixels, []

    def full(*arguments: Any, **more: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        write(*arguments, **more)

    monkeypatch.setattr(pair_job, "write_pixels", full)
    ended = call("--out", tmp_path / "c.png", "--count", "5", "--flow", tmp_path / "f.flo")
    assert ended.code == 1
    assert ended.complaint == (
        f"Error: cannot write {tmp_path / 'c-3.png'}: no space left on the disk"
    )
    assert names_in(tmp_path) == ["a.png", "b.png"]


class TestWrongCalls:
    """Each is one line, the right exit code, and nothing is written."""

    @pytest.fixture(autouse=True)
    def _nothing_is_written(self, pair: Pair, tmp_path: Path) -> Any:
        yield
        assert [n for n in names_in(tmp_path) if n.startswith(("c", "."))] == []

    @pytest.mark.parametrize(
        ("time", "message"),
        [
            ("1.5", "--time 1.5 lies outside 0 to 1"),
            ("-0.1", "--time -0.1 lies outside 0 to 1"),
            ("4/3", "--time 4/3 lies outside 0 to 1"),
            ("half", "--time half is no number; give 0 to 1, as 0.25 or 1/3"),
            ("1e999999999", "--time 1e999999999 is no number; give 0 to 1, as 0.25 or 1/3"),
            ("nan", "--time nan is no number; give 0 to 1, as 0.25 or 1/3"),
            ("1/0", "--time 1/0 is no number; give 0 to 1, as 0.25 or 1/3"),
        ],
    )
    def test_a_time_that_is_none(
        self, call: RunVfi, tmp_path: Path, time: str, message: str
    ) -> None:
        ended = call("--out", tmp_path / "c.png", f"--time={time}")
        assert (ended.code, ended.complaint) == (2, f"Error: {message}")

    def test_time_and_count(self, call: RunVfi, tmp_path: Path) -> None:
        ended = call("--out", tmp_path / "c.png", "--time", "0.5", "--count", "3")
        assert (ended.code, ended.complaint) == (
            2,
            "Error: --time and --count exclude each other: give one, not both",
        )

    def test_an_unknown_model(self, call: RunVfi, tmp_path: Path) -> None:
        ended = call("--out", tmp_path / "c.png", "--model", "rife")
        assert ended.code == 2
        assert ended.complaint.startswith("Error: no model 'rife'; there are: direct")

    def test_missing_weights(self, call: RunVfi, tmp_path: Path) -> None:
        ended = call("--out", tmp_path / "c.png", "--model", tmp_path / "gone.safetensors")
        assert ended.code == 1
        assert ended.complaint == f"Error: {tmp_path / 'gone.safetensors'}: no such weights file"

    def test_an_unknown_device(self, call: RunVfi, tmp_path: Path) -> None:
        ended = call("--out", tmp_path / "c.png", "--device", "tpu")
        assert (ended.code, ended.complaint[:22]) == (2, "Error: no device 'tpu'")
        ended = call("--out", tmp_path / "c.png", "--device", "cuda:99")
        assert ended.code == 1
        assert "'cuda:99' is not on this machine" in ended.complaint

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (None, "does not exist"),
            (b"", "is empty"),
            (b"hello world, this is a text", "is damaged or is no picture"),
            ("half", "cut off"),
        ],
    )
    @pytest.mark.parametrize("suffix", [".png", ".txt", ""])
    def test_a_picture_that_is_none(
        self, call: RunVfi, pair: Pair, content: Any, message: str, suffix: str
    ) -> None:
        """Whatever it is called, it is the input that is named."""
        bad = pair[0].with_name(f"bad{suffix}")
        if content == "half":
            data = pair[0].read_bytes()
            content = data[: len(data) // 2]
        if content is not None:
            bad.write_bytes(content)
        for option in ("--one", "--two"):
            ended = call(option, bad)
            assert ended.code == 1
            assert message in ended.complaint
            assert str(bad) in ended.complaint

    def test_a_folder_as_a_picture(self, call: RunVfi, tmp_path: Path) -> None:
        ended = call("--one", tmp_path)
        assert ended.code == 1
        assert str(tmp_path) in ended.complaint

    def test_pictures_of_different_sizes(self, call: RunVfi, tmp_path: Path, pair: Pair) -> None:
        write_image(tmp_path / "small.png", texture(height=32))
        ended = call("--two", tmp_path / "small.png", "--out", tmp_path / "c.png")
        assert ended.code == 1
        assert ended.complaint == (
            f"Error: {pair[0]} and {tmp_path / 'small.png'}: the pictures differ in size: 64x48 "
            "with 3 channels and 64x32 with 3 channels; resize or crop one of them first"
        )

    def test_pictures_of_different_kinds(self, call: RunVfi, tmp_path: Path) -> None:
        write_image(tmp_path / "deep.png", texture().astype(np.uint16))
        ended = call("--two", tmp_path / "deep.png", "--out", tmp_path / "c.png")
        assert ended.code == 1
        assert ended.complaint.endswith("the pictures differ in type: uint8 and uint16")

    def test_a_format_that_is_none(self, call: RunVfi, tmp_path: Path) -> None:
        ended = call("--out", tmp_path / "c.gif")
        assert ended.code == 2
        assert "c.gif: pictures end in .png, " in ended.complaint
        ended = call("--out", tmp_path / "c.png", "--flow", tmp_path / "c.txt")
        assert ended.code == 2
        assert "c.txt" in ended.complaint

    def test_a_folder_that_does_not_exist(self, call: RunVfi, tmp_path: Path) -> None:
        out = tmp_path / "nowhere" / "c.png"
        for words in (("--out", out), ("--out", tmp_path / "d.png", "--flow", out)):
            ended = call(*words)
            assert ended.code == 1
            assert ended.complaint == (
                f"Error: cannot write {out}: the folder {out.parent} does not exist"
            )
        assert not out.parent.exists()

    def test_a_folder_that_is_a_file(self, call: RunVfi, tmp_path: Path, pair: Pair) -> None:
        ended = call("--out", pair[0] / "c.png")
        assert ended.code == 1
        assert f"{pair[0]} is not a folder" in ended.complaint

    def test_a_folder_that_cannot_be_written(self, call: RunVfi) -> None:
        """/proc takes no files, not even from root."""
        ended = call("--out", "/proc/c.png")
        assert ended.code == 1
        assert ended.complaint.startswith("Error: cannot write /proc/c.png: ")

    def test_a_full_disk(self, call: RunVfi, tmp_path: Path) -> None:
        for words in (("--out", tmp_path / "c.png"), ("--out", tmp_path / "c.exr")):
            with small_disk():
                ended = call(*words)
            assert ended.code == 1
            assert ended.complaint.startswith(f"Error: cannot write {words[1]}: ")


def test_the_fallback_is_told(
    run_vfi: RunVfi, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without weights and without --model the classical method does it, and says so."""
    from vfi import model_files as weights

    monkeypatch.setattr(weights, "default_model", lambda device: "direct")
    ended = run_vfi("interpolate", "--one", pair[0], "--two", pair[1], "--device", "cpu")
    assert ended.code == 0
    assert ended.complaint.startswith("Note: no trained weights are installed; using")
    assert (tmp_path / "a-b.png").is_file()


def test_a_developer_sees_where_it_comes_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from vfi import InputError
    from vfi.commands import group

    monkeypatch.setenv("VFI_DEBUG", "1")
    words = ["interpolate", "--one", str(tmp_path / "x.png"), "--two", str(tmp_path / "y.png")]
    with pytest.raises(InputError):
        group.main(words, standalone_mode=False)


class TestWhereResultsGo:
    """What is a folder to `vfi video` is one here."""

    @pytest.mark.parametrize("out", ["new", "new/", "shots.v2"])
    def test_a_folder_holds_numbered_pictures(
        self, call: RunVfi, pair: Pair, tmp_path: Path, out: str
    ) -> None:
        ended = call("--count", 3, "-o", f"{tmp_path}/{out}")
        assert (ended.code, ended.out.strip()) == (0, str(tmp_path / out)), ended.err
        names = [f"frame_{number}.png" for number in (1, 2, 3)]
        assert names_in(tmp_path / out) == names
        one, two = (read_image(path).pixels for path in pair)
        expected = Interpolator("direct", "cpu")(one, two, [0.25, 0.5, 0.75])
        for name, pixels in zip(names, expected, strict=True):
            np.testing.assert_array_equal(read_image(tmp_path / out / name).pixels, pixels)

    def test_a_folder_with_other_things_is_left_alone(self, call: RunVfi, tmp_path: Path) -> None:
        ended = call("--count", 2, "-o", tmp_path, "--overwrite")
        assert ended.code == 1
        assert "holds other files" in ended.complaint
        assert names_in(tmp_path) == ["a.png", "b.png"]

    def test_bare_pictures(self, run_vfi: RunVfi, pair: Pair, tmp_path: Path) -> None:
        ended = run_vfi("interpolate", *pair, "-m", "direct", "--device", "cpu")
        assert ended.code == 0, ended.err
        assert ended.out.strip() == str(tmp_path / "a-b.png")

    def test_bare_pictures_are_two_and_named_once(self, run_vfi: RunVfi, pair: Pair) -> None:
        for words in ((pair[0],), (*pair, pair[0]), (*pair, "--one", pair[0])):
            ended = run_vfi("interpolate", *words)
            assert ended.code == 2
            assert ended.complaint.endswith("See vfi interpolate --help.")


def test_decoders_have_no_say(run_vfi: RunVfi, tmp_path: Path) -> None:
    """A colour profile that it does not like, and a whole file whose pixels cannot be unpacked."""
    data = encoded(texture(), ".png")
    at = data.index(b"IDAT") - 4
    broken = zlib.compress(b"\xff" * 10_000)
    for odd, code in (
        (
            data[:at]
            + chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(b"no profile"))
            + data[at:],
            0,
        ),
        (data[:at] + chunk(b"IDAT", broken) + chunk(b"IEND", b""), 1),
    ):
        (tmp_path / "a.png").write_bytes(odd)
        ended = run_vfi("interpolate", *[tmp_path / "a.png"] * 2, "-o", tmp_path / f"{code}.png",
                        "-m", "direct", "--device", "cpu")  # fmt: skip
        assert "libpng " not in ended.err
        assert len(ended.err.splitlines()) == code


def encoded(pixels: NDArray[Any], suffix: str) -> bytes:
    return cv2.imencode(suffix, pixels)[1].tobytes()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
