"""Measures models on drawn scenes in which everything goes far, with the exact truth.

    python -m benchmarks.large_motion --textures ../shared/validation --model sgm --model hybrid

Cut-outs of frames of some clips in depth order, over a background: whatever moves goes 10 to 40 %
of the width from the first picture to the second, and turns, grows and bends on its way. Scenes
depend on the seed and the clips alone. Run from the checkout.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch

from tests.helpers.data_sets import MadeSet
from vfi import Interpolator
from vfi.evaluation.datasets.clips import decode_exactly, find_clips
from vfi.evaluation.datasets.samples import Sample, as_pixels
from vfi.evaluation.measures import measures_named
from vfi.evaluation.methods import ModelMethod
from vfi.evaluation.report.tables import text_table
from vfi.evaluation.runner import evaluate
from vfi.training.synthetic.scene_samples import SceneSamples
from vfi.training.synthetic.scenes import SceneOptions

HEIGHT, WIDTH = 256, 448
LEAST, MOST = 0.1, 0.4  # of the width
EVERY = 12  # frames of the clips, of which one is a texture
SEED = 17


def textures(folder: Path) -> torch.Tensor:
    """Return frames of the clips in a folder, (P, 3, HEIGHT, WIDTH) uint8."""
    frames = [
        cv2.resize(frame, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
        for path in find_clips(folder)
        for number, frame in enumerate(decode_exactly(path))
        if number % EVERY == 0
    ]
    return torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2).contiguous()


def scenes(pool: torch.Tensor, count: int) -> MadeSet:
    """Return so many drawn scenes as a data set."""
    far = SceneOptions(
        least_motion=LEAST * WIDTH, most_motion=MOST, most_camera_motion=MOST, blur=0.0
    )
    drawn = SceneSamples(pool, (HEIGHT, WIDTH), seed=SEED, options=far, length=count)
    samples = []
    for number in range(count):
        scene = drawn[number]
        one, two, target = (
            as_pixels(scene[name].permute(1, 2, 0).numpy()) for name in ("one", "two", "target")
        )
        samples.append(Sample(f"scene {number}", one, two, target, float(scene["t"])))
    motion = f"motion of {LEAST:.0%} to {MOST:.0%} of the width, t = 1/2 in six of ten"
    return MadeSet(tuple(samples), "drawn scenes, large motion", f"{WIDTH}x{HEIGHT}, {motion}")


def main() -> None:
    """Draw the scenes, run the models on them and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--textures", type=Path, required=True, help="a folder of video clips")
    parser.add_argument("--model", action="append", required=True)
    parser.add_argument("--count", type=int, default=100)
    options = parser.parse_args()
    methods = [ModelMethod(name, Interpolator(name, "cpu")) for name in options.model]
    data = scenes(textures(options.textures), options.count)
    print(text_table(evaluate(methods, data, measures_named(["psnr", "ssim"]), progress=False)))


if __name__ == "__main__":
    main()
