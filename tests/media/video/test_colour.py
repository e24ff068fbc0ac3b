import io
from typing import Any

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vfi.media.frame import Colour
from vfi.media.video.colour import Converter, format_facts, is_full_range, matrix_of

# Kr, Kb as printed in BT.601, BT.709 and BT.2020.
WEIGHTS = {6: (0.299, 0.114), 1: (0.2126, 0.0722), 9: (0.2627, 0.0593)}


def yuv(rgb: np.ndarray, matrix: int, bits: int, full: bool) -> np.ndarray:
    """The standards' equations, in doubles, without rounding; rgb in 0..1."""
    red, blue = WEIGHTS[matrix]
    luma = red * rgb[..., 0] + (1 - red - blue) * rgb[..., 1] + blue * rgb[..., 2]
    cb, cr = (rgb[..., 2] - luma) / (2 - 2 * blue), (rgb[..., 0] - luma) / (2 - 2 * red)
    unit, top = 2.0 ** (bits - 8), 2.0**bits - 1
    if full:
        return np.stack([luma * top, cb * top + 128 * unit, cr * top + 128 * unit], -1)
    return np.stack([219 * luma + 16, 224 * cb + 128, 224 * cr + 128], -1) * unit


def planes(frame: av.VideoFrame) -> np.ndarray:
    kind = np.uint8 if format_facts(frame.format.name)[0] == 8 else np.uint16
    views = []
    for plane in frame.planes:
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size).view(kind)
        views.append(rows[: plane.height, : plane.width].astype(int))
    return np.stack(views, -1)


def noise(dtype: Any) -> np.ndarray:
    return np.random.default_rng(3).integers(0, np.iinfo(dtype).max + 1, (40, 50, 3)).astype(dtype)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", WEIGHTS)
@pytest.mark.parametrize(
    ("name", "bits"), [("yuv444p", 8), ("yuv444p10le", 10), ("yuv444p12le", 12)]
)
def test_equations_of_the_standards(matrix: int, name: str, bits: int, full: bool) -> None:
    pixels = noise(np.uint8 if bits == 8 else np.uint16)
    frame = Converter(matrix, full).from_rgb(pixels, name)
    exact = yuv(pixels / np.iinfo(pixels.dtype).max, matrix, bits, full)
    exact = np.clip(exact, 0, 2**bits - 1)
    assert np.abs(planes(frame) - exact).max() < 0.51  # rounded to nearest
    assert np.abs((planes(frame) - exact).mean(axis=(0, 1))).max() < 0.03  # and without a bias


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", WEIGHTS)
@pytest.mark.parametrize(("name", "bits"), [("yuv444p", 8), ("yuv444p10le", 10)])
def test_there_and_back_changes_nothing(matrix: int, name: str, bits: int, full: bool) -> None:
    """A colour that RGB can hold comes back as the same YUV, so copies of copies do not drift."""
    converter = Converter(matrix, full)
    first = converter.from_rgb(noise(np.uint8 if bits == 8 else np.uint16), name)
    again = converter.from_rgb(converter.to_rgb(first), name)
    difference = np.abs(planes(again) - planes(first))
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.001  # ties at exactly half a level


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255), st.booleans())
@settings(max_examples=40)
def test_flat_colours_survive_subsampling(red: int, green: int, blue: int, full: bool) -> None:
    converter = Converter(1, full)
    pixels = np.full((11, 13, 3), (red, green, blue), np.uint8)
    back = converter.to_rgb(converter.from_rgb(pixels, "yuv420p"))
    assert (back == back[0, 0]).all()  # flat stays flat, odd sizes too
    assert np.abs(back[0, 0].astype(int) - (red, green, blue)).max() <= 2  # 8-bit YUV is coarser


@pytest.mark.parametrize("name", ["yuv420p10le", "p010le", "yuv422p10le", "gbrp10le", "gbrp12le"])
def test_deep_white_is_full_white(name: str) -> None:
    """FFmpeg's own conversion stops at 65280."""
    pixels = np.full((8, 8, 3), 65535, np.uint16)
    back = Converter(9, False).to_rgb(Converter(9, False).from_rgb(pixels, name))
    assert back.dtype == np.uint16
    assert (back == 65535).all()


