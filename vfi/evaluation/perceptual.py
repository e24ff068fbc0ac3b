"""LPIPS, when the `lpips` package and its weights are on this machine.

Nothing is downloaded: without them the column is left out, and tables say why.
"""

import importlib.util
from collections.abc import Callable
from pathlib import Path

from .datasets.samples import Pixels

Measure = Callable[[Pixels, Pixels], float]
BACKBONE = "alexnet-owt-*.pth"


def lpips_measure(device: str = "cpu") -> tuple[Measure | None, str]:
    """(measure, "") if it can be had, else (None, why not).

    The measure takes two (H, W, 3) uint8 pictures: LPIPS (Zhang et al., CVPR 2018) with AlexNet,
    version 0.1, pictures scaled to −1..1.
    """
    if importlib.util.find_spec("lpips") is None:
        return None, "no LPIPS: the package `lpips` is not installed"
    import torch

    if not any((Path(torch.hub.get_dir()) / "checkpoints").glob(BACKBONE)):
        return None, f"no LPIPS: {torch.hub.get_dir()}/checkpoints has no {BACKBONE}"
    import lpips  # type: ignore[import-not-found, unused-ignore]

    network = lpips.LPIPS(net="alex", verbose=False).to(device).eval()

    def measure(result: Pixels, truth: Pixels) -> float:
        tensors = [
            torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].to(device).float() / 127.5 - 1
            for picture in (result, truth)
        ]
        with torch.inference_mode():
            return float(network(*tensors))

    return measure, ""
