"""Workers on a Ray cluster that make parts: actors with a model each.

What they need is put into Ray's object store once. Each is told a run and a part, and says how many
frames it has made. Where a worker sees the folder of the parts it writes there; where it does not,
what it has made comes back through the object store. Ray decides which machine a worker is on, and
where another one begins if a machine is lost.
"""

import logging
import os
import platform
import signal
import socket
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from ..errors import UsageError, WorkerError
from ..media.kept import mark_of
from ..media.output import replacing
from ..media.sink import Part
from ..media.source import files_of
from ..overlap import start
from ..recipe import made_by
from .crew import Crew, Lost, Report, Tell
from .processes import bench_of, packed, sent

if TYPE_CHECKING:
    from .segments import Bench, Work

THREADS_EACH = 4
_PATIENCE = 10  # seconds until somebody answers at an address


@dataclass(frozen=True)
class Setting:
    """What has to be the same on every machine, and what a worker is to do there."""

    source: Path
    input_bytes: int
    made_by: dict[str, str]
    folder: str = field(default_factory=os.getcwd)  # from which relative paths count
    processors: int | None = field(default_factory=os.cpu_count)
    threads: int = 1


def cluster_crew(work: "Work", address: str, count: int | None, on_gpus: bool) -> Crew:
    """Return workers on the machines of a cluster.

    Args:
        address: of the cluster, HOST:PORT; "auto" finds it.
        count: how many, at most; None: as many as there is room for.
        on_gpus: each needs a GPU.

    Raises:
        UsageError: Ray is not installed, or the interpolator cannot be given to another process.
        WorkerError: there is no such cluster, or it has no room.
    """
    ray = _ray()
    parcel = packed(work)
    ours = _connect(ray, address)
    try:
        setting = _setting(work)
        count, threads = _room(ray, count, on_gpus)
        stored = ray.put(parcel)
        actor = ray.remote(Remote).options(num_cpus=threads, num_gpus=int(on_gpus))
    except BaseException:
        ours()
        raise
    return Crew(
        lambda _: RayMaker(actor.remote(stored, replace(setting, threads=threads))), count, ours
    )


def _ray() -> Any:
    try:
        import ray
    except ModuleNotFoundError as error:
        raise UsageError("ray is missing: pip install 'vfi[ray]'", option="ray") from error
    return ray


def _connect(ray: Any, address: str) -> Any:
    """Connect to a cluster; return what ends that, which a connection of the caller's outlives."""
    if ray.is_initialized():
        return lambda: None
    try:
        if address != "auto":
            _reach(address)
        with _own_signals():
            ray.init(address, log_to_driver=False, logging_level=logging.CRITICAL)
    except (OSError, RuntimeError, ValueError) as error:
        said = " ".join(str(error).split()).partition(". ")[0]
        raise WorkerError(f"ray {address}: no cluster answers ({said})", option="ray") from error
    return ray.shutdown


