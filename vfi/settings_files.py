"""Settings that people write: YAML files, read within bounds."""

from pathlib import Path
from typing import Any

import yaml

from .errors import InputError


class _PlainLoader(yaml.SafeLoader):
    """Knows no aliases: a few lines of them stand for gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not read; write the value out")
        return super().compose_node(parent, index)


def read_yaml(path: Path) -> Any:
    """Return what a YAML file holds.

    Raises:
        InputError: it cannot be read, is no YAML, or has aliases or brackets without end.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _PlainLoader)
    except RecursionError as error:
        raise InputError(f"{path}: brackets within brackets without end") from error
    except (yaml.YAMLError, ValueError, OSError) as error:
        raise InputError(f"{path}: {' '.join(str(error).split())[:300]}") from error
