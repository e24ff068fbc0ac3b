"""What the tests of this room share."""

import pytest

from tests.helpers.data_sets import MadeSet
from tests.helpers.textures import texture
from vfi.evaluation.datasets.samples import Sample


@pytest.fixture
def made_set():
    """Three samples of a texture that moves by 2, 4 and 8 pixels between the two frames."""
    return MadeSet(
        tuple(
            Sample(f"by {d}", texture(0, seed=d), texture(d, seed=d), texture(d // 2, seed=d))
            for d in (2, 4, 8)
        )
    )
