"""The exceptions that `vfi` raises on purpose.

    VfiError
    ├── UsageError     the call itself is wrong: exit code 2 on the command line
    ├── InputError     a file or array that was given cannot be used
    ├── OutputError    a result cannot be written
    │   └── ExistsError    it is there already, and was not to be replaced
    ├── WeightsError   weights are missing, damaged or of another network
    ├── DeviceError    the asked-for device or precision is not there
    └── WorkerError    processes that were to do the work were lost, or cannot be had

Every message is one line that names the value or file, what is wrong with it and what to do.
"""

from collections.abc import Callable, Mapping
from numbers import Number
from types import MappingProxyType
from typing import Any

_LONGEST = 60  # characters of a value in a message


def shown(value: object) -> str:
    """Return a value as a message names it: on one line, and no longer than can be read."""
    try:
        text = str(value) if isinstance(value, Number) else " ".join(repr(value).split())
    except ValueError:  # Python writes no whole number of more than 4300 digits
        return f"<{type(value).__name__} of thousands of digits>"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


class VfiError(Exception):
    """Any failure that `vfi` foresees.

    Args:
        message: what is wrong, in one line, in the words of Python: "quality 99: libx264 takes …".
        option: the name of the value that is wrong ("quality"); names, where two of them do not go
            together. Whoever knows the value by another name can put it in the message's place:
            the command line says "--quality 99: libx264 takes …".
        advice: what to do, by the name of the value that does it, which stands in the place of {}:
            {"overwrite": "use {} to replace it"}.
    """

    exit_code = 1

    def __init__(
        self,
        message: str = "",
        *,
        option: str | tuple[str, ...] = (),
        advice: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__(message)
        self.advice = dict(advice)
        self.options = (option,) if isinstance(option, str) else option

    @property
    def option(self) -> str | None:
        """The name of the value that is wrong; None where it is no single value."""
        return self.options[0] if self.options else None

    def worded(self, name: Callable[[str], str | None]) -> str:
        """Return message and advice, with what the caller calls values in their names' place.

        Advice to use a value of which `name` knows nothing is left out.
        """
        message, subject = str(self.args[0]) if self.args else "", " and ".join(self.options)
        if subject and message.startswith(f"{subject} "):
            known = " and ".join(name(option) or option for option in self.options)
            message = known + message.removeprefix(subject)
        called = [(name(option), text) for option, text in self.advice.items()]
        return "; ".join([message, *(text.format(word) for word, text in called if word)])

    def __str__(self) -> str:
        return self.worded(str)


class UsageError(VfiError, ValueError):
    """The call is wrong: an option or argument outside its range."""

    exit_code = 2


class InputError(VfiError, ValueError):
    """An input file or array cannot be used."""


class OutputError(VfiError, OSError):
    """A result cannot be written."""


class ExistsError(OutputError):
    """A result is there already, and `overwrite` was not given."""

    def __init__(self, message: str = "", **more: Any) -> None:
        super().__init__(message, **{"advice": {"overwrite": "use {} to replace it"}} | more)


class WeightsError(VfiError, ValueError):
    """Weights are missing, damaged or belong to another network."""


class DeviceError(VfiError, RuntimeError):
    """A device or precision is not available."""


class WorkerError(VfiError, RuntimeError):
    """Processes that were to do the work were lost, or cannot be had."""
