import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import OpenEXR
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageOps

from vfi.errors import ExistsError, InputError, UsageError
from vfi.media.pictures.images import (
    IMAGE_SUFFIXES,
    Picture,
    convert_depth,
    image_size,
    losses,
    only_first_note,
    read_image,
    write_image,
)

SHAPES = [(13, 17), (13, 17, 3), (13, 17, 4)]


def noise(shape: tuple[int, ...], dtype: type) -> np.ndarray:
    values = np.random.default_rng(1).random(shape)
    return (
        values.astype(dtype)
        if dtype is np.float32
        else (values * np.iinfo(dtype).max).astype(dtype)
    )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("suffix", "dtype"),
    [
        (".png", np.uint8),
        (".png", np.uint16),
        (".tif", np.uint8),
        (".tiff", np.uint16),
        (".tif", np.float32),
        (".bmp", np.uint8),
        (".exr", np.float32),
    ],
)
def test_kept_exactly(tmp_path: Path, suffix: str, dtype: type, shape: tuple[int, ...]) -> None:
    pixels = noise(shape, dtype)
    write_image(tmp_path / f"a{suffix}", pixels)
    back = read_image(tmp_path / f"a{suffix}").pixels
    assert back.dtype == pixels.dtype
    np.testing.assert_array_equal(back, pixels)


@pytest.mark.parametrize("shape", SHAPES)
def test_avif_keeps_8_bits_exactly_and_12_of_16(tmp_path: Path, shape: tuple[int, ...]) -> None:
    pixels = noise(shape, np.uint8)
    write_image(tmp_path / "a.avif", pixels)
    np.testing.assert_array_equal(read_image(tmp_path / "a.avif").pixels, pixels)
    deep = noise(shape, np.uint16)
    write_image(tmp_path / "b.avif", deep)
    back = read_image(tmp_path / "b.avif").pixels
    assert back.dtype == np.uint16
    assert np.abs(back.astype(int) - deep).max() <= 65535 / 4095 / 2 + 0.5
    assert losses(Picture(deep), ".avif") == (
        "16 bits become 12 bits: .avif has no more; choose .png or .tif to keep them"
    )


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_an_avif_that_opencv_does_not_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type, channels: int
) -> None:
    """It refuses some of 10 bits, and says nothing: FFmpeg takes them, in their own depth."""
    write_image(tmp_path / "a.avif", noise((34, 52, channels), kind))
    as_usual = read_image(tmp_path / "a.avif").pixels
    monkeypatch.setattr(cv2, "imdecode", lambda *_: None)
    again = read_image(tmp_path / "a.avif").pixels
    assert again.dtype == kind
    np.testing.assert_array_equal(again, as_usual)
    write_image(tmp_path / "a.png", as_usual)
    with pytest.raises(InputError, match="is damaged or is no picture"):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize("channels", [3, 4])
def test_webp_is_lossless(tmp_path: Path, channels: int) -> None:
    pixels = noise((13, 17, channels), np.uint8)
    pixels[0, :, 3:] = 0  # colours under full transparency too
    write_image(tmp_path / "a.webp", pixels)
    np.testing.assert_array_equal(read_image(tmp_path / "a.webp").pixels, pixels)


def test_jpeg_is_close_and_grey_stays_grey(tmp_path: Path) -> None:
    ramp = np.tile(np.arange(0, 250, 5, dtype=np.uint8), (40, 1))
    write_image(tmp_path / "grey.jpg", ramp)
    grey = read_image(tmp_path / "grey.jpg").pixels
    assert grey.shape == ramp.shape
    assert np.abs(grey.astype(int) - ramp).max() <= 2
    colour = np.dstack([ramp, ramp[:, ::-1], np.full_like(ramp, 90)])
    write_image(tmp_path / "c.jpeg", colour)
    assert np.abs(read_image(tmp_path / "c.jpeg").pixels.astype(int) - colour).mean() < 1


def test_channels_are_rgb_for_others_too(tmp_path: Path) -> None:
    pixels = np.zeros((4, 5, 3), np.uint8)
    pixels[:] = (250, 100, 3)
    write_image(tmp_path / "a.png", pixels)
    with Image.open(tmp_path / "a.png") as image:
        assert image.getpixel((0, 0)) == (250, 100, 3)
    Image.new("RGB", (5, 4), (1, 2, 3)).save(tmp_path / "b.png")
    assert read_image(tmp_path / "b.png").pixels[0, 0].tolist() == [1, 2, 3]


# ---- conversions when the format cannot hold the array


@given(arrays.arrays(np.uint16, 50))
@settings(max_examples=30)
def test_sixteen_bits_to_eight_round_to_nearest(values: np.ndarray) -> None:
    converted = convert_depth(values, ".jpg")
    np.testing.assert_array_equal(converted, np.rint(values / 257).astype(np.uint8))


@given(arrays.arrays(np.float32, 50, elements=st.floats(-2, 3, width=32)))
@settings(max_examples=30)
def test_floats_are_clipped_and_rounded(values: np.ndarray) -> None:
    deep = convert_depth(values, ".png")
    expected = np.rint(np.clip(values, 0, 1).astype(np.float64) * 65535)
    assert deep.dtype == np.uint16
    assert np.abs(deep - expected).max() <= 1  # float32 against float64, at the rounding edge


