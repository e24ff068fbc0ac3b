"""Classical flows for training: given to a network as at run time, or its first teacher.

Windows and synthetic scenes both take them from here.
"""

from collections.abc import Iterator

import torch

from ...models.dis import CLASSICAL_FLOWS


def measured_flows(
    kind: str, one: torch.Tensor, two: torch.Tensor
) -> Iterator[tuple[str, torch.Tensor]]:
    """Flows both ways of a batch, by the names that they have in a sample.

    Args:
        kind: a key of `CLASSICAL_FLOWS`.
        one, two: (B, 3, H, W) RGB, uint8 or float in 0..1.

    Yields:
        `dis_01` and `dis_10`, say, each (B, 2, H, W) float32 in pixels.
    """
    one, two = (
        frame.float() / 255 if frame.dtype == torch.uint8 else frame for frame in (one, two)
    )
    forward, backward = CLASSICAL_FLOWS[kind](one, two)
    yield f"{kind}_01", forward
    yield f"{kind}_10", backward
