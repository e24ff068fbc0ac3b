"""Pictures on disk: PNG, JPEG, TIFF, WebP, BMP, AVIF and EXR, in their own bit depth.

Arrays are RGB: (H, W) for grey, (H, W, 3), or (H, W, 4) with straight (not premultiplied) alpha;
uint8, uint16, or float32 with 1.0 = white. What comes in as grey, with alpha or with 16 bits goes
out as such where the format can hold it; `write_image` says what happens where it cannot.
"""

import contextlib
import io
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, OutputError, UsageError
from ...memory import blame_shortage
from ..depth import converted, full_scale, peak_of, rescaled
from ..frame import existing_file
from ..output import replacing
from ..quiet import quiet_opencv
from .alpha import premultiplied, straight
from .exr import exr_has_alpha, read_exr, write_exr
from .headers import check_stored_size, need_to_decode, opened
from .integrity import EXR_SIGNATURE, damage
from .metadata import (
    HOLDS,
    Metadata,
    encode,
    read_metadata,
    samples_of_tiff,
    with_alpha_kind,
    with_metadata,
)
from .tiff_alpha import ASSOCIATED, UNASSOCIATED, alpha_kind, as_stored
from .white_level import to_full_range

_TIFFS = (".tif", ".tiff")
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".avif", ".exr")
_ORIENTATION = 0x0112  # the Exif tag
_SHOWN = 8  # names of channels in a note
_KINDS: dict[str, tuple[type[np.generic], ...]] = {
    ".png": (np.uint8, np.uint16),
    ".jpg": (np.uint8,),
    ".jpeg": (np.uint8,),
    ".tif": (np.uint8, np.uint16, np.float32),
    ".tiff": (np.uint8, np.uint16, np.float32),
    ".webp": (np.uint8,),
    ".bmp": (np.uint8,),
    ".avif": (np.uint8, np.uint16),
    ".exr": (np.float32,),
}
_AVIF_BITS = 12  # of samples that are 16 bits here
# From OpenCV 4.12 on the colours under full transparency can be kept too.
_WEBP_EXACT = [
    getattr(cv2, f"IMWRITE_WEBP_LOSSLESS_{name}")
    for name in ("MODE", "PRESERVE_COLOR")
    if hasattr(cv2, "IMWRITE_WEBP_LOSSLESS_PRESERVE_COLOR")
]
_ENCODING = {
    ".jpg": [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111],  # 4:4:4
    ".webp": [cv2.IMWRITE_WEBP_QUALITY, 101, *_WEBP_EXACT],  # above 100: without loss
    ".png": [cv2.IMWRITE_PNG_COMPRESSION, 3],
    ".avif": [cv2.IMWRITE_AVIF_QUALITY, 100],  # without loss
}


@dataclass(frozen=True, eq=False)
class Picture:
    """The pixels of a picture and what else its file said about them."""

    pixels: NDArray[Any]  # (H, W), (H, W, 3) or (H, W, 4); uint8, uint16 or float32; RGB(A)
    metadata: Metadata = field(default_factory=Metadata)
    premultiplied: bool = False  # its colours are multiplied by alpha, if it has any
    half: bool = False  # an EXR with 16-bit floats
    count: int = 1  # of pictures in the file; these are the pixels of the first
    left_out: tuple[str, ...] = ()  # channels of an EXR that are no part of the picture

    def __repr__(self) -> str:
        shape = "x".join(map(str, self.pixels.shape))
        return f"Picture({shape} {self.pixels.dtype})"