def _reach(address: str) -> None:
    """Raise OSError if nobody is there, for which Ray would wait for minutes."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise UsageError(f"ray {address}: give HOST:PORT of the cluster, or auto", option="ray")
    socket.create_connection((host, int(port)), _PATIENCE).close()


@contextmanager
def _own_signals() -> Generator[None, None, None]:
    """Keep our answers to signals, which Ray would replace by its own."""
    kept = {}
    for name in ("SIGINT", "SIGTERM"):
        number = getattr(signal, name)
        kept[number] = signal.getsignal(number)
    try:
        yield
    finally:
        for number, handler in kept.items():
            with suppress(ValueError):  # not in the main thread: then Ray has not, either
                signal.signal(number, handler)


def _setting(work: "Work") -> Setting:
    path = work.source.info.path
    return Setting(path, _bytes_of(path), made_by())


def _bytes_of(source: Path) -> int:
    return sum(path.stat().st_size for path in files_of(source) if path.is_file())


def _room(ray: Any, count: int | None, on_gpus: bool) -> tuple[int, int]:
    """Return how many workers there is room for, and with how many threads each.

    Raises:
        WorkerError: there is none.
    """
    machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    processors = [int(each.get("CPU", 0)) for each in machines]
    if on_gpus:
        gpus = [int(each.get("GPU", 0)) for each in machines]
        places, threads = sum(gpus), 1
    else:
        threads = max(1, min(THREADS_EACH, *(n for n in (*processors, THREADS_EACH) if n)))
        if count is not None:
            threads = max(1, min(threads, sum(processors) // count))
        places = sum(n // threads for n in processors)
    if not places:
        raise WorkerError(f"the Ray cluster has no {'GPU' if on_gpus else 'processor'} to work on")
    return min(count or places, places), threads


class RayMaker:
    """A worker on a cluster."""

    def __init__(self, actor: Any) -> None:
        self._actor = actor

    def make(self, run: range, part: Part, tell: Tell) -> Report:
        """Have a part made.

        Raises:
            VfiError: what went wrong there.
            Lost: the worker, or its machine, is gone.
        """
        import ray

        mark = mark_of(part.folder)
        answer: Any = None
        try:
            for said in self._actor.make.options(num_returns="streaming").remote(run, part, mark):
                answer = ray.get(said)
                if isinstance(answer, int):
                    tell(answer)
        except ray.exceptions.RayError as error:
            raise Lost(f"was lost: {' '.join(str(error).split())[:200]}") from error
        if isinstance(answer, BaseException):
            raise answer
        report, files = answer
        for name, content in files.items():
            with replacing(part.folder / name, overwrite=True) as temporary:
                temporary.write_bytes(content)
        assert isinstance(report, Report)
        return report

    def close(self) -> None:
        """End it, whatever it is at."""
        import ray

        with suppress(Exception):  # it is gone, or Ray is
            ray.kill(self._actor)


class Remote:
    """The worker itself: what runs on a machine of the cluster."""

    def __init__(self, parcel: bytes, setting: Setting) -> None:
        self._parcel, self._setting = parcel, setting
        self._bench: Bench | None = None

    def make(self, run: range, part: Part, mark: object) -> Generator[Any, None, None]:
        """Make a part; yield numbers of frames, and last what came of it.

        That is a report and the files that have to be sent, or what went wrong.

        Args:
            mark: what the folder of the parts is known by, where all see it.
        """
        told = SimpleQueue[Any]()

        def work() -> None:
            try:
                answer: Any = self._made(run, part, mark, told.put)
            except Exception as error:
                answer = sent(error)
            told.put(answer)

        start(work, "part")
        while isinstance(answer := told.get(), int):
            yield answer
        yield answer

    def _made(
        self, run: range, part: Part, mark: object, tell: Tell
    ) -> tuple[Report, dict[str, bytes]]:
        bench = self._bench = self._bench or self._prepared()
        if mark is not None and mark_of(part.folder) == mark:
            return self._noted(bench.make(run, part, tell)), {}
        with tempfile.TemporaryDirectory(prefix="vfi-") as name:
            report = bench.make(run, part.into(Path(name)), tell)
            files = {path.name: path.read_bytes() for path in Path(name).iterdir()}
        return self._noted(report), files

    def _prepared(self) -> "Bench":
        """Return the bench, if this machine makes what the others make.

        Raises:
            WorkerError: it does not.
        """
        setting, here = self._setting, platform.node()
        with suppress(OSError):
            os.chdir(setting.folder)
        for name, value in made_by().items():
            if value != setting.made_by[name]:
                raise WorkerError(
                    f"{here} of the Ray cluster has {name} {value}, not {setting.made_by[name]}: "
                    "frames might differ"
                )
        found = 0
        with suppress(OSError, ValueError):
            found = _bytes_of(setting.source)
        if found != setting.input_bytes:
            what = "another file" if found else "not there"
            raise WorkerError(
                f"{setting.source} is {what} on {here} of the Ray cluster: every machine reads it "
                "by this path"
            )
        return bench_of(self._parcel, setting.threads)

    def _noted(self, report: Report) -> Report:
        """Add to a report what may make a difference."""
        here, there = os.cpu_count(), self._setting.processors
        if here == there:
            return report
        note = (
            f"{platform.node()} has {here} processors, not {there}: x264 and x265, which share "
            "work out by that, may encode its parts a little differently"
        )
        return replace(report, notes=(*report.notes, note))
