"""Memory: how much was taken, and that it ran out, in the words of every library."""

import sys

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

# PyTorch on a CPU and OpenCV have no exception of their own for it.
_WORDS = ("allocate memory", "insufficient memory", "failed to allocate", "cannot allocate",
          "out of memory", "std::bad_alloc")  # fmt: skip
SHORT = "memory ran out; smaller pictures or the model 'direct' need less"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception, or one that it comes from, says that memory ran out."""
    seen: BaseException | None = error
    while seen is not None:
        text = str(seen).lower()
        if isinstance(seen, MemoryError) or any(word in text for word in _WORDS):
            return True
        seen = seen.__cause__
    return False


def peak_memory() -> int | None:
    """The most bytes that this process has had in memory at once; None where nobody counts."""
    if resource is None:
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
