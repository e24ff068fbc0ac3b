"""The exceptions that `vfi` raises on purpose.

    VfiError
    ├── UsageError     the call itself is wrong: exit code 2 on the command line
    ├── InputError     a file or array that was given cannot be used
    ├── OutputError    a result cannot be written
    │   └── ExistsError    it is there already, and was not to be replaced
    ├── WeightsError   weights are missing, damaged or of another network
    └── DeviceError    the asked-for device or precision is not there

Every message is one line that names the value or file, what is wrong with it and what to do.
"""

from collections.abc import Callable


class VfiError(Exception):
    """Any failure that `vfi` foresees.

    Args:
        message: what is wrong, in one line, in the words of Python: "quality 99: libx264 takes …".
        option: the name of the value that is wrong ("quality"); names, where two of them do not go
            together. Whoever knows the value by another name can put it in the message's place:
            the command line says "--quality 99: libx264 takes …".
    """

    exit_code = 1

    def __init__(self, message: str = "", *, option: str | tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.options = (option,) if isinstance(option, str) else option

    @property
    def option(self) -> str | None:
        """The name of the value that is wrong; None where it is no single value."""
        return self.options[0] if self.options else None

    def worded(self, name: Callable[[str], str]) -> str:
        """The message; where it begins with names of values, `name(option)` in their place."""
        message, subject = str(self), " and ".join(self.options)
        if not subject or not message.startswith(f"{subject} "):
            return message
        return " and ".join(map(name, self.options)) + message.removeprefix(subject)


class UsageError(VfiError, ValueError):
    """The call is wrong: an option or argument outside its range."""

    exit_code = 2


class InputError(VfiError, ValueError):
    """An input file or array cannot be used."""


class OutputError(VfiError, OSError):
    """A result cannot be written."""


class ExistsError(OutputError):
    """A result is there already, and `overwrite` was not given."""


class WeightsError(VfiError, ValueError):
    """Weights are missing, damaged or belong to another network."""


class DeviceError(VfiError, RuntimeError):
    """A device or precision is not available."""
