"""Global matches lead the classical flow where it is wrong, and only there."""

import cv2
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from tests.helpers.textures import blobs, coloured_layers
from vfi.model_files import load_network
from vfi.models.dis import dis_flows
from vfi.models.hybrid import Hybrid
from vfi.models.network import Flows
from vfi.models.sgm.leading import (
    FINER,
    Matches,
    averaged_flow,
    correction,
    enlarged_flow,
    led_flows,
    merged,
    mutual_matches,
)


@pytest.fixture(scope="module")
def network() -> Hybrid:
    network = load_network("sgm")
    assert isinstance(network, Hybrid)
    return network


def lead(network: Hybrid, one: Tensor, two: Tensor, flows: Flows) -> Flows:
    assert network.matching_side == 640
    with torch.no_grad():
        return led_flows(one, two, flows, network.flow.extractor, network.matching_side)


def from_rest(one: Tensor, two: Tensor) -> Flows:
    """DIS flow that nothing leads, and that loses what goes far."""
    nothing = torch.zeros(one.shape[0], 2, *one.shape[2:])
    return dis_flows(one, two, start=(nothing, nothing))


def far_thing(shift: int) -> tuple[Tensor, Tensor, tuple[slice, slice]]:
    """A still view, a textured thing that moves `shift` to the right, and where it is at first."""
    view = coloured_layers(3, 480, 272)
    thing = cv2.applyColorMap(blobs(80, 80, seed=5), cv2.COLORMAP_JET)
    pictures = []
    for left in (60, 60 + shift):
        picture = view.copy()
        picture[96:176, left : left + 80] = thing
        pictures.append(torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255)
    return pictures[0], pictures[1], (slice(104, 168), slice(68, 132))


def test_what_moves_a_third_of_the_width_is_found(network: Hybrid) -> None:
    shift = 176
    one, two, inside = far_thing(shift)
    flows = from_rest(one, two)
    truth = torch.tensor([float(shift), 0.0]).view(1, 2, 1, 1)

    def missed(flow: Tensor) -> float:
        return float((flow - truth)[..., *inside].norm(dim=1).median())

    led = lead(network, one, two, flows)
    assert missed(flows[0]) > 100
    assert missed(led[0]) < 1
    assert torch.equal(led[0][..., :16, :], flows[0][..., :16, :])  # far from what was wrong


def test_where_nothing_is_wrong_nothing_is_done(network: Hybrid) -> None:
    one, two, _ = far_thing(3)
    flows = from_rest(one, two)
    assert lead(network, one, two, flows) is flows


def test_pictures_of_a_batch_do_not_know_each_other(network: Hybrid) -> None:
    far, near = far_thing(176), far_thing(3)
    one, two = (torch.cat([a, b]) for a, b in zip(far[:2], near[:2], strict=True))
    flows = from_rest(one, two)
    together = lead(network, one, two, flows)
    alone = lead(network, far[0], far[1], (flows[0][:1], flows[1][:1]))
    torch.testing.assert_close(together[0][:1], alone[0], atol=1e-3, rtol=0)


def test_cells_are_matched_wherever_they_are() -> None:
    generator = torch.Generator().manual_seed(0)
    one = functional.normalize(torch.randn(1, 16, 5, 9, generator=generator), dim=1)
    two = torch.roll(one, (2, -3), (2, 3))
    forward, backward = mutual_matches(torch.cat([one, two]))
    assert forward.trusted.all()
    assert backward.trusted.all()
    stays = forward.flow[0, :, :3, 3:]  # of the others the motion leads round the border
    assert torch.equal(stays, torch.tensor([-3.0, 2.0]).view(2, 1, 1).expand_as(stays))
    assert torch.equal(backward.flow[0, :, 2:, :6], -stays)


def test_what_is_like_nothing_is_not_trusted() -> None:
    generator = torch.Generator().manual_seed(0)
    features = functional.normalize(torch.randn(2, 64, 5, 9, generator=generator), dim=1)
    assert not any(matches.trusted.any() for matches in mutual_matches(features))


class TestCorrection:
    """One cell is 8 pixels of which 4 are looked at; all moves three cells to the right."""

    height, width, shift = 6, 16, 3

    @pytest.fixture
    def pictures(self) -> tuple[Tensor, Tensor]:
        room = self.shift * FINER
        shape = (self.height * FINER, self.width * FINER + room)
        wide = torch.rand(shape, generator=torch.Generator().manual_seed(0))
        both = (wide[:, room:], wide[:, :-room])
        one, two = (picture.expand(1, 3, -1, -1).contiguous() for picture in both)
        return one, two

    def flow(self, x: float) -> Tensor:
        flow = torch.zeros(1, 2, self.height, self.width)
        flow[:, 0] = x
        return flow

    def matches(self, x: float, trusted: bool = True) -> Matches:
        flow = self.flow(x)
        return Matches(flow, torch.full_like(flow[:, :1], trusted, dtype=torch.bool))

    def test_a_wrong_flow_is_corrected(self, pictures: tuple[Tensor, Tensor]) -> None:
        found = correction(*pictures, self.flow(0), self.matches(self.shift))
        inner = found[0, :, :, 1 : self.width - self.shift - 1]
        torch.testing.assert_close(inner[0], torch.full_like(inner[0], self.shift))
        assert not inner[1].any()

    def test_a_right_flow_is_left_alone(self, pictures: tuple[Tensor, Tensor]) -> None:
        for matches in (self.matches(self.shift), self.matches(-2)):
            assert not correction(*pictures, self.flow(self.shift), matches)[..., :12].any()

    def test_what_is_not_mutual_or_fits_no_better_is_not_believed(
        self, pictures: tuple[Tensor, Tensor]
    ) -> None:
        assert not correction(*pictures, self.flow(0), self.matches(self.shift, False)).any()
        worse = correction(*pictures, self.flow(0), self.matches(-5))
        assert (worse[0, 0] != 0).float().mean() < 0.1

    def test_one_match_alone_is_not_believed(self, pictures: tuple[Tensor, Tensor]) -> None:
        matches = self.matches(self.shift, trusted=False)
        matches.trusted[0, 0, 3, 5] = True
        assert not correction(*pictures, self.flow(0), matches).any()


def test_a_new_flow_is_taken_in_its_region_where_it_fits_better() -> None:
    """The left half moves by six pixels, the right half not at all."""
    noise = torch.rand(1, 3, 32, 70, generator=torch.Generator().manual_seed(0))
    one = noise[..., 3:67]
    two = torch.cat([noise[..., :32], one[..., 32:]], 3)
    old, new = torch.zeros(1, 2, 64, 128), torch.zeros(1, 2, 64, 128)
    new[:, 0] = 6.0
    region = torch.ones(1, 1, 8, 16)
    region[:, :, 4:] = 0
    found = merged(one, two, old, new, region)
    assert torch.equal(found[..., :24, :40], new[..., :24, :40])
    assert not found[..., :24, 88:].any()
    assert not found[..., 40:, :].any()


def test_flows_keep_their_motion_at_every_size() -> None:
    flow = torch.tensor([12.0, -6.0]).view(1, 2, 1, 1).expand(1, 2, 90, 160)
    small = averaged_flow(flow, (10, 20))
    torch.testing.assert_close(small[0, :, 0, 0], torch.tensor([12 / 8, -6 / 9]))
    torch.testing.assert_close(enlarged_flow(small, (90, 160)), flow.contiguous())
