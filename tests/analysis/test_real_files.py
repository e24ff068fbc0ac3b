"""Files as people have them, made with PyAV: their time stamps, and their pictures where asked."""

import io
from fractions import Fraction
from itertools import pairwise

import av
import cv2
import numpy as np
import pytest

from tests.helpers.drawings import animation, drawing
from vfi.analysis.analyser import Analysis
from vfi.timeline.content import SourceFrame
from vfi.timeline.schedule import Multiply, TargetRate, plan

F = Fraction


def written(stamps, time_base, frames=None, container="mp4", b_frames=2, rate=30):
    """Encode a video with these presentation stamps; return its bytes."""
    data = io.BytesIO()
    with av.open(data, "w", format=container) as output:
        options = {"preset": "veryfast", "threads": "1", "bf": str(b_frames), "crf": "24"}
        stream = output.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = 128, 72, "yuv420p"
        stream.time_base = stream.codec_context.time_base = time_base
        for index, stamp in enumerate(stamps):
            pixels = frames[index] if frames else np.full((72, 128, 3), index % 250, np.uint8)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            frame.pts, frame.time_base = stamp, time_base
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    data.seek(0)
    return data


def read(data):
    """Return times, end, stated rate and pictures, as a reader gives them."""
    with av.open(data) as source:
        stream = source.streams.video[0]
        frames = list(source.decode(stream))
        times = [frame.pts * frame.time_base for frame in frames]
        last = frames[-1].duration * frames[-1].time_base if frames[-1].duration else F(0)
        pixels = [frame.to_ndarray(format="rgb24") for frame in frames]
        rate = stream.average_rate
    return times, times[-1] + last, rate, pixels


@pytest.mark.parametrize("rate", [F(24000, 1001), F(60000, 1001), F(30000, 1001), F(25)])
@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_broadcast_rates_stay_exact_in_any_container(rate, container) -> None:
    times, end, stated, _ = read(written(range(40), 1 / rate, container=container, rate=rate))
    schedule = plan(times, end, Multiply(2), rate=stated)
    assert schedule.frame_rate == 2 * rate
    assert len(schedule) == 80
    assert abs(schedule.duration - 40 / rate) <= F(1, 1000)
    assert all(frame.time - schedule.start == frame.index / (2 * rate) for frame in schedule)


def test_phone_video_with_variable_rate() -> None:
    steps = [3003, 3003, 2970, 4500, 3003, 9009, 3003, 2500, 3003, 3003]
    stamps = [sum(steps[:index]) for index in range(len(steps))]
    times, end, stated, _ = read(written(stamps, F(1, 90000)))
    assert times == [F(stamp, 90000) for stamp in stamps]
    schedule = plan(times, end, Multiply(3), rate=stated)
    assert len(schedule) == 30
    assert not schedule.is_constant_rate
    assert schedule.duration == end - times[0]
    for index, time in enumerate(times):
        assert schedule[3 * index].content == SourceFrame(index)
        assert schedule[3 * index].time == time
    even = plan(times, end, TargetRate(60), rate=stated)
    assert abs(even.duration - (end - times[0])) <= F(1, 120)


def test_screen_capture_with_sparse_frames() -> None:
    stamps = [0, 1, 2, 150, 151, 400]
    times, end, _, _ = read(written(stamps, F(1, 30), b_frames=0))
    schedule = plan(times, end, TargetRate(30), max_hold=F(1, 2))
    assert [schedule[stamp].content for stamp in stamps] == [SourceFrame(i) for i in range(6)]
    assert sum(frame.content.kind == "between" for frame in schedule) == 0
    assert abs(schedule.duration - (end - times[0])) <= F(1, 60)


def test_late_start_with_b_frames() -> None:
    times, end, stated, _ = read(written(range(10, 40), F(1, 25), b_frames=3))
    schedule = plan(times, end, Multiply(2), rate=stated)
    assert schedule.start == times[0]
    assert len(schedule) == 60
    assert all(a.time < b.time for a, b in pairwise(schedule))


def test_telecined_film_becomes_even_again() -> None:
    film = [
        cv2.resize(drawing(3, index), (128, 72), interpolation=cv2.INTER_AREA)
        for index in range(32)
    ]
    video = [frame for index, frame in enumerate(film) for _ in range(2 if index % 4 == 3 else 1)]
    times, end, stated, pixels = read(written(range(40), F(1001, 30000), video))
    analysis = Analysis("auto")
    for frame in pixels:
        analysis.update(frame)
    found = analysis.finish(times)
    assert len(found.kept) == 32
    schedule = plan(times, end, Multiply(2), kept=found.kept, cuts=found.cuts, rate=stated)
    assert len(schedule) == 80
    assert schedule.frame_rate == F(60000, 1001)
    repeated = {frame for frame in range(40) if frame not in set(found.kept)}
    assert not repeated & {frame.content.needs[0] for frame in schedule}


def test_animation_on_twos_moves_at_every_output_frame() -> None:
    frames, new = animation([2], seed=2, count=30)
    pictures = [cv2.resize(frame, (128, 72), interpolation=cv2.INTER_AREA) for frame in frames]
    times, end, stated, pixels = read(written(range(30), F(1, 24), pictures))
    analysis = Analysis("auto")
    for frame in pixels:
        analysis.update(frame)
    found = analysis.finish(times)
    assert list(found.kept) == [index for index in range(30) if new[index]]
    schedule = plan(times, end, Multiply(2), kept=found.kept, rate=stated)
    assert [frame.content.kind for frame in schedule][:8] == ["source", *["between"] * 3] * 2
