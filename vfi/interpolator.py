"""`Interpolator`: two pictures in, the pictures between them out.

It wraps a network for people: arrays or tensors, any size, grey or with alpha, on any device.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import copy
from fractions import Fraction
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, cast, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from . import conversion
from . import model_files as weights
from .conversion import Picture
from .devices import choose_device, choose_precision
from .errors import DeviceError, UsageError, shown
from .forking import prepare_process
from .memory import shortage
from .models.layers import size_of
from .models.moments import Moments
from .models.network import InterpolationNetwork
from .models.running import PreparedPair, prepare_pair
from .paths import path_of

Time = float | Fraction
Times = Sequence[Time] | NDArray[np.floating[Any]] | Tensor
P = TypeVar("P", bound=Picture)  # arrays make arrays, tensors make tensors


class Pair(Protocol):
    """Two frames whose common work is done."""

    def at(self, t: Any) -> Any:
        """Return the frame between them, 0 < t < 1."""
        ...


class PairMaker(Protocol):
    """What a video needs of an interpolator; `Interpolator` is one."""

    def pair(self, one: Any, two: Any) -> Pair: ...


def check_factor(interpolator: PairMaker, factor: Fraction | int, option: str) -> None:
    """Refuse to multiply a rate where the model does not make all of the frames between.

    Raises:
        UsageError: it does not; the message says which times are possible.
    """
    times = getattr(interpolator, "times", Moments.ANY)
    t = Fraction(1, Fraction(factor).numerator)
    if not times.include(t):
        model = getattr(interpolator, "model", type(interpolator).__name__)
        raise UsageError(
            f"{option} {factor} needs a frame at {t} of the way, but model {model} makes "
            f"{times.value}",
            option=option,
        )


class Interpolator:
    """Makes frames between two frames.

    >>> interpolator = Interpolator()
    >>> middle = interpolator(one, two)                       # t = 1/2
    >>> third, two_thirds = interpolator(one, two, [1/3, 2/3])  # flow computed once

    Pictures are NumPy arrays (H, W), (H, W, 3) or (H, W, 4) of uint8, uint16 or float, RGB(A), or
    tensors (C, H, W) or (B, C, H, W), float in 0..1; the result is of the same kind. At t = 0 and
    t = 1 it is the source frame, bit for bit. A forked process may use it, too (on a CPU; it
    computes with one thread there).

    Args:
        model: a name (`vfi weights list`) or the path of a .safetensors file; None takes the
            default, `hybrid` on a CPU and `fast` on a GPU, or `direct` where no weights are
            installed.
        device: auto, cpu, cuda, cuda:N or mps.
        precision: auto, fp32, bf16 or fp16: what the networks compute in.

    Raises:
        UsageError: an unknown model, device or precision.
        WeightsError: the weights are missing or damaged.
        DeviceError: the device is not on this machine.
    """

    premultiplied = False  # whether pictures have colours that are multiplied by their alpha

    def __init__(
        self, model: str | Path | None = None, device: str = "auto", precision: str = "auto"
    ) -> None:
        self.device = choose_device(device)
        default = weights.default_model(self.device.type)
        self.model = str(default if model is None else path_of(model, "model"))
        self.dtype = choose_precision(precision, self.device)
        prepare_process(self.device)
        network = weights.load_network(self.model)
        self.network: InterpolationNetwork = network.to(
            self.device, memory_format=torch.channels_last
        )  # type: ignore[call-overload]
        self.most_pairs: int | None = None
        self.rows: int | None = None  # of a band that a frame is made in

    def of_premultiplied(self) -> "Interpolator":
        """Return the same for pictures whose colours are multiplied by their alpha, as in EXR."""
        other = copy(self)
        other.premultiplied = True
        return other

    @property
    def pairs_at_once(self) -> int:
        """How many pairs are best made at the same time, in threads of their own; 0: one.

        On a CPU as many as PyTorch has threads: each on one is faster than one on all.
        """
        if self.device.type != "cpu":
            return 0
        threads = torch.get_num_threads()
        return threads if self.most_pairs is None else min(threads, self.most_pairs)

    def bounded(self, pairs: int, rows: int | None = None) -> "Interpolator":
        """Return one with the same network that takes less memory.

        Args:
            pairs: how many are made at the same time at most.
            rows: of the bands that a frame is made in, a multiple of 16; None makes it whole.
        """
        one = copy(self)
        one.most_pairs, one.rows = pairs, rows
        return one

    @overload
    def __call__(self, one: P, two: P, t: Time = ...) -> P: ...

    @overload
    def __call__(self, one: P, two: P, t: Times) -> list[P]: ...

    def __call__(self, one: P, two: P, t: Time | Times = 0.5) -> P | list[P]:
        """Return the frame at `t` in 0..1 between two pictures, or a list of frames for several t.

        Raises:
            UsageError: a t outside 0..1.
            InputError: the pictures cannot be used together.
        """
        pair = self.pair(one, two)
        if isinstance(t, np.ndarray | Tensor):
            t = t.tolist()  # a list of floats, or one float
        if isinstance(t, Sequence) and not isinstance(t, str):
            return [pair.at(time) for time in t]
        return pair.at(t)

    def pair(self, one: P, two: P) -> "InterpolatedPair[P]":
        """Two pictures whose flows, features and Z are computed once, for any number of t.

        Raises:
            InputError: the pictures cannot be used together.
        """
        return InterpolatedPair(self, one, two)

    @property
    def times(self) -> Moments:
        """Which moments between two frames it makes."""
        return self.network.times

    def flow(self, one: Picture, two: Picture) -> NDArray[np.float32]:
        """Optical flow (H, W, 2) float32 in pixels: where each pixel of `one` is in `two`.

        Raises:
            InputError: the pictures cannot be used together.
        """
        return self.flows(one, two)[0]

    def flows(self, one: Picture, two: Picture) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Flows (H, W, 2) float32 in pixels both ways: one → two and two → one.

        Raises:
            UsageError: the model has no flow.
            InputError: the pictures cannot be used together.
        """
        return self.pair(one, two).flows()


