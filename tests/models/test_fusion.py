"""Candidates about motion: what they agree on stays, and who is at one with itself is believed."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vfi.models.fusion import Candidate, fuse


def pictures(count: int, height: int = 20, width: int = 28) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    return [torch.rand(2, 3, height, width, generator=generator) for _ in range(count)]


@settings(max_examples=20)
@given(count=st.integers(1, 4), t=st.floats(0, 1))
def test_candidates_that_agree_are_one(count: int, t: float) -> None:
    one, two = pictures(2)
    candidate = Candidate(one, two)
    torch.testing.assert_close(fuse([candidate] * count, t), torch.lerp(one, two, t))


def test_at_the_ends_only_one_frame_counts() -> None:
    one, two, three, four = pictures(4)
    candidates = [Candidate(one, two), Candidate(one, three), Candidate(one, four)]
    torch.testing.assert_close(fuse(candidates, 0.0), one)
    candidates = [Candidate(two, one), Candidate(three, one), Candidate(four, one)]
    torch.testing.assert_close(fuse(candidates, 1.0), one)


def test_who_is_at_one_with_itself_is_believed() -> None:
    """Here and there: confidence is a matter of places, not of whole pictures."""
    good, bad, worse = pictures(3, 40, 80)
    left = torch.zeros(1, 1, 40, 80)
    left[..., :40] = 1
    first = Candidate(good, good * left + bad * (1 - left))
    second = Candidate(good, good * (1 - left) + worse * left)
    error = (fuse([first, second], 0.5) - good).abs()
    alone = [(candidate.blend(0.5) - good).abs() for candidate in (first, second)]
    assert error[..., :32].mean() < 0.2 * alone[1][..., :32].mean()
    assert error[..., 48:].mean() < 0.2 * alone[0][..., 48:].mean()


@pytest.mark.parametrize("t", [torch.tensor([0.25, 0.5]).view(2, 1, 1, 1)])
def test_each_sample_has_its_own_time(t: torch.Tensor) -> None:
    one, two, three, four = pictures(4)
    together = fuse([Candidate(one, two), Candidate(three, four)], t)
    for number, time in enumerate((0.25, 0.5)):
        here = slice(number, number + 1)
        alone = fuse([Candidate(one[here], two[here]), Candidate(three[here], four[here])], time)
        torch.testing.assert_close(together[here], alone)


def test_the_weights_have_gradients() -> None:
    one, two, three, four = (picture.requires_grad_() for picture in pictures(4))
    fuse([Candidate(one, two), Candidate(three, four)], 0.5).square().sum().backward()
    for picture in (one, two, three, four):
        assert picture.grad is not None
        assert picture.grad.isfinite().all()
        assert picture.grad.abs().sum() > 0
