"""A wrong wish is the same error in Python and on the command line."""

from pathlib import Path
from typing import Any

import pytest

import vfi
from tests.helpers.cli import RunVfi, names_in
from tests.helpers.clips import make_clip
from tests.helpers.textures import texture
from vfi.errors import VfiError

WRONG: list[tuple[dict[str, Any], str | tuple[str, ...] | None, str | None]] = [
    ({"fps": "x"}, "fps", "'x' is not a factor: give 3, 2.5 or 5/2"),
    ({"fps": 0.5}, "fps", "'0.5' is below 1: it multiplies the frame rate (2, 2.5, 5/2)"),
    ({"target_fps": 0}, "target_fps", "'0' is not a frame rate above 0: give 60, 23.976 or "
     "60000/1001"),
    ({"slow": "nan"}, "slow", "'nan' is not a factor: give 3, 2.5 or 5/2"),
    ({"fps": 2, "target_fps": 60}, ("fps", "target_fps"), "exclude each other: give one, not both"),
    ({"end": 1, "seconds": 1}, ("end", "seconds"), "exclude each other: give one, not both"),
    ({"start": "never"}, "start", "'never' is not a time: give 90, 90.5, 1:30.5 or 00:01:30.500"),
    ({"start": 9}, "start", "9 s is behind the video, which ends at 0.16 s"),
    ({"seconds": 0}, "seconds", None),
    ({"input_fps": 12}, "input_fps", None),
    ({"at_cut": "fade"}, "at_cut", "'fade' is unknown: choose hold, blend, nearest"),
    ({"threshold": 3073}, "threshold", "3073 is above the 3072 pixels of a 64x48 frame"),
    ({"threshold": -1}, "threshold", "'-1' is not a number of pixels: give 0 to width * height, "
     "or auto"),
    ({"tolerance": 256.0}, "tolerance", "256.0 is out of range: give 0 to 255"),
    ({"scene_threshold": float("nan")}, "scene_threshold", "nan is out of range: give 0 to 255"),
    ({"still": float("inf")}, "still", "inf is out of range: give 0 to 255"),
    ({"width": 1}, "width", "1 is out of range: give 2 to 16384 pixels"),
    ({"height": 99999}, "height", "99999 is out of range: give 2 to 16384 pixels"),
    ({"shutter": 361}, "shutter", "'361': give degrees, above 0 to 360"),
    ({"mask": "gone.png"}, None, None),
    ({"scenes": "gone.txt"}, None, None),
    ({"codec": "mpeg7"}, "codec", None),
    ({"codec": "h264", "quality": 99}, "quality", "99: libx264 takes 0 (the best) to 51 (the "
     "smallest)"),
    ({"codec": "h264", "preset": "zz"}, "preset", None),
    ({"model": "rife"}, "model", None),
    ({"device": "tpu"}, "device", None),
    ({"precision": "fp8"}, "precision", None),
    ({"out": "clip.mkv"}, "out", None),
    ({"out": "out.txt"}, "out", None),
]  # fmt: skip


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Four frames, 0.16 seconds."""
    pictures = [texture(2 * number) for number in range(4)]
    return make_clip(tmp_path / "clip.mkv", pictures=pictures, codec="ffv1", pixel_format="bgr0")


@pytest.mark.parametrize(("wish", "option", "words"), WRONG)
def test_a_wrong_wish_is_the_same_error_for_everybody(
    run_vfi: RunVfi,
    clip: Path,
    monkeypatch: pytest.MonkeyPatch,
    wish: dict[str, Any],
    option: str | tuple[str, ...] | None,
    words: str | None,
) -> None:
    """The exception says which value; the command line puts its own word in that place."""
    monkeypatch.chdir(clip.parent)
    monkeypatch.setattr("vfi.planned_source.scan_source", lambda *_: pytest.fail("too late"))
    names = (option,) if isinstance(option, str) else option or ()
    more = {"model": "direct", "device": "cpu"} | wish
    with pytest.raises(VfiError) as caught:
        vfi.interpolate_video("clip.mkv", **more)
    error = caught.value
    assert error.options == names
    assert "--" not in str(error)
    if words is not None:
        assert str(error) == f"{' and '.join(names)} {words}"
    typed = [f"--{name.replace('_', '-')}={value}" for name, value in more.items()]
    ended = run_vfi("video", "clip.mkv", *typed)
    options = {name: "--" + name.replace("_", "-") for name in names}
    assert ended.complaint == f"Error: {error.worded(lambda name: options[name])}"
    assert ended.code == error.exit_code
    assert names_in(clip.parent) == ["clip.mkv"]
