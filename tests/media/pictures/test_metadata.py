"""Colour profile, Exif and resolution go out as they came in, or are said to be lost."""

import io
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from PIL import Image

from vfi.media.pictures.images import Picture, losses, notes_on, read_image, write_image
from vfi.media.pictures.integrity import damage
from vfi.media.pictures.metadata import HOLDS, Metadata, read_metadata, with_metadata

PROFILE = bytes(range(256)) * 300  # longer than one JPEG segment
MAKE, COMMENT, GPS_MAP = 0x010F, 0x9286, 0x0012
SUFFIXES = (".png", ".jpg", ".tif", ".webp", ".avif")


def noise(shape: tuple[int, ...], kind: type[np.generic]) -> np.ndarray:
    samples = np.random.default_rng(0).random(shape)
    top = 1 if kind is np.float32 else np.iinfo(kind).max  # type: ignore[type-var]
    return (samples * top).astype(kind)


def exif_of(**more: int) -> Image.Exif:
    exif = Image.Exif()
    exif[MAKE] = "Ihagee"
    exif[0x8298] = "© Jürgen".encode()
    exif[0x0131] = "x" * 99  # longer than fits into an entry
    exif[0x8769] = {COMMENT: b"ASCII\0\0\0noon", 0xA002: 4711}
    exif[0x8825] = {GPS_MAP: "WGS-84"}
    for tag in more.values():
        exif[0x0112] = tag
    return exif


def told_by(path: Path) -> tuple[str, bytes, str]:
    """Maker, comment and map of a file, as another program reads them."""
    with Image.open(path) as image:
        exif = image.getexif()
        assert exif[0x8298].encode("latin-1").decode() == "© Jürgen"  # byte for byte
        return exif[MAKE], exif.get_ifd(0x8769)[COMMENT], exif.get_ifd(0x8825)[GPS_MAP]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [None, 3, 4])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_pixels_and_metadata_come_back(
    tmp_path: Path, suffix: str, channels: int | None, kind: type[np.generic]
) -> None:
    exif = exif_of().tobytes().removeprefix(b"Exif\0\0")
    pixels = noise((9, 7) if channels is None else (9, 7, channels), kind)
    write_image(tmp_path / f"a{suffix}", pixels)
    before = read_image(tmp_path / f"a{suffix}")
    whole = Picture(before.pixels, Metadata(PROFILE, exif, (300.0, 150.0)))
    write_image(tmp_path / f"b{suffix}", pixels, like=whole)
    after = read_image(tmp_path / f"b{suffix}")
    assert np.array_equal(after.pixels, before.pixels)
    assert after.metadata.icc_profile == PROFILE
    assert after.metadata.exif is not None
    found = Image.Exif()
    found.load(after.metadata.exif)
    assert (found[MAKE], found.get_ifd(0x8825)[GPS_MAP]) == ("Ihagee", "WGS-84")
    if "dpi" in HOLDS[suffix]:
        assert after.metadata.dpi == pytest.approx((300, 150), abs=0.0127)  # half of 1/m
    assert damage((tmp_path / f"b{suffix}").read_bytes()) is None


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_other_programs_read_it(tmp_path: Path, suffix: str) -> None:
    first, exif = tmp_path / f"a{suffix}", exif_of().tobytes()
    if suffix == ".tif":  # Pillow writes ASCII alone there
        metadata = Metadata(PROFILE, exif.removeprefix(b"Exif\0\0"), (300.0, 300.0))
        pixels = np.full((6, 8, 3), 9, np.uint8)
        write_image(first, Picture(pixels, metadata))
    else:
        Image.new("RGB", (8, 6), (9, 8, 7)).save(first, icc_profile=PROFILE, exif=exif)
    write_image(tmp_path / f"b{suffix}", read_image(first))
    assert told_by(tmp_path / f"b{suffix}") == ("Ihagee", b"ASCII\0\0\0noon", "WGS-84")
    with Image.open(tmp_path / f"b{suffix}") as image:
        image.load()
        assert image.info["icc_profile"] == PROFILE
        assert image.getexif().get_ifd(0x8769).get(0xA002) is None  # the width may be another


