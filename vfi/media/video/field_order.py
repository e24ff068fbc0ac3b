"""Which field of an interlaced frame comes first: read off it, and written to it.

PyAV shows only that a frame is interlaced. FFmpeg's filters know the order and can set it.
"""

import contextlib
from fractions import Fraction
from typing import Any, Literal

import av
from av.filter import Graph

FieldOrder = Literal["tt", "bb"]  # FFmpeg's words: coded and shown top, or bottom, field first
NAMES: dict[FieldOrder, str] = {"tt": "top field first", "bb": "bottom field first"}
_TICK = Fraction(1, 1000)  # filters need some; frames keep their own stamps
_SET: dict[FieldOrder, str] = {"tt": "tff", "bb": "bff"}


def field_order_of(frame: av.VideoFrame) -> FieldOrder | None:
    """Return which field of a decoded frame comes first; None: it is not interlaced."""
    if not frame.interlaced_frame:
        return None
    graph = _graph(frame, "select", "eq(interlace_type,TOPFIRST)")
    graph.vpush(frame)
    with contextlib.suppress(av.BlockingIOError, av.EOFError):
        graph.vpull()
        return "tt"
    return "bb"


class FieldFlags:
    """Flags frames as interlaced, with their order."""

    def __init__(self, order: FieldOrder) -> None:
        self._order = order
        self._graph: Graph | None = None

    def flagged(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Return the same samples, flagged."""
        if self._graph is None:
            self._graph = _graph(frame, "setfield", _SET[self._order])
        self._graph.vpush(frame)
        done = self._graph.vpull()
        assert isinstance(done, av.VideoFrame)
        return done


def _graph(frame: av.VideoFrame, name: str, settings: str) -> Graph:
    graph = Graph()
    nodes: list[Any] = [
        graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format,
            time_base=_TICK,
        ),
        graph.add(name, settings),
        graph.add("buffersink"),
    ]
    nodes[0].link_to(nodes[1])
    nodes[1].link_to(nodes[2])
    graph.configure()
    return graph
