"""The splatting modes side by side over time: the third figure of the paper, for any picture.

Niklaus and Liu, CVPR 2020, figure 3: one picture is splatted along t·F for t from 0 to 1. Adding
up brightens where pixels meet, averaging mixes front and back, linear weights separate them a
little, and softmax weights clearly.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import InputError, UsageError
from ..evaluation.datasets.samples import Pixels
from ..evaluation.datasets.withheld import reduce_to_fit
from ..media.depth import converted
from ..media.pictures.images import IMAGE_SUFFIXES, write_image
from ..media.video.writer import VideoWriter
from ..models.importance import photometric_error
from ..models.ops import softsplat

MODES = ("sum", "avg", "linear", "soft")
LEAST_WEIGHT = 1e-3
FRAME_RATE = Fraction(10)  # steps a second
HEADER = 26  # pixels above or beside cells for text
GAP = 4
TEXT = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True)
class Splatting:
    """What is splatted, and how important each of its pixels is."""

    picture: Pixels  # (H, W, 3)
    flow: NDArray[np.float32]  # (H, W, 2), from the picture on
    error: NDArray[np.float32]  # (H, W) 0..1, large where a pixel should give way

    def __post_init__(self) -> None:
        if self.picture.shape[:2] != self.flow.shape[:2]:
            raise InputError(
                f"the flow is {self.flow.shape[1]}x{self.flow.shape[0]}, the picture "
                f"{self.picture.shape[1]}x{self.picture.shape[0]}"
            )

    def at(self, t: float, mode: str, alpha: float) -> Pixels:
        """Return the picture splatted to t, (H, W, 3); black where nothing lands.

        `soft` takes Z = −alpha · error; `linear`, whose weights must be positive, 1 − error.
        """
        if mode not in MODES:
            raise UsageError(f"no splatting mode {mode!r}; there are: {', '.join(MODES)}")
        error = torch.from_numpy(self.error)[None, None]
        metric = {"linear": (1 - error).clamp(min=LEAST_WEIGHT), "soft": -alpha * error}.get(mode)
        flow = torch.from_numpy(self.flow).permute(2, 0, 1)[None] * t
        with torch.inference_mode():
            made = softsplat(_tensor(self.picture), flow, metric, mode)
        return converted(made[0].permute(1, 2, 0).numpy(), np.uint8)


def photometric(one: Pixels, two: Pixels, flow: NDArray[np.float32]) -> Splatting:
    """Return importance from brightness constancy (equation 15): the mean |I0 − I1 warped back|."""
    if one.shape != two.shape:
        raise InputError(f"the pictures differ in size: {one.shape[:2]} and {two.shape[:2]}")
    field = torch.from_numpy(np.ascontiguousarray(flow)).permute(2, 0, 1)[None]
    with torch.inference_mode():
        error = photometric_error(_tensor(one), _tensor(two), field)[0, 0].clamp(0, 1).numpy()
    return Splatting(one, flow, error)


def by_motion(one: Pixels, flow: NDArray[np.float32]) -> Splatting:
    """Return importance from motion, where there is no second picture: what moves far is near."""
    length = np.hypot(flow[..., 0], flow[..., 1])
    length = np.where(np.isfinite(length), length, 0.0)
    reach = float(length.max(initial=0.0)) or 1.0
    return Splatting(one, flow, (1.0 - length / reach).astype(np.float32))


def times(steps: int) -> list[float]:
    """Return `steps` times from 0 to 1, both included."""
    if steps < 2:
        raise UsageError(f"steps {steps}: at least 2 are needed", option="steps")
    return [step / (steps - 1) for step in range(steps)]


def grid_figure(
    splatting: Splatting, modes: Sequence[str], steps: int, alpha: float, cell_width: int
) -> Pixels:
    """One row a mode, one column a time, with labels, on white."""
    cells = {
        (mode, t): _cell(splatting.at(t, mode, alpha), cell_width)
        for mode in modes
        for t in times(steps)
    }
    height, width = next(iter(cells.values())).shape[:2]
    side = 3 * HEADER
    canvas = np.full(
        (HEADER + len(modes) * (height + GAP), side + steps * (width + GAP), 3), 255, np.uint8
    )
    for column, t in enumerate(times(steps)):
        left = side + column * (width + GAP)
        _write(canvas, f"t={t:.2g}", (left + 2, HEADER - 8))
        for row, mode in enumerate(modes):
            top = HEADER + row * (height + GAP)
            canvas[top : top + height, left : left + width] = cells[mode, t]
    for row, mode in enumerate(modes):
        _write(canvas, mode, (6, HEADER + row * (height + GAP) + height // 2 + 5))
    return canvas


def frame_figures(
    splatting: Splatting, modes: Sequence[str], steps: int, alpha: float, cell_width: int
) -> Iterator[Pixels]:
    """One picture a time: the modes side by side, two in a row."""
    columns = min(2, len(modes))
    for t in times(steps):
        cells = [_cell(splatting.at(t, mode, alpha), cell_width) for mode in modes]
        height, width = cells[0].shape[:2]
        rows = -(-len(modes) // columns)
        canvas = np.full(
            (rows * (height + HEADER), columns * (width + GAP) - GAP, 3), 255, np.uint8
        )
        for number, (mode, cell) in enumerate(zip(modes, cells, strict=True)):
            row, column = divmod(number, columns)
            top, left = row * (height + HEADER) + HEADER, column * (width + GAP)
            canvas[top : top + height, left : left + width] = cell
            _write(canvas, f"{mode}  t={t:.2f}", (left + 4, top - 8))
        yield canvas


def write_figure(
    path: Path,
    splatting: Splatting,
    modes: Sequence[str] = MODES,
    steps: int = 11,
    alpha: float = 20.0,
    cell_width: int | None = None,
    overwrite: bool = False,
) -> None:
    """Write the comparison: a grid as a picture, or over time as GIF or video.

    Raises `UsageError` for an unknown mode or number of steps, `OutputError`.
    """
    if path.suffix.lower() in IMAGE_SUFFIXES:
        figure = grid_figure(splatting, modes, steps, alpha, cell_width or 200)
        write_image(path, figure, overwrite=overwrite)
        return
    frames = frame_figures(splatting, modes, steps, alpha, cell_width or 480)
    first = next(frames)
    height, width = first.shape[:2]
    with VideoWriter(path, width, height, FRAME_RATE, overwrite=overwrite) as writer:
        for number, frame in enumerate([first, *frames]):
            writer.write(frame, number / FRAME_RATE)


def _cell(picture: Pixels, width: int) -> Pixels:
    return reduce_to_fit(picture, (width, 10 * width))


def _tensor(picture: Pixels) -> torch.Tensor:
    planes: Any = picture.astype(np.float32) / 255
    return torch.from_numpy(planes).permute(2, 0, 1)[None]


def _write(canvas: Pixels, text: str, place: tuple[int, int]) -> None:
    cv2.putText(canvas, text, place, TEXT, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