def test_floats_that_are_no_numbers() -> None:
    values = np.array([np.nan, np.inf, -np.inf, 0.5], np.float32)
    assert convert_depth(values, ".bmp").tolist() == [0, 255, 0, 128]


def test_integers_become_zero_to_one_in_exr(tmp_path: Path) -> None:
    write_image(tmp_path / "a.exr", np.array([[0, 51, 255]], np.uint8))
    np.testing.assert_allclose(read_image(tmp_path / "a.exr").pixels, [[0, 0.2, 1]], atol=1e-6)


def test_jpeg_lays_transparency_over_black(tmp_path: Path) -> None:
    pixels = np.full((16, 16, 4), 200, np.uint8)
    pixels[:, :, 3] = 128
    write_image(tmp_path / "a.jpg", pixels)
    back = read_image(tmp_path / "a.jpg").pixels
    assert back.shape == (16, 16, 3)
    assert abs(float(back.mean()) - 200 * 128 / 255) < 1


def test_exr_keeps_half_float_and_values_beyond_one(tmp_path: Path) -> None:
    pixels = np.array([[[-0.5, 0.25, 7.0], [1.0, 100.0, 0.125]]], np.float32)
    write_image(tmp_path / "a.exr", pixels, like=Picture(pixels, half=True))
    back = read_image(tmp_path / "a.exr")
    assert back.half
    np.testing.assert_array_equal(back.pixels, pixels)
    write_image(tmp_path / "b.exr", pixels)
    assert not read_image(tmp_path / "b.exr").half


def test_exr_data_window_is_placed_in_the_display_window(tmp_path: Path) -> None:
    plane = np.ones((2, 3), np.float32)
    header = {
        "compression": OpenEXR.ZIP_COMPRESSION,
        "type": OpenEXR.scanlineimage,
        "displayWindow": ((0, 0), (5, 4)),
        "dataWindow": ((4, 1), (6, 2)),
    }
    with OpenEXR.File(header, {"R": plane, "G": plane, "B": plane}) as file:
        file.write(str(tmp_path / "a.exr"))
    pixels = read_image(tmp_path / "a.exr").pixels
    expected = np.zeros((5, 6), np.float32)
    expected[1:3, 4:6] = 1
    np.testing.assert_array_equal(pixels[:, :, 0], expected)


def test_exr_without_a_picture_names_its_channels(tmp_path: Path) -> None:
    plane = np.ones((2, 3), np.float32)
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    with OpenEXR.File(header, {"depth.Z": plane, "motion.X": plane}) as file:
        file.write(str(tmp_path / "a.exr"))
    with pytest.raises(InputError, match=r"depth\.Z, motion\.X"):
        read_image(tmp_path / "a.exr")


# ---- what a file says besides


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["png", "jpeg", "tiff", "webp"])
def test_exif_orientation(tmp_path: Path, kind: str, orientation: int) -> None:
    smooth = cv2.GaussianBlur(noise((40, 60, 3), np.uint8), (0, 0), 4)
    image = Image.fromarray(smooth)
    exif = image.getexif()
    exif[0x0112] = orientation
    path = tmp_path / f"a.{kind}"
    image.save(path, exif=exif, **({"lossless": True} if kind == "webp" else {}))
    with Image.open(path) as written:
        expected = np.asarray(ImageOps.exif_transpose(written))
    pixels = read_image(path).pixels
    assert pixels.shape == expected.shape
    assert np.abs(pixels.astype(int) - expected).max() <= (3 if kind == "jpeg" else 0)
    assert image_size(path) == (pixels.shape[1], pixels.shape[0])


def test_unusual_pictures(tmp_path: Path) -> None:
    smooth = cv2.GaussianBlur(noise((40, 60, 3), np.uint8), (0, 0), 4)
    image = Image.fromarray(smooth)
    image.convert("CMYK").save(tmp_path / "cmyk.jpg", quality=95)
    cmyk = read_image(tmp_path / "cmyk.jpg").pixels
    assert cmyk.shape == (40, 60, 3)
    assert np.abs(cmyk.astype(int) - smooth).mean() < 3
    image.convert("1").save(tmp_path / "bits.png")
    assert set(np.unique(read_image(tmp_path / "bits.png").pixels)) <= {0, 255}
    image.quantize(16).save(tmp_path / "palette.png")
    assert read_image(tmp_path / "palette.png").pixels.shape == (40, 60, 3)
    image.convert("LA").save(tmp_path / "la.png")
    assert read_image(tmp_path / "la.png").pixels.shape == (40, 60, 4)


# ---- bad input


