"""How a file is encoded, as the command line is asked for it; and what the file says of it."""

import hashlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

import vfi
from tests.helpers.cli import RunVfi
from tests.helpers.clips import make_clip
from vfi.assets import asset_folder
from vfi.presets import read_preset


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "in.mkv", 3)


def tags_of(path: Path) -> dict[str, str]:
    with av.open(str(path)) as container:
        return {name.lower(): value for name, value in container.metadata.items()}


def test_options_reach_the_encoder_and_the_summary(run_vfi: RunVfi, clip: Path) -> None:
    out = clip.parent / "out.mkv"
    ended = run_vfi(
        *("video", clip, "--model", "direct", "-o", out, "--codec", "libx265", "--quality", "30"),
        *("--preset", "ultrafast", "--pix-fmt", "yuv444p", "--encoder-option", "g=1"),
        *("--encoder-option", "x265-params=bframes=0:rd=1"),
    )
    assert ended.code == 0, ended.err
    said = "libx265, yuv444p x265-params=log-level=error:bframes=0:rd=1 crf=30 preset=ultrafast g=1"
    (summary,) = ended.err.splitlines()
    assert f"; encoded by {said}; " in summary
    with av.open(str(out)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("hevc", "yuv444p")
        assert [p.is_keyframe for p in container.demux(video=0) if p.size] == [True] * 6
    assert tags_of(out)["encoder_settings"] == f"vfi {vfi.__version__}, model direct, {said}"


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        (("--encoder-option", "tun=film"), "--encoder-option tun: libx264 has no such option"),
        (("--encoder-option", "tune"), "'tune' is no name=value, such as tune=film"),
        (("--encoder-option", "tune=flim"), "--encoder-option tune=flim: libx264 cannot be opened"),
        (("--pix-fmt", "rgb24"), "libx264 has no pixel format 'rgb24'"),
        (("--codec", "h246"), "no video codec 'h246'; near it: h265, h264"),
    ],
)
def test_wrong_ones_are_refused_before_any_work(
    run_vfi: RunVfi, clip: Path, option: tuple[str, str], complaint: str
) -> None:
    ended = run_vfi("video", clip, "--model", "direct", *option)
    assert ended.code == 2
    assert complaint in ended.err
    assert [path.name for path in clip.parent.iterdir()] == ["in.mkv"]


@pytest.mark.parametrize(
    ("suffix", "tag"), [(".mp4", "comment"), (".mkv", "encoder_settings"), (".avi", "encoded_by")]
)
def test_a_file_says_what_it_was_made_with(
    run_vfi: RunVfi, clip: Path, suffix: str, tag: str
) -> None:
    """The digest is that of the weights' file, as sha256sum gives it."""
    file = asset_folder("weights") / "hybrid.safetensors"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    out = clip.with_name(f"out{suffix}")
    assert run_vfi("video", clip, "--model", "hybrid", "-o", out).code == 0
    start = f"vfi {vfi.__version__}, model hybrid (weights {digest}), libx264, "
    assert tags_of(out)[tag].startswith(start)
    again = clip.with_name(f"again{suffix}")
    assert run_vfi("video", out, "--model", "direct", "-o", again).code == 0
    assert tags_of(again)[tag].startswith(f"vfi {vfi.__version__}, model direct, libx264, ")
    bare = clip.with_name(f"bare{suffix}")
    assert run_vfi("video", out, "--model", "direct", "-o", bare, "--no-tags").code == 0
    assert not any("model" in value for value in tags_of(bare).values())


def test_a_tag_of_the_source_stays(run_vfi: RunVfi, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "in.mp4", 3)
    mine = tmp_path / "mine.mp4"
    with av.open(str(clip)) as before, av.open(str(mine), "w") as after:
        after.metadata["comment"], after.metadata["title"] = "mine", "Title"
        stream = after.add_stream_from_template(before.streams.video[0])
        for packet in before.demux(video=0):
            if packet.size:
                packet.stream = stream
                after.mux(packet)
    assert run_vfi("video", mine, "--model", "direct", "-o", tmp_path / "out.mp4").code == 0
    tags = tags_of(tmp_path / "out.mp4")
    assert (tags["comment"], tags["title"]) == ("mine", "Title")
    assert tags["description"].startswith("vfi ")


def test_a_preset_holds_them(run_vfi: RunVfi, tmp_path: Path, clip: Path) -> None:
    saved = tmp_path / "mine.toml"
    wishes = ("--encoder-option", "tune=film", "--pix-fmt", "yuv444p", "--no-tags")
    assert run_vfi("video", "--save-preset", saved, *wishes).code == 0
    assert read_preset(saved).wishes == {
        "encoder_options": {"tune": "film"},
        "pixel_format": "yuv444p",
        "tags": False,
    }
    out = tmp_path / "out.mkv"
    call = ("video", clip, "--model", "direct", "-o", out, "--preset-file", saved)
    assert "tune=film; " in run_vfi(*call).err
    assert "encoder_settings" not in tags_of(out)


def test_python_takes_the_same(clip: Path) -> None:
    made = vfi.interpolate_video(
        clip,
        clip.with_name("out.mkv"),
        model="direct",
        codec="hevc",
        encoder_options={"g": 1},
        tags=False,
    )
    assert made.encoding.startswith("libx265, ")
    assert "encoder_settings" not in tags_of(made.path)


def test_what_is_left_of_another_encoder_is_not_gone_on_with(clip: Path) -> None:
    def recipe(**asked: Any) -> dict[str, str]:
        encoding = vfi.EncodingOptions(**asked)
        job = vfi.Job(clip, clip.with_name("o.mkv"), encoding=encoding, model="direct")
        with job:
            return job._kept()._made_with

    usual = recipe()
    assert recipe() == usual
    for asked in (
        {"codec": "libx265"},
        {"encoder_options": {"g": 1}},
        {"pixel_format": "yuv444p"},
        {"codec": "h264_nvenc", "quality": 20},
    ):
        assert recipe(**asked)["encoder"] != usual["encoder"]


class TestInfo:
    def test_encoders(self, run_vfi: RunVfi) -> None:
        ended = run_vfi("info", "--encoders")
        assert (ended.code, ended.err) == (0, "")
        lines = {line.split()[0]: line for line in ended.out.splitlines()}
        assert "h264    0-51 (16)        ultrafast … placebo (medium)" in lines["libx264"]
        assert lines["hevc_videotoolbox"].endswith("[Apple: not in this build of FFmpeg]")
        assert "[NVIDIA: " in lines["h264_nvenc"] or Path("/dev/nvidia0").exists()

    def test_one_encoder(self, run_vfi: RunVfi) -> None:
        ended = run_vfi("info", "--encoder", "libx264")
        assert (ended.code, ended.err) == (0, "")
        assert "pixel formats  yuv420p, " in ended.out
        assert "  me_method                dia, hex, umh, esa, tesa" in ended.out
        assert run_vfi("info", "--encoder", "hevc_videotoolbox").code == 0
        wrong = run_vfi("info", "--encoder", "x264")
        assert wrong.code == 2
        assert "--encoder 'x264': there are libx264" in wrong.complaint


def test_times_are_exact_all_the_same(clip: Path) -> None:
    made = vfi.interpolate_video(clip, clip.with_name("o.mp4"), model="direct", codec="libx264")
    assert made.schedule.frame_rate == Fraction(50)
