"""Where a frame's time and memory go: a profiler that knows the parts of a network."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from ...models.network import InterpolationNetwork

OTHER = "other"
SPLAT = "splat"
SAMPLING = 0.004  # seconds between two looks at the memory of the process


@dataclass
class Profile:
    """One run: what each stage took, the stages inside it left out."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    peak: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # bytes above the start
    traffic: int = 0  # bytes that splatting has to read and write at least


class Profiler(Protocol):
    """Whatever records something on stages."""

    def enter(self, name: str) -> None:
        """Begin a stage, inside the one that is open."""
        ...

    def leave(self) -> None:
        """End the innermost stage."""
        ...

    def moved(self, count: int) -> None:
        """So many bytes had to be read or written by splatting."""
        ...


class StageProfiler:
    """Exclusive time per stage: entering a stage stops the clock of the one around it."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.profile = Profile()
        self._open: list[str] = []
        self._since = 0.0
        self._memory = _memory_of(device)

    @contextmanager
    def running(self) -> Iterator[Profile]:
        """One run; everything outside the stages counts as `OTHER`."""
        self.profile = Profile()
        with self._memory.watched():
            self.enter(OTHER)
            try:
                yield self.profile
            finally:
                self.leave()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Record a part of the run."""
        self.enter(name)
        try:
            yield
        finally:
            self.leave()

    def enter(self, name: str) -> None:
        """Begin a stage; the device's queue is emptied first, so that work is not recorded late."""
        self._record()
        self._open.append(name)

    def leave(self) -> None:
        """End the innermost stage."""
        self._record()
        self._open.pop()

    def moved(self, count: int) -> None:
        """Add to the bytes that splatting has to read and write."""
        self.profile.traffic += count

    def _record(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        elif self.device.type == "mps":
            torch.mps.synchronize()
        now = time.perf_counter()
        if self._open:
            name = self._open[-1]
            self.profile.seconds[name] += now - self._since
            self.profile.peak[name] = max(self.profile.peak[name], self._memory.take_peak())
        else:
            self._memory.take_peak()
        self._since = time.perf_counter()


@contextmanager
def watched(network: InterpolationNetwork, profiler: Profiler) -> Iterator[None]:
    """Profile the network's parts (by their names) and its splatting."""
    with ExitStack() as stack:
        for name, part in network.named_children():
            stage = network.stages.get(name, name)
            called = part if isinstance(part, nn.ModuleList) else [part]
            for module in called:
                handles = (
                    module.register_forward_pre_hook(lambda *_, s=stage: profiler.enter(s)),
                    module.register_forward_hook(lambda *_: profiler.leave()),
                )
                for handle in handles:
                    stack.callback(handle.remove)
        stack.enter_context(_SplatWatch(profiler))
        yield


class _SplatWatch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records every splatting operator."""

    def __init__(self, profiler: Profiler) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.profiler = profiler

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func is not torch.ops.vfi.splat.default:
            return func(*args, **(kwargs or {}))
        self.profiler.enter(SPLAT)
        result = func(*args, **(kwargs or {}))
        self.profiler.leave()
        outputs = result if isinstance(result, (tuple, list)) else [result]
        moved = [x for x in (*args, *outputs) if isinstance(x, Tensor)]
        self.profiler.moved(sum(x.numel() * x.element_size() for x in moved))
        return result


class _ProcessMemory:
    """The resident memory of this process, looked at by a thread (Linux), above its start."""

    def __init__(self) -> None:
        self._status = Path("/proc/self/statm")
        self._page = 4096
        self._start = self._peak = 0

    @contextmanager
    def watched(self) -> Iterator[None]:
        self._start = self._peak = self._now()
        ended = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(ended,), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            ended.set()
            watcher.join()

    def take_peak(self) -> int:
        peak, self._peak = max(self._peak, self._now()) - self._start, 0
        return max(0, peak)

    def _watch(self, ended: threading.Event) -> None:
        while not ended.wait(SAMPLING):
            self._peak = max(self._peak, self._now())

    def _now(self) -> int:
        try:
            return int(self._status.read_text().split()[1]) * self._page
        except OSError:  # not Linux: the column stays empty
            return 0


class _CudaMemory:
    """What PyTorch has allocated on a GPU, above its start."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._start = 0

    @contextmanager
    def watched(self) -> Iterator[None]:
        self._start = torch.cuda.memory_allocated(self._device)
        yield

    def take_peak(self) -> int:
        peak = torch.cuda.max_memory_allocated(self._device) - self._start
        torch.cuda.reset_peak_memory_stats(self._device)
        return max(0, peak)


def _memory_of(device: torch.device) -> _ProcessMemory | _CudaMemory:
    return _CudaMemory(device) if device.type == "cuda" else _ProcessMemory()
