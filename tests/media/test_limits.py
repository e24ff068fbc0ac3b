"""A picture's size is checked before anything is allocated for it."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from vfi.errors import InputError, UsageError
from vfi.media.limits import DEFAULT, check_pixels, max_pixels
from vfi.media.pictures.images import read_image, write_image


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


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif", ".webp"])
def test_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_image(path, np.zeros((48, 64, 3), np.uint8))
    monkeypatch.setenv("VFI_MAX_PIXELS", str(48 * 64))
    assert read_image(path).pixels.shape == (48, 64, 3)
    monkeypatch.setenv("VFI_MAX_PIXELS", str(48 * 64 - 1))
    with pytest.raises(InputError, match="is 64x48: more than 3071 pixels; set VFI_MAX_PIXELS"):
        read_image(path)


@pytest.mark.parametrize("side", [12_000, 20_000])
def test_a_png_of_a_few_bytes(tmp_path: Path, side: int) -> None:
    """Two sizes, since Pillow refuses the second by itself and says its pixels only."""
    rows = zlib.compress(bytes(1000))
    parts = ((b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)), (b"IDAT", rows))
    data = b"\x89PNG\r\n\x1a\n"
    for name, content in (*parts, (b"IEND", b"")):
        checksum = zlib.crc32(name + content)
        data += struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(InputError, match=f"set VFI_MAX_PIXELS={side * side} to read it"):
        read_image(tmp_path / "a.png")


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
