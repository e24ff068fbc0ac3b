"""Whole pictures out of interlaced ones, at the same frame rate, by FFmpeg's bwdif filter."""

from collections import deque
from collections.abc import Iterator
from fractions import Fraction

import av
from av.filter import Graph

# One picture for two fields; only what is flagged is changed; the order of the fields as flagged.
_TICK = Fraction(1, 1000)  # the filter needs some; frames keep their own stamps
_SETTINGS = "mode=send_frame:parity=auto:deint=interlaced"


class Deinterlacer:
    """Turns decoded frames into progressive ones, one for one, with their own time stamps.

    Nothing happens until the first frame that is flagged as interlaced. The filter looks at the
    frames around each: so the frame before that one is the first that it sees, and from there on
    frames come out one later than they went in.
    """

    def __init__(self) -> None:
        self.active = False
        self._graph: Graph | None = None
        self._before: av.VideoFrame | None = None
        self._waiting: deque[av.VideoFrame] = deque()  # in the filter
        self._passed = False  # whether the first frame in the filter has been given out already

    def push(self, frame: av.VideoFrame | None) -> Iterator[av.VideoFrame]:
        """Give in a frame, or None at the end, and get those that are ready."""
        if self._graph is None:
            if frame is None or not frame.interlaced_frame:
                self._before = frame
                if frame is not None:
                    yield frame
                return
            self._graph = _graph_for(frame)
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
            source = self._waiting.popleft()
            if self._passed:
                self._passed = False
                continue
            done.pts = source.pts
            yield done


def _graph_for(frame: av.VideoFrame) -> Graph:
    graph = Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=_TICK
    )
    filtered = graph.add("bwdif", _SETTINGS)
    sink = graph.add("buffersink")
    source.link_to(filtered)
    filtered.link_to(sink)
    graph.configure()
    return graph
