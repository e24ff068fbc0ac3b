"""White is white in whatever depth a file stores it."""

import struct
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from vfi.media.pictures.images import read_image
from vfi.media.pictures.white_level import white_level

WIDTH, HEIGHT = 64, 48


def ramp(white: int) -> np.ndarray:
    """From black on the left to white on the right."""
    row = np.rint(np.linspace(0, white, WIDTH)).astype(np.uint16)
    return np.tile(row, (HEIGHT, 1))


def scaled(white: int, full: int) -> np.ndarray:
    """The same over the full range of a type, to nearest."""
    return np.floor(ramp(white).astype(np.float64) * full / white + 0.5)


def netpbm(path: Path, white: int) -> Path:
    colour = path.suffix in (".ppm", ".pam")
    samples = np.repeat(ramp(white)[:, :, None], 3 if colour else 1, axis=2)
    if path.suffix == ".pam":
        head = f"P7\nWIDTH 64\nHEIGHT 48\nDEPTH 3\nMAXVAL {white}\nTUPLTYPE RGB\nENDHDR\n"
    else:
        head = f"P{6 if colour else 5}\n# a remark\n64 48\n{white}\n"
    path.write_bytes(head.encode() + samples.astype(">u2" if white > 255 else "u1").tobytes())
    return path


@pytest.mark.parametrize("name", ["a.pgm", "a.ppm", "a.pam"])
@pytest.mark.parametrize("white", [100, 255, 1023, 4095, 65535])
def test_netpbm(tmp_path: Path, name: str, white: int) -> None:
    pixels = read_image(netpbm(tmp_path / name, white)).pixels
    full = 255 if white < 256 else 65535
    shown = pixels if pixels.ndim == 2 else pixels[:, :, 1]
    assert pixels.dtype == (np.uint8 if white < 256 else np.uint16)
    assert np.array_equal(shown, scaled(white, full))


@pytest.mark.parametrize("bits", [8, 10, 12])
def test_avif(tmp_path: Path, bits: int) -> None:
    path, white = tmp_path / "a.avif", (1 << bits) - 1
    grey = ramp(white).astype(np.uint8 if bits == 8 else np.uint16)
    options = [cv2.IMWRITE_AVIF_DEPTH, bits, cv2.IMWRITE_AVIF_QUALITY, 100]
    try:
        done = cv2.imwrite(str(path), np.repeat(grey[:, :, None], 3, axis=2), options)
    except cv2.error:
        done = False
    if not done:
        pytest.skip("this OpenCV cannot write AVIF")
    assert white_level(path.read_bytes()) == white
    pixels, full = read_image(path).pixels, 255 if bits == 8 else 65535
    # A lossy code: within one hundredth of white.
    assert np.abs(pixels.astype(float) - scaled(white, full)[:, :, None]).max() < full / 100


@pytest.mark.parametrize(("pixel_format", "bits"), [("gray12le", 12), ("gbrp10le", 10)])
def test_jpeg_2000(tmp_path: Path, pixel_format: str, bits: int) -> None:
    path = tmp_path / "a.jp2"
    white = (1 << bits) - 1
    with av.open(str(path), "w") as container:
        stream = container.add_stream("jpeg2000", rate=1)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixel_format
        frame = av.VideoFrame(WIDTH, HEIGHT, pixel_format)
        for plane in frame.planes:
            plane.update(np.full(plane.buffer_size // 2, white, "<u2").tobytes())
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert white_level(path.read_bytes()) == white
    assert read_image(path).pixels.min() > 65535 * 0.999  # a wavelet's rounding may cost a level


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_tiff(tmp_path: Path, bits: int, order: str) -> None:
    path, white = tmp_path / "a.tif", (1 << bits) - 1
    path.write_bytes(tiff(bits, order))
    pixels = read_image(path).pixels
    assert pixels.dtype == np.uint16
    assert np.array_equal(pixels, scaled(white, 65535))


def tiff(bits: int, order: str) -> bytes:
    """A grey TIFF, its samples packed without padding between them."""
    row = "".join(f"{sample:0{bits}b}" for sample in ramp((1 << bits) - 1)[0])
    data = (int(row, 2).to_bytes(len(row) // 8, "big")) * HEIGHT
    if bits == 16:
        data = ramp(65535).astype(order + "u2").tobytes()
    entries = {256: WIDTH, 257: HEIGHT, 258: bits, 259: 1, 262: 1, 273: 8, 277: 1, 278: HEIGHT}
    entries[279] = len(data)
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8 + len(data))
    directory = struct.pack(order + "H", len(entries))
    for tag, value in entries.items():
        if tag in (273, 279):
            directory += struct.pack(order + "HHII", tag, 4, 1, value)
        else:
            directory += struct.pack(order + "HHIHH", tag, 3, 1, value, 0)
    return head + data + directory + bytes(4)


@pytest.mark.parametrize("data", [b"", b"P5\n", b"II*\0\xff\xff\xff\xff", b"\0\0\0\x20ftypavif"])
def test_headers_that_say_nothing(data: bytes) -> None:
    assert white_level(data) is None