class InterpolatedPair(Generic[P]):
    """Two pictures between which frames are made: `at(t)`."""

    def __init__(self, interpolator: Interpolator, one: P, two: P) -> None:
        prepare_process(interpolator.device)
        self.one, self.two = cast(tuple[P, P], conversion.alike(one, two))
        self.prepared = conversion.prepare(
            self.one, self.two, interpolator.premultiplied, interpolator.device
        )
        self._interpolator = interpolator
        self._same = torch.equal(self.prepared.one, self.prepared.two)
        self._prepared: PreparedPair | None = None

    @property
    def _run(self) -> PreparedPair:
        if self._prepared is None:
            interpolator, device = self._interpolator, self._interpolator.device
            one, two = (picture.to(device) for picture in (self.prepared.one, self.prepared.two))
            with _computing(interpolator):
                self._prepared = prepare_pair(
                    interpolator.network, one, two, rows=interpolator.rows
                )
        return self._prepared

    def at(self, t: Time) -> P:
        """Return the frame at `t`; 0 and 1 are the source frames themselves.

        Raises:
            UsageError: `t` lies outside 0..1, or the model makes no frame there.
        """
        t, interpolator = _checked_time(t), self._interpolator
        if not interpolator.times.include(t):
            message = f"t {shown(t)}: model {interpolator.model} makes {interpolator.times.value}"
            raise UsageError(message, option="t")
        prepare_process(self._interpolator.device)
        if t == 0 or (self._same and self._same_alpha()):
            return cast(P, _copy(self.one))
        if t == 1:
            return cast(P, _copy(self.two))
        prepared = self.prepared
        with _computing(self._interpolator):
            frame = self._run.at(float(t)).float()
        alpha = None if prepared.alpha_one is None else self._alpha(float(t))
        return cast(P, conversion.restore(frame.to(self._home), alpha, prepared.form))

    def flows(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Flows (H, W, 2) float32 in pixels both ways: one → two and two → one.

        Raises:
            UsageError: the model has no flow.
        """
        self._require_flow()
        if self._same:  # nothing has moved, however little there is for a network to hold on to
            height, width = size_of(self.prepared.one)
            return np.zeros((height, width, 2), np.float32), np.zeros(
                (height, width, 2), np.float32
            )
        forward, backward = (
            flow[0].float().permute(1, 2, 0).cpu().numpy() for flow in self._run.flows()
        )
        return forward, backward

    def behind(self, t: Time) -> "Behind":
        """Return what the frame at `t` is made of, as far as flow and Z go.

        Raises:
            UsageError: the model has no flow; or `t` lies outside 0..1.
        """
        self._require_flow()
        moment, device = float(_checked_time(t)), self._interpolator.device
        one, two = (picture.to(device) for picture in (self.prepared.one, self.prepared.two))
        with _computing(self._interpolator):
            importance = self._run.importance()
            splatted = self._run.splatted(one, two, moment)
            candidates = self._run.candidates(moment)
        z_one, z_two = map(_plane, importance)
        at_one, at_two = map(_picture, splatted)
        fused = tuple(
            FusedCandidate(name, _picture(picture), _plane(share))
            for name, picture, share in candidates
        )
        return Behind(*self.flows(), z_one, z_two, at_one, at_two, fused)

    def _require_flow(self) -> None:
        if not self._interpolator.network.has_flow:
            model = self._interpolator.model
            raise UsageError(
                f"model {model} makes frames without flow; {weights.FALLBACK} measures one",
                option="model",
            )

    @property
    def _home(self) -> torch.device:
        """Where results are put together: with the caller's tensors, or on the device."""
        return self.one.device if isinstance(self.one, Tensor) else self._interpolator.device

    def _same_alpha(self) -> bool:
        one, two = self.prepared.alpha_one, self.prepared.alpha_two
        return one is None or two is None or torch.equal(one, two)

    def _alpha(self, t: float) -> Tensor:
        """Alpha at `t`, moved as the colours are."""
        prepared, device = self.prepared, self._interpolator.device
        assert prepared.alpha_one is not None
        assert prepared.alpha_two is not None
        if bool((prepared.alpha_one == 1).all() and (prepared.alpha_two == 1).all()):
            return prepared.alpha_one
        one, two = prepared.alpha_one.to(device), prepared.alpha_two.to(device)
        with torch.inference_mode():
            alpha = self._run.carry(one, two, t)
        return alpha.to(self._home)


def _plane(values: Tensor) -> NDArray[np.float32]:
    """(1, 1, H, W) as an array (H, W)."""
    return values[0, 0].float().cpu().numpy()


def _picture(values: Tensor) -> NDArray[np.float32]:
    """(1, 3, H, W) as an array (H, W, 3) in 0..1."""
    return values[0].float().clamp(0, 1).permute(1, 2, 0).cpu().numpy()


class FusedCandidate(NamedTuple):
    """One of the pictures of which a frame is the mean."""

    name: str  # the flow that it was made by
    picture: NDArray[np.float32]  # (H, W, 3) in 0..1
    share: NDArray[np.float32]  # (H, W): how much it counts where, in all 1


class Behind(NamedTuple):
    """What a frame between two is made of: arrays of their height and width, float32."""

    flow_01: NDArray[np.float32]  # (H, W, 2) pixels, from the first to the second
    flow_10: NDArray[np.float32]
    z_one: NDArray[np.float32]  # (H, W): the larger, the more a pixel of the first counts
    z_two: NDArray[np.float32]
    splatted_one: NDArray[np.float32]  # (H, W, 3) in 0..1: the first, moved to t; holes are 0
    splatted_two: NDArray[np.float32]
    candidates: tuple[FusedCandidate, ...] = ()  # none of models that fuse none by a known rule


def _checked_time(t: Time) -> Time:
    try:
        inside = bool(0 <= t <= 1)
    except (TypeError, ValueError):
        raise UsageError(f"t {shown(t)} is no number; give 0 to 1, as 0.25", option="t") from None
    if not inside:
        raise UsageError(f"t {shown(t)} lies outside 0..1", option="t")
    return t


def _copy(picture: Picture) -> Picture:
    return picture.clone() if isinstance(picture, Tensor) else picture.copy()


@contextmanager
def _computing(interpolator: Interpolator) -> Iterator[None]:
    """Without gradients, in the wanted precision; a full memory becomes one clear error."""
    device, dtype = interpolator.device, interpolator.dtype
    prepare_process(device)
    autocast: AbstractContextManager[Any] = nullcontext()
    if dtype != torch.float32:
        autocast = torch.autocast(device.type, dtype)
    try:
        with torch.inference_mode(), autocast:
            yield
    except (RuntimeError, MemoryError) as error:
        if shortage(error) is None:
            raise
        less = f"the model {weights.FALLBACK!r} or smaller pictures need less"
        if device.type != "cpu":
            less = f"precision fp16, {less}, and the device cpu has its own"
        raise DeviceError(
            f"not enough memory on {device} for pictures of this size with model "
            f"{interpolator.model!r}: {less}"
        ) from error
