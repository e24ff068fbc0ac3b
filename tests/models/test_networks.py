"""What every network of `configs/models/` promises, and how large the small ones may be."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss
from torch.utils.flop_counter import FlopCounterMode

from vfi.assets import asset_names
from vfi.model_files import find_model, read_settings
from vfi.models.direct import Direct
from vfi.models.fast import Fast
from vfi.models.fusion import candidates_of
from vfi.models.moments import Moments
from vfi.models.pwcnet import PWCNet, PWCNetConfig
from vfi.models.registry import build

NAMES = asset_names("configs/models", ".yaml")
SMALL = ("fast", "hybrid", "sepconv-l1")
LEARNING = [name for name in NAMES if name != "direct"]

# The same sums in another order: as near as we have to come to the published implementation.
# (The untrained reference network throws pixels far and gives values far beyond 0..1.)
ROUNDING = 1e-3


def make(name: str, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return build(read_settings(find_model(name).config)).eval()


def moving(batch: int, height: int, width: int, shifts: tuple[int, ...]) -> list[Tensor]:
    """A smooth texture (B, 3, H, W), moved to the right by each of the shifts."""
    generator = torch.Generator().manual_seed(1)
    noise = torch.rand(batch, 3, height // 4 + 2, width // 4 + 4, generator=generator)
    smooth = nn.functional.interpolate(noise, scale_factor=4, mode="bicubic").clamp(0, 1)
    left = max(shifts)
    return [smooth[:, :, :height, left - s : left - s + width].contiguous() for s in shifts]


def pictures(batch: int, height: int, width: int) -> list[Tensor]:
    """Two pictures, the second two pixels further to the right."""
    return moving(batch, height, width, (0, 2))


def flow_for(network: nn.Module, picture: Tensor) -> tuple[Tensor, Tensor] | None:
    """The true flows of `pictures`, for a network that wants to be given some."""
    if not network.initial_flow_kind:
        return None
    right = torch.zeros_like(picture[:, :2])
    right[:, 0] = 2.0
    return right, -right


def run(network: nn.Module, one: Tensor, two: Tensor, t: Tensor | float) -> Tensor:
    """Return the frame at `t`, or half way for networks that make that one alone."""
    t = t if network.times is Moments.ANY else 0.5
    pair = network.prepare(one, two, flow_for(network, one))
    frame: Tensor = network.synthesise(pair, t)
    return frame


def shaken(name: str) -> nn.Module:
    """The network with layers that start at zero moved off it, so that all parts matter."""
    network = make(name)
    generator = torch.Generator().manual_seed(7)
    for parameter in network.parameters():
        if not parameter.count_nonzero():
            parameter.data = 0.02 * torch.randn(parameter.shape, generator=generator)
    return network


def test_there_are_the_networks_that_the_documentation_names() -> None:
    assert {"direct", "fast", "hybrid", "reference", "sepconv-l1", "sepconv-lf"} <= set(NAMES)


@pytest.mark.parametrize("name", SMALL)
def test_a_small_network_is_small(name: str) -> None:
    """At most 2.5 M parameters and 0.15 MFLOP a pixel, a multiplication and an addition being two.

    The whole pipeline is counted: preparation of a pair and one frame of it.
    """
    network = make(name)
    assert sum(p.numel() for p in network.parameters()) <= 2_500_000
    height, width = 256, 448
    one, two = pictures(1, height, width)
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        run(network, one, two, 0.5)
    assert 0 < counter.get_total_flops() / (height * width) <= 150_000


@pytest.mark.parametrize("name", NAMES)
def test_the_frame_has_the_size_of_the_pictures(name: str) -> None:
    network = make(name)
    multiple = network.size_multiple
    one, two = pictures(2, 2 * multiple, 3 * multiple)
    with torch.inference_mode():
        frame = run(network, one, two, 0.4)
    assert frame.shape == one.shape
    assert frame.isfinite().all()


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_is_its_samples(name: str) -> None:
    network = shaken(name)
    one, two = pictures(2, 64, 64)
    with torch.inference_mode():
        together = run(network, one, two, 0.3)
        for sample in range(2):
            alone = run(network, one[sample : sample + 1], two[sample : sample + 1], 0.3)
            torch.testing.assert_close(together[sample : sample + 1], alone, atol=ROUNDING, rtol=0)


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_may_have_its_own_t(name: str) -> None:
    network = shaken(name)
    one, two = pictures(2, 64, 64)
    times = torch.tensor([0.25, 0.75]).view(2, 1, 1, 1)
    with torch.inference_mode():
        together = run(network, one, two, times)
        for sample, t in enumerate((0.25, 0.75)):
            alone = run(network, one[sample : sample + 1], two[sample : sample + 1], t)
            torch.testing.assert_close(together[sample : sample + 1], alone, atol=ROUNDING, rtol=0)


@pytest.mark.parametrize("name", NAMES)
def test_preparing_once_or_for_every_t_is_the_same(name: str) -> None:
    network = shaken(name)
    one, two = pictures(1, 64, 64)
    with torch.inference_mode():
        pair = network.prepare(one, two, flow_for(network, one))
        for t in (0.2, 0.8, 0.2) if network.times is Moments.ANY else (0.5, 0.5):
            assert torch.equal(network.synthesise(pair, t), run(network, one, two, t))


def test_the_fast_network_starts_as_the_cross_fade() -> None:
    """Before its decoder speaks, nothing moves, and GridNet adds nothing."""
    network = make("fast")
    network.flow.start_small(0.0)
    one, two = pictures(1, 64, 128)
    with torch.inference_mode():
        nothing = torch.zeros_like(one[:, :2])
        pair = network.prepare(one, two, (nothing, nothing))
        assert not pair.flow_01.any()
        assert not pair.flow_10.any()
        torch.testing.assert_close(network.synthesise(pair, 0.3), torch.lerp(one, two, 0.3))


@pytest.mark.parametrize("size", [(64, 128), (40, 1300), (1304, 44)])
def test_a_large_picture_keeps_the_flow_that_it_is_given(size: tuple[int, int]) -> None:
    """Where motion is looked for in a smaller picture, both ways, whatever the sides' ratios."""
    network = make("hybrid")
    network.flow.start_small(0.0)
    one, two = pictures(1, *size)
    motion = torch.tensor([6.0, -4.0]).view(1, 2, 1, 1).expand(1, 2, *size)
    with torch.inference_mode():
        pair = network.prepare(one, two, (motion, -motion))
    near = {"atol": 1e-3, "rtol": 0}
    torch.testing.assert_close(pair.flow_01, motion.contiguous(), **near)
    torch.testing.assert_close(pair.flow_10, -motion, **near)
    assert pair.metric_one.shape == (1, 1, size[0] // 2, size[1] // 2)


def test_the_reference_network_starts_as_the_mean_of_what_it_splats() -> None:
    """With no flow that is the mean of both pictures, whatever the rest was initialised to."""
    network = make("reference")
    network.flow.start_small(0.0)
    one, two = pictures(1, 64, 128)
    with torch.inference_mode():
        torch.testing.assert_close(run(network, one, two, 0.5), (one + two) / 2)


def test_the_reference_network_starts_with_the_error_as_its_metric() -> None:
    importance = make("reference").importance
    picture, error = torch.rand(1, 3, 64, 64), torch.rand(1, 1, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(importance(picture, error), error)


def test_flow_and_picture_are_exact_under_autocast() -> None:
    """In bfloat16 a flow of 40 pixels would go by steps of a quarter."""
    network = make("reference")
    one, two = pictures(1, 64, 128)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        flows_01, flows_10 = network.flows(one, two)
        frame = network.synthesise(network.prepare(one, two), 0.5)
    assert {flow.dtype for flow in [*flows_01, *flows_10, frame]} == {torch.float32}


@pytest.mark.parametrize("learned", [3, 4])  # 4 is the coarsest: it takes no flow
def test_finer_decoders_start_as_the_one_that_learned(learned: int) -> None:
    """Made alike where they can be, they answer alike where the features say nothing."""
    torch.manual_seed(0)
    network = PWCNet(PWCNetConfig(channels=(4, 6, 8, 10), decoder=(8, 4), radius=2, finest=1))
    network.pass_down(learned)
    features = [torch.zeros(1, channels, 8, 8) for channels in (4, 6, 8, 10)]
    flow = torch.rand(1, 2, 8, 8)
    with torch.inference_mode():
        answers = [
            network.decoders[level - 1](
                features[level - 1], features[level - 1], flow if level < 4 else None
            )
            for level in range(1, learned + 1)
        ]
    assert answers[-1].any() or learned == 4  # nothing is known there but the features
    assert all(torch.equal(answer, answers[-1]) for answer in answers)
    weights = [decoder.get_parameter("main.0.weight") for decoder in network.decoders]
    costs = [
        weight[:, features : features + 25]
        for weight, features in zip(weights[:learned], (4, 6, 8, 10), strict=False)
    ]
    assert all(torch.equal(cost, costs[-1]) for cost in costs)


@pytest.mark.parametrize("name", ["direct", "fast", "hybrid"])
def test_the_flow_that_fits_is_believed(name: str) -> None:
    """Untrained, the network keeps the flow that it is given, which is right, so that the two
    frames agree along it, and at rest they do not; at t = 0.25 the frame is right only where
    that counts for little.
    """
    one, quarter, two = (4 * (p - 0.5) + 0.5 for p in moving(1, 64, 128, (0, 1, 4)))
    network = make(name)
    if name != "direct":
        network.flow.start_small(0.0)
    with torch.inference_mode():
        pair = network.prepare(one, two, flow_of_four(one))
        frame = network.synthesise(pair, 0.25)
    inner = (slice(None), slice(None), slice(None), slice(16, -16))
    moved, at_rest = (
        l1_loss(picture[inner], quarter[inner]) for picture in (frame, torch.lerp(one, two, 0.25))
    )
    assert moved < 0.1 * at_rest


def flow_of_four(picture: Tensor) -> tuple[Tensor, Tensor]:
    flow = torch.zeros_like(picture[:, :2])
    flow[:, 0] = 4.0
    return flow, -flow


@pytest.mark.parametrize("t", [0.0, 0.25, 1.0])
def test_without_motion_all_candidates_are_the_frames(t: float) -> None:
    one, two = pictures(2, 64, 64)
    network = make("hybrid")
    network.flow.start_small(0.0)
    nothing = torch.zeros(2, 2, 64, 64)
    with torch.inference_mode():
        pair = network.prepare(one, two, (nothing, nothing))
        candidates = network.candidates(pair, t)
        frame = network.synthesise(pair, t)
    for candidate in candidates:
        torch.testing.assert_close(candidate.one, one)
        torch.testing.assert_close(candidate.two, two)
    torch.testing.assert_close(frame, torch.lerp(one, two, t))


@pytest.mark.parametrize(("t", "moved"), [(0.5, 2), (0.25, 1), (0.75, 3)])
def test_the_classical_method_moves_a_texture_part_of_the_way(t: float, moved: int) -> None:
    """With the true flow of four pixels, the texture is exactly t · 4 pixels further, whether the
    flow is splatted or taken as it stands; the tolerance is half a level of 8 bits.
    """
    one, middle, two = moving(1, 64, 128, (0, moved, 4))
    pair = make("direct").prepare(one, two, flow_of_four(one))
    inner = (slice(None), slice(None), slice(None), slice(8, -8))
    for candidate in candidates_of(pair, t):
        frame = candidate.blend(t)
        torch.testing.assert_close(frame[inner], middle[inner], atol=0.5 / 255, rtol=0)


@pytest.mark.parametrize(
    ("name", "size", "steps", "rate", "factor"),
    [("fast", 64, 20, 1e-3, 3), ("hybrid", 64, 20, 1e-3, 3), ("reference", 32, 20, 1e-4, 3)],
)
def test_learns_a_batch_by_heart(
    name: str, size: int, steps: int, rate: float, factor: float
) -> None:
    """In a few steps the error falls to a fraction of what it was at the start.

    The frame half way is wanted of a texture that moves; no flow is given, so it has to be found.
    """
    network = make(name).train()
    one, target, two = moving(1, size, size, (0, 2, 4))
    nothing = torch.zeros_like(one[:, :2])
    given = (nothing, nothing) if network.initial_flow_kind else None
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate)
    losses = []
    for _ in range(steps):
        pair = network.prepare(one, two, given)
        loss = l1_loss(network.synthesise(pair, 0.5), target)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / factor


def test_what_all_pixels_share_does_not_hide_motion() -> None:
    """With one decoder for all levels, a tint over both pictures leaves the costs as they are."""
    torch.manual_seed(1)
    network = PWCNet(PWCNetConfig(channels=(8, 8), decoder=(8,), finest=1, residual=True, shared=8))
    one, two = torch.randn(2, 1, 8, 16, 16).unbind()
    shared = torch.randn(1, 8, 1, 1) * 10
    with torch.inference_mode():
        plain = network.decode([one, one[..., ::2, ::2]], [two, two[..., ::2, ::2]])
        tinted = network.decode(
            [one + shared, one[..., ::2, ::2] + shared], [two + shared, two[..., ::2, ::2] + shared]
        )
    assert plain[0].abs().max() > 0.1
    torch.testing.assert_close(tinted, plain, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", LEARNING)
def test_every_parameter_gets_a_gradient(name: str) -> None:
    network = shaken(name).train()
    one, two = pictures(1, 128, 128)  # at 64 the coarsest level is one pixel: nothing to match
    run(network, one, two, 0.4).square().mean().backward()
    without = [
        parameter_name
        for parameter_name, parameter in network.named_parameters()
        if parameter.grad is None or not parameter.grad.isfinite().all()
    ]
    assert without == []
    silent = [n for n, p in network.named_parameters() if p.grad is not None and not p.grad.any()]
    assert silent == []


@pytest.mark.parametrize("name", LEARNING)
def test_sizes_that_do_not_fit_are_refused(name: str) -> None:
    network = make(name)
    multiple = network.size_multiple
    wrong = torch.zeros(1, 3, 2 * multiple, 2 * multiple + 1)
    with pytest.raises(ValueError, match=f"multiples of {multiple}, not {2 * multiple + 1}x"):
        network.prepare(wrong, wrong, flow_for(network, wrong))


@pytest.mark.parametrize("name", NAMES)
def test_pictures_that_do_not_fit_each_other_are_refused(name: str) -> None:
    network = make(name)
    one = torch.zeros(1, 3, 64, 64)
    for two in (torch.zeros(1, 3, 64, 128), torch.zeros(2, 3, 64, 64), torch.zeros(1, 1, 64, 64)):
        with pytest.raises(ValueError, match="of one size are needed"):
            network.prepare(one, two, flow_for(network, one))
    grey = torch.zeros(1, 1, 64, 64)
    with pytest.raises(ValueError, match=r"two pictures \(B, 3, H, W\)"):
        network.prepare(grey, grey, flow_for(network, one))


@pytest.mark.parametrize("name", NAMES)
def test_a_flow_is_given_exactly_to_those_that_take_one(name: str) -> None:
    network = make(name)
    picture, flow = torch.zeros(1, 3, 64, 64), torch.zeros(1, 2, 64, 64)
    unfit = None if network.initial_flow_kind else (flow, flow)
    with pytest.raises(ValueError, match="flow"):
        network.prepare(picture, picture, unfit)


@pytest.mark.parametrize("name", [n for n in NAMES if not n.startswith("reference")])
def test_the_classical_method_knows_no_first_and_second(name: str) -> None:
    """Frames swapped and t turned round: the same picture (published nets are not symmetric)."""
    network = make(name)  # untrained the small ones are the classical method
    one, two = pictures(1, 64, 64)
    given = flow_for(network, one)
    turned = None if given is None else given[::-1]
    t = 0.3 if network.times is Moments.ANY else 0.5
    with torch.inference_mode():
        forward = network.synthesise(network.prepare(one, two, given), t)
        backward = network.synthesise(network.prepare(two, one, turned), 1 - t)
    near = 0.02 if name == "fused" else 1e-5  # whose decoders start close to zero, not at it
    torch.testing.assert_close(forward, backward, atol=near, rtol=0)


def test_settings_of_an_unknown_name_are_refused() -> None:
    settings = read_settings(find_model("fast").config)
    with pytest.raises(ValueError, match=r"unknown setting 'flows'; there are: .*flow.*synthesis"):
        build({**settings, "flows": {}})
    with pytest.raises(ValueError, match=r"unknown setting 'flow\.radii'; there are: .*radius"):
        build({**settings, "flow": {**settings["flow"], "radii": 3}})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"architecture": "gan"},
            "no architecture 'gan'; there are: softsplat, fast, hybrid, fused, direct",
        ),
        ({"architecture": None}, "no architecture None"),
        ({"flow": 3}, "setting 'flow' is a section"),
        ({"flow": {"radius": "3"}}, r"setting 'flow\.radius' takes int, not '3'"),
        ({"flow": {"radius": 3.5}}, r"setting 'flow\.radius' takes int, not 3\.5"),
        ({"flow": {"residual": 1}}, r"setting 'flow\.residual' takes bool, not 1"),
        ({"flow": {"channels": 16}}, r"setting 'flow\.channels' takes a list of int, not 16"),
        ({"flow": {"channels": ["a"]}}, r"setting 'flow\.channels' takes a list of int, not"),
        ({"synthesis": {"columns": True}}, r"setting 'synthesis\.columns' takes int, not True"),
    ],
)
def test_settings_of_a_wrong_kind_are_refused(changes: dict, message: str) -> None:
    settings = read_settings(find_model("fast").config)
    with pytest.raises(ValueError, match=message):
        build({**settings, **changes})


def test_whole_numbers_are_numbers() -> None:
    network = build({"architecture": "direct", "alpha": 3})
    assert isinstance(network, Direct)
    assert network.alpha == 3


def test_a_network_is_built_from_its_sizes() -> None:
    network = build({"architecture": "fast", "flow": {"channels": [8, 8, 8, 8, 8], "finest": 2}})
    assert isinstance(network, Fast)
    assert network.size_multiple == 8
