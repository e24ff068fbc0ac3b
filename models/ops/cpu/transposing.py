"""Pictures from planes to channels innermost and back, faster than PyTorch's own copy."""

# mypy: disable-error-code="no-untyped-def"

from typing import Any

from numpy.typing import NDArray
from torch import Tensor

from .compiler import compiled
from .lanes import LANES, transpose
from .threads import share_out

Array = NDArray[Any]


def flat_pixels(tensor: Tensor) -> Array:
    """Return a picture (B, C, H, W) as (B, H*W*C): a view if it is channels_last, else a copy."""
    pixels = tensor.detach().permute(0, 2, 3, 1)
    if not pixels.is_contiguous():
        pixels = _transposed(tensor.detach().contiguous().flatten(2))
    return pixels.reshape(len(tensor), -1).numpy()


def contiguous_planes(tensor: Tensor) -> Tensor:
    """Return a picture (B, C, H, W) as it is if it is contiguous, else a contiguous copy."""
    tensor = tensor.detach()
    pixels = tensor.permute(0, 2, 3, 1)
    return tensor.contiguous() if not pixels.is_contiguous() else planes_of(pixels)


def planes_of(pixels: Tensor) -> Tensor:
    """Return a picture (B, H, W, C) as (B, C, H, W), contiguous."""
    batch, height, width, channels = pixels.shape
    return _transposed(pixels.flatten(1, 2)).view(batch, channels, height, width)


def _transposed(matrices: Tensor) -> Tensor:
    batch, rows, columns = matrices.shape
    result = matrices.new_empty(batch, columns, rows)
    source, target = matrices.view(batch, -1).numpy(), result.view(batch, -1).numpy()

    def run(start: int, stop: int) -> None:
        transpose_matrices(source, rows, columns, target, start, stop)

    # Shared out along the longer side, the pixels, in whole squares.
    share_out(run, (max(rows, columns) + LANES - 1) // LANES, matrices.numel())
    return result


@compiled
def transpose_matrices(source, rows, columns, target, start, stop):
    """Transpose `rows` by `columns` numbers, squares `start` to `stop` along the longer side."""
    if rows > columns:
        row_begin, row_end = start * LANES, min(rows, stop * LANES)
        column_begin, column_end = 0, columns
    else:
        row_begin, row_end = 0, rows
        column_begin, column_end = start * LANES, min(columns, stop * LANES)
    for item in range(len(source)):
        for row in range(row_begin, row_end, LANES):
            for column in range(column_begin, column_end, LANES):
                if row + LANES <= row_end and column + LANES <= column_end:
                    transpose(
                        source[item], row * columns + column, columns,
                        target[item], column * rows + row, rows,
                    )  # fmt: skip
                    continue
                for r in range(row, min(row + LANES, row_end)):
                    for c in range(column, min(column + LANES, column_end)):
                        target[item, c * rows + r] = source[item, r * columns + c]
