"""Arrays and tensors as people give them → what a network takes, and back again.

Grey pictures are repeated to three channels and averaged again; an alpha channel travels apart
from its colours, which are premultiplied so that what is transparent has no say; floating-point
pictures beyond 0..1 (high dynamic range) pass through a curve that is undone afterwards.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .errors import InputError
from .media.depth import peak_of

Picture = NDArray[Any] | Tensor

_CPU = torch.device("cpu")
_CURVE = 4.0  # how early the curve for high dynamic range bends


@dataclass(frozen=True)
class Form:
    """What a picture looked like: all that is needed to give the result the same look."""

    is_tensor: bool
    dtype: Any
    shape: tuple[int, ...]
    channels: int
    peak: float  # the value that is 1
    brightest: float  # above 1: the pictures went through the curve
    darkest: float = 0.0  # below 0 only where one of the pictures is
    premultiplied: bool = False  # colours were multiplied by alpha


@dataclass(frozen=True)
class Prepared:
    """Two pictures as a network takes them."""

    one: Tensor  # (B, 3, H, W) float32
    two: Tensor
    alpha_one: Tensor | None  # (B, 1, H, W) float32 0..1
    alpha_two: Tensor | None
    form: Form


def alike(one: Picture, two: Picture) -> tuple[Picture, Picture]:
    """Give the poorer of two pictures the channels of the other: opaque where it has no alpha.

    Pictures that differ in anything else are left for `prepare` to refuse.
    """
    if isinstance(one, np.ndarray) and isinstance(two, np.ndarray) and one.dtype == two.dtype:
        channels = max(_channels_of(one), _channels_of(two))
        return _with_channels(one, channels), _with_channels(two, channels)
    return one, two


def _channels_of(array: NDArray[Any]) -> int:
    return array.shape[2] if array.ndim == 3 else 1


def _with_channels(array: NDArray[Any], channels: int) -> NDArray[Any]:
    """Grey and RGB as RGB and RGBA; anything else as it is."""
    own = _channels_of(array)
    if own == channels or channels not in (3, 4) or own not in (1, 3) or array.ndim not in (2, 3):
        return array
    colours = array if own == 3 else np.repeat(array.reshape(*array.shape[:2], 1), 3, axis=2)
    if channels == 3:
        return colours
    return np.dstack([colours, np.full(array.shape[:2], peak_of(array.dtype), array.dtype)])


def prepare(
    one: Picture, two: Picture, premultiplied: bool = False, device: torch.device = _CPU
) -> Prepared:
    """Check two pictures and bring them to RGB float32 in 0..1, on the device.

    Arrays go to a GPU as they are and become floats there: of 8 bits that is a quarter of the
    bytes. Tensors stay where they are.

    Args:
        premultiplied: their colours are multiplied by alpha already, and the result's will be.

    Raises:
        InputError: they differ in kind, size or type, or are of a shape that is no picture.
    """
    form = replace(_common_form(one, two), premultiplied=premultiplied)
    planes_one, planes_two = (_planes(picture, form, device) for picture in (one, two))
    if not (torch.isfinite(planes_one).all() and torch.isfinite(planes_two).all()):
        raise InputError("a picture holds values that are not finite (NaN or infinity)")
    colours_one, alpha_one = _split(planes_one, premultiplied)
    colours_two, alpha_two = _split(planes_two, premultiplied)
    if form.peak == 1.0:
        shown = slice(None, -1 if alpha_one is not None else None)
        both = torch.cat([planes_one[:, shown], planes_two[:, shown]])
        form = replace(form, darkest=min(float(both.min()), 0.0))
        highest = float(both.abs().max())
        if highest > 1:
            form = replace(form, brightest=highest)
            colours_one, colours_two = _bend(colours_one, form), _bend(colours_two, form)
    return Prepared(colours_one, colours_two, alpha_one, alpha_two, form)


def restore(colours: Tensor, alpha: Tensor | None, form: Form) -> Picture:
    """Return a network's result (B, 3, H, W), and alpha, in the form that the pictures had."""
    if form.brightest > 1:
        colours = _unbend(colours, form)
    elif form.peak != 1.0:
        colours = colours.clamp(0, 1)
    if form.channels in (1, 2):
        colours = colours.mean(dim=1, keepdim=True)
    if alpha is not None:
        alpha = alpha.clamp(0, 1)
        if not form.premultiplied:
            colours = torch.where(alpha > 0, colours / alpha.clamp(min=1e-6), 0)
            # Where hardly anything is opaque, the division makes much of small errors.
            colours = colours.clamp(form.darkest, form.brightest)
        colours = torch.cat([colours, alpha], dim=1)
    if form.is_tensor:
        # An inference tensor would be of no use to the caller's own computations.
        return colours.reshape(form.shape).to(form.dtype).clone()
    if colours.device.type != "cpu":
        return _downloaded(colours, form)
    array: NDArray[Any] = colours[0].permute(1, 2, 0).numpy() * form.peak
    if form.peak != 1.0:
        array = np.rint(array)
    return array.astype(form.dtype).reshape(form.shape)


