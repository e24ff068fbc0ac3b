"""What a container accepts of one stream, found out where nothing can be spoilt.

A muxer may refuse a packet long after it was given it, while a packet of the picture is being
written. So each copied stream is first written, alone, into a file that keeps nothing.
"""

import os
from typing import Any

import av

from .copy_options import FAILURES


class Trial:
    """A container with one stream, of which nothing is kept."""

    def __init__(self, container: str, template: Any) -> None:
        """Write its header.

        Raises:
            FFmpegError, ValueError: the container cannot hold such a stream.
        """
        self._output = av.open(os.devnull, "w", format=container)
        self._stream = self._output.add_stream_from_template(template, opaque=True)
        self._stream.disposition = template.disposition
        self._output.start_encoding()

    def accepts(self, packet: Any) -> bool:
        """Tell whether the container takes a packet after those before it."""
        packet.stream = self._stream
        try:
            self._output.mux(packet)
        except FAILURES:
            return False
        return True
