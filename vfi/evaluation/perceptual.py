"""LPIPS, when the `lpips` package and its weights are on this machine.

Nothing is downloaded: without them the column is left out, and tables say why.
"""

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any

from .datasets.samples import Pixels

BACKBONE = "alexnet-owt-*.pth"


def missing_lpips() -> str:
    """Why LPIPS cannot be had here; "" if it can."""
    if importlib.util.find_spec("lpips") is None:
        return "no LPIPS: the package `lpips` is not installed"
    import torch

    if not any((Path(torch.hub.get_dir()) / "checkpoints").glob(BACKBONE)):
        return f"no LPIPS: {torch.hub.get_dir()}/checkpoints has no {BACKBONE}"
    return ""


def lpips(result: Pixels, truth: Pixels) -> float:
    """LPIPS (Zhang et al., CVPR 2018) with AlexNet, version 0.1, pictures scaled to −1..1."""
    import torch

    tensors = [
        torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
        for picture in (result, truth)
    ]
    with torch.inference_mode():
        return float(_network()(*tensors))


@cache
def _network() -> Any:
    import lpips  # type: ignore[import-not-found, unused-ignore]

    return lpips.LPIPS(net="alex", verbose=False).eval()
