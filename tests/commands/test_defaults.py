"""The numbers that the help names are those that the library uses."""

import pytest

from tests.helpers.cli import RunVfi
from vfi.analysis import keyframes, scenes
from vfi.rendering import static_regions as still


@pytest.mark.parametrize(
    ("command", "option", "default"),
    [
        ("video", "--scene-threshold", scenes.DEFAULT_THRESHOLD),
        ("video", "--tolerance", keyframes.DEFAULT_TOLERANCE),
        ("video", "--still", still.DEFAULT_TOLERANCE),
        ("keyframes", "--scene-threshold", scenes.DEFAULT_THRESHOLD),
        ("keyframes", "--tolerance", keyframes.DEFAULT_TOLERANCE),
    ],
)
def test_the_help_names_the_default(
    run_vfi: RunVfi, command: str, option: str, default: float
) -> None:
    said = " ".join(run_vfi(command, "--help").out.split())
    about = said[said.index(f"{option} FLOAT") :]
    assert about[about.index("[default: ") :].startswith(f"[default: {default:g}]")
