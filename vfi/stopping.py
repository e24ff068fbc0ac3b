"""The word to stop: asked for at any moment, answered between two frames.

    with listening():              # from here on it is asked for, not thrown
        for frame in frames:
            write(frame)
            look()                 # raises what was asked for

Whoever is told to stop (the signal handlers of the command line) calls `ask`. Inside `listening`
nothing is interrupted, so nothing can swallow the word; it stays until it is forgotten, and every
`look` says it again.
"""

from collections.abc import Iterator
from contextlib import contextmanager

_asked: BaseException | None = None
_loops = 0  # that have promised to look


def ask(stop: BaseException) -> bool:
    """Ask the loops to stop with `stop`; whether one listens that has not been asked before."""
    global _asked
    first = _asked is None
    _asked = stop
    return first and _loops > 0


def look() -> None:
    """Stop here if that was asked for: the place between two frames.

    Raises:
        BaseException: what was given to `ask`.
    """
    if _asked is not None:
        raise _asked


@contextmanager
def listening() -> Iterator[None]:
    """Let the block look between its frames; at its beginning and end it is looked, too."""
    global _loops
    look()
    _loops += 1
    try:
        yield
    finally:
        _loops -= 1
    look()


def forget() -> None:
    """Nothing is asked any more."""
    global _asked
    _asked = None
