"""Networks that are loaded: the page's looks, previews and jobs share them."""

import threading

from ..interpolator import Interpolator
from ..job import Job
from ..pair_job import PairJob

KEPT = 2


class Networks:
    """The last few, by model, device and precision."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: dict[tuple[object, ...], Interpolator] = {}

    def lend(self, job: Job | PairJob) -> None:
        """Give a job the network that it asks for, loaded now if it is not yet.

        Raises:
            UsageError, WeightsError, DeviceError: there is no such model, or it cannot run here.
        """
        with self._lock:
            wanted = job.network
            if wanted not in self._loaded:
                self._loaded[wanted] = Interpolator(*wanted)
                while len(self._loaded) > KEPT:
                    del self._loaded[next(iter(self._loaded))]
            job.interpolator = self._loaded[wanted]
