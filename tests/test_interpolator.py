"""`Interpolator`: whatever kind of picture goes in comes out, at every t."""

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import vfi
from tests.helpers.published import NUMBERS, published_weights
from tests.helpers.textures import texture
from vfi import InputError, Interpolator, UsageError
from vfi.evaluation.metrics import psnr
from vfi.model_files import find_model, read_settings, save_weights
from vfi.models.dis import CLASSICAL_FLOWS
from vfi.models.registry import build

TYPES = (np.uint8, np.uint16, np.float32)
CHANNELS = (None, 1, 3, 4)  # None: two dimensions


@pytest.fixture(scope="module")
def direct() -> Interpolator:
    return Interpolator("direct", "cpu")


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Interpolator:
    """`hybrid` before its first step: it pads to multiples of 8 and refines DIS flow by nothing."""
    return before_training("hybrid", tmp_path_factory.mktemp("weights"))


def before_training(name: str, folder: Path) -> Interpolator:
    torch.manual_seed(0)
    config = read_settings(find_model(name).config)
    file = folder / "untrained.safetensors"
    save_weights(build(config), file, config)
    return Interpolator(file, "cpu")


def noise(shape: tuple[int, ...], kind: type[np.generic], seed: int = 0) -> NDArray[Any]:
    values = np.random.default_rng(seed).random(shape)
    if kind in (np.uint8, np.uint16):
        return np.rint(values * np.iinfo(kind).max).astype(kind)
    return values.astype(kind)


def shape_of(height: int, width: int, channels: int | None) -> tuple[int, ...]:
    return (height, width) if channels is None else (height, width, channels)


sizes = st.integers(1, 70)


