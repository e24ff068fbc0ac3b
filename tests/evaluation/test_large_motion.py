"""The protocols of large motion, from a tree as it comes to frames of the model that is for it."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.textures import texture
from vfi import Interpolator
from vfi.evaluation.datasets.catalogue import CATALOGUE, open_data_set
from vfi.evaluation.metrics import psnr
from vfi.media.pictures.images import write_image

HEIGHT, WIDTH = 144, 240
FAR = 0.3  # of the width, by which a pair's pictures are apart
WIDE = texture(0, HEIGHT, 2 * WIDTH, seed=5)


def write_pan(root: Path, names: Iterable[str]) -> None:
    """Pictures of a camera that moves evenly from the first to the last."""
    paths = [root / name for name in names]
    for path, share in zip(paths, np.linspace(0, 1, len(paths)), strict=True):
        left = round(float(share) * FAR * WIDTH)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_image(path, np.ascontiguousarray(WIDE[:, left : left + WIDTH]))


def x_test_l(root: Path) -> str:
    write_pan(root / "Type1/TEST01_003_f0433", (f"{k:04d}.png" for k in range(33)))
    return "x-test-l-4k"


def snu_film_l(root: Path) -> str:
    names = [f"test/GOPRO_test/GOPR0384_11_05/{number:06d}.png" for number in (1, 17, 33)]
    write_pan(root, names)
    (root / "test-extreme.txt").write_text(" ".join(names) + "\n")
    (root / CATALOGUE["snu-film-extreme-l"].harder_list).write_text(" ".join(names) + "\n")
    return "snu-film-extreme-l"


def xiph_l(root: Path) -> str:
    names = [f"Tango-{number:03d}.png" for number in (10, 12, 14)]
    write_pan(root, names)
    (root / CATALOGUE["xiph-l-2k"].harder_list).write_text(" ".join(names) + "\n")
    return "xiph-l-2k"


@pytest.mark.parametrize("write", [x_test_l, snu_film_l, xiph_l])
def test_sgm_follows_what_goes_far(write, tmp_path: Path) -> None:
    samples = list(open_data_set(write(tmp_path), tmp_path))
    interpolate = Interpolator("sgm", "cpu")
    assert len(samples) == 1
    for sample in samples:
        made = np.asarray(interpolate(sample.one, sample.two, sample.t))
        inside = np.s_[:, made.shape[1] * 2 // 5 : -made.shape[1] * 2 // 5]  # in both pictures
        mean = (sample.one / 2.0 + sample.two / 2.0).round().astype(np.uint8)
        assert psnr(made[inside], sample.truth[inside]) > 5 + psnr(
            mean[inside], sample.truth[inside]
        )
