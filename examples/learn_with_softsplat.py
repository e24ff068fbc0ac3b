"""Gradients through splatting: learns how far a picture has moved. No data are needed.

python examples/learn_with_softsplat.py
"""

import torch
from torch import Tensor
from torch.nn import functional

import vfi

MOVED = 3.0  # pixels to the right, which the loop is to find


def blobs() -> Tensor:
    """Return a smooth picture (1, 3, 48, 64) in 0..1."""
    coarse = torch.rand(1, 3, 6, 8, generator=torch.Generator().manual_seed(0))
    return functional.interpolate(coarse, (48, 64), mode="bicubic").clamp(0, 1)


def splatted(picture: Tensor, flow: Tensor) -> Tensor:
    """Return the picture, its pixels thrown along the flow: their mean where several land."""
    return vfi.softsplat(picture, flow.expand(1, 2, *picture.shape[2:]), mode="avg")


def main(steps: int = 120) -> float:
    """Fit a flow by gradient descent; return its x in pixels."""
    picture = blobs()
    truth = splatted(picture, torch.tensor([MOVED, 0.0]).view(1, 2, 1, 1))
    flow = torch.zeros(1, 2, 1, 1, requires_grad=True)
    optimiser = torch.optim.Adam([flow], lr=0.1)
    for step in range(steps):
        loss = functional.l1_loss(splatted(picture, flow)[..., 8:-8], truth[..., 8:-8])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step % 20 == 0:
            print(f"step {step:3}  loss {loss.item():.4f}  x {flow[0, 0, 0, 0].item():.2f} px")
    return flow[0, 0, 0, 0].item()


if __name__ == "__main__":
    print(f"found {main():.2f} px; the truth is {MOVED:g}")
