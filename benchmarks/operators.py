"""Times the operators against a plain copy of their input and against the obvious PyTorch way.

    python benchmarks/operators.py [--height 1080 --width 1920 --channels 32] [--taps 51]
                                   [--rounds 9] [--busy]

Every round runs all contenders once, one after the other; a figure is the median over the rounds,
and a ratio the median of the rounds' own ratios. The slow contenders run in the first rounds only.
The memory is what a call's tensors take at most, its arguments left out. Unfolding is run on a
strip of the picture, and time and memory are counted up to all of it.
Where other programs compete for the cores, `--busy` counts processor time on one thread instead of
time on the clock on all of them.
"""

import argparse
import itertools
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional
from torch.profiler import ProfilerActivity, profile

from vfi.models.ops import backwarp, correlation, sepconv, softsplat

SLOW_ROUNDS = 3
STRIP = 8  # rows, where the whole picture would not fit in memory


@dataclass
class Contender:
    """Something that is timed: against the copy `base`, and faster or not than `rival`."""

    name: str
    call: Callable[[], object]
    base: "Contender | None" = None
    rival: "Contender | None" = None
    slow: bool = False
    parts: int = 1  # of the picture, of which one is run, where all at once would take too much
    memory: int = 0
    seconds: list[float] = field(default_factory=list)

    def measure_memory(self) -> None:
        """Note what its tensors take at most."""
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
            self.call()
        assert record.profiler is not None
        events = record.profiler.kineto_results.events()
        steps = [event.nbytes() for event in events if event.name() == "[memory]"]
        self.memory = self.parts * max(itertools.accumulate(steps, initial=0))

    def run(self, clock: Callable[[], float]) -> None:
        begin = clock()
        self.call()
        self.seconds.append(self.parts * (clock() - begin))

    def over(self, other: "Contender") -> float:
        return statistics.median(
            mine / theirs for mine, theirs in zip(self.seconds, other.seconds, strict=False)
        )


def sum_by_scatter_add(picture: Tensor, flow: Tensor) -> Tensor:
    """Summation splatting as one writes it in PyTorch: four calls of scatter_add_."""
    batch, channels, height, width = picture.shape
    x = torch.arange(width) + flow[:, 0]
    y = torch.arange(height)[:, None] + flow[:, 1]
    left, upper = x.floor(), y.floor()
    source, result = picture.flatten(2), torch.zeros_like(picture).flatten(2)
    for right in (0, 1):
        for down in (0, 1):
            column, row = left + right, upper + down
            weight = (1 - (x - column).abs()) * (1 - (y - row).abs())
            inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
            index = torch.where(inside, row * width + column, 0).long().view(batch, 1, -1)
            weight = torch.where(inside, weight, 0).view(batch, 1, -1)
            result.scatter_add_(2, index.expand(-1, channels, -1), source * weight)
    return result.view_as(picture)


def soft_by_scatter_add(picture: Tensor, flow: Tensor, metric: Tensor) -> Tensor:
    """Softmax splatting on top of it: picture and weight splatted together, then divided."""
    weight = metric.exp()
    total = sum_by_scatter_add(torch.cat([picture * weight, weight], dim=1), flow)
    return total[:, :-1] / (total[:, -1:] + 1e-7)


def costs_by_shifted_products(one: Tensor, two: Tensor, radius: int) -> Tensor:
    """Return the cost volume as one writes it in PyTorch: a product and a mean per displacement."""
    height, width = one.shape[2:]
    padded = functional.pad(two, (radius,) * 4)
    side = 2 * radius + 1
    costs = one.new_empty(len(one), side * side, height, width)
    for down in range(side):
        for right in range(side):
            shifted = padded[:, :, down : down + height, right : right + width]
            costs[:, down * side + right] = (one * shifted).mean(1)
    return costs