def test_every_level_of_a_ten_bit_ramp_is_distinct() -> None:
    ramp = np.tile((np.arange(1024) * 65535 / 1023).round().astype(np.uint16), (4, 1))
    pixels = np.repeat(ramp[:, :, None], 3, axis=2)
    converter = Converter(9, True)
    frame = converter.from_rgb(pixels, "yuv420p10le")
    luma = np.frombuffer(frame.planes[0], np.uint16).reshape(4, -1)[0, :1024]
    assert luma.tolist() == list(range(1024))
    back = converter.to_rgb(frame).astype(int)
    assert np.abs(back - pixels).max() <= 1  # of 65535


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("rgba", np.uint8),
        ("argb", np.uint8),
        ("gbrap", np.uint8),
        ("yuva444p", np.uint8),
        ("yuva420p", np.uint8),
        ("rgba64le", np.uint16),
        ("gbrap16le", np.uint16),
        ("yuva444p16le", np.uint16),
    ],
)
def test_alpha_is_kept_exactly(name: str, dtype: Any) -> None:
    pixels = np.dstack([noise(dtype), noise(dtype)[:, :, 0]])
    converter = Converter(1, False)
    back = converter.to_rgb(converter.from_rgb(pixels, name))
    assert back.shape == pixels.shape
    assert back.dtype == dtype
    np.testing.assert_array_equal(back[:, :, 3], pixels[:, :, 3])


def test_alpha_missing_on_one_side() -> None:
    converter = Converter(1, False)
    opaque = converter.to_rgb(converter.from_rgb(noise(np.uint8), "rgba"))
    assert (opaque[:, :, 3] == 255).all()
    dropped = converter.to_rgb(converter.from_rgb(opaque, "rgb24"))
    np.testing.assert_array_equal(dropped, noise(np.uint8))


def test_padding_of_rows_does_not_show() -> None:
    for width in range(1, 40):
        pixels = noise(np.uint8)[:7, :width]
        converter = Converter(6, True)
        back = converter.to_rgb(converter.from_rgb(pixels, "gbrp"))
        np.testing.assert_array_equal(back, pixels)


def test_matrix_by_size_where_nothing_is_said() -> None:
    nothing = Colour()
    assert matrix_of(nothing, 720, 576) == 6
    assert matrix_of(nothing, 576, 720) == 6  # upright
    assert matrix_of(nothing, 1280, 720) == 1
    assert matrix_of(nothing, 720, 1280) == 1
    assert matrix_of(Colour(matrix=9), 64, 48) == 9
    assert matrix_of(Colour(matrix=5), 1920, 1080) == 5


def test_range_where_nothing_is_said() -> None:
    assert not is_full_range(Colour(), "yuv420p")
    assert is_full_range(Colour(), "yuvj420p")
    assert is_full_range(Colour(), "gray")
    assert is_full_range(Colour(full_range=True), "yuv420p")
    assert not is_full_range(Colour(full_range=False), "yuvj420p")


def test_one_converter_for_several_sizes() -> None:
    """Converters keep FFmpeg's scaler: another size or format in between must not matter."""
    converter = Converter(1, False)
    for size in (16, 24, 16):
        pixels = np.full((size, size, 3), 77, np.uint8)
        assert (converter.to_rgb(converter.from_rgb(pixels, "yuv420p")) == 77).all()


def test_chroma_stays_where_it_was() -> None:
    """A decoder says where chroma lies between the pixels, a frame that we make does not."""
    rough = np.random.default_rng(0).uniform(0, 255, (32, 64)).astype(np.float32)
    smooth = cv2.GaussianBlur(rough, (0, 0), 2)
    chroma = np.clip((smooth - smooth.mean()) * (30 / smooth.std()) + 128, 0, 255).astype(np.uint8)
    decoded = decoded_with_chroma(chroma)
    converter = Converter(matrix=1, full_range=False)
    back = converter.from_rgb(converter.to_rgb(decoded), "yuv420p")
    before, after = (
        np.frombuffer(frame.planes[1], np.uint8)
        .reshape(-1, frame.planes[1].line_size)[:, :64]
        .astype(float)
        for frame in (decoded, back)
    )
    slope = np.gradient(before, axis=1)
    moved = -(slope * (after - before)).sum() / (slope**2).sum()  # pixels of the plane
    assert abs(moved) < 0.02


def decoded_with_chroma(chroma: np.ndarray) -> av.VideoFrame:
    """A frame out of H.264's decoder, grey but for its first chroma plane."""
    file = io.BytesIO()
    with av.open(file, "w", "mp4") as container:
        stream = container.add_stream("libx264", rate=25, options={"qp": "0"})
        stream.width, stream.height = 2 * chroma.shape[1], 2 * chroma.shape[0]
        stream.pix_fmt = "yuv420p"
        frame = av.VideoFrame(stream.width, stream.height, "yuv420p")
        for number, plane in enumerate(frame.planes):
            rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
            rows[:] = 128
            if number == 1:
                rows[:, : chroma.shape[1]] = chroma
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    file.seek(0)
    with av.open(file) as container:
        return next(container.decode(video=0))
