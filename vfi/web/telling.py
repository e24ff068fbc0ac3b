"""What went wrong, in the one line that the page shows."""

from ..errors import DeviceError, VfiError
from ..memory import shortage
from .options import label_of


def said_of(error: BaseException) -> str:
    """One line: the same that the command line says, with the page's names of options."""
    short = shortage(error) if isinstance(error, Exception) else None
    if short is not None:
        return str(error) if isinstance(error, DeviceError) else short
    if isinstance(error, VfiError):
        return " ".join(error.worded(label_of).split())
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror or error}"
    return " ".join(f"{type(error).__name__}: {error}".split())
