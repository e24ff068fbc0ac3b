"""Networks that make the middle of two frames alone: other moments come of their own results."""

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest
import torch
from torch import Tensor

from vfi.models.moments import Moments, require_middle
from vfi.models.network import Flows, InterpolationNetwork, Synthesis
from vfi.models.padding import Padding
from vfi.models.running import HalvedPair, PreparedPair, prepare_pair, run_pair

Two = tuple[Tensor, Tensor]


class Middle(InterpolationNetwork):
    """The mean of two frames, and how often it was asked; pictures get a border of 3 pixels."""

    times = Moments.HALVES
    has_flow = False

    def __init__(self) -> None:
        super().__init__(size_multiple=4)
        self.calls = 0

    @property
    def padding(self) -> Padding:
        return Padding(8, border=3)

    def _prepare(self, one: Tensor, two: Tensor, initial_flow: Flows | None) -> Two:
        return one, two

    def explain(self, pair: Two, t: Tensor | float) -> Synthesis:
        require_middle(t)
        self.calls += 1
        mean = (pair[0] + pair[1]) / 2
        return Synthesis(mean, mean)

    def carry(self, pair: Two, one: Tensor, two: Tensor, t: float) -> Tensor:
        require_middle(t)
        return (one + two) / 2


class Anywhere(Middle):
    """The same at any time."""

    times = Moments.ANY

    def explain(self, pair: Two, t: Tensor | float) -> Synthesis:
        self.calls += 1
        mean = torch.lerp(*pair, t)
        return Synthesis(mean, mean)


def pictures() -> Two:
    one, two = torch.rand(2, 1, 3, 9, 13).unbind()
    return one, two


@pytest.mark.parametrize("numerator", range(1, 16))
def test_halving_on_leads_to_every_sixteenth(numerator: int) -> None:
    one, two = pictures()
    t = numerator / 16
    torch.testing.assert_close(run_pair(Middle(), one, two, t), torch.lerp(one, two, t))


def test_moments_in_their_order_make_every_frame_once() -> None:
    network = Middle()
    pair = prepare_pair(network, *pictures())
    for number in range(1, 8):
        pair.at(number / 8)
    assert network.calls == 7
    pair.at(0.5)  # of which everything came
    assert network.calls == 7


def test_what_else_there_is_is_halved_with_the_colours() -> None:
    pair = prepare_pair(Middle(), *pictures())
    one, two = torch.rand(2, 1, 1, 9, 13).unbind()
    for t in (0.25, 0.5, 0.625):
        torch.testing.assert_close(pair.carry(one, two, t), torch.lerp(one, two, t))


def test_threads_may_ask_for_any_moments_at_once() -> None:
    one, two = pictures()
    pair = prepare_pair(Middle(), one, two)
    moments = [number / 16 for number in (5, 11, 3, 13, 8, 1, 15, 7)] * 8
    with ThreadPoolExecutor(4) as threads:
        for t, frame in zip(moments, threads.map(pair.at, moments), strict=True):
            torch.testing.assert_close(frame, torch.lerp(one, two, t))


def test_the_others_are_asked_for_the_moment_itself() -> None:
    network = Anywhere()
    one, two = pictures()
    pair = prepare_pair(network, one, two)
    assert isinstance(pair, PreparedPair)
    assert not isinstance(pair, HalvedPair)
    torch.testing.assert_close(pair.at(1 / 3), torch.lerp(one, two, 1 / 3))
    assert network.calls == 1


@pytest.mark.parametrize(
    ("t", "possible"),
    [(0, True), (1, True), (0.5, True), (Fraction(3, 8), True), (1 / 1024, True), (1 / 2048, False),
     (Fraction(1, 3), False), (0.3, False)],
)  # fmt: skip
def test_which_moments_halving_reaches(t: float | Fraction, possible: bool) -> None:
    assert Moments.HALVES.include(t) == possible
    assert Moments.ANY.include(t)


def test_anything_but_the_middle_is_refused() -> None:
    require_middle(0.5)
    require_middle(torch.full((2, 1, 1, 1), 0.5))
    for t in (0.25, torch.tensor([0.5, 0.25])):
        with pytest.raises(ValueError, match="makes the frame at t = 1/2"):
            require_middle(t)


def test_without_flow_there_is_none_to_give() -> None:
    with pytest.raises(ValueError, match="has no flow"):
        prepare_pair(Middle(), *pictures()).flows()
