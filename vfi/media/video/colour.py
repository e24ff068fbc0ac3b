"""YUV to RGB and back, exactly, with the matrix and range that a video declares.

FFmpeg's scaler packs, unpacks and resamples chroma; the matrix itself is applied here in float32
and rounded once, to nearest. (Measured with FFmpeg 8: the scaler's own RGB is short of full
white with 16 bits (65280) and loses half a level of chroma on the way back to full-range YUV.)
A colour inside the RGB gamut therefore comes back as the very same 8-bit limited-range YUV:
half a level of RGB is less than half a level of YUV.

Conventions: RGB full range, uint8 for sources of 8 bits and uint16 (0..65535) for deeper ones.
Matrix numbers are those of ITU-T H.273, table 4.
"""

from fractions import Fraction
from functools import lru_cache
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from ...errors import InputError
from ...memory import blame_shortage
from ..depth import full_scale, peak_of, rescaled, type_for
from ..frame import Colour, VideoInfo
from .decoded_frame import bare, modern

BT709, BT601, BT2020 = 1, 6, 9
_YCGCO = 8
_UNSPECIFIED = 2

# Kr and Kb of H.273 table 4. Numbers that are no constant-weight matrix (constant luminance,
# ICtCp, derived from primaries) are treated as the BT.2020 matrix in both directions.
_WEIGHTS = {
    BT709: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    BT601: (0.299, 0.114),
    7: (0.212, 0.087),
    BT2020: (0.2627, 0.0593),
}
_DEPTHS = {"gbrap": (10, 12, 14, 16), "yuva444p": (9, 10, 12, 16)}  # where 9 or 14 is missing
_MPEG, _JPEG = 1, 2  # FFmpeg's numbers of limited and full range
_SCALING = (
    Interpolation.LANCZOS  # of chroma, to full size and back: 2.5 dB better than bicubic
    | Interpolation.ACCURATE_RND
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.FULL_CHR_H_INP
    | Interpolation.BITEXACT
)


def matrix_of(colour: Colour, width: int, height: int) -> int:
    """Return the matrix of a video; where the file does not say, the usual rule by size.

    Unspecified: BT.601 up to 1024×576 (either way round, for upright video), BT.709 above.
    """
    if colour.matrix in (0, _UNSPECIFIED, 3):
        long_side, short_side = max(width, height), min(width, height)
        return BT601 if long_side <= 1024 and short_side <= 576 else BT709
    return colour.matrix if colour.matrix in _WEIGHTS or colour.matrix == _YCGCO else BT2020


def is_full_range(colour: Colour, pixel_format: str) -> bool:
    """Tell whether samples use the full range; unspecified: limited, but grey and yuvj full."""
    if colour.full_range is not None:
        return colour.full_range
    return pixel_format.startswith(("yuvj", "gray"))


def info_matrix(info: VideoInfo) -> int:
    """Return the matrix by which the frames of this video were converted."""
    return matrix_of(info.colour, info.width, info.height)


@lru_cache(maxsize=64)
def format_facts(pixel_format: str) -> tuple[int, bool, bool, bool]:
    """Return (bits of a sample, is RGB, is grey, has alpha) of an FFmpeg pixel format."""
    video_format = av.VideoFormat(pixel_format)
    components = video_format.components
    alpha = any(c.is_alpha for c in components) or video_format.has_palette
    colours = [c for c in components if not c.is_alpha]
    bits = 8 if video_format.has_palette else max(c.bits for c in colours)
    grey = len(colours) == 1 and not video_format.has_palette and not video_format.is_bayer
    return max(bits, 8), video_format.is_rgb or video_format.has_palette, grey, alpha