def _downloaded(colours: Tensor, form: Form) -> NDArray[Any]:
    """Return an array of what is on a GPU: rounded there, so that only whole bytes come back."""
    pixels = colours[0].permute(1, 2, 0) * form.peak
    if form.peak != 1.0:
        pixels = pixels.round()
    if form.dtype == np.uint8:
        pixels = pixels.to(torch.uint8)
    return pixels.cpu().numpy().astype(form.dtype).reshape(form.shape)


def _common_form(one: Picture, two: Picture) -> Form:
    for picture in (one, two):
        if not isinstance(picture, np.ndarray | Tensor):
            kind = type(picture).__name__
            raise InputError(f"a picture is a NumPy array or a tensor, not {kind}")
    if isinstance(one, Tensor) != isinstance(two, Tensor):
        raise InputError("one picture is an array and the other a tensor; give two of a kind")
    if tuple(one.shape) != tuple(two.shape):
        raise InputError(_difference(one, two))
    if one.dtype != two.dtype:
        raise InputError(f"the pictures differ in type: {one.dtype} and {two.dtype}")
    if isinstance(one, Tensor) and one.device != two.device:
        raise InputError(f"the pictures are on different devices: {one.device} and {two.device}")
    if 0 in one.shape:
        raise InputError(f"an empty picture, {tuple(one.shape)}")
    if isinstance(one, Tensor):
        if one.ndim not in (3, 4) or one.shape[-3] not in (1, 3, 4):
            raise InputError(
                f"a tensor (C, H, W) or (B, C, H, W) with 1, 3 or 4 channels is needed, "
                f"not {tuple(one.shape)}"
            )
        if not one.is_floating_point():
            raise InputError(f"a floating-point tensor in 0..1 is needed, not {one.dtype}")
        return Form(True, one.dtype, tuple(one.shape), one.shape[-3], 1.0, 1.0)
    return _array_form(one)


def _array_form(one: NDArray[Any]) -> Form:
    if one.ndim not in (2, 3) or (one.ndim == 3 and one.shape[2] not in (1, 2, 3, 4)):
        raise InputError(f"an array (H, W), (H, W, 3) or (H, W, 4) is needed, not {one.shape}")
    channels = 1 if one.ndim == 2 else one.shape[2]
    return Form(False, one.dtype, one.shape, channels, float(peak_of(one.dtype)), 1.0)


def _planes(picture: Picture, form: Form, device: torch.device = _CPU) -> Tensor:
    """(B, C, H, W) float32, integer types in 0..1."""
    if isinstance(picture, np.ndarray) and device.type != "cpu":
        return _uploaded(picture, form, device)
    if isinstance(picture, Tensor):
        planes = picture.detach().float()
        return planes[None] if planes.ndim == 3 else planes
    array = np.ascontiguousarray(picture, dtype=np.float32) / np.float32(form.peak)
    if array.ndim == 2:
        array = array[..., None]
    return torch.from_numpy(array).permute(2, 0, 1)[None]


def _uploaded(picture: NDArray[Any], form: Form, device: torch.device) -> Tensor:
    """Return the planes of an array, made on a GPU."""
    as_stored = picture.dtype in (np.uint8, np.float32)
    array = np.ascontiguousarray(picture if as_stored else picture.astype(np.float32))
    stored = torch.from_numpy(array.copy() if not array.flags.writeable else array)
    if device.type == "cuda":  # from pinned memory the CPU need not wait for the copy
        stored = stored.pin_memory()
    pixels = stored.to(device, non_blocking=device.type == "cuda").float() / form.peak
    return (pixels[..., None] if pixels.ndim == 2 else pixels).permute(2, 0, 1)[None]


def _split(planes: Tensor, premultiplied: bool) -> tuple[Tensor, Tensor | None]:
    """Premultiplied colours (B, 3, H, W), and alpha if there is one."""
    channels = planes.shape[1]
    alpha = planes[:, -1:].clamp(0, 1) if channels in (2, 4) else None
    colours = planes[:, :-1] if alpha is not None else planes
    if colours.shape[1] == 1:
        colours = colours.expand(-1, 3, -1, -1)
    return (colours if alpha is None or premultiplied else colours * alpha), alpha


def _bend(colours: Tensor, form: Form) -> Tensor:
    return torch.asinh(colours * _CURVE) / float(np.arcsinh(form.brightest * _CURVE))


def _unbend(colours: Tensor, form: Form) -> Tensor:
    return torch.sinh(colours * float(np.arcsinh(form.brightest * _CURVE))) / _CURVE


def _difference(one: Picture, two: Picture) -> str:
    """Return what to say of two pictures of different shapes."""
    both = f"{_described(one)} and {_described(two)}"
    if not isinstance(one, Tensor) and one.shape[:2] == two.shape[:2]:
        return f"the pictures differ in channels: {both}; give both the same"
    return f"the pictures differ in size: {both}; resize or crop one of them first"


def _described(picture: Picture) -> str:
    shape = tuple(picture.shape)
    if isinstance(picture, Tensor) or len(shape) not in (2, 3):
        return str(shape)
    channels = "" if len(shape) == 2 else f" with {shape[2]} channels"
    return f"{shape[1]}x{shape[0]}{channels}"