def read_image(path: str | os.PathLike[str]) -> Picture:
    """Read a picture upright (Exif orientation applied), in its own depth and channels.

    Palettes become RGB(A), CMYK becomes RGB, 1-bit becomes 8-bit grey, grey with alpha becomes
    RGBA, 64-bit floats become 32-bit, 10 and 12 bits become 16 over the full range. Of several
    pages or moving pictures the first is read, and `count` says how many there are.
    Raises InputError for a file that is missing, empty, no picture, cut off, or larger than
    docs/limits.md allows.
    """
    path = existing_file(path, "a picture")
    data = path.read_bytes()
    broken = damage(data)
    if broken:
        raise InputError(f"{path} {broken}")
    check_stored_size(data, path)
    if data.startswith(EXR_SIGNATURE):
        read = read_exr(path)
        facts = read.half, read.parts, read.left_out
        return Picture(read.pixels, Metadata(), True, *facts)
    orientation, metadata = read_metadata(data)
    decoded = _decode(as_stored(data), path)
    if decoded is None:
        return Picture(_by_ffmpeg(data, path), metadata)
    pixels = _upright(to_full_range(decoded, data), orientation)
    multiplied = _has_alpha(pixels) and alpha_kind(data) == ASSOCIATED
    return Picture(pixels, metadata, multiplied, count=picture_count(io.BytesIO(data)))


def picture_count(file: Path | io.BytesIO) -> int:
    """Return how many pictures a file of moving pictures or pages holds; 1 for all others.

    A JPEG may have more, but those are previews and the like.
    """
    formats = ("PNG", "WEBP", "TIFF", "GIF")
    with contextlib.suppress(Exception), opened(file, formats) as image:  # nothing here is vital
        return int(getattr(image, "n_frames", 1))
    return 1


def only_first_note(path: Path, count: int) -> str | None:
    """Return what is to be said of a file with several pictures, where one was expected."""
    if count < 2:
        return None
    return f"{path} holds {count} pictures; only the first is used"


def may_have_alpha(path: Path) -> bool:
    """Tell from the header alone whether a picture may have alpha; what has none decodes opaque."""
    with contextlib.suppress(Exception), opened(path) as image:  # `read_image` explains
        return image.mode[-1:] in "Aa" or "transparency" in image.info
    with contextlib.suppress(Exception):
        return exr_has_alpha(path) if path.suffix.lower() == ".exr" else samples_of_tiff(path) == 4
    return False


def is_opaque(pixels: NDArray[Any]) -> bool:
    """Tell whether a picture hides everything behind it."""
    return (
        pixels.ndim == 2
        or pixels.shape[2] == 3
        or bool((pixels[:, :, 3] == peak_of(pixels.dtype)).all())
    )


def notes_on(path: Path, picture: Picture) -> list[str]:
    """Return what is to be said of a file of which more is there than the pixels that were read."""
    several = only_first_note(path, picture.count)
    left_out = picture.left_out
    shown = ", ".join(left_out[:_SHOWN]) + (", …" if len(left_out) > _SHOWN else "")
    layers = f"{path} has channels beside its picture, which are lost: {shown}"
    return [*([several] if several else []), *([layers] if left_out else [])]


def losses(picture: Picture, suffix: str) -> str | None:
    """Return what a picture had and files with this suffix cannot hold; None if that is nothing."""
    pixels = picture.pixels
    stored = convert_depth(pixels[:1, :1], suffix).dtype
    lost = []
    if _bits(stored, suffix) < 8 * pixels.dtype.itemsize:
        before = "floats" if pixels.dtype.kind == "f" else f"{8 * pixels.dtype.itemsize} bits"
        lost.append(f"{before} become {_bits(stored, suffix)} bits")
    if suffix in (".jpg", ".jpeg") and pixels.ndim == 3 and pixels.shape[2] == 4:
        lost.append("the transparency is lost, the picture laid over black")
    names = picture.metadata.names.items()
    words = [word for name, word in names if name not in HOLDS.get(suffix, ())]
    if words:
        lost.append(f"{' and '.join(words)} {'is' if len(words) == 1 else 'are'} lost")
    if not lost:
        return None
    return f"{' and '.join(lost)}: {suffix} has no more; choose .png or .tif to keep them"


def image_size(path: Path) -> tuple[int, int] | None:
    """Return (width, height) as shown, from the header alone; None where only decoding tells."""
    with contextlib.suppress(Exception), opened(path) as image:  # `read_image` explains
        # Of a TIFF Pillow gives the size upright.
        sideways = image.format != "TIFF" and image.getexif().get(_ORIENTATION, 1) >= 5
        return (image.height, image.width) if sideways else (image.width, image.height)
    return None


