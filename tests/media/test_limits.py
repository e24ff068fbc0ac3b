"""A picture's size is checked before anything is allocated for it."""

import io
import struct
import zipfile
import zlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vfi.errors import InputError, UsageError
from vfi.media.limits import DEFAULT, check_pixels, max_pixels
from vfi.media.pictures.flow_files import read_flow
from vfi.media.pictures.images import image_size, read_image, write_image
from vfi.media.source import open_video
from vfi.media.video.writer import VideoWriter


def test_the_limit_itself_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VFI_MAX_PIXELS", raising=False)
    assert max_pixels() == DEFAULT == 16384 * 8192
    check_pixels("a.png", 16384, 8192)
    with pytest.raises(InputError, match=r"a\.png is 16384x8193: more than 134217728 pixels"):
        check_pixels(Path("a.png"), 16384, 8193)


def test_it_can_be_raised_and_lowered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VFI_MAX_PIXELS", "400000000")
    check_pixels("a.png", 20000, 20000)
    monkeypatch.setenv("VFI_MAX_PIXELS", "12")
    check_pixels("a.png", 4, 3)
    with pytest.raises(InputError, match="set VFI_MAX_PIXELS=13 to read it"):
        check_pixels("a.png", 13, 1)


@pytest.mark.parametrize("text", ["0", "-1", "1e9", "many", "9" * 5000, "1.5", "\u0663"])
def test_no_number_of_pixels(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("VFI_MAX_PIXELS", text)
    with pytest.raises(UsageError, match="is not a number of pixels") as caught:
        max_pixels()
    assert len(str(caught.value)) < 120


# ---- pictures whose header asks for more than their bytes hold


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif", ".webp", ".avif"])
def test_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_image(path, np.zeros((48, 64, 3), np.uint8))
    monkeypatch.setenv("VFI_MAX_PIXELS", str(48 * 64))
    assert read_image(path).pixels.shape == (48, 64, 3)
    monkeypatch.setenv("VFI_MAX_PIXELS", str(48 * 64 - 1))
    with pytest.raises(InputError, match="is 64x48: more than 3071 pixels; set VFI_MAX_PIXELS"):
        read_image(path)


def test_animated_webp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with VideoWriter(tmp_path / "a.webp", 64, 48, Fraction(25)) as writer:
        for number in range(2):
            writer.write(np.full((48, 64, 3), number, np.uint8), Fraction(number, 25))
    monkeypatch.setenv("VFI_MAX_PIXELS", str(48 * 64))
    assert open_video(tmp_path / "a.webp").info.width == 64
    monkeypatch.setenv("VFI_MAX_PIXELS", str(48 * 64 - 1))
    with pytest.raises(InputError, match="is 64x48: more than 3071 pixels; set VFI_MAX_PIXELS"):
        open_video(tmp_path / "a.webp")


@pytest.mark.parametrize("side", [12_000, 20_000])
def test_a_png_of_a_few_bytes(tmp_path: Path, side: int) -> None:
    """Two sizes, since Pillow refuses the second by itself."""
    (tmp_path / "a.png").write_bytes(hollow_png(side, depth=8))
    with pytest.raises(InputError, match=f"is {side}x{side}: .*VFI_MAX_PIXELS={side * side} "):
        read_image(tmp_path / "a.png")


def hollow_png(side: int, depth: int) -> bytes:
    """A picture of `side`² pixels that has only a few of them."""
    header = struct.pack(">IIBBBBB", side, side, depth, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n"
    for name, content in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(9))), (b"IEND", b"")):
        checksum = zlib.crc32(name + content)
        data += struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
    return data


@pytest.mark.parametrize(
    "data",
    [
        b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 20000 +X 30000\n" + bytes(64),
        b"P7\nWIDTH 30000\nHEIGHT 20000\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n" + bytes(64),
        b"P6 30000 20000 255\n" + bytes(64),
    ],
)
def test_headers_of_text(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.picture").write_bytes(data)
    with pytest.raises(InputError, match="is 30000x20000: more than"):
        read_image(tmp_path / "a.picture")


def test_a_kitti_flow(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(hollow_png(20_000, depth=16))
    with pytest.raises(InputError, match="is 20000x20000: more than"):
        read_flow(tmp_path / "a.png")


@pytest.mark.parametrize("shape", [(20_000, 30_000, 2), (30_000 * 20_000, 2), (1, 1, 10**12)])
def test_an_archive_of_flow(tmp_path: Path, shape: tuple[int, ...]) -> None:
    header = io.BytesIO()
    facts = {"descr": "<f4", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, facts)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("flow.npy", header.getvalue() + bytes(64))
    with pytest.raises(InputError, match="more than 134217728 pixels"):
        read_flow(tmp_path / "a.npz")


def test_an_archive_of_something_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("flow", b"text")
    with pytest.raises(InputError, match="a flow is an array"):
        read_flow(tmp_path / "a.npz")


def test_what_is_allowed_is_read_as_its_header_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pillow refuses above twice its own limit, and with it went the orientation."""
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    Image.fromarray(np.zeros((48, 64, 3), np.uint8)).save(tmp_path / "a.jpg", exif=exif)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 48 * 64 // 2 - 1)
    assert read_image(tmp_path / "a.jpg").pixels.shape == (64, 48, 3)
    assert image_size(tmp_path / "a.jpg") == (48, 64)
    assert Image.MAX_IMAGE_PIXELS == 48 * 64 // 2 - 1


@pytest.mark.parametrize("name", [b"dataWindow", b"displayWindow"])
def test_windows_of_exr(tmp_path: Path, name: bytes) -> None:
    path = tmp_path / "a.exr"
    write_image(path, np.zeros((48, 64, 3), np.float32))
    data = bytearray(path.read_bytes())
    at = data.index(name + b"\0box2i\0") + len(name) + 7 + 4  # name, type, size, then the box
    data[at : at + 16] = struct.pack("<4i", 0, 0, 49_999, 49_999)
    path.write_bytes(data)
    with pytest.raises(InputError, match="is 50000x50000: more than 134217728 pixels"):
        read_image(path)