class Converter:
    """Turns decoded frames into RGB arrays, or RGB arrays into frames for an encoder.

    Keeps FFmpeg's scaler between frames, since setting it up costs more than using it.
    """

    def __init__(self, matrix: int, full_range: bool) -> None:
        self.matrix = matrix
        self.full_range = full_range
        self._scaler = VideoReformatter()

    def to_rgb(self, frame: av.VideoFrame) -> NDArray[Any]:
        """Return (H, W, 3) or, with alpha, (H, W, 4): uint8 for 8-bit formats, else uint16."""
        bits, is_rgb, is_grey, has_alpha = format_facts(frame.format.name)
        if is_rgb and bits == 8:
            return _packed(self._reformat(frame, "rgba" if has_alpha else "rgb24"), has_alpha)
        if is_rgb:
            name = _planar_name("gbrap" if has_alpha else "gbrp", bits)
            planes = _planes(self._reformat(frame, name))
            order = [planes[2], planes[0], planes[1], *planes[3:]]
            return np.ascontiguousarray(_to_sixteen(np.dstack(order), _depth(name)))
        name = _planar_name("gray" if is_grey else "yuva444p" if has_alpha else "yuv444p", bits)
        # Where chroma lies between the pixels is known of the decoder's frame and of none that we
        # make: FFmpeg would move it by half a pixel on the way there and not back.
        planes = _planes(self._reformat(bare(frame) or frame, name))
        bits = _depth(name)
        if is_grey:
            middle = np.full_like(planes[0], 1 << (bits - 1))
            planes = [planes[0], middle, middle]
        rgb = _apply(cv2.merge(planes[:3]), _to_rgb_matrix(self.matrix, self.full_range, bits))
        if not has_alpha:
            return rgb
        alpha = planes[3] if bits == 8 else _to_sixteen(planes[3], bits)
        return np.dstack([rgb, alpha])

    def from_rgb(self, pixels: NDArray[Any], pixel_format: str) -> av.VideoFrame:
        """Return a frame of `pixel_format` from (H, W, 3 or 4) uint8 or uint16 RGB(A).

        Alpha is dropped where the format has none, and opaque where the array has none.
        """
        bits, is_rgb, is_grey, has_alpha = format_facts(pixel_format)
        colours = np.ascontiguousarray(pixels[:, :, :3])
        if is_rgb:
            name = _planar_name("gbrap" if has_alpha else "gbrp", bits)
            red, green, blue = cv2.split(to_bits(colours, _depth(name)))
            planes = [green, blue, red]
        else:
            name = _planar_name("gray" if is_grey else "yuva444p" if has_alpha else "yuv444p", bits)
            matrix = _from_rgb_matrix(self.matrix, self.full_range, _depth(name), colours.dtype)
            planes = list(cv2.split(_apply(colours, matrix, _depth(name))))[: 1 if is_grey else 3]
        if has_alpha:
            planes.append(_alpha_plane(pixels, _depth(name)))
        frame = _frame_of(planes, name)
        if not is_rgb:
            frame.color_range = _JPEG if self.full_range else _MPEG
        return self._reformat(frame, pixel_format)

    def _reformat(self, frame: av.VideoFrame, name: str) -> av.VideoFrame:
        """Unpack, pack or resample without any change of matrix, range or depth."""
        if frame.format.name == name:
            return frame
        span = _JPEG if self.full_range or format_facts(name)[1] else _MPEG
        try:
            return self._scaler.reformat(
                frame,
                format=name,
                src_colorspace=5,
                dst_colorspace=5,
                src_color_range=span,
                dst_color_range=span,
                interpolation=_SCALING,
            )
        except (OSError, ValueError) as error:
            blame_shortage(error)
            raise InputError(f"pixels of the kind {frame.format.name} cannot be used") from error


def _depth(name: str) -> int:
    return format_facts(name)[0]


def _planar_name(family: str, bits: int) -> str:
    """Return the planar format of a family with at least so many bits."""
    if bits == 8:
        return family
    there = {"gbrap": (10, 12, 14, 16), "yuva444p": (9, 10, 12, 16)}.get(
        family, (9, 10, 12, 14, 16)
    )
    return f"{family}{next((b for b in there if b >= bits), 16)}le"


def _planes(frame: av.VideoFrame) -> list[NDArray[Any]]:
    """View the planes of a planar frame without their padding."""
    dtype = np.uint8 if _depth(frame.format.name) == 8 else np.dtype("<u2")
    views = []
    for plane in frame.planes:
        rows = _rows(plane).view(dtype)
        views.append(rows[: plane.height, : plane.width])
    return views


def _packed(frame: av.VideoFrame, has_alpha: bool) -> NDArray[Any]:
    plane = frame.planes[0]
    channels = 4 if has_alpha else 3
    inside = _rows(plane)[: frame.height, : frame.width * channels]
    return inside.reshape(frame.height, frame.width, channels).copy()


def _rows(plane: Any) -> NDArray[np.uint8]:
    """View the bytes of a plane, padding included; writable, as PyAV's buffers are."""
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)