def write_image(
    path: str | os.PathLike[str],
    pixels: NDArray[Any] | Picture,
    like: Picture | None = None,
    overwrite: bool = False,
) -> None:
    """Write an array in the conventions of this module; the suffix chooses the format.

    Where the format cannot hold the array: 16-bit values and floats are rounded to the nearest
    8- or 16-bit value after clipping (float to PNG: 16 bits); integers become 0..1 in EXR;
    JPEG has no alpha, so the picture is laid over black. PNG, TIFF, WebP, BMP and EXR lose nothing,
    AVIF nothing of 12 bits; JPEG is written with quality 95 and full chroma.
    With alpha, colours of EXR are multiplied by it; of TIFF as those of `like` are; else straight,
    as arrays without `like` are taken to be, but for EXR.
    `like` is the picture this one comes from: its colour profile, Exif and resolution are kept
    where the format has a place for them (`metadata.HOLDS`), its half floats in EXR.
    Raises UsageError for an unknown suffix or shape, OutputError when the file cannot be written
    or exists and `overwrite` is false.
    """
    if isinstance(pixels, Picture):
        like = like or pixels
        pixels = pixels.pixels
    check_image_suffix(path)
    array = _checked(pixels)
    with replacing(path, overwrite) as temporary:
        write_pixels(temporary, array, like)


def write_pixels(path: Path, pixels: NDArray[Any], like: Picture | None = None) -> None:
    """Write like `write_image`, but straight to `path`, over what is there; raises OSError.

    For those who look after whole-or-nothing themselves.
    """
    suffix = check_image_suffix(path)
    before = like.premultiplied if like is not None else suffix == ".exr"
    multiplied = suffix == ".exr" or (before and suffix in _TIFFS)
    array = convert_depth(_with_alpha_as(_checked(pixels), before, multiplied), suffix)
    if suffix == ".exr":
        write_exr(path, array, half=like is not None and like.half)
    else:
        metadata = like.metadata if like is not None else Metadata()
        data = _encode(array, suffix, metadata, path)
        if suffix in _TIFFS and _has_alpha(array):
            data = with_alpha_kind(data, ASSOCIATED if multiplied else UNASSOCIATED)
        path.write_bytes(with_metadata(data, suffix, metadata))


def _has_alpha(array: NDArray[Any]) -> bool:
    return array.ndim == 3 and array.shape[2] == 4


def _with_alpha_as(array: NDArray[Any], before: bool, after: bool) -> NDArray[Any]:
    """Return pixels with colours that are, or are not, multiplied by alpha."""
    if before == after or not _has_alpha(array):
        return array
    return premultiplied(array) if after else straight(array)


def check_image_suffix(path: str | os.PathLike[str]) -> str:
    """Return the suffix in lower case, or raise UsageError that lists those there are."""
    suffix = Path(path).suffix.lower()
    if suffix not in IMAGE_SUFFIXES:
        raise UsageError(f"{path}: pictures end in {', '.join(IMAGE_SUFFIXES)}")
    return suffix


def _bits(dtype: np.dtype[Any], suffix: str) -> int:
    """Bits of a sample that files with this suffix store of a type they hold."""
    return min(8 * dtype.itemsize, _AVIF_BITS if suffix == ".avif" else 32)


def convert_depth(array: NDArray[Any], suffix: str) -> NDArray[Any]:
    """Return `array` in a sample type that files with this suffix can hold, rounding to nearest."""
    kinds = _KINDS[suffix]
    return array if array.dtype in kinds else converted(array, kinds[-1])  # the deepest


