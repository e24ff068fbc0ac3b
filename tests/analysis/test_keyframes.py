from fractions import Fraction

import numpy as np
import pytest

from tests.helpers.drawings import animation, compressed, drawing, fade, pan, texture
from vfi.analysis.analyser import Analysis, parse_threshold
from vfi.analysis.differences import differing_pixels
from vfi.analysis.keyframes import KeyframeDetector
from vfi.errors import InputError, UsageError


def decide(frames, threshold, tolerance=8.0):
    detector = KeyframeDetector(threshold, tolerance)
    return [detector.update(frame) for frame in frames]


def kept(frames, threshold, tolerance=8.0):
    return [decision.frame for decision in decide(frames, threshold, tolerance) if decision.kept]


def blank(value=100, height=4, width=5):
    return np.full((height, width, 3), value, np.uint8)


def test_a_pixel_differs_when_any_channel_moves_by_more_than_the_tolerance() -> None:
    one, two = blank(), blank()
    two[0, 0] = (100, 100, 109)
    two[1, 1] = (92, 108, 100)  # exactly the tolerance
    two[2, 2] = (80, 120, 100)  # one pixel, though two channels move
    assert differing_pixels(one, two, 8) == 2
    assert differing_pixels(two, one, 8) == 2
    assert differing_pixels(one, two, 0) == 3


def test_tolerance_means_the_same_at_sixteen_bits_and_in_float() -> None:
    one, two = blank(100).astype(np.float32), blank(109).astype(np.float32)
    assert differing_pixels(one / 255, two / 255, 8) == 20
    assert differing_pixels(one / 255, two / 255, 9.5) == 0
    deep_one, deep_two = ((frame * 257).astype(np.uint16) for frame in (one, two))
    assert differing_pixels(deep_one, deep_two, 8) == 20
    assert differing_pixels(deep_one, deep_two, 9) == 0


def test_threshold_zero_keeps_every_frame_repeats_included() -> None:
    assert kept([blank()] * 5, 0) == [0, 1, 2, 3, 4]


def test_threshold_is_the_smallest_count_that_keeps_a_frame() -> None:
    two = blank()
    two[0, :3] = 0
    assert [decision.differing for decision in decide([blank(), two], 3)] == [20, 3]
    assert kept([blank(), two], 3) == [0, 1]
    assert kept([blank(), two], 4) == [0]
    assert kept([blank(), blank()], 1) == [0]
    assert kept([blank(0), blank(255)], 20) == [0, 1]


def test_threshold_above_the_number_of_pixels_or_below_zero_is_refused() -> None:
    with pytest.raises(UsageError, match="21 is above the 20 pixels of a 5x4 frame"):
        kept([blank()], 21)
    with pytest.raises(UsageError, match="negative"):
        KeyframeDetector(-1)
    with pytest.raises(UsageError, match="tolerance"):
        KeyframeDetector(1, 256)


def test_frames_of_different_sizes_are_refused() -> None:
    with pytest.raises(InputError, match="do not match"):
        kept([blank(), blank(width=6)], 1)


def test_slow_fade_of_96_frames_survives() -> None:
    """TAS kept 52 of 96 and then stopped: its reference moved on to the dropped frames."""
    frames = fade(texture(1), 96)
    found = kept(frames, 100, 8)
    steps = np.diff(found)
    assert steps.max() <= 8  # about eight levels further there is always a new keyframe
    assert found[-1] >= 88
    seen = decide(frames, 100, 8)
    assert any(not decision.kept for decision in seen)


def test_slow_pan_adds_up() -> None:
    frames = pan(texture(2, width=300), 0.2, 60)
    found = kept(frames, 2000, 8)
    assert found[-1] > 50
    assert np.diff(found).max() <= 12


@pytest.mark.parametrize("lengths", [[2], [3], [1, 2, 3]])
def test_compressed_drawings_at_a_small_threshold(lengths) -> None:
    frames, new = animation(lengths, seed=3, count=24)
    found = kept(compressed(frames, 23), threshold=30, tolerance=24)
    assert found == [frame for frame in range(24) if new[frame]]


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("250", 250), ("auto", "auto")])
def test_parse_threshold(text, value) -> None:
    assert parse_threshold(text) == value


@pytest.mark.parametrize("text", ["-1", "1.5", "many", "", "²"])
def test_parse_threshold_refuses(text) -> None:
    with pytest.raises(UsageError, match="auto"):
        parse_threshold(text)


def test_analysis_finds_drawings_and_scenes_in_one_pass() -> None:
    first, new_first = animation([2], seed=5, count=20)
    second, new_second = animation([3], seed=6, count=21)
    frames, new = first + second, new_first + new_second
    analysis = Analysis("auto")
    for frame in frames:
        analysis.update(frame)
    times = [Fraction(index, 24) for index in range(41)]
    findings = analysis.finish(times)
    assert list(findings.cuts) == [20]
    assert list(findings.kept) == [index for index in range(41) if new[index]]
    assert [row.frame for row in findings.rows if row.new_scene] == [20]


def test_analysis_with_known_cuts_keeps_the_first_frame_of_each_scene() -> None:
    analysis = Analysis(threshold=1, cuts=[2])
    for _ in range(4):
        analysis.update(drawing(1, 0))
    findings = analysis.finish([Fraction(index) for index in range(4)])
    assert list(findings.kept) == [0, 2]
    assert list(findings.cuts) == [2]


def test_analysis_without_a_threshold_looks_for_cuts_only() -> None:
    analysis = Analysis(threshold=None)
    for frame in animation([1], seed=1, count=5)[0] + animation([1], seed=2, count=5)[0]:
        analysis.update(frame)
    findings = analysis.finish([Fraction(index) for index in range(10)])
    assert findings.kept is None
    assert list(findings.cuts) == [5]
    assert not findings.rows
