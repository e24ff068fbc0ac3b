"""What an encoder is told, and what it is never asked."""

from fractions import Fraction as F
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vfi.errors import UsageError
from vfi.media.containers import CONTAINERS
from vfi.media.frame import VideoInfo
from vfi.media.options import EncodingOptions
from vfi.media.video.clock import check_rate, check_times
from vfi.media.video.codecs import CODECS
from vfi.media.video.encoding import resolve_encoding
from vfi.media.video.encoding_plan import EncodingPlan
from vfi.media.video.writer import VideoWriter

INFO = VideoInfo(Path("in.mp4"), 64, 48, F(25), F(1, 25), F(1), 25, "h264", "yuv420p", 8)


def plan_of(name: str, **asked: Any) -> EncodingPlan:
    return resolve_encoding(Path(name), INFO, EncodingOptions(**asked), F(25))


def chosen(codec: str, quality: int | None = None, preset: str | None = None) -> dict[str, str]:
    return dict(plan_of("a.mkv", codec=codec, quality=quality, preset=preset).options)


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
        assert str(refusal.value).startswith(
            f"quality {quality}: {CODECS[codec].encoders[0].name} "
        )
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


@pytest.mark.parametrize("codec", [n for n in CODECS if CODECS[n].encoders[0].presets])
def test_the_usual_settings_are_inside_the_scales(codec: str) -> None:
    usual = CODECS[codec].encoders[0]
    assert usual.quality is not None
    assert chosen(codec, usual.quality.usual, usual.preset) == chosen(codec)


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
        ("a.mp4", {"pixel_format": "rgb24"}, "libx264 has no pixel format 'rgb24'"),
    ],
)
def test_what_cannot_be_written_is_known_without_writing(
    tmp_path: Path, name: str, settings: dict[str, Any], why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        plan_of(str(tmp_path / name), **settings)
    assert list(tmp_path.iterdir()) == []


def test_sizes_that_no_video_has() -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        resolve_encoding(Path("a.mp4"), INFO, EncodingOptions(), F(25), (70000, 48))


def test_times_that_a_gif_cannot_hold() -> None:
    thirds = [F(n, 30) for n in range(4)]
    note = check_times(thirds, CONTAINERS["gif"])
    assert note is not None
    assert "hundredths of a second" in note
    assert check_times(thirds, CONTAINERS["mp4"]) is None
    assert check_times([F(n, 25) for n in range(4)], CONTAINERS["gif"]) is None
    plan = resolve_encoding(Path("a.gif"), INFO, EncodingOptions(), F(30), times=thirds)
    assert note in plan.notes


def test_rates_that_a_container_cannot_show() -> None:
    """Players show delays of less than 2/100 s as 1/10 s; Matroska counts milliseconds."""
    tick = F(1, 1440)
    check_rate(F(50), CONTAINERS["gif"], tick)
    with pytest.raises(UsageError, match=r"50 frames a second at most, not 66\.6667"):
        check_rate(F(200, 3), CONTAINERS["gif"], tick)
    for name in ("matroska", "webm"):
        check_rate(F(1000), CONTAINERS[name], tick)
        with pytest.raises(UsageError, match="1000 frames a second at most, not 1440"):
            check_rate(F(1440), CONTAINERS[name], tick)
    check_rate(F(1440), CONTAINERS["mp4"], tick)


def test_times_that_pile_up_in_a_container() -> None:
    fast = [F(n, 66) for n in range(30)]
    check_times(fast, CONTAINERS["mp4"])
    check_times(fast, CONTAINERS["matroska"])
    with pytest.raises(UsageError, match="50 frames a second at most, and here are more"):
        check_times(fast, CONTAINERS["gif"])
    check_times(fast[:4], CONTAINERS["gif"])  # by 1/100 s late at most
    check_times([F(0), F(1, 10_000), F(1, 10)], CONTAINERS["matroska"])
    with pytest.raises(UsageError, match="1000 frames"):
        check_times([F(n, 2000) for n in range(200)], CONTAINERS["matroska"])