def _checked(pixels: NDArray[Any]) -> NDArray[Any]:
    array = np.asarray(pixels)
    if array.dtype == np.float16 or array.dtype == np.float64:
        array = array.astype(np.float32)
    if array.dtype not in (np.uint8, np.uint16, np.float32):
        raise UsageError(f"a picture is uint8, uint16 or float, not {array.dtype}")
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (3, 4)):
        raise UsageError(f"a picture is (H, W), (H, W, 3) or (H, W, 4), not {array.shape}")
    if array.size == 0:
        raise UsageError(f"a picture of {array.shape[1]}x{array.shape[0]} pixels has no pixels")
    return np.ascontiguousarray(array)


# ---- reading


def _decode(data: bytes, path: Path) -> NDArray[Any] | None:
    """Decode as OpenCV does; None where it does not."""
    with quiet_opencv():
        try:
            array: NDArray[Any] | None = cv2.imdecode(
                np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED
            )
        except cv2.error as error:
            blame_shortage(error)
            raise InputError(f"{path} cannot be decoded: {_first_line(error)}") from error
    if array is None:
        need_to_decode(data)
        return None
    if array.dtype == np.float64:
        array = array.astype(np.float32)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.dtype not in (np.uint8, np.uint16, np.float32) or (
        array.ndim == 3 and array.shape[2] not in (3, 4)
    ):
        channels = 1 if array.ndim == 2 else array.shape[2]
        raise InputError(f"{path} has {channels} channels of {array.dtype}, which vfi cannot use")
    return _swap_red_and_blue(array)


def _by_ffmpeg(data: bytes, path: Path) -> NDArray[Any]:
    """Decode an AVIF that OpenCV does not take: upright, over the full range.

    Raises InputError for all else.
    """
    from ..video.demux import is_one_picture
    from ..video.reader import VideoReader  # which reads pictures, too

    if data[4:8] == b"ftyp" and b"avi" in data[8:32]:
        with contextlib.suppress(InputError):
            if is_one_picture(path):
                with VideoReader(path) as reader:
                    return next(iter(reader)).pixels
    raise InputError(f"{path} is damaged or is no picture that vfi reads ({_format_names()})")


def _swap_red_and_blue(array: NDArray[Any]) -> NDArray[Any]:
    """Turn OpenCV's BGR(A) into RGB(A) or back."""
    if array.ndim == 2:
        return array
    code = cv2.COLOR_BGR2RGB if array.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
    swapped: NDArray[Any] = cv2.cvtColor(array, code)
    return swapped


def _upright(array: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Undo an Exif orientation (Exif 2.3, table of tag 0x0112)."""
    if orientation in (5, 6, 7, 8):
        array = array.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    return np.ascontiguousarray(array)


def _format_names() -> str:
    return "PNG, JPEG, TIFF, WebP, BMP, AVIF, EXR"


def _first_line(error: cv2.error) -> str:
    return str(error.err).strip().partition("\n")[0]


# ---- writing


def _encode(array: NDArray[Any], suffix: str, metadata: Metadata, path: Path) -> bytes:
    suffix = ".jpg" if suffix == ".jpeg" else suffix
    if suffix == ".jpg" and array.ndim == 3 and array.shape[2] == 4:
        array = _over_black(array)
    options = list(_ENCODING.get(suffix, []))
    if suffix == ".avif" and array.dtype == np.uint16:
        array = rescaled(array, peak_of(np.uint16), full_scale(_AVIF_BITS)).astype(np.uint16)
        options += [cv2.IMWRITE_AVIF_DEPTH, _AVIF_BITS]
    with quiet_opencv():
        try:
            done, encoded = encode(suffix, _swap_red_and_blue(array), metadata, options)
        except cv2.error as error:
            blame_shortage(error)
            raise OutputError(f"cannot write {path}: {_first_line(error)}") from error
    if not done:
        raise OutputError(f"cannot write {path}: the encoder refused {array.shape} {array.dtype}")
    return encoded.tobytes()


def _over_black(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Composite 8-bit RGBA over black, rounding to nearest."""
    alpha = array[:, :, 3:].astype(np.uint32)
    return ((array[:, :, :3] * alpha + 127) // 255).astype(np.uint8)