def convolved_by_unfolding(picture: Tensor, vertical: Tensor, horizontal: Tensor) -> Tensor:
    """Separable convolution as one writes it in PyTorch: all windows side by side, times kernels.

    The windows of 51 by 51 pixels of a picture of 1280x720 are 28.8 GB.
    """
    taps, height, width = vertical.shape[1:]
    windows = functional.unfold(picture, taps).view(1, 3, taps, taps, height, width)
    rows = windows.mul_(horizontal[:, None, None]).sum(3)
    return (rows * vertical[:, None]).sum(2)


def separable(height: int, width: int, taps: int) -> list[Contender]:
    """Return what the separable convolution is compared with, and itself."""
    picture = torch.randn(1, 3, height + taps - 1, width + taps - 1)
    planes = tuple(torch.randn(1, taps, height, width) for _ in range(2))
    pixels = tuple(kernels.contiguous(memory_format=torch.channels_last) for kernels in planes)
    strip = picture[:, :, : STRIP + taps - 1], *(kernels[:, :, :STRIP] for kernels in planes)
    copy = Contender("copy of the kernels", lambda: [kernels.clone() for kernels in planes])
    unfolding = Contender(
        "unfold",
        lambda: convolved_by_unfolding(*strip),
        copy,
        slow=True,
        parts=height // STRIP,
    )
    return [
        copy,
        unfolding,
        Contender("sepconv", lambda: sepconv(picture, *planes), copy, unfolding),
        Contender("sepconv, channels_last", lambda: sepconv(picture, *pixels), copy, unfolding),
    ]


def splatting(height: int, width: int, channels: int) -> list[Contender]:
    """Return what splatting is compared with, and itself."""
    picture = torch.randn(1, channels, height, width)
    pixels = picture.contiguous(memory_format=torch.channels_last)
    coarse = 8 * torch.randn(1, 2, 9, 16)
    smooth = functional.interpolate(coarse, (height, width), mode="bicubic")
    noise = 5 * torch.randn(1, 2, height, width)
    metric = torch.randn(1, 1, height, width)

    copy = Contender("copy of the picture", picture.clone)
    scatter = Contender(
        "scatter_add_, sum", lambda: sum_by_scatter_add(picture, smooth), copy, slow=True
    )
    soft_scatter = Contender(
        "scatter_add_, soft",
        lambda: soft_by_scatter_add(picture, smooth, metric),
        copy,
        slow=True,
    )

    def splat(what: str, source: Tensor, flow: Tensor, mode: str, scale: float = 1) -> Contender:
        importance = scale * metric if mode == "soft" else None
        rival = soft_scatter if mode == "soft" else scatter
        return Contender(what, lambda: softsplat(source, flow, importance, mode), copy, rival)

    return [
        copy,
        scatter,
        soft_scatter,
        splat("softsplat, sum", picture, smooth, "sum"),
        splat("softsplat, avg", picture, smooth, "avg"),
        splat("softsplat, soft", picture, smooth, "soft"),
        splat("  Z over more than 200", picture, smooth, "soft", 25),
        splat("  flow is noise, 5 px", picture, noise, "soft"),
        splat("softsplat, soft, channels_last", pixels, smooth, "soft"),
        splat("  flow is noise, 5 px", pixels, noise, "soft"),
        Contender("backwarp (grid_sample)", lambda: backwarp(picture, smooth), copy),
    ]


def gradient(height: int, width: int, channels: int) -> list[Contender]:
    """Return a training step's worth: crops of a batch, forward and backward."""
    contenders: list[Contender] = []
    picture = torch.randn(8, channels, height, width)
    flow = functional.interpolate(4 * torch.randn(8, 2, 4, 4), (height, width), mode="bicubic")
    leaves = [flow.requires_grad_(), torch.randn(8, 1, height, width, requires_grad=True)]
    copy = Contender("copy of the batch", picture.clone)
    plain: Contender | None = None
    for name, backend, layout in (
        ("softsplat, plain PyTorch", "reference", torch.contiguous_format),
        ("softsplat", None, torch.contiguous_format),
        ("softsplat, channels_last", None, torch.channels_last),
    ):
        source = picture.clone(memory_format=layout).requires_grad_()
        pull = torch.randn_like(picture).contiguous(memory_format=layout)

        def step(source: Tensor = source, pull: Tensor = pull, name: str | None = backend) -> None:
            output = softsplat(source, leaves[0], leaves[1], backend=name)
            torch.autograd.grad(output, [source, *leaves], pull)

        contender = Contender(name, step, copy, plain)
        plain = plain or contender
        contenders.append(contender)
    return [copy, *contenders]


