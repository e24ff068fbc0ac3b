"""Presets: wishes in a file, checked like any other, under what is asked for."""

from fractions import Fraction
from pathlib import Path

import pytest

import vfi
from tests.helpers.cli import RunVfi
from tests.helpers.clips import make_clip
from vfi.errors import InputError, OutputError, UsageError
from vfi.presets import Preset, read_preset, save_preset, shipped_preset, shipped_presets
from vfi.video import options_of


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_shipped_can_be_asked_for_and_says_for_whom(run_vfi: RunVfi) -> None:
    names = ["animation", "archive", "film", "slow-motion", "sport", "web"]
    assert shipped_presets() == names
    for name in names:
        preset = shipped_preset(name)
        assert preset.about.endswith(".")
        assert "frames" in preset.example
        options_of(preset.wishes)
    ended = run_vfi("presets")
    assert ended.code == 0
    assert [line.split()[0] for line in ended.out.splitlines()] == names
    assert "threshold=auto" in ended.out


def test_a_preset_is_read_and_used(tmp_path: Path) -> None:
    text = 'about = "mine"\nfps = "5/2"\nthreshold = "auto"\nmute = true\nstill = 2.5\n'
    preset = read_preset(written(tmp_path / "mine.toml", text))
    assert (preset.name, preset.about) == ("mine", "mine")
    timeline, encoding, rendering = options_of(preset.wishes)
    assert (timeline.fps, timeline.threshold) == (Fraction(5, 2), "auto")
    assert (encoding.mute, rendering.still) == (True, 2.5)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("fsp = 2", r"there is no option 'fsp'; near it: fps"),
        ("fps = 0.5", r"fps '0.5' is below 1"),
        ("fps = 2\ntarget_fps = 60", "exclude each other"),
        ("fps =", "is no TOML"),
        ("model = 3", "model 3 is no name"),
        ("x = " + "[" * 5000, "is no TOML|brackets"),
        ("#" * 70_000, "more than 65536 bytes"),
    ],
)
def test_what_is_wrong_in_a_preset(tmp_path: Path, text: str, complaint: str) -> None:
    path = written(tmp_path / "wrong.toml", text)
    with pytest.raises(InputError, match=complaint) as raised:
        read_preset(path)
    assert str(path) in str(raised.value)


def test_a_preset_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_preset(tmp_path / "none.toml")
    with pytest.raises(UsageError, match="there are animation, archive"):
        shipped_preset("cinema")


def test_what_is_asked_for_wins() -> None:
    preset = Preset("", wishes={"fps": 2, "codec": "h265", "quality": 16, "height": 720})
    assert preset.under({}) == dict(preset.wishes)
    assert preset.under({"target_fps": "60"}) == {
        "codec": "h265", "quality": 16, "height": 720, "target_fps": "60",
    }  # fmt: skip
    assert preset.under({"codec": "ffv1"}) == {"fps": 2, "height": 720, "codec": "ffv1"}
    assert preset.under({"quality": 20, "width": 64}) == {
        "fps": 2, "codec": "h265", "quality": 20, "width": 64,
    }  # fmt: skip


def test_wishes_are_saved_as_they_are_read(tmp_path: Path) -> None:
    wishes = {"fps": "5/2", "loop": True, "still": 0.5, "quality": 20, "codec": 'a "b" \\ é',
              "encoder_options": {"x265-params": "a=1"}}  # fmt: skip
    save_preset(tmp_path / "p.toml", wishes)
    assert dict(read_preset(tmp_path / "p.toml").wishes) == wishes
    with pytest.raises(OutputError, match="exists already"):
        save_preset(tmp_path / "p.toml", wishes)
    with pytest.raises(UsageError, match=r"presets end in \.toml"):
        save_preset(tmp_path / "p.txt", wishes)


def test_presets_on_the_command_line(run_vfi: RunVfi, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", 4)
    mine = tmp_path / "mine.toml"
    words = ("--fps", "3", "--codec", "ffv1", "--model", "direct", "--save-preset", mine)
    assert run_vfi("video", *words).code == 0
    assert dict(read_preset(mine).wishes) == {"fps": "3", "codec": "ffv1", "model": "direct"}
    out = tmp_path / "out.mkv"
    assert run_vfi("video", clip, "--preset-file", mine, "--out", out).code == 0
    with vfi.open_video(out) as video:
        assert (video.info.codec, len(video.times()[0])) == ("ffv1", 12)
    ended = run_vfi("video", clip, "--for", "slow-motion", "--preset-file", mine)
    assert ended.code == 2
    assert "--for and --preset-file exclude each other" in ended.complaint
    ended = run_vfi("video", clip, "--for", "cinema")
    assert "--for 'cinema': there are animation" in ended.complaint
    ended = run_vfi("video", clip, "--for", "slow-motion", "--slow", "2", "--dry-run")
    assert "output     8 frames" in ended.out
    (tmp_path / "in").mkdir()
    clip.rename(tmp_path / "in" / "clip.mkv")
    folder = tmp_path / "results"
    assert run_vfi("batch", tmp_path / "in", "--out", folder, "--preset-file", mine).code == 0
    with vfi.open_video(folder / "clip.mkv") as video:
        assert video.info.codec == "ffv1"
