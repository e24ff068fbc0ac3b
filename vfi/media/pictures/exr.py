"""OpenEXR pictures, through the Academy Software Foundation's own package."""

import errno
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import OpenEXR
from numpy.typing import NDArray

from ...errors import InputError
from ...memory import blame_shortage, need
from ..limits import BYTES_A_PIXEL, check_pixels
from ..quiet import quiet_process
from .integrity import damage

_WINDOWS = ("dataWindow", "displayWindow")


class Layers(NamedTuple):
    """What was read of a file."""

    pixels: NDArray[Any]  # (H, W), (H, W, 3) or (H, W, 4) float32
    half: bool  # whether they are stored so
    parts: int  # of the file; these are the pixels of the first
    left_out: tuple[str, ...]  # the names of channels that are no part of the picture


def read_exr(path: Path) -> Layers:
    """Return the picture of a file, and what else there is in it.

    The picture is what the display window shows: a smaller data window is surrounded by zeros, a
    larger one (overscan) is cropped. Values are kept as they are, beyond 0..1 as well.
    Raises InputError for a damaged file, for channels that are no picture, and for windows larger
    than docs/limits.md allows.
    """
    area = 0
    try:
        area = _checked_area(path)
        with quiet_process(), OpenEXR.File(str(path), separate_channels=True) as file:
            header, parts = dict(file.header()), len(file.parts)
            channels = {name: np.array(c.pixels) for name, c in file.channels().items()}
    except InputError:
        raise
    except Exception as error:  # the binding raises RuntimeError, ValueError and others alike
        blame_shortage(error)
        need(BYTES_A_PIXEL * area)  # it swallows what its threads meet
        raise InputError(f"{path} is not an EXR picture or is damaged") from error
    names = _picture_channels(list(channels), path)
    planes = [channels[name] for name in names]
    if any(plane.shape != planes[0].shape for plane in planes):
        raise InputError(f"{path} has channels of different resolution, which vfi cannot read")
    half = all(plane.dtype == np.float16 for plane in planes)
    stack = np.stack([plane.astype(np.float32) for plane in planes], axis=-1)
    shown = _to_display_window(stack, header)
    left_out = tuple(name for name in channels if name not in names)
    return Layers(shown[:, :, 0] if len(names) == 1 else shown, half, parts, left_out)


def exr_has_alpha(path: Path) -> bool:
    """Tell from the header whether the picture of a file has alpha; the binding may raise."""
    with quiet_process(), OpenEXR.File(str(path), header_only=True) as file:
        names = [channel.name for channel in dict(file.parts[0].header)["channels"]]
    return any(name.rpartition(".")[2] == "A" for name in names)


def write_exr(path: Path, pixels: NDArray[np.float32], half: bool) -> None:
    """Write float pixels, (H, W), (H, W, 3) or (H, W, 4), as half or float, ZIP-compressed."""
    dtype = np.float16 if half else np.float32
    planes = pixels[:, :, None] if pixels.ndim == 2 else pixels
    names = ["Y"] if pixels.ndim == 2 else list("RGBA")[: planes.shape[2]]
    with np.errstate(over="ignore"):  # beyond half's range is infinity, as in every EXR writer
        channels = {
            name: np.ascontiguousarray(planes[:, :, index], dtype)
            for index, name in enumerate(names)
        }
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    try:
        with OpenEXR.File(header, channels) as file:
            file.write(str(path))
    except RuntimeError as error:  # the binding does not know OSError
        full = "No space left" in str(error)
        raise OSError(errno.ENOSPC if full else errno.EIO, str(error)) from error
    # On a full disk the binding (3.5) says nothing and leaves a file cut short.
    if damage(path.read_bytes()):
        raise OSError(errno.ENOSPC, "no space left on the disk")


def _checked_area(path: Path) -> int:
    """Return the pixels of the largest data or display window; InputError if they are too many."""
    with quiet_process(), OpenEXR.File(str(path), header_only=True) as file:
        headers = [dict(part.header) for part in file.parts]
    windows = [_window(header, name) for header in headers for name in _WINDOWS]
    sizes = [(w[2] - w[0] + 1, w[3] - w[1] + 1) for w in windows if w is not None]
    for size in sizes:
        check_pixels(path, *size)
    return max((width * height for width, height in sizes), default=0)


def _picture_channels(names: list[str], path: Path) -> list[str]:
    """Choose the colour channels: of the root, else of the only layer that has them."""
    layers = ["", *sorted({n.rpartition(".")[0] + "." for n in names if "." in n})]
    complete = [layer for layer in layers if {layer + c for c in "RGB"} <= set(names)]
    if complete and (complete[0] == "" or len(complete) == 1):
        layer = complete[0]
        alpha = [layer + "A"] if layer + "A" in names else []
        return [layer + c for c in "RGB"] + alpha
    luminance_only = "Y" in names and not {"RY", "BY"} & set(names)
    if not complete and luminance_only:
        return ["Y"]
    if not complete and len(names) == 1:
        return names
    raise InputError(f"{path} has no single picture in R, G, B; its channels: {', '.join(names)}")


def _to_display_window(stack: NDArray[np.float32], header: Mapping[str, Any]) -> NDArray[Any]:
    """Place (H, W, C) pixels of the data window into the display window."""
    data, display = _window(header, "dataWindow"), _window(header, "displayWindow")
    if data is None or display is None or data == display:
        return stack
    left, top, right, bottom = display
    shown = np.zeros((bottom - top + 1, right - left + 1, stack.shape[2]), np.float32)
    x0, y0 = max(left, data[0]), max(top, data[1])
    x1, y1 = min(right, data[2]) + 1, min(bottom, data[3]) + 1
    if x0 < x1 and y0 < y1:
        inner = stack[y0 - data[1] : y1 - data[1], x0 - data[0] : x1 - data[0]]
        shown[y0 - top : y1 - top, x0 - left : x1 - left] = inner
    return shown


def _window(header: Mapping[str, Any], name: str) -> tuple[int, int, int, int] | None:
    """Return (left, top, right, bottom), inclusive, of a box attribute."""
    if name not in header:
        return None
    (left, top), (right, bottom) = header[name]
    return int(left), int(top), int(right), int(bottom)