class TestEveryKind:
    @settings(max_examples=30)
    @given(sizes, sizes, st.sampled_from(TYPES), st.sampled_from(CHANNELS), st.integers(0, 99))
    def test_shape_and_type_come_back(
        self,
        direct: Interpolator,
        height: int,
        width: int,
        kind: type[np.generic],
        channels: int | None,
        seed: int,
    ) -> None:
        shape = shape_of(height, width, channels)
        one, two = noise(shape, kind, seed), noise(shape, kind, seed + 100)
        middle = direct(one, two, 0.4)
        assert isinstance(middle, np.ndarray)
        assert (middle.shape, middle.dtype) == (one.shape, one.dtype)
        if kind == np.float32 and channels != 4:  # cubic sampling leaves the range a little
            assert -0.3 < middle.min() <= middle.max() < 1.3

    @settings(max_examples=15)
    @given(sizes, sizes, st.sampled_from(TYPES), st.sampled_from(CHANNELS))
    def test_a_padding_network_gives_the_size_back(
        self,
        untrained: Interpolator,
        height: int,
        width: int,
        kind: type[np.generic],
        channels: int | None,
    ) -> None:
        shape = shape_of(height, width, channels)
        middle = untrained(noise(shape, kind), noise(shape, kind, 1))
        assert isinstance(middle, np.ndarray)
        assert (middle.shape, middle.dtype) == (shape, kind)

    @settings(max_examples=20)
    @given(sizes, sizes, st.sampled_from(TYPES), st.sampled_from(CHANNELS))
    def test_the_ends_are_the_source_frames_bit_for_bit(
        self,
        direct: Interpolator,
        height: int,
        width: int,
        kind: type[np.generic],
        channels: int | None,
    ) -> None:
        shape = shape_of(height, width, channels)
        one, two = noise(shape, kind), noise(shape, kind, 1)
        for t, source in ((0, one), (1, two), (0.0, one), (Fraction(1), two)):
            end = direct(one, two, t)
            assert isinstance(end, np.ndarray)
            assert end.tobytes() == source.tobytes()
            assert end is not source

    @settings(max_examples=10)
    @given(sizes, sizes, st.sampled_from(TYPES), st.sampled_from(CHANNELS), st.floats(0, 1))
    def test_two_equal_frames_give_that_frame(
        self,
        untrained: Interpolator,
        height: int,
        width: int,
        kind: type[np.generic],
        channels: int | None,
        t: float,
    ) -> None:
        one = noise(shape_of(height, width, channels), kind)
        assert np.array_equal(untrained(one, one.copy(), t), one)

    @pytest.mark.parametrize("shape", [(3, 20, 31), (1, 20, 31), (4, 20, 31), (2, 3, 20, 31)])
    @pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.float64])
    def test_tensors_give_tensors(
        self, direct: Interpolator, shape: tuple[int, ...], kind: torch.dtype
    ) -> None:
        one, two = torch.rand(2, *shape).to(kind)
        middle = direct(one, two)
        assert isinstance(middle, torch.Tensor)
        assert (middle.shape, middle.dtype, middle.device) == (one.shape, kind, one.device)
        assert torch.equal(direct(one, two, 1), two)

    def test_a_tensor_is_the_array_it_holds(self, direct: Interpolator) -> None:
        one, two = noise((20, 31, 3), np.float32), noise((20, 31, 3), np.float32, 1)
        tensors = (torch.from_numpy(p).permute(2, 0, 1) for p in (one, two))
        from_tensors = direct(*tensors)
        assert isinstance(from_tensors, torch.Tensor)
        assert np.array_equal(from_tensors.permute(1, 2, 0).numpy(), direct(one, two))

    def test_a_batch_is_its_samples(self, untrained: Interpolator) -> None:
        one, two = torch.rand(2, 2, 3, 33, 40)
        together = untrained(one, two)
        for sample in range(2):
            torch.testing.assert_close(together[sample], untrained(one[sample], two[sample]))

    def test_the_caller_may_compute_on_with_a_tensor(self, direct: Interpolator) -> None:
        one, two = torch.rand(2, 4, 16, 16)
        middle = direct(one.requires_grad_(), two)
        assert isinstance(middle, torch.Tensor)
        middle.mul_(0.5)
        factor = torch.ones((), requires_grad=True)
        (middle * factor).sum().backward()
        assert factor.grad is not None

    def test_views_and_read_only_arrays_will_do(self, direct: Interpolator) -> None:
        one, two = noise((20, 24, 3), np.uint8), noise((20, 24, 3), np.uint8, 1)
        expected = direct(one, two)
        for array in (one, two):
            array.flags.writeable = False
        assert np.array_equal(direct(one, two), expected)
        mirrored = direct(one[:, ::-1], two[:, ::-1])
        assert np.array_equal(mirrored, direct(one[:, ::-1].copy(), two[:, ::-1].copy()))


