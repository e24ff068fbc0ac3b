"""What comes through a pipe beside the picture: held until it is written, for it comes once."""

from collections import deque
from collections.abc import Collection
from fractions import Fraction
from pathlib import Path
from typing import Any

from av.container import InputContainer

_NEAR = 1  # seconds
_KINDS = ("audio", "subtitle")


class Beside:
    """The container that comes through a pipe, and its packets that are not of the picture.

    Whoever reads the picture adds the packets that come between; whoever writes them takes them.
    What nobody wants is not held: all of it, unless `wanted` before the picture is read on.
    """

    def __init__(self, container: InputContainer, video: Any, path: Path) -> None:
        self.container, self.video, self.path = container, video, path
        self.wanted = False
        self._taken: set[int] | None = None  # the streams' numbers; None: not decided yet
        self._held: deque[tuple[int, Any]] = deque()

    @property
    def streams(self) -> list[Any]:
        """The streams that are read: the picture, and what may be taken along."""
        others = [s for s in self.container.streams if s.type in _KINDS and s.codec_context]
        return [self.video, *others]

    def add(self, packet: Any) -> None:
        """Hold a packet, if it is wanted as far as is known."""
        index = packet.stream_index
        if packet.size and (self._taken is None or index in self._taken):
            self._held.append((index, packet))

    def take(self, indices: Collection[int]) -> None:
        """Hold what belongs to these streams alone."""
        self._taken = {*indices}
        for _ in range(len(self._held)):
            index, packet = self._held.popleft()
            if index in self._taken:
                self._held.append((index, packet))

    def drop(self) -> None:
        """Hold nothing any more."""
        self.take(())

    def read_on(self, until: Fraction) -> None:
        """Read what belongs to the time before `until`, in seconds on the container's clock.

        Muxers write what is shown together near each other: within a second.
        """
        for packet in self.container.demux(self.streams):
            if packet.stream_index != self.video.index:
                self.add(packet)
            elif packet.dts is not None and packet.dts * packet.time_base > until + _NEAR:
                return

    def __iter__(self) -> "Beside":
        return self

    def __next__(self) -> Any:
        """Return the next packet that is held; later there may be more."""
        if not self._held:
            raise StopIteration
        return self._held.popleft()[1]
