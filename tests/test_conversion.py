"""What is converted on a GPU is what is converted on a CPU, bit for bit; tried on the CPU."""

from typing import Any

import numpy as np
import pytest
import torch

from vfi.conversion import _downloaded, _planes, _uploaded, prepare, restore

CPU = torch.device("cpu")
KINDS: list[Any] = [np.uint8, np.uint16, np.float16, np.float32, np.float64]


def picture(kind: Any, channels: int, seed: int = 0) -> np.ndarray[Any, Any]:
    random = np.random.default_rng(seed)
    shape = (7, 9) if channels == 1 else (7, 9, channels)
    if np.issubdtype(kind, np.integer):
        return random.integers(0, np.iinfo(kind).max + 1, shape, dtype=kind)
    return random.random(shape).astype(kind)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_planes_are_the_same(kind: Any, channels: int) -> None:
    given = picture(kind, channels)
    form = prepare(given, given).form
    assert torch.equal(_uploaded(given, form, CPU), _planes(given, form))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_back_is_the_same(kind: Any, channels: int) -> None:
    form = prepare(picture(kind, channels), picture(kind, channels, 1)).form
    made = torch.rand(1, channels, 7, 9, generator=torch.Generator().manual_seed(2))
    expected = restore(made.expand(1, 3, 7, 9), None, form)
    found = _downloaded(made, form)
    assert found.dtype == kind
    if channels == 3:
        np.testing.assert_array_equal(found, expected)
    else:  # a mean of three equal numbers is rounded
        np.testing.assert_allclose(found.astype(float), np.asarray(expected, float), rtol=1e-3)


def test_an_array_that_must_not_be_written_goes_up_as_well() -> None:
    given = picture(np.uint8, 3)
    form = prepare(given, given).form
    given.flags.writeable = False
    assert torch.equal(_uploaded(given, form, CPU), _planes(given, form))
    turned = picture(np.uint8, 3)[:, ::-1]
    assert torch.equal(_uploaded(turned, form, CPU), _planes(turned, form))