def cost_volume(height: int, width: int, channels: int, radius: int) -> list[Contender]:
    """Return what the cost volume is compared with, and itself."""
    one, two = torch.randn(2, 1, channels, height, width).unbind()
    copy = Contender("copy of one picture", one.clone)
    shifted = Contender(
        "shifted products", lambda: costs_by_shifted_products(one, two, radius), copy, slow=True
    )
    one_pixels = one.contiguous(memory_format=torch.channels_last)
    two_pixels = two.contiguous(memory_format=torch.channels_last)
    return [
        copy,
        shifted,
        Contender("correlation", lambda: correlation(one, two, radius), copy, shifted),
        Contender(
            "correlation, channels_last",
            lambda: correlation(one_pixels, two_pixels, radius),
            copy,
            shifted,
        ),
    ]


def compare(
    title: str, contenders: list[Contender], rounds: int, clock: Callable[[], float]
) -> None:
    """Time the contenders in turns and print their medians."""
    for contender in contenders:  # compiles, and fills the caches
        contender.call()
        contender.measure_memory()
    for number in range(rounds):
        for contender in contenders:
            if not contender.slow or number < SLOW_ROUNDS:
                contender.run(clock)
    print(f"\n{title}")
    print(f"{'':34}{'ms':>9}{'MB':>9}{'x copy':>9}{'times faster':>15}")
    for contender in contenders:
        line = f"{contender.name:34}{1000 * statistics.median(contender.seconds):9.1f}"
        line += f"{contender.memory / 1e6:9.1f}"
        if contender.base is not None:
            line += f"{contender.over(contender.base):9.1f}"
        if contender.rival is not None:
            line += f"{contender.rival.over(contender):15.1f}"
        print(line)


def main() -> None:
    """Time the operators."""
    parser = argparse.ArgumentParser(description="Time the operators.")
    parser.add_argument("--height", type=int, default=1080)
    parser.add_argument("--width", type=int, default=1920)
    parser.add_argument("--channels", type=int, default=32)
    parser.add_argument("--radius", type=int, default=4)
    parser.add_argument("--taps", type=int, default=51)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--busy", action="store_true", help="processor time on one thread")
    options = parser.parse_args()
    height, width, channels = options.height, options.width, options.channels

    torch.manual_seed(0)
    clock = time.process_time if options.busy else time.perf_counter
    if options.busy:
        torch.set_num_threads(1)
    kind = "processor time" if options.busy else "time on the clock"
    print(f"PyTorch {torch.__version__}, threads: {torch.get_num_threads()}, {kind}")
    with torch.no_grad():
        title = (
            f"Splatting, {channels} channels of {width}x{height}; times faster than by scatter_add_"
        )
        compare(title, splatting(height, width, channels), options.rounds, clock)
        title = (
            f"Cost volume, radius {options.radius}, {2 * channels} channels of "
            f"{width // 4}x{height // 4}; times faster than shifted products"
        )
        volume = cost_volume(height // 4, width // 4, 2 * channels, options.radius)
        compare(title, volume, options.rounds, clock)
        title = (
            f"Separable convolution, {options.taps} taps, 3 channels of {2 * width // 3}x"
            f"{2 * height // 3}; times faster than by unfold"
        )
        convolution = separable(2 * height // 3, 2 * width // 3, options.taps)
        compare(title, convolution, options.rounds, clock)
    title = f"Splatting forward and backward, 8 crops of 160x160, {channels // 2} channels"
    compare(title, gradient(160, 160, channels // 2), options.rounds, clock)


if __name__ == "__main__":
    main()
