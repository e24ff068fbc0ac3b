"""A sink that is written to by a thread of its own."""

from fractions import Fraction
from typing import Any, NamedTuple

from numpy.typing import NDArray

from ..media.sink import Sink
from ..media.video.decoded_frame import DecodedFrame
from ..overlap import Channel, Closed, start
from ..timings import Ledger

ENCODE = "encode"
ROOM = 2  # frames that wait to be written


class _Frame(NamedTuple):
    pixels: NDArray[Any]
    time: Fraction
    decoded: DecodedFrame | None


class Behind:
    """Writes frames to a sink behind the back of who makes them, at most a few frames later.

    What goes wrong is raised by the next call. Either `close` or `abort` ends it.
    """

    def __init__(self, sink: Sink, ledger: Ledger) -> None:
        """`ledger` books the writing on "encode"."""
        self._sink, self._ledger = sink, ledger
        self._channel = Channel[_Frame](ROOM)
        self._error: BaseException | None = None
        self._thread = start(self._work, ENCODE)

    def write(
        self, pixels: NDArray[Any], time: Fraction, decoded: DecodedFrame | None = None
    ) -> None:
        """Have a frame written; waits while the sink is behind.

        Raises:
            OutputError: an earlier frame could not be written.
        """
        try:
            self._channel.put(_Frame(pixels, time, decoded))
        except Closed:
            raise self._error or Closed from None

    def close(self, end: Fraction | None = None) -> None:
        """Finish the sink, after all that was to be written.

        Raises:
            OutputError: it cannot be finished, or a frame could not be written.
        """
        self._channel.end()
        self._thread.join()
        if self._error is not None:
            raise self._error
        with self._ledger.working(ENCODE):
            self._sink.close(end)

    def abort(self) -> None:
        """Stop and leave nothing behind."""
        self._channel.close()
        try:
            self._thread.join()
        finally:
            if not self._thread.is_alive():
                self._sink.abort()

    def _work(self) -> None:
        try:
            while True:
                frame = self._channel.get()
                with self._ledger.working(ENCODE):
                    self._sink.write(*frame)
                del frame
        except Closed:
            return
        except BaseException as error:
            self._error = error
            self._channel.close()
