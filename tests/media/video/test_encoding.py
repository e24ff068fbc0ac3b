"""What an encoder is told, and what it is never asked."""

from fractions import Fraction as F
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vfi.errors import UsageError
from vfi.media.frame import VideoInfo
from vfi.media.video.codecs import CODECS
from vfi.media.video.encoding import (
    check_encoding,
    check_rate,
    check_times,
    encoder_options,
    rounding_note,
)
from vfi.media.video.writer import VideoWriter


def chosen(codec: str, quality: int | None = None, preset: str | None = None) -> dict[str, str]:
    return encoder_options(CODECS[codec], "matroska", quality, preset, None, None)


@pytest.mark.parametrize(
    ("codec", "best", "worst"),
    [("h264", 0, 51), ("h265", 0, 51), ("av1", 0, 63), ("vp9", 0, 63), ("prores", 1, 64)],
)
def test_a_quality_outside_the_encoders_scale_is_refused_with_the_scale(
    codec: str, best: int, worst: int
) -> None:
    for quality in (best, worst):
        assert chosen(codec, quality) != chosen(codec, best + 1)
    for quality in (best - 1, worst + 1, 9999):
        with pytest.raises(UsageError) as refusal:
            chosen(codec, quality)
        scale = f"takes {best} (the best) to {worst} (the smallest)"
        assert str(refusal.value).startswith(f"quality {quality}: {CODECS[codec].encoder} ")
        assert scale in str(refusal.value)


@pytest.mark.parametrize(
    ("codec", "there", "not_there"),
    [("h264", "veryslow", "zz"), ("h265", "ultrafast", "6"), ("av1", "13", "slow")],
)
def test_a_preset_that_the_encoder_lacks_is_refused_with_those_there_are(
    codec: str, there: str, not_there: str
) -> None:
    assert chosen(codec, preset=there)["preset"] == there
    for preset in (not_there, ""):
        with pytest.raises(UsageError, match=f"preset {preset}: .* has .*{there}"):
            chosen(codec, preset=preset)


@pytest.mark.parametrize("codec", [name for name in CODECS if CODECS[name].preset is not None])
def test_the_usual_settings_are_inside_the_scales(codec: str) -> None:
    usual = CODECS[codec]
    assert chosen(codec, usual.quality, usual.preset) == chosen(codec)


def test_the_quality_of_prores_reaches_its_encoder(tmp_path: Path) -> None:
    """It was given by a name that FFmpeg's command line knows, and encoders do not."""
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    sizes = []
    for quality in (1, 16, 64):
        path = tmp_path / f"{quality}.mov"
        with VideoWriter(path, 64, 48, F(25), codec="prores", quality=quality) as writer:
            writer.write(noise, F(0))
        sizes.append(path.stat().st_size)
    assert sizes[0] > 1.5 * sizes[1] > 1.5 * sizes[2]


@pytest.mark.parametrize(
    ("name", "settings", "why"),
    [
        ("a.xyz", {}, r"videos end in \.mp4"),
        ("a.mp4", {"codec": "divx"}, "no video codec 'divx'"),
        ("a.webm", {"codec": "h264"}, "webm files cannot hold h264"),
        ("a.mkv", {"codec": "ffv1", "quality": 3}, "no quality"),
        ("a.webm", {"preset": "slow"}, "no presets"),
        ("a.mp4", {"quality": 52}, "0 .the best. to 51"),
        ("a.mp4", {"width": 70000}, "cannot be written"),
    ],
)
def test_what_cannot_be_written_is_known_without_writing(
    tmp_path: Path, name: str, settings: dict[str, Any], why: str
) -> None:
    info = VideoInfo(Path("in.mp4"), 64, 48, F(25), F(1, 25), F(1), 25, "h264", "yuv420p", 8)
    call = {"width": 64, "height": 48, "codec": None, "quality": None, "preset": None, **settings}
    with pytest.raises(UsageError, match=why):
        check_encoding(tmp_path / name, like=info, **call)
    assert list(tmp_path.iterdir()) == []
    check_encoding(tmp_path / "a.mp4", 64, 48, info, None, None, None)


def test_times_that_a_gif_cannot_hold() -> None:
    thirds = [F(n, 30) for n in range(4)]
    note = rounding_note(thirds, "gif")
    assert note is not None
    assert "hundredths of a second" in note
    assert rounding_note(thirds, "mp4") is None
    assert rounding_note([F(n, 25) for n in range(4)], "gif") is None


def test_rates_that_a_container_cannot_show() -> None:
    """Players show delays of less than 2/100 s as 1/10 s; Matroska counts milliseconds."""
    check_rate(F(50), "gif", None)
    with pytest.raises(UsageError, match=r"50 frames a second at most, not 66\.6667"):
        check_rate(F(200, 3), "gif", None)
    for name in ("matroska", "webm"):
        check_rate(F(1000), name, None)
        with pytest.raises(UsageError, match="1000 frames a second at most, not 1440"):
            check_rate(F(1440), name, None)
    check_rate(F(1440), "mp4", None)


def test_times_that_pile_up_in_a_container() -> None:
    fast = [F(n, 66) for n in range(30)]
    check_times(fast, "mp4")
    check_times(fast, "matroska")
    with pytest.raises(UsageError, match="50 frames a second at most, and here are more"):
        check_times(fast, "gif")
    check_times(fast[:4], "gif")  # by 1/100 s late at most
    check_times([F(0), F(1, 10_000), F(1, 10)], "matroska")
    with pytest.raises(UsageError, match="1000 frames"):
        check_times([F(n, 2000) for n in range(200)], "matroska")