@pytest.mark.parametrize("suffix", IMAGE_SUFFIXES)
@pytest.mark.parametrize("part", [0.02, 0.3, 0.7, 0.98])
def test_cut_off_files_are_refused(
    tmp_path: Path, suffix: str, part: float, capfd: pytest.CaptureFixture[str]
) -> None:
    smooth = cv2.GaussianBlur(noise((40, 60, 3), np.uint8), (0, 0), 1)
    write_image(tmp_path / f"a{suffix}", smooth)
    data = (tmp_path / f"a{suffix}").read_bytes()
    broken = tmp_path / f"b{suffix}"
    broken.write_bytes(data[: max(1, int(len(data) * part))])
    with pytest.raises(InputError) as caught:
        read_image(broken)
    assert str(broken) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")  # no chatter of the libraries


def test_damaged_exr_is_refused_quietly(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    smooth = cv2.GaussianBlur(noise((40, 60, 3), np.uint8), (0, 0), 4)
    write_image(tmp_path / "a.exr", smooth)
    data = bytearray((tmp_path / "a.exr").read_bytes())
    data[len(data) // 2 : len(data) // 2 + 200] = bytes(200)
    (tmp_path / "a.exr").write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        read_image(tmp_path / "a.exr")
    assert capfd.readouterr() == ("", "")
    print("still there")
    assert capfd.readouterr().out == "still there\n"


def test_wrong_checksum_in_png(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", noise((20, 20, 3), np.uint8))
    data = bytearray((tmp_path / "a.png").read_bytes())
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        read_image(tmp_path / "a.png")


def test_damaged_ancillary_part_of_png_does_not_matter(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", noise((20, 20, 3), np.uint8))
    data = (tmp_path / "a.png").read_bytes()
    chunk = struct.pack(">I", 3) + b"tEXtabc" + struct.pack(">I", zlib.crc32(b"xxx"))
    (tmp_path / "a.png").write_bytes(data[:33] + chunk + data[33:])
    assert read_image(tmp_path / "a.png").pixels.shape == (20, 20, 3)


def test_jpeg_with_a_thumbnail_cut_off_behind_it(tmp_path: Path) -> None:
    """The thumbnail's end marker must not pass for that of the picture."""
    thumbnail = io.BytesIO()
    Image.new("RGB", (8, 8)).save(thumbnail, "jpeg")
    image = Image.fromarray(noise((64, 64, 3), np.uint8))
    body = io.BytesIO()
    image.save(body, "jpeg")
    data = body.getvalue()
    extra = b"\xff\xe5" + struct.pack(">H", 2 + len(thumbnail.getvalue())) + thumbnail.getvalue()
    whole = data[:2] + extra + data[2:]
    (tmp_path / "a.jpg").write_bytes(whole)
    assert read_image(tmp_path / "a.jpg").pixels.shape == (64, 64, 3)
    (tmp_path / "a.jpg").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cut off"):
        read_image(tmp_path / "a.jpg")


def test_files_that_are_no_pictures(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("not a picture")
    for name, why in [("none.png", "does not exist"), ("empty.png", "is empty")]:
        with pytest.raises(InputError, match=why):
            read_image(tmp_path / name)
    with pytest.raises(InputError, match="no picture that vfi reads"):
        read_image(tmp_path / "text.png")
    with pytest.raises(InputError, match="is a folder"):
        read_image(tmp_path)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
def test_moving_pictures_and_pages_are_counted(tmp_path: Path, suffix: str) -> None:
    pages = [Image.new("RGB", (8, 8), (40 * n, 0, 0)) for n in range(3)]
    path = tmp_path / f"a{suffix}"
    lossless = {"lossless": True} if suffix == ".webp" else {}
    pages[0].save(path, save_all=True, append_images=pages[1:], **lossless)
    picture = read_image(path)
    assert picture.count == 3
    assert only_first_note(path, 3) == f"{path} holds 3 pictures; only the first is used"
    assert not picture.pixels.any()
    pages[0].save(tmp_path / f"one{suffix}")
    assert read_image(tmp_path / f"one{suffix}").count == 1


def test_previews_in_a_jpeg_are_not_counted(tmp_path: Path) -> None:
    photo = Image.new("RGB", (64, 48), (90, 20, 0))
    photo.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[photo.resize((16, 12))])
    assert read_image(tmp_path / "a.jpg").count == 1


def test_calls_that_are_wrong(tmp_path: Path) -> None:
    pixels = noise((4, 4, 3), np.uint8)
    with pytest.raises(UsageError, match=r"\.png, \.jpg"):
        write_image(tmp_path / "a.xyz", pixels)
    for wrong in (pixels[:, :, :2], pixels.astype(np.int64), pixels[:0], pixels[None]):
        with pytest.raises(UsageError):
            write_image(tmp_path / "a.png", wrong)
    write_image(tmp_path / "a.png", pixels)
    with pytest.raises(ExistsError):
        write_image(tmp_path / "a.png", pixels)
    write_image(tmp_path / "a.png", pixels[::-1], overwrite=True)
    np.testing.assert_array_equal(read_image(tmp_path / "a.png").pixels, pixels[::-1])


def test_opencv_log_level_is_put_back(tmp_path: Path) -> None:
    before = cv2.utils.logging.getLogLevel()
    (tmp_path / "a.tif").write_bytes(b"II*\0\xff\xff\xff\xff")
    with pytest.raises(InputError):
        read_image(tmp_path / "a.tif")
    assert cv2.utils.logging.getLogLevel() == before
