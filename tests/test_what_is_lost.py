"""What a result cannot hold of its source is said."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import vfi
from tests.helpers.clips import make_clip
from vfi.media.pictures.images import Picture, read_image, write_image
from vfi.media.pictures.metadata import Metadata

SHARP: dict[str, Any] = {"scene_threshold": 0, "model": "direct", "device": "cpu"}
PROFILE = b"some profile"


def test_audio_of_a_folder_of_pictures(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", 2, audio=Fraction(1, 10))
    (note,) = vfi.interpolate_video(clip, tmp_path / "out", **SHARP).notes
    assert note == f"the audio of {clip} is lost: pictures have none"
    assert not vfi.interpolate_video(clip, tmp_path / "mute", mute=True, **SHARP).notes
    silent = make_clip(tmp_path / "b.mp4", 2)
    assert not vfi.interpolate_video(silent, tmp_path / "silent", **SHARP).notes


def sequence(folder: Path, suffix: str, metadata: Metadata) -> Path:
    folder.mkdir()
    for number in range(2):
        pixels = np.full((48, 64, 3), 90 + number, np.uint8)
        write_image(folder / f"{number}{suffix}", pixels, like=Picture(pixels, metadata))
    return folder


def test_metadata_of_pictures_is_kept_in_pictures_and_named_in_a_video(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Ihagee"
    metadata = Metadata(PROFILE, exif.tobytes().removeprefix(b"Exif\0\0"), (300.0, 300.0))
    for suffix in (".png", ".tif"):
        source = sequence(tmp_path / suffix[1:], suffix, metadata)
        out = tmp_path / f"{source.name}_out"
        assert not vfi.interpolate_video(source, out, **SHARP).notes
        made = read_image(out / f"frame_2{suffix}").metadata
        assert made.icc_profile == PROFILE
        assert made.exif == metadata.exif
        rendered = vfi.interpolate_video(source, tmp_path / f"{source.name}.mp4", **SHARP)
        note = f"colour profile and Exif of {source} are lost: a video has none"
        assert note in rendered.notes
