"""Whole pictures out of interlaced ones, by FFmpeg's bwdif filter.

One of two fields, at the same frame rate, or one of each, at twice the rate ("bob").
"""

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

import av
from av.filter import Graph

Deinterlace = Literal["auto", "off", "bob"]

# Only what is flagged is changed; the order of the fields as flagged.
_TICK = Fraction(1, 1000)  # the filter needs some; frames keep their own stamps
_SETTINGS = "mode={}:parity=auto:deint=interlaced"


class Deinterlacer:
    """Turns decoded frames into progressive ones, with their own time stamps.

    One for one; with `bob` two for one: a picture of each field, of a whole frame twice itself.

    Nothing happens until the first frame that is flagged as interlaced. The filter looks at the
    frames around each: so the frame before that one is the first that it sees, and from there on
    frames come out one later than they went in.
    """

    def __init__(self, bob: bool = False) -> None:
        self.active = False
        self._bob = bob
        self._graph: Graph | None = None
        self._before: av.VideoFrame | None = None
        self._waiting: deque[av.VideoFrame] = deque()  # in the filter
        self._half = False  # whether one of two fields has come out of the filter
        self._passed = False  # whether the first frame in the filter has been given out already

    def push(self, frame: av.VideoFrame | None) -> Iterator[av.VideoFrame]:
        """Give in a frame, or None at the end, and get those that are ready."""
        if self._graph is None:
            if frame is None or not frame.interlaced_frame:
                self._before = frame
                if frame is not None:
                    yield frame
                    if self._bob:
                        yield frame
                return
            self._graph = _graph_for(frame, "send_field" if self._bob else "send_frame")
            self.active = True
            if self._before is not None:
                self._passed = True
                self._feed(self._before)
                self._before = None
        if frame is not None:
            self._feed(frame)
            yield from self._ready()
            return
        self._graph.vpush(None)
        yield from self._ready()

    def _feed(self, frame: av.VideoFrame) -> None:
        assert self._graph is not None
        self._waiting.append(frame)
        self._graph.vpush(frame)

    def _ready(self) -> Iterator[av.VideoFrame]:
        assert self._graph is not None
        while self._waiting:
            try:
                done = self._graph.vpull()
            except (av.BlockingIOError, av.EOFError):
                return
            source = self._waiting[0]
            done.pts = source.pts
            halves = self._bob and source.interlaced_frame  # two pictures come of it
            self._half = halves and not self._half
            if not self._half:
                self._waiting.popleft()
            if self._passed:
                self._passed = False
                continue
            yield done
            if self._bob and not halves:
                yield done


def _graph_for(frame: av.VideoFrame, mode: str) -> Graph:
    graph = Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=_TICK
    )
    filtered = graph.add("bwdif", _SETTINGS.format(mode))
    sink = graph.add("buffersink")
    source.link_to(filtered)
    filtered.link_to(sink)
    graph.configure()
    return graph