class TestTimes:
    def test_several_times_are_a_list(self, direct: Interpolator) -> None:
        one, two = noise((20, 24, 3), np.uint8), noise((20, 24, 3), np.uint8, 1)
        times = [0, Fraction(1, 3), 0.5, 1]
        frames = direct(one, two, times)
        assert isinstance(frames, list)
        for frame, t in zip(frames, times, strict=True):
            assert np.array_equal(frame, direct(one, two, t))
        assert direct(one, two, []) == []

    @pytest.mark.parametrize(
        "times", [(0.25, 0.75), np.array([0.25, 0.75]), torch.tensor([0.25, 0.75])]
    )
    def test_several_times_may_be_a_tuple_array_or_tensor(
        self, direct: Interpolator, times: Any
    ) -> None:
        one, two = noise((20, 24), np.uint8), noise((20, 24), np.uint8, 1)
        frames = direct(one, two, times)
        for frame, t in zip(frames, (0.25, 0.75), strict=True):
            assert np.array_equal(frame, direct(one, two, t))

    @pytest.mark.parametrize(
        "t", [np.float32(0.5), np.array(0.5), torch.tensor(0.5), Fraction(1, 2)]
    )
    def test_any_number_is_a_time(self, direct: Interpolator, t: Any) -> None:
        one, two = noise((20, 24), np.uint8), noise((20, 24), np.uint8, 1)
        assert np.array_equal(direct(one, two, t), direct(one, two, 0.5))

    @pytest.mark.parametrize("t", [-0.01, 1.5, float("nan"), float("inf"), Fraction(-1, 3)])
    def test_times_outside_are_refused(self, direct: Interpolator, t: float) -> None:
        one = noise((8, 8), np.uint8)
        for times in (t, [0.5, t]):
            with pytest.raises(UsageError, match=r"^t -?[\w./]+ lies outside 0\.\.1"):
                direct(one, one[::-1], times)

    def test_the_work_for_a_pair_is_done_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        interpolator = Interpolator("direct", "cpu")
        calls = []
        prepare = interpolator.network.prepare

        def counted(*a: Any, **k: Any) -> Any:
            calls.append(1)
            return prepare(*a, **k)

        monkeypatch.setattr(interpolator.network, "prepare", counted)
        one, two = noise((20, 24, 4), np.uint8), noise((20, 24, 4), np.uint8, 1)
        interpolator(one, two, [0, 1])
        assert not calls
        pair = interpolator.pair(one, two)
        for t in (0.25, 0.5, 0.75):
            pair.at(t)
        pair.flows()
        assert len(calls) == 1


class TestAlphaAndGrey:
    @pytest.mark.parametrize("kind", TYPES)
    def test_constant_alpha_stays(self, direct: Interpolator, kind: type[np.generic]) -> None:
        one, two = noise((24, 32, 4), kind), noise((24, 32, 4), kind, 1)
        for alpha in (0, 0.2, 0.6, 1):
            value = alpha if kind == np.float32 else round(alpha * np.iinfo(kind).max)  # type: ignore[type-var]
            one[..., 3] = two[..., 3] = value
            middle = direct(one, two)
            np.testing.assert_allclose(middle[..., 3], value, rtol=1e-5, atol=1e-6)

    def test_what_is_transparent_has_no_say(self, direct: Interpolator) -> None:
        """Garish colours under alpha 0 change nothing of the result."""
        one, two = noise((24, 32, 4), np.uint8), noise((24, 32, 4), np.uint8, 1)
        one[:, :10, 3] = two[:, :10, 3] = 0
        clean = direct(one, two)
        one[:, :10, :3], two[:, :10, :3] = (255, 0, 255), (0, 255, 0)
        assert np.array_equal(direct(one, two), clean)

    def test_full_alpha_is_no_alpha(self, direct: Interpolator) -> None:
        one, two = noise((24, 32, 4), np.uint8), noise((24, 32, 4), np.uint8, 1)
        one[..., 3] = two[..., 3] = 255
        middle = direct(one, two)
        assert np.array_equal(middle[..., :3], direct(one[..., :3], two[..., :3]))

    def test_colours_stay_possible_where_hardly_anything_is_opaque(
        self, direct: Interpolator
    ) -> None:
        one, two = noise((24, 32, 4), np.float32), noise((24, 32, 4), np.float32, 1)
        one[..., 3] *= 1e-4
        two[:, ::2, 3] = 0
        middle = direct(one, two)
        assert isinstance(middle, np.ndarray)
        assert 0 <= middle.min() <= middle.max() <= 1 + 1e-6

    @pytest.mark.parametrize("kind", TYPES)
    def test_grey_stays_grey(self, direct: Interpolator, kind: type[np.generic]) -> None:
        """Three equal channels stay equal, and are what the one channel alone gives."""
        one, two = noise((24, 32), kind), noise((24, 32), kind, 1)
        alone = direct(one, two)
        three = direct(*(np.repeat(p[..., None], 3, axis=2) for p in (one, two)))
        assert isinstance(three, np.ndarray)
        for channel in range(3):
            # The mean of three equal floats may round, and a whole level with it.
            np.testing.assert_allclose(
                three[..., channel].astype(np.float64),
                alone,
                atol=1 if kind != np.float32 else 1e-6,
            )

    def test_grey_with_alpha(self, direct: Interpolator) -> None:
        one, two = noise((24, 32, 2), np.uint8), noise((24, 32, 2), np.uint8, 1)
        middle = direct(one, two)
        assert isinstance(middle, np.ndarray)
        assert middle.shape == one.shape


