"""`import vfi` and `vfi --help` are instant and touch nothing; the public names are all there."""

import ast
import graphlib
import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Container
from pathlib import Path

import pytest

import vfi
from vfi.commands import COMMANDS

ROOT = Path(__file__).parent.parent
HEAVY = {"torch", "numpy", "cv2", "av", "numba", "moviepy", "scenedetect", "PIL", "scipy", "yaml"}


def in_a_fresh_python(code: str, *arguments: str) -> dict[str, object]:
    """Run code in a new interpreter; it prints JSON on its last line."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    result: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_importing_touches_nothing(tmp_path: Path) -> None:
    """No heavy module, no second name for `vfi.models`, no setting, no file, no thread."""
    found = in_a_fresh_python(
        """
        import json, locale, logging, os, pathlib, random, signal, sys, threading, warnings
        def state():
            return [
                dict(os.environ), os.getcwd(), list(sys.path), sys.getrecursionlimit(),
                [str(f) for f in warnings.filters], len(logging.root.handlers), logging.root.level,
                str(locale.setlocale(locale.LC_ALL)), hash(random.getstate()),
                str(signal.getsignal(signal.SIGINT)), threading.active_count(),
                str(sys.excepthook),
            ]
        os.chdir(sys.argv[1])
        before = state()
        import vfi
        print(json.dumps({
            "same": before == state(),
            "files": os.listdir("."),
            "modules": sorted(sys.modules),
        }))
        """,
        str(tmp_path),
    )
    modules = found["modules"]
    assert isinstance(modules, list)
    assert not HEAVY & {name.split(".")[0] for name in modules}
    assert "models" not in modules
    assert found["same"] is True
    assert found["files"] == []


def test_help_imports_nothing_heavy() -> None:
    """What takes time in `vfi --help` is what it imports, which can be counted without a clock."""
    found = in_a_fresh_python(
        """
        import json, sys
        sys.argv = ["vfi", "--help"]
        from vfi.commands import main
        try:
            main()
        except SystemExit as end:
            code = end.code
        print()
        print(json.dumps({"code": code, "modules": sorted(sys.modules)}))
        """
    )
    modules = found["modules"]
    assert isinstance(modules, list)
    assert not HEAVY & {name.split(".")[0] for name in modules}
    assert found["code"] == 0


def test_a_video_loads_no_moviepy() -> None:
    """Nor its FFmpeg; PySceneDetect would load both."""
    found = in_a_fresh_python(
        """
        import json, sys
        import vfi.commands.video, vfi.commands.batch, vfi.job, vfi.video, vfi.analysis.scenes
        import vfi.interpolator, vfi.commands.keyframes
        loaded = sorted(sys.modules)
        import moviepy
        print(json.dumps({"modules": loaded, "later": "moviepy.video" in sys.modules}))
        """
    )
    modules = found["modules"]
    assert isinstance(modules, list)
    assert not {"moviepy", "imageio", "imageio_ffmpeg"} & {name.split(".")[0] for name in modules}
    assert found["later"] is True  # whoever wants it can still have it


def test_every_public_name_is_there() -> None:
    assert list(vfi.__all__) == sorted(vfi.__all__)
    assert set(vfi.__all__) == set(vfi._HOMES)
    for name in vfi.__all__:
        thing = getattr(vfi, name)
        assert thing.__doc__, f"vfi.{name} has no docstring"
    assert set(vfi.__all__) <= set(dir(vfi))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'vfi' has no attribute 'interpolater'"):
        vfi.interpolater  # noqa: B018


def test_the_networks_have_one_name() -> None:
    assert vfi.softsplat.__module__.startswith("vfi.models.")
    assert "models" not in sys.modules


def test_models_can_be_lifted_out() -> None:
    """The networks import nothing of vfi but themselves."""
    for file in (ROOT / "models").rglob("*.py"):
        source = file.read_text(encoding="utf-8")
        depth = len(file.relative_to(ROOT / "models").parts)
        assert "import vfi" not in source, file
        assert "from vfi" not in source, file
        assert f"from {'.' * (depth + 1)}" not in source, file


def test_the_networks_import_in_one_direction() -> None:
    """There is an order in which every module comes after those that it imports, early or late."""
    modules = {
        file.relative_to(ROOT).with_suffix("").parts: ast.parse(file.read_text(encoding="utf-8"))
        for file in (ROOT / "models").rglob("*.py")
    }
    imported = {
        module: {
            found
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.level
            for alias in node.names
            if (found := _imported(modules, module[: -node.level], node.module, alias.name))
        }
        for module, tree in modules.items()
    }
    assert any(imported.values())
    list(graphlib.TopologicalSorter(imported).static_order())  # a circle is a CycleError


def _imported(
    modules: Container[tuple[str, ...]], package: tuple[str, ...], module: str | None, name: str
) -> tuple[str, ...] | None:
    """The module that `from .MODULE import NAME` reads, the package itself last."""
    base = (*package, *(module.split(".") if module else ()))
    places = ((*base, name), base, (*base, "__init__"))
    return next((place for place in places if place in modules), None)


def test_every_command_has_its_file() -> None:
    """And the other files beside them make none."""
    files = {path.stem: path.read_text() for path in (ROOT / "vfi/commands").glob("*.py")}
    with_command = {name for name, source in files.items() if "def command(" in source}
    groups = {name for name, source in files.items() if "@click.group(" in source} - {"__init__"}
    assert set(COMMANDS) == with_command | groups


def test_the_library_knows_no_options_of_the_command_line() -> None:
    """An error carries the value's name; vfi/commands/ says which option that is."""
    word = re.compile(r"(^|[\s'`(])--[a-z]")
    library = [
        path
        for path in (ROOT / "vfi").rglob("*.py")
        if path.relative_to(ROOT / "vfi").parts[0] not in ("commands", "models")
    ]
    found = [
        f"{path}:{raised.lineno}"
        for path in library
        for raised in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(raised, ast.Raise) and raised.exc is not None
        for text in ast.walk(raised.exc)
        if isinstance(text, ast.Constant)
        and isinstance(text.value, str)
        and word.search(text.value)
    ]
    assert len(library) > 50
    assert found == []