def test_a_picture_that_was_turned_is_not_turned_again(tmp_path: Path) -> None:
    Image.new("RGB", (8, 6)).save(tmp_path / "a.jpg", exif=exif_of(orientation=6).tobytes())
    write_image(tmp_path / "b.jpg", read_image(tmp_path / "a.jpg"))
    assert read_image(tmp_path / "b.jpg").pixels.shape == (8, 6, 3)
    assert told_by(tmp_path / "b.jpg")[0] == "Ihagee"


def test_transparent_webp_stays_transparent(tmp_path: Path) -> None:
    pixels = noise((9, 8, 4), np.uint8)
    write_image(tmp_path / "a.webp", pixels, like=Picture(pixels, Metadata(PROFILE)))
    assert np.array_equal(read_image(tmp_path / "a.webp").pixels, pixels)
    with Image.open(tmp_path / "a.webp") as image:
        assert np.array_equal(np.asarray(image.convert("RGBA")), pixels)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_damaged_metadata_is_as_good_as_none(suffix: str) -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 6)).save(file, {".jpg": "jpeg"}.get(suffix, suffix[1:]))
    data = file.getvalue()
    told = with_metadata(data, suffix, Metadata(PROFILE, b"MM\0*\0\0\0\x08\xff\xff", (1e5, 1e5)))
    orientation, found = read_metadata(told)
    assert orientation == 1
    assert found.exif is None


@pytest.mark.parametrize(
    ("suffix", "words"),
    [
        (".bmp", "colour profile and Exif are lost"),
        (".webp", "resolution is lost"),
        (".avif", "resolution is lost"),
        (".exr", "colour profile and Exif and resolution are lost"),
        (".tif", None),
        (".png", None),
    ],
)
def test_what_a_format_has_no_place_for_is_said(suffix: str, words: str | None) -> None:
    picture = Picture(np.zeros((2, 2, 3), np.uint8), Metadata(PROFILE, b"II", (72.0, 72.0)))
    said = losses(picture, suffix)
    assert said is None if words is None else said and said.startswith(f"{words}: {suffix}")


def test_bmp_keeps_its_resolution(tmp_path: Path) -> None:
    Image.new("RGB", (8, 6), (1, 2, 3)).save(tmp_path / "a.bmp", dpi=(300, 300))
    write_image(tmp_path / "b.bmp", read_image(tmp_path / "a.bmp"))
    again = read_image(tmp_path / "b.bmp")
    assert again.metadata.dpi == pytest.approx((300, 300), abs=0.02)
    assert again.pixels[0, 0].tolist() == [1, 2, 3]


def test_layers_of_an_exr_are_named(tmp_path: Path) -> None:
    plane = np.zeros((6, 8), np.float32)
    channels = dict.fromkeys(("R", "G", "B", "Z", "N.X", "N.Y", "N.Z"), plane)
    with OpenEXR.File({}, channels) as file:
        file.write(str(tmp_path / "a.exr"))
    picture = read_image(tmp_path / "a.exr")
    assert picture.pixels.shape == (6, 8, 3)
    (note,) = notes_on(tmp_path / "a.exr", picture)
    assert note.startswith(f"{tmp_path / 'a.exr'} has channels beside its picture, which are lost:")
    assert set(note.rpartition(": ")[2].split(", ")) == {"Z", "N.X", "N.Y", "N.Z"}


def test_parts_of_an_exr_are_counted(tmp_path: Path) -> None:
    plane = np.zeros((6, 8), np.float32)
    parts = [
        OpenEXR.Part({"name": name}, dict.fromkeys("RGB", plane + number), name)
        for number, name in enumerate(("left", "right"))
    ]
    OpenEXR.File(parts).write(str(tmp_path / "a.exr"))
    picture = read_image(tmp_path / "a.exr")
    assert picture.count == 2
    assert picture.pixels.max() == 0
