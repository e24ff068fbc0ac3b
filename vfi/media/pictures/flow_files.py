"""Optical flow on disk: Middlebury `.flo`, KITTI 16-bit `.png`, NumPy `.npz`.

A flow is an array (H, W, 2) float32 in pixels, channel 0 = x to the right, channel 1 = y down.
A pixel whose flow is not known is NaN in both channels; each format has its own sign for it.
"""

import math
import os
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, OutputError, UsageError
from ..frame import existing_file
from ..limits import check_pixels
from ..output import replacing
from ..quiet import quiet_opencv
from .headers import check_stored_size, need_to_decode
from .integrity import PNG_SIGNATURE, damage

Flow = NDArray[np.float32]
FLOW_SUFFIXES = (".flo", ".png", ".npz")

# The tag is the float 202021.25, whose little-endian bytes spell PIEH (Baker et al., "A Database
# and Evaluation Methodology for Optical Flow", IJCV 2011; flow-code/README.txt).
_TAG = b"PIEH"
_UNKNOWN_ABOVE = 1e9  # the same code: components above this mean "not known"
_UNKNOWN = np.float32(1e10)
_LARGEST_SIDE = 100_000

# KITTI 2015 development kit: 16 bits a channel, value = flow · 64 + 2¹⁵, third channel = valid.
_KITTI_SCALE = 64.0
_KITTI_ZERO = 32768.0


def read_flow(path: str | os.PathLike[str]) -> Flow:
    """Read a flow (H, W, 2) float32 from a `.flo`, `.png` (KITTI) or `.npz` file."""
    flow: Flow = _choose(path, {".flo": read_flo, ".png": read_kitti, ".npz": read_npz})(path)
    return flow


def write_flow(path: str | os.PathLike[str], flow: NDArray[Any], overwrite: bool = False) -> None:
    """Write a flow (H, W, 2) in pixels to a `.flo`, `.png` (KITTI) or `.npz` file."""
    _choose(path, {".flo": write_flo, ".png": write_kitti, ".npz": write_npz})(
        path, flow, overwrite
    )


def read_flo(path: str | os.PathLike[str]) -> Flow:
    """Read a Middlebury flow; unknown pixels (components beyond ±1e9 or NaN) become NaN.

    Raises InputError when the file is missing, is no `.flo` file, or its length does not fit the
    size it declares.
    """
    data = existing_file(path, "a .flo file").read_bytes()
    if data[:4] != _TAG:
        raise InputError(f"{path} is not a .flo file: it does not begin with {_TAG.decode()}")
    if len(data) < 12:
        raise InputError(f"{path} is cut off in its header")
    width, height = struct.unpack("<ii", data[4:12])
    if not (0 < width <= _LARGEST_SIDE and 0 < height <= _LARGEST_SIDE):
        raise InputError(f"{path} declares the impossible size {width}x{height}")
    expected = 12 + 8 * width * height
    if len(data) != expected:
        kind = "cut off" if len(data) < expected else "too long"
        raise InputError(
            f"{path} is {kind}: {width}x{height} needs {expected} bytes, it has {len(data)}"
        )
    flow = np.frombuffer(data, "<f4", offset=12).reshape(height, width, 2).astype(np.float32)
    unknown = ~(np.abs(flow) <= _UNKNOWN_ABOVE).all(axis=2)
    flow[unknown] = np.nan
    return flow


def write_flo(path: str | os.PathLike[str], flow: NDArray[Any], overwrite: bool = False) -> None:
    """Write a Middlebury flow; pixels with a component that is not finite are written as 1e10."""
    flow = _checked(flow)
    flow[~np.isfinite(flow).all(axis=2)] = _UNKNOWN
    height, width = flow.shape[:2]
    with replacing(path, overwrite) as temporary, temporary.open("wb") as file:
        file.write(_TAG + struct.pack("<ii", width, height))
        file.write(flow.astype("<f4").tobytes())