class TestHighDynamicRange:
    def test_values_beyond_one_are_kept(self, direct: Interpolator) -> None:
        """A constant of 50 beside one of 0.1: each stays what it is."""
        one = np.full((32, 32, 3), 0.1, np.float32)
        one[8:24, 8:24] = 50.0
        two = one.copy()
        two[0, 0] = 0.11  # so that they are not the same
        middle = direct(one, two)
        np.testing.assert_allclose(middle[12:20, 12:20], 50.0, rtol=1e-3)
        np.testing.assert_allclose(middle[26:30, 26:30], 0.1, rtol=1e-3)

    @pytest.mark.parametrize("value", [-0.25, -3.0])
    def test_negative_values_are_kept(self, direct: Interpolator, value: float) -> None:
        one = np.full((32, 32, 3), value, np.float32)
        two = one.copy()
        two[0, 0] = 0.2
        np.testing.assert_allclose(direct(one, two)[16:, 16:], value, rtol=1e-3)


class TestPictures:
    """What the frames look like."""

    @pytest.mark.parametrize(("right", "down"), [(4, 0), (0, 6), (-4, 2)])
    def test_a_translation_is_halved(self, direct: Interpolator, right: int, down: int) -> None:
        """A texture that goes an even number of pixels is half way there at t = 1/2.

        A flow wrong by a tenth of a pixel, on this texture's slopes of 14 levels a pixel, is an
        error of 1.4 levels, or 45 dB. The average of the two frames reaches 25.5 dB at most.
        """
        one, two = texture(0, 96, 128), texture(right, 96, 128, down=down)
        truth = texture(right // 2, 96, 128, down=down // 2)
        inner = (slice(16, -16), slice(16, -16))
        middle = np.asarray(direct(one, two))
        assert psnr(middle[inner], truth[inner]) > 45

    def test_flow_points_from_one_to_two(self, direct: Interpolator) -> None:
        one, two = texture(0, 96, 128), texture(4, 96, 128, down=-2)
        forward, backward = direct.flows(one, two)
        assert forward.shape == (96, 128, 2)
        assert forward.dtype == np.float32
        inner = (slice(16, -16), slice(16, -16))
        np.testing.assert_allclose(np.median(forward[inner], axis=(0, 1)), [4, -2], atol=0.1)
        np.testing.assert_allclose(np.median(backward[inner], axis=(0, 1)), [-4, 2], atol=0.1)
        assert np.array_equal(direct.flow(one, two), forward)

    def test_padding_is_cut_off_again(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A size that has to be padded: as if the caller had padded by the edge and cropped,
        with corners out of play, which are found before the padding.
        """
        untrained = before_training("fast", tmp_path)
        one, two = texture(0, 37, 53), texture(2, 37, 53)
        multiple = untrained.network.size_multiple
        assert multiple == 8
        padded = [
            np.pad(picture, ((0, -37 % multiple), (0, -53 % multiple), (0, 0)), mode="edge")
            for picture in (one, two)
        ]
        monkeypatch.setitem(
            CLASSICAL_FLOWS, "tracks", lambda a, b: (torch.zeros_like(a[:, :2]),) * 2
        )
        assert np.array_equal(untrained(one, two), np.asarray(untrained(*padded))[:37, :53])
        flow = untrained.flow(one, two)
        assert np.array_equal(flow, untrained.flow(*padded)[:37, :53])

    def test_half_precision_is_near(self, untrained: Interpolator) -> None:
        one, two = texture(0, 40, 56), texture(2, 40, 56)
        exact = np.asarray(untrained(one, two), np.float32)
        rough = Interpolator(untrained.model, "cpu", "bf16")
        # bfloat16 has 8 bits: a level or two of 255
        assert np.abs(np.asarray(rough(one, two), np.float32) - exact).max() <= 2


class TestPicturesOfTwoKinds:
    """The poorer one gets what the richer one has: alpha 1, three channels."""

    @pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
    def test_what_has_no_alpha_is_opaque(self, direct: Interpolator, kind: type) -> None:
        peak = 1 if kind is np.float32 else np.iinfo(kind).max
        colours: np.ndarray = (texture(0) / 255 * peak).astype(kind)
        clear = np.dstack([colours, np.full(colours.shape[:2], peak, kind)])
        clear[..., 3] //= 2
        start, middle, end = direct(colours, clear, [0, 0.5, 1])
        assert np.array_equal(start, np.dstack([colours, np.full(colours.shape[:2], peak, kind)]))
        assert np.array_equal(end, clear)
        assert np.asarray(middle).shape == clear.shape
        half = np.asarray(middle, np.float64)[..., 3].mean() / peak
        assert half == pytest.approx((1 + clear[..., 3].mean() / peak) / 2, abs=0.01)

    def test_grey_beside_colour_is_colour(self, direct: Interpolator) -> None:
        grey, colour = texture(0)[..., 0], texture(2)
        assert np.array_equal(
            direct(grey, colour), direct(np.repeat(grey[..., None], 3, axis=2), colour)
        )

    def test_grey_beside_alpha(self, direct: Interpolator) -> None:
        grey = texture(0)[..., 0]
        start = direct(grey, np.zeros((*grey.shape, 4), np.uint8), 0)
        assert np.array_equal(start, np.dstack([grey, grey, grey, np.full_like(grey, 255)]))


class TestWrongPictures:
    @pytest.mark.parametrize(
        ("one", "two", "message"),
        [
            ((8, 9, 3), (8, 8, 3), "differ in size: 9x8 with 3 channels and 8x8 with 3 channels"),
            ((8, 8, 2), (8, 8, 4), "differ in channels: 8x8 with 2 channels and 8x8 with 4"),
            ((8, 8, 2), (8, 8, 3), "differ in channels: 8x8 with 2 channels and 8x8 with 3"),
            ((8, 8, 5), (8, 8, 5), r"array \(H, W\), \(H, W, 3\) or .* needed, not \(8, 8, 5\)"),
            ((8,), (8,), r"is needed, not \(8,\)"),
            ((1, 8, 8, 3), (1, 8, 8, 3), r"is needed, not \(1, 8, 8, 3\)"),
            ((0, 8, 3), (0, 8, 3), "an empty picture"),
        ],
    )
    def test_shapes(
        self, direct: Interpolator, one: tuple[int, ...], two: tuple[int, ...], message: str
    ) -> None:
        with pytest.raises(InputError, match=message):
            direct(np.zeros(one, np.uint8), np.zeros(two, np.uint8))

    @pytest.mark.parametrize(
        ("one", "two", "message"),
        [
            (np.uint8, np.uint16, "differ in type: uint8 and uint16"),
            (np.int32, np.int32, "uint8, uint16 or float is needed, not int32"),
            (np.bool_, np.bool_, "uint8, uint16 or float is needed, not bool"),
            (np.complex64, np.complex64, "float is needed, not complex64"),
        ],
    )
    def test_types(self, direct: Interpolator, one: type, two: type, message: str) -> None:
        with pytest.raises(InputError, match=message):
            direct(np.zeros((8, 8), one), np.zeros((8, 8), two))

    def test_tensors(self, direct: Interpolator) -> None:
        picture = torch.zeros(3, 8, 8)
        with pytest.raises(InputError, match="floating-point tensor"):
            direct(picture.to(torch.uint8), picture.to(torch.uint8))
        with pytest.raises(InputError, match="1, 3 or 4 channels is needed, not"):
            direct(torch.zeros(8, 8, 3), torch.zeros(8, 8, 3))
        with pytest.raises(InputError, match="two of a kind"):
            direct(picture, np.zeros((8, 8, 3), np.float32))
        with pytest.raises(InputError, match="on different devices: cpu and meta"):
            direct(picture, picture.to("meta"))

    def test_what_is_no_array(self, direct: Interpolator) -> None:
        with pytest.raises(InputError, match="a NumPy array or a tensor, not list"):
            direct([[0, 1]], [[0, 1]])
        with pytest.raises(InputError, match="a NumPy array or a tensor, not PosixPath"):
            direct(np.zeros((8, 8)), Path("two.png"))

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    def test_numbers_that_are_none(self, direct: Interpolator, value: float) -> None:
        one, two = noise((8, 8, 3), np.float32), noise((8, 8, 3), np.float32)
        two[3, 4, 1] = value
        with pytest.raises(InputError, match="not finite"):
            direct(one, two)


class TestNames:
    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            (("no-such",), UsageError, "no model 'no-such'; there are: .*direct"),
            (("direct", "tpu"), UsageError, "no device 'tpu'; there are: auto, cpu, cuda"),
            (("direct", "xpu"), UsageError, "no device 'xpu'; there are: auto, cpu, cuda"),
            (("direct", "cpu", "fp8"), UsageError, "no precision 'fp8'; there are: auto, fp32"),
            (("direct", "cpu:1"), vfi.DeviceError, "'cpu:1' is not on this machine"),
            (("direct", "cuda:99"), vfi.DeviceError, "'cuda:99' is not on this machine"),
        ],
    )
    def test_unknown_names(self, arguments: Any, error: type[Exception], message: str) -> None:
        with pytest.raises(error, match=message):
            Interpolator(*arguments)

    def test_a_full_memory_is_one_clear_error(
        self, direct: Interpolator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: Any, **__: Any) -> None:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 9 bytes.")

        monkeypatch.setattr(direct.network, "prepare", full)
        with pytest.raises(vfi.DeviceError, match="not enough memory on cpu"):
            direct(noise((8, 8), np.uint8), noise((8, 8), np.uint8, 1))


class TestPublishedNetwork:
    """The published numbers again, but through a weights file and the wrapper."""

    @pytest.fixture(scope="class")
    def published(self, tmp_path_factory: pytest.TempPathFactory) -> Interpolator:
        folder = tmp_path_factory.mktemp("published")
        state = {k.replace("net", "module"): v for k, v in published_weights().items()}
        torch.save(state, folder / "published.pytorch")
        vfi.model_files.import_published(folder / "published.pytorch", folder / "ours.safetensors")
        return Interpolator(folder / "ours.safetensors", "cpu")

    def test_arrays_are_rgb(self, published: Interpolator) -> None:
        from safetensors.numpy import load_file

        numbers = load_file(NUMBERS)
        one, two = (numbers[name][..., ::-1] for name in ("one_bgr", "two_bgr"))
        middle, quarter = published(one, two, [0.5, 0.25])
        for frame, name in ((middle, "frame_t050"), (quarter, "frame_t025")):
            expected = numbers[name].transpose(1, 2, 0)[..., ::-1].clip(0, 1) * 255
            # rounded to 8 bits, and 1e-3 of 255 away before that
            assert np.abs(np.asarray(frame, np.float32) - expected).max() <= 0.5 + 0.255

    def test_tensors_are_rgb_and_not_clipped(self, published: Interpolator) -> None:
        from safetensors.torch import load_file

        numbers = load_file(NUMBERS)
        one, two = (numbers[n].permute(2, 0, 1).flip(0) / 255 for n in ("one_bgr", "two_bgr"))
        frame = published(one, two)
        assert isinstance(frame, torch.Tensor)
        expected = numbers["frame_t050"].flip(0)
        torch.testing.assert_close(frame, expected, atol=1e-3, rtol=0)

    def test_an_odd_size_gives_the_numbers_of_the_padded_even_one(
        self, published: Interpolator
    ) -> None:
        """As the published network has it: mean and deviation are taken after the padding."""
        from safetensors.torch import load_file

        numbers = load_file(NUMBERS)
        one, two = (
            numbers[n].permute(2, 0, 1).flip(0)[:, :-1, :-1] / 255 for n in ("one_bgr", "two_bgr")
        )
        height, width = one.shape[1:]
        assert height % 2 == 1
        assert width % 2 == 1
        even = [
            torch.nn.functional.pad(p[None], (0, 1, 0, 1), mode="replicate") for p in (one, two)
        ]
        expected = published(even[0], even[1], 0.25)[0, :, :height, :width]
        torch.testing.assert_close(published(one, two, 0.25), expected, atol=1e-5, rtol=0)
        with torch.inference_mode():
            pair = published.network.prepare(*even)
        torch.testing.assert_close(pair.mean.view(()), torch.stack(even).mean())
        torch.testing.assert_close(pair.deviation.view(()), torch.stack(even).std(correction=0))


def test_one_call_functions(direct: Interpolator) -> None:
    one, two = texture(0, 32, 40), texture(2, 32, 40)
    assert np.array_equal(vfi.interpolate(one, two, 0.25, "direct"), direct(one, two, 0.25))
    assert np.array_equal(vfi.flow(one, two, "direct"), direct.flow(one, two))


AFTER_A_FORK = """
import os, sys
import numpy as np
import vfi

one = np.random.default_rng(0).integers(0, 255, (300, 400, 3), dtype=np.uint8)
two = np.roll(one, 2, axis=1)
interpolator = vfi.Interpolator(sys.argv[1], device="cpu")
pair = interpolator.pair(one, two)
expected = pair.at(0.5)
child = os.fork()
if child == 0:
    used = interpolator(one, two)
    made = vfi.Interpolator(sys.argv[1], device="cpu")(one, two)
    alike = all(np.abs(f - expected.astype(int)).max() <= 1 for f in (used, made, pair.at(0.5)))
    os._exit(0 if alike else 3)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.parametrize("model", ["direct", "hybrid"])
def test_an_interpolator_goes_on_in_a_forked_process(model: str) -> None:
    """GNU OpenMP, with more than one thread, would wait there for ever."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", AFTER_A_FORK, model],
        capture_output=True,
        text=True,
        timeout=100,
        env=os.environ | {"OMP_NUM_THREADS": "2"},
    )
    assert done.stdout == "0\n", done.stderr


TYPED = """
import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import pad

import vfi

def of_arrays(one: NDArray[np.uint8], two: NDArray[np.uint8]) -> NDArray[np.uint8]:
    interpolator = vfi.Interpolator()
    several: list[NDArray[np.uint8]] = interpolator(one, two, [0.25, 0.75])
    alone: NDArray[np.uint8] = vfi.interpolate(several[0], interpolator.pair(one, two).at(0.5))
    return interpolator(alone, two)

def of_tensors(one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
    several: list[torch.Tensor] = vfi.Interpolator()(one, two, torch.tensor([0.25, 0.75]))
    return vfi.interpolate(several[0], vfi.Interpolator()(one, two))
"""


@pytest.mark.slow
def test_arrays_are_typed_as_arrays_and_tensors_as_tensors(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(TYPED)
    root = Path(vfi.__file__).parent.parent
    # As of an installed package, what is found in its own files is not the script's affair.
    words = ["--strict", "--follow-imports", "silent", "--cache-dir", str(root / ".mypy_cache")]
    words.append(str(tmp_path / "script.py"))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *words],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"MYPYPATH": str(root)},
    )
    assert done.returncode == 0, done.stdout
