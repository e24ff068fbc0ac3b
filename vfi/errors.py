"""The exceptions that `vfi` raises on purpose.

    VfiError
    ├── UsageError     the call itself is wrong: exit code 2 on the command line
    ├── InputError     a file or array that was given cannot be used
    ├── OutputError    a result cannot be written
    ├── WeightsError   weights are missing, damaged or of another network
    └── DeviceError    the asked-for device or precision is not there

Every message is one line that names the value or file, what is wrong with it and what to do.
"""


class VfiError(Exception):
    """Any failure that `vfi` foresees."""

    exit_code = 1


class UsageError(VfiError, ValueError):
    """The call is wrong: an option or argument outside its range."""

    exit_code = 2


class InputError(VfiError, ValueError):
    """An input file or array cannot be used."""


class OutputError(VfiError, OSError):
    """A result cannot be written."""


class WeightsError(VfiError, ValueError):
    """Weights are missing, damaged or belong to another network."""


class DeviceError(VfiError, RuntimeError):
    """A device or precision is not available."""
