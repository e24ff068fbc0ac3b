"""The losses are zero where they should be, scale as they should, and never give NaN."""

import math

import pytest
import torch
from torch.nn import functional

from vfi.training.ema import AveragedWeights
from vfi.training.losses import (
    consistency,
    end_point_error,
    end_point_loss,
    laplacian_loss,
    squared_error,
)


class TestLaplacian:
    def test_equal_pictures_cost_nothing(self) -> None:
        picture = torch.rand(2, 3, 40, 52)
        assert laplacian_loss(picture, picture) == 0

    def test_it_is_a_norm_of_the_difference(self) -> None:
        one, two, zero = torch.rand(1, 3, 40, 52), torch.rand(1, 3, 40, 52), torch.zeros(1)
        loss = laplacian_loss(one, two)
        torch.testing.assert_close(laplacian_loss(two, one), loss)
        torch.testing.assert_close(laplacian_loss(one - two, zero), loss)
        torch.testing.assert_close(laplacian_loss(3 * one, 3 * two), 3 * loss)
        torch.testing.assert_close(laplacian_loss(one + 0.5, two + 0.5), loss)

    def test_a_constant_shift_is_seen_by_the_coarsest_level_alone(self) -> None:
        """Which has the weight 2 to the power of its number."""
        picture = torch.rand(1, 3, 64, 64)
        for levels in (1, 2, 5):
            loss = laplacian_loss(picture + 0.1, picture, levels)
            assert float(loss) == pytest.approx(0.1 * 2 ** (levels - 1), rel=1e-4)

    def test_coarse_errors_cost_more_than_fine_ones(self) -> None:
        """Of the same size: a difference that is smooth, and one that is noise."""
        noise = torch.randn(1, 1, 64, 64, generator=torch.Generator().manual_seed(1))
        smooth = functional.interpolate(noise[..., :8, :8], size=64, mode="bicubic")
        smooth = smooth * (noise.abs().mean() / smooth.abs().mean())
        zero = torch.zeros_like(noise)
        assert laplacian_loss(smooth, zero) > 2 * laplacian_loss(noise, zero)

    def test_relative_to_their_size_all_samples_count_alike(self) -> None:
        """A tenth off the hard sample, or off the easy one: the same."""
        picture = torch.rand(2, 3, 40, 52)
        error = torch.rand(2, 3, 40, 52) * torch.tensor([10.0, 1000.0]).view(2, 1, 1, 1)
        losses = []
        for parts in ([1.0, 1.0], [0.9, 1.0], [1.0, 0.9]):
            result = picture + error * torch.tensor(parts).view(2, 1, 1, 1)
            losses.append(float(laplacian_loss(result, picture, relative=True)))
        assert losses[0] - losses[1] == pytest.approx(-math.log(0.9) / 2, rel=1e-2)
        assert losses[0] - losses[2] == pytest.approx(-math.log(0.9) / 2, rel=1e-2)

    def test_relative_squared_error_is_the_mean_psnr(self) -> None:
        errors = torch.tensor([0.1, 0.01]).view(2, 1, 1, 1).expand(2, 3, 8, 8)
        decibels = -10 / math.log(10) * float(squared_error(errors, errors * 0, relative=True))
        assert decibels == pytest.approx((20 + 40) / 2, abs=0.3)
        assert float(squared_error(errors, errors * 0)) == pytest.approx((1e-2 + 1e-4) / 2)

    @pytest.mark.parametrize("size", [(1, 1), (2, 3), (4, 4), (5, 33), (16, 3)])
    def test_small_pictures_have_fewer_levels(self, size: tuple[int, int]) -> None:
        one = torch.rand(1, 3, *size, requires_grad=True)
        loss = laplacian_loss(one, torch.zeros_like(one))
        loss.backward()
        assert loss > 0
        assert one.grad is not None
        assert one.grad.isfinite().all()


class TestEndPoint:
    def test_error_is_the_length_of_the_difference_in_pixels(self) -> None:
        truth = torch.zeros(2, 2, 8, 8)
        flow = truth.clone()
        flow[:, 0], flow[:, 1] = 3.0, 4.0
        assert end_point_error(flow, truth) == 5

    def test_every_level_is_measured_in_pixels_of_the_full_size(self) -> None:
        """A flow that is wrong by four pixels costs the same at each level."""
        truth = torch.full((1, 2, 32, 32), 8.0)
        costs = [
            end_point_loss([torch.full((1, 2, 32 // k, 32 // k), 8.0 / k)
                            + torch.tensor([4.0 / k, 0]).view(1, 2, 1, 1)], truth)
            for k in (1, 2, 4)
        ]  # fmt: skip
        for cost in costs:
            assert float(cost) == pytest.approx(4, rel=1e-5)

    def test_what_is_not_trusted_does_not_count(self) -> None:
        """Half of the truth is wrong, and known to be; what is right costs what it did."""
        flow, truth = torch.zeros(1, 2, 16, 16), torch.full((1, 2, 16, 16), 3.0)
        trust = torch.ones(1, 1, 16, 16)
        whole = end_point_loss([flow], truth, trust)
        torch.testing.assert_close(whole, end_point_loss([flow], truth))
        truth[..., 8:] = 1000
        trust[..., 8:] = 0
        torch.testing.assert_close(end_point_loss([flow], truth, trust), whole / 2)

    def test_a_flow_that_leads_back_is_believed(self) -> None:
        """A square moves right; what it covers and uncovers has a flow that leads elsewhere."""
        flow, back = torch.zeros(1, 2, 24, 48), torch.zeros(1, 2, 24, 48)
        flow[:, 0, 8:16, 8:16] = 6.0
        back[:, 0, 8:16, 14:22] = -6.0
        believed = consistency(flow, back)
        expected = torch.ones(1, 1, 24, 48)
        expected[..., 8:16, 16:22] = 0  # covered by the square
        assert believed.shape == (1, 1, 24, 48)
        torch.testing.assert_close(believed, expected)

    def test_a_perfect_flow_has_a_finite_gradient(self) -> None:
        flow = torch.zeros(1, 2, 8, 8, requires_grad=True)
        end_point_loss([flow], torch.zeros(1, 2, 8, 8)).backward()
        assert flow.grad is not None
        assert flow.grad.isfinite().all()


class TestAveragedWeights:
    def test_it_follows_a_constant_and_lags_behind_a_change(self) -> None:
        layer = torch.nn.Linear(1, 1, bias=False)
        torch.nn.init.constant_(layer.weight, 1.0)
        average = AveragedWeights(layer, decay=0.9)
        average.update(layer, 1)
        assert average.state["weight"].item() == pytest.approx(1.0)
        torch.nn.init.constant_(layer.weight, 2.0)
        average.update(layer, 1000)
        assert average.state["weight"].item() == pytest.approx(1.1)
        assert layer.weight.item() == 2.0

    def test_early_on_it_forgets_faster(self) -> None:
        layer = torch.nn.Linear(1, 1, bias=False)
        torch.nn.init.constant_(layer.weight, 0.0)
        average = AveragedWeights(layer, decay=0.999)
        torch.nn.init.constant_(layer.weight, 1.0)
        average.update(layer, 1)
        assert average.state["weight"].item() == pytest.approx(1 - 2 / 11)