def _frame_of(planes: list[NDArray[Any]], name: str) -> av.VideoFrame:
    height, width = planes[0].shape
    frame = av.VideoFrame(width, height, name)
    for view, plane in zip(_planes(frame), planes, strict=True):
        view[:] = plane
    return frame


def frame_with_alpha(frame: av.VideoFrame, alpha: NDArray[Any]) -> av.VideoFrame | None:
    """Return the samples of a YUV frame beside full-range alpha (H, W); None without a format."""
    name = modern(frame.format.name).replace("yuv4", "yuva4", 1)
    try:
        bits = format_facts(name)[0]
    except ValueError:
        return None
    if not name.startswith("yuva4"):
        return None
    return _frame_of([*_planes(frame), to_bits(alpha, bits)], name)


def _apply(pixels: NDArray[Any], matrix: NDArray[np.float32], bits: int = 0) -> NDArray[Any]:
    """Apply a 3×4 matrix to every pixel; round to nearest, clip to the sample type or `bits`."""
    kind = cv2.CV_8U if bits == 8 or (not bits and pixels.dtype == np.uint8) else cv2.CV_16U
    product = cv2.transform(pixels.astype(np.float32), matrix)
    rounded: NDArray[Any] = cv2.add(product, 0, dtype=kind)  # rounds and saturates
    if 8 < bits < 16:
        np.minimum(rounded, full_scale(bits), out=rounded)
    return rounded


def _to_sixteen(values: NDArray[Any], bits: int) -> NDArray[Any]:
    return to_bits(values, 16, bits)


def to_bits(values: NDArray[Any], bits: int, stored: int = 0) -> NDArray[Any]:
    """Rescale full-range integers to another depth, rounding to nearest."""
    stored = stored or values.dtype.itemsize * 8
    if stored == bits:
        return values
    return rescaled(values, full_scale(stored), full_scale(bits)).astype(type_for(bits))


def _alpha_plane(pixels: NDArray[Any], bits: int) -> NDArray[Any]:
    if pixels.shape[2] == 4:
        return to_bits(np.ascontiguousarray(pixels[:, :, 3]), bits)
    return np.full(pixels.shape[:2], full_scale(bits), type_for(bits))


def _unit_matrix(matrix: int) -> NDArray[np.float64]:
    """Return the 3×3 matrix from Y' in 0..1 and chroma in -½..½ to RGB in 0..1."""
    if matrix == _YCGCO:
        return np.array([[1.0, -1.0, 1.0], [1.0, 1.0, 0.0], [1.0, -1.0, -1.0]])
    red, blue = _WEIGHTS[matrix]
    green = 1 - red - blue
    return np.array(
        [
            [1.0, 0.0, 2 * (1 - red)],
            [1.0, -2 * blue * (1 - blue) / green, -2 * red * (1 - red) / green],
            [1.0, 2 * (1 - blue), 0.0],
        ]
    )


def _levels(full_range: bool, bits: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the offset and the span of stored Y, Cb, Cr (H.273, equations 20 to 31)."""
    middle = float(1 << (bits - 1))
    if full_range:
        top = float(full_scale(bits))
        return np.array([0.0, middle, middle]), np.array([top, top, top])
    unit = float(1 << (bits - 8))
    return np.array([16 * unit, middle, middle]), np.array([219.0, 224.0, 224.0]) * unit


@lru_cache(maxsize=64)
def _to_rgb_matrix(matrix: int, full_range: bool, bits: int) -> NDArray[np.float32]:
    offset, span = _levels(full_range, bits)
    linear = _unit_matrix(matrix) / span * peak_of(type_for(bits))
    return np.column_stack([linear, -linear @ offset]).astype(np.float32)


@lru_cache(maxsize=64)
def _from_rgb_matrix(
    matrix: int, full_range: bool, bits: int, dtype: np.dtype[Any]
) -> NDArray[np.float32]:
    offset, span = _levels(full_range, bits)
    linear = span[:, None] * np.linalg.inv(_unit_matrix(matrix)) / peak_of(dtype)
    return np.column_stack([linear, offset]).astype(np.float32)


def sample_aspect(ratio: Fraction | None, sideways: bool) -> Fraction:
    """Return the shape of a pixel as shown; unknown counts as square."""
    if not ratio or ratio <= 0:
        return Fraction(1)
    return 1 / Fraction(ratio) if sideways else Fraction(ratio)
