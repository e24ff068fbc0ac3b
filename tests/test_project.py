"""The shell around the code: what GitHub, PyPI and a citing paper read of it is well-formed."""

import importlib.util
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import vfi
from vfi.commands import COMMANDS

ROOT = Path(__file__).parent.parent
FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))


def read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text("utf-8"))


def test_the_version_stands_in_one_place() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        settings = tomllib.load(file)
    assert "version" not in settings["project"]
    assert settings["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "vfi.__version__"}
    assert f"## {vfi.__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert "version" not in read("CITATION.cff")


def test_github_runs_what_a_person_runs() -> None:
    steps = read(".github/workflows/ci.yml")["jobs"]["test"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == [".ci/run"]
    assert os.access(ROOT / ".ci/run", os.X_OK)
    said = (ROOT / ".ci/run").read_text()
    assert "make test" in said
    assert "make docs" in said


def test_a_citation_says_who_and_which_papers() -> None:
    citation = read("CITATION.cff")
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors", "license"} <= set(citation)
    for paper in citation["references"]:
        assert {"type", "title", "authors", "year", "url"} <= set(paper)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_issue_forms_have_what_github_requires(form: Path) -> None:
    found = yaml.safe_load(form.read_text("utf-8"))
    if form.stem == "config":
        assert found["blank_issues_enabled"] is True
        return
    assert {"name", "description", "body"} <= set(found)
    names = [part["id"] for part in found["body"]]
    assert len(names) == len(set(names))
    assert all(part["attributes"]["label"] for part in found["body"])


def test_the_command_line_page_has_every_command() -> None:
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs/build.py")
    assert spec is not None
    assert spec.loader is not None
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    page = build.page()
    for command in (*COMMANDS, "benchmark speed", "benchmark validation", "weights import"):
        assert f"## `vfi {command}`" in page
