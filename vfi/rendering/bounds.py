"""How many pairs are computed at once, and in bands of how many rows, within so much memory.

What a pair takes a pixel is known to its network (`models/need.py`), what a run takes besides
stands here; `python -m benchmarks.memory needs` measures both.
"""

import math
import re
from typing import Any, Literal, NamedTuple

from ..errors import DeviceError, UsageError, shown
from ..interpolator import PairMaker
from ..memory import free_memory, memory_now
from ..models.need import Need

Limit = int | Literal["auto"]
BASE = 500 << 20  # bytes of Python, PyTorch, OpenCV and a model
FIXED = 320  # bytes a pixel: 255 in an encoder that looks ahead (x264), the rest read or waiting
RESERVE = 8  # of what is free, one part of so many is left to others, and at least so many bytes:
LEAST_RESERVE = 256 << 20
ROWS = 256  # of a band; always the same, so that a frame does not depend on what is free
LEAST = 1 << 20  # bytes that are a limit and no slip
_SIZE = re.compile(r"(\d{1,20}(?:\.\d{1,20})?)\s*([KMGT]?)(I?)B?", re.ASCII | re.IGNORECASE)
_POWERS = {"": 0, "K": 1, "M": 2, "G": 3, "T": 4}


class Bounds(NamedTuple):
    """How frames are made: so many pairs at once; in bands of so many rows, or None: whole."""

    pairs: int
    rows: int | None


def parse_limit(limit: int | str) -> Limit:
    """Return a number of bytes, which may be text ("8GB", "500 MiB"), or "auto".

    Raises:
        UsageError: it is neither.
    """
    if limit == "auto":
        return "auto"
    found = _SIZE.fullmatch(str(limit).strip()) if isinstance(limit, int | str) else None
    size = 0
    if found and not isinstance(limit, bool):
        thousand = 1024 if found[3] else 1000
        size = int(float(found[1]) * thousand ** _POWERS[found[2].upper()])
    if size < LEAST:
        message = f"memory_limit {shown(limit)} is no amount of memory: give 8GB, 500MB or auto"
        raise UsageError(message, option="memory_limit")
    return size


def bounded(interpolator: PairMaker, limit: Limit, width: int, height: int) -> PairMaker:
    """Return an interpolator that keeps within a limit of memory with frames of a size.

    Only one of ours on a CPU is: the others are as they are.

    Raises:
        DeviceError: it takes more in any case; the message says how much.
    """
    network: Any = getattr(interpolator, "network", None)
    need: Need | None = getattr(network, "need", None)
    wanted = int(getattr(interpolator, "pairs_at_once", 0))
    available = available_memory() if limit == "auto" else limit
    if not wanted or need is None or available is None or not hasattr(interpolator, "bounded"):
        return interpolator
    pixels = width * height
    found = bounds_within(available, need, width, height, wanted)
    if found is None:
        least = BASE + FIXED * pixels + need.pair_of(width, height, ROWS)
        tiles = ", even in bands" if need.prepared else "; it cannot be made in bands"
        model = getattr(interpolator, "model", type(interpolator).__name__)
        raise DeviceError(
            f"memory_limit {in_gigabytes(available)}: model {model} needs {in_gigabytes(least)} "
            f"for frames of {width}x{height}{tiles}",
            option="memory_limit",
            advice={
                "memory_limit": "{} SIZE sets another limit",
                "model": "{} direct needs least",
                "width": "{} makes smaller frames",
            },
        )
    made: PairMaker = interpolator.bounded(*found)
    return made


def bounds_within(limit: int, need: Need, width: int, height: int, wanted: int) -> Bounds | None:
    """Return how many of the wanted pairs fit into so many bytes, in bands if need be."""
    pixels = width * height
    room = limit - BASE - FIXED * pixels
    for rows in (None, ROWS):
        pairs = room // need.pair_of(width, height, rows)
        if pairs >= 1:
            return Bounds(min(wanted, pairs), rows)
    return None


def available_memory() -> int | None:
    """Return how much this process may have in all, a reserve left to others; None: unknown."""
    free = free_memory()
    if free is None:
        return None
    return memory_now() + free - max(free // RESERVE, LEAST_RESERVE)


def shared(interpolator: Any, count: int) -> Any:
    """Return an interpolator for one of so many processes, which share the memory."""
    most = getattr(interpolator, "most_pairs", None)
    if most is None:
        return interpolator
    return interpolator.bounded(max(1, most // count), interpolator.rows)


def bounds_in_words(interpolator: Any) -> list[str]:
    """Return how many pairs are made at once, if that is bounded, as lines for people."""
    if getattr(interpolator, "most_pairs", None) is None:
        return []
    rows, pairs = interpolator.rows, interpolator.pairs_at_once
    bands = f", in bands of {rows} rows" if rows else ""
    return [f"memory     {pairs} pair{'' if pairs == 1 else 's'} at once{bands}"]


def in_gigabytes(count: int) -> str:
    """Return bytes as people say them, rounded up: what is given as a limit is enough then."""
    return f"{math.ceil(count / 1e7) / 100:g} GB"
