"""Processes of this machine that make parts: spawned, with a model each.

What a process needs is pickled once, and sent to each. From then on it is told runs and parts over
a pipe, and answers with the frames that it has made. When it dies, the pipe breaks; when whoever
began it dies, it ends, too. Imports nothing that is slow, since each process begins with it.
"""

import contextlib
import os
import pickle
import signal
import threading
import traceback
from multiprocessing import connection, get_context, parent_process
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from ..threads import sleep_while_waiting
from .crew import Crew, Lost, Report, Tell

if TYPE_CHECKING:
    from ..media.sink import Part
    from .segments import Bench, Work


def process_crew(work: "Work", count: int, threads: int, gpus: "list[str]") -> Crew:
    """Return so many processes of this machine.

    Args:
        threads: for each of them to compute with.
        gpus: as CUDA_VISIBLE_DEVICES names them; they are shared out. None: as for this process.

    Raises:
        UsageError: the interpolator cannot be given to another process.
    """
    parcel = packed(work)

    def hire(number: int) -> ProcessMaker:
        return ProcessMaker(parcel, threads, gpus[number % len(gpus)] if gpus else None)

    return Crew(hire, count)


def packed(work: "Work") -> bytes:
    """Return work as it is sent to another process.

    Raises:
        UsageError: the interpolator cannot be.
    """
    try:
        return pickle.dumps(work)
    except Exception as error:
        kind = type(work.interpolator).__name__
        raise UsageError(
            f"workers: the interpolator {kind} cannot be given to another process ({error})",
            option="workers",
        ) from error


class ProcessMaker:
    """A process that makes parts."""

    def __init__(self, parcel: bytes, threads: int, gpu: str | None) -> None:
        context = get_context("spawn")
        self._door, theirs = context.Pipe()
        told = (theirs, parcel, threads, gpu)
        self._process = context.Process(target=serve, args=told, daemon=True, name="vfi-worker")
        self._process.start()
        theirs.close()

    def make(self, run: range, part: "Part", tell: Tell) -> Report:
        """Have a part made.

        Raises:
            VfiError: what went wrong there.
            Lost: the process has ended.
        """
        try:
            answer = self._ask((run, part), tell)
        except (EOFError, OSError) as error:
            self._process.join()
            raise Lost(_ended(self._process.exitcode)) from error
        if isinstance(answer, BaseException):
            raise answer
        assert isinstance(answer, Report)
        return answer

    def _ask(self, task: object, tell: Tell) -> Any:
        self._door.send(task)
        while isinstance(answer := self._door.recv(), int):
            tell(answer)
        return answer

    def close(self) -> None:
        """End it, whatever it is at; half of a part may be left."""
        self._process.kill()
        self._process.join()


def _ended(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return f"ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def serve(door: "connection.Connection", parcel: bytes, threads: int, gpu: str | None) -> None:
    """Make parts until nobody asks for more: what a process does in its life."""
    _leave_stopping_to_the_parent()
    sleep_while_waiting()
    if gpu is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu
    bench: Bench | None = None
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            run, part = door.recv()
            try:
                bench = bench or bench_of(parcel, threads)
                answer: object = bench.make(run, part, door.send)
            except ConnectionError:
                raise
            except Exception as error:
                answer = sent(error)
            door.send(answer)


def bench_of(parcel: bytes, threads: int) -> "Bench":
    """Return what makes parts, in a process that may compute with so many threads."""
    import cv2
    import torch

    from .segments import Bench

    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    return Bench(pickle.loads(parcel), counts_memory=True)


def sent(error: Exception) -> Exception:
    """Return an exception as another process can be told of it."""
    if os.environ.get("VFI_DEBUG"):
        traceback.print_exception(error)
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _leave_stopping_to_the_parent() -> None:
    """Let nobody stop this process but its parent; end when that has ended, however it did."""
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    parent = parent_process()

    def end() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=end, daemon=True).start()
