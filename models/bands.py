"""A frame made in bands of rows: what is large then is only as large as a band.

All that a network prepares of a pair is there for the whole pictures; of a band and what lies
around it the network is shown that much alone. Around it lies what may move into it, as far as
the pair's flow says, and what the network looks at beside a pixel. The result is that of the whole
picture but for the rounding of coordinates; things that move farther than `MOST` rows may show
where bands meet.
"""

import math
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import torch
from torch import Tensor

from .layers import size_of
from .network import InterpolationNetwork
from .pair import Pair

AROUND = 128  # rows that a network looks at beside a pixel: GridNet's three rows of the grid
MOST = 1024  # rows of motion
ALIGNED = 16  # rows: bands and what is around them begin at multiples, for all levels of features


def synthesised_in_bands(
    network: InterpolationNetwork, pair: Pair, t: Tensor | float, rows: int
) -> Tensor:
    """Return the frame at `t`, (B, 3, H, W), made in bands of so many rows, a multiple of 16."""
    height, width = size_of(pair.flow_01)
    around = halo(pair)
    frame: Tensor | None = None
    for top in range(0, height, rows):
        first, last = max(0, top - around), min(height, top + rows + around)
        made = network.synthesise(rows_of(pair, first, last, height), t)
        if frame is None:
            frame = made.new_empty(*made.shape[:2], height, width)
        bottom = min(top + rows, height)
        frame[..., top:bottom, :] = made[..., top - first : bottom - first, :]
    assert frame is not None
    return frame


def halo(pair: Pair) -> int:
    """Return how many rows have to lie around a band."""
    flows = [flow for each in _pairs(pair) for flow in (each.flow_01, each.flow_10)]
    farthest = max(float(torch.nan_to_num(flow[:, 1]).abs().max()) for flow in flows)
    wanted = AROUND + min(math.ceil(farthest), MOST)
    return -(-wanted // ALIGNED) * ALIGNED


def _pairs(pair: Pair) -> Iterator[Pair]:
    yield pair
    for field in fields(pair):
        if isinstance(value := getattr(pair, field.name), Pair):
            yield from _pairs(value)


def rows_of(prepared: Any, first: int, last: int, height: int) -> Any:
    """Return some rows of all that was prepared of pictures of a height, at any whole scale."""
    if isinstance(prepared, Tensor):
        scale = height // prepared.shape[-2]
        return prepared[..., first // scale : last // scale, :]
    if isinstance(prepared, list):
        return [rows_of(each, first, last, height) for each in prepared]
    if is_dataclass(prepared) and not isinstance(prepared, type):
        parts = {field.name: getattr(prepared, field.name) for field in fields(prepared)}
        return replace(
            prepared, **{name: rows_of(part, first, last, height) for name, part in parts.items()}
        )
    return prepared