def read_kitti(path: str | os.PathLike[str]) -> Flow:
    """Read a KITTI flow picture; pixels marked as not valid become NaN."""
    data = existing_file(path, "a flow picture").read_bytes()
    if not data.startswith(PNG_SIGNATURE):
        raise InputError(f"{path} is not a PNG file")
    broken = damage(data)
    if broken:
        raise InputError(f"{path} {broken}")
    check_stored_size(data, Path(path))
    with quiet_opencv():
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None:
        need_to_decode(data)
        raise InputError(f"{path} is damaged")
    if picture.dtype != np.uint16 or picture.ndim != 3 or picture.shape[2] != 3:
        raise InputError(f"{path} is not a KITTI flow: that is a PNG of three 16-bit channels")
    flow = ((picture[:, :, 2:0:-1].astype(np.float32)) - _KITTI_ZERO) / _KITTI_SCALE
    flow[picture[:, :, 0] == 0] = np.nan
    return np.ascontiguousarray(flow, np.float32)


def write_kitti(path: str | os.PathLike[str], flow: NDArray[Any], overwrite: bool = False) -> None:
    """Write a KITTI flow picture, in steps of 1/64 pixel.

    Raises OutputError for a flow beyond ±512 pixels, which the format cannot hold.
    """
    flow = _checked(flow)
    valid = np.asarray(np.isfinite(flow).all(axis=2))
    # In float32 the offset leaves flow · 64 no more than 8 bits behind the point, too few to round.
    exact = np.where(valid[:, :, None], flow, 0).astype(np.float64)
    values = np.rint(exact * _KITTI_SCALE + _KITTI_ZERO)
    if values.min(initial=0) < 0 or values.max(initial=0) > 65535:
        raise OutputError(
            f"cannot write {path}: KITTI pictures hold flows up to 512 pixels; use .flo or .npz"
        )
    picture = np.dstack([valid, values[:, :, 1], values[:, :, 0]]).astype(np.uint16)
    done, encoded = cv2.imencode(".png", picture)
    if not done:
        raise OutputError(f"cannot write {path}: the PNG encoder failed")
    with replacing(path, overwrite) as temporary:
        temporary.write_bytes(encoded.tobytes())


def read_npz(path: str | os.PathLike[str]) -> Flow:
    """Read the array `flow`, or the only array, of a NumPy archive."""
    path = existing_file(path, "a .npz file")
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            names = archive.files
            name = "flow" if "flow" in names else names[0] if len(names) == 1 else None
            if name is None:
                raise InputError(f"{path} has no array 'flow'; it has: {', '.join(names)}")
            _check_shape(archive, name, path)
            array = archive[name]
    except InputError:
        raise
    except (ValueError, OSError, EOFError, TypeError, zlib.error, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is not a NumPy archive or is damaged") from error
    try:
        return _checked(array)
    except UsageError as error:
        raise InputError(f"{path}: {error}") from error


def _check_shape(archive: Any, name: str, path: Path) -> None:
    """Raise InputError where an archive's array has too many numbers, from its header alone."""
    if f"{name}.npy" not in archive.zip.namelist():
        return  # it is no array at all
    with archive.zip.open(f"{name}.npy") as file:
        version = np.lib.format.read_magic(file)
        read = {(1, 0): np.lib.format.read_array_header_1_0}
        shape = read.get(version, np.lib.format.read_array_header_2_0)(file)[0]
    height, width, *channels = (*shape, 1, 1)
    check_pixels(path, width, height * max(1, math.prod(channels) // 2))


def write_npz(path: str | os.PathLike[str], flow: NDArray[Any], overwrite: bool = False) -> None:
    """Write a compressed NumPy archive with the one array `flow`, bit for bit."""
    flow = _checked(flow)
    with replacing(path, overwrite) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, flow=flow)


def _checked(flow: NDArray[Any]) -> Flow:
    """Return a float32 copy of `flow` if it has the shape of one."""
    array = np.array(flow)
    if array.ndim != 3 or array.shape[2] != 2 or array.dtype.kind not in "fiu":
        raise UsageError(f"a flow is an array (H, W, 2) of numbers, not {array.shape}")
    return array.astype(np.float32)


def check_flow_suffix(path: str | os.PathLike[str]) -> str:
    """Return the suffix in lower case, or raise UsageError that lists those there are."""
    suffix = Path(path).suffix.lower()
    if suffix not in FLOW_SUFFIXES:
        raise UsageError(f"{path}: flow files end in {', '.join(FLOW_SUFFIXES)}")
    return suffix


def _choose(path: str | os.PathLike[str], by_suffix: dict[str, Any]) -> Any:
    return by_suffix[check_flow_suffix(path)]
