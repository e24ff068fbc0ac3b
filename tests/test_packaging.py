"""What pyproject.toml says is installed is what the checkout has."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def setuptools() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        settings: dict[str, Any] = tomllib.load(file)["tool"]["setuptools"]
    return settings


def folder_of(package: str, places: dict[str, str]) -> Path:
    """The folder of a package, by the longest entry of `package-dir` that it begins with."""
    for length in range(package.count(".") + 1, 0, -1):
        start = ".".join(package.split(".")[:length])
        if start in places:
            return ROOT.joinpath(places[start], *package.split(".")[length:])
    raise AssertionError(f"no place for {package}")


def test_every_module_is_in_a_listed_package(setuptools: dict[str, Any]) -> None:
    places = setuptools["package-dir"]
    listed = {folder_of(package, places) for package in setuptools["packages"]}
    files = [*(ROOT / "models").rglob("*.py"), *(ROOT / "vfi").rglob("*.py")]
    for file in files:
        parts = file.relative_to(ROOT).parts
        if parts[:2] == ("vfi", "models"):
            continue  # the link to models/
        assert file.parent in listed, f"{file.relative_to(ROOT)} would not be installed"


def test_every_listed_package_is_there(setuptools: dict[str, Any]) -> None:
    for package in setuptools["packages"]:
        folder = folder_of(package, setuptools["package-dir"])
        assert folder.is_dir(), f"{package}: {folder} does not exist"
    assert setuptools["packages"] == sorted(setuptools["packages"])


def test_every_data_file_is_installed(setuptools: dict[str, Any]) -> None:
    data = setuptools["package-data"]
    for package in data:
        assert package in setuptools["packages"]
    for folder, package in (
        ("configs/models", "vfi.configs.models"),
        ("configs/training", "vfi.configs.training"),
        ("weights", "vfi.weights"),
    ):
        assert folder_of(package, setuptools["package-dir"]) == ROOT / folder
        for file in filter(Path.is_file, (ROOT / folder).iterdir()):  # below: the checkout's own
            fits = any(fnmatch(file.name, pattern) for pattern in data[package])
            assert fits, f"{folder}/{file.name} would not be installed"
    assert (ROOT / "vfi/py.typed").is_file()


def test_models_is_a_link_into_the_package() -> None:
    link = ROOT / "vfi/models"
    assert link.is_symlink()
    assert link.readlink() == Path("../models")


def test_what_was_tested_is_pinned() -> None:
    """Every dependency has its one version in constraints.txt; torch and Python stay wide."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    pinned = {
        found.name.lower(): next(iter(found.specifier)).version
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line and not line.startswith("#") and (found := Requirement(line))
    }
    for requirement in map(Requirement, project["dependencies"]):
        assert requirement.name.lower() in pinned, f"{requirement.name} is not in constraints.txt"
        version = pinned[requirement.name.lower()]
        assert version in requirement.specifier, f"{requirement} does not allow {version}"
    torch = next(r for r in map(Requirement, project["dependencies"]) if r.name == "torch")
    assert pinned["torch"] == "2.13.0"
    assert all(version in torch.specifier for version in ("2.6", "2.13.0", "3.0"))
    python = SpecifierSet(project["requires-python"])
    assert all(version in python for version in ("3.11", "3.12", "3.13"))
