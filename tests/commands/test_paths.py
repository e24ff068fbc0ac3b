"""Names of files and folders on the command line, empty and unreadable ones among them."""

import os
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.helpers.cli import RunVfi, names_in
from tests.helpers.textures import texture
from vfi.commands import group
from vfi.commands.paths import PathName
from vfi.media.pictures.images import write_image


def parameters(
    command: click.Command = group, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Parameter]]:
    """Every option and argument of every command."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            deeper = command.get_command(context, name)
            assert deeper is not None
            yield from parameters(deeper, (*words, name))
    for parameter in command.params:
        yield words, parameter


def test_no_command_takes_an_empty_name_for_the_current_folder() -> None:
    found = [(w, p) for w, p in parameters() if isinstance(p.type, click.Path)]
    assert len(found) > 30
    for words, parameter in found:
        assert isinstance(parameter.type, PathName), (words, parameter.name)
        with pytest.raises(click.BadParameter, match="the name is empty"):
            parameter.type.convert("", parameter, None)


@pytest.mark.parametrize(
    "words",
    [("video", ""), ("video", "x.mp4", "--out", ""), ("batch", "", "--out", "x"),
     ("interpolate", "--one", "", "--two", "x.png"), ("video", "x.mp4", "--mask", "")],
)  # fmt: skip
def test_an_empty_name_is_a_wrong_call(
    run_vfi: RunVfi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    write_image(tmp_path / "1.png", texture())  # so that the current folder could be an input
    monkeypatch.chdir(tmp_path)
    ended = run_vfi(*words)
    assert ended.code == 2
    assert "the name is empty" in ended.complaint
    assert names_in(tmp_path) == ["1.png"]


def test_a_slash_at_the_end_makes_no_file(run_vfi: RunVfi, tmp_path: Path) -> None:
    write_image(tmp_path / "1.png", texture())
    picture = tmp_path / "1.png"
    ended = run_vfi(
        "interpolate", "--one", picture, "--two", picture, "--flow", f"{tmp_path}/2.flo/"
    )
    assert ended.code == 2
    assert "2.flo/ is a folder; give the name of a file" in ended.complaint
    assert names_in(tmp_path) == ["1.png"]


@pytest.mark.parametrize("command", ["video", "keyframes", "interpolate"])
def test_a_file_without_permission_is_a_failure_and_no_wrong_call(
    run_vfi: RunVfi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    secret = tmp_path / "secret.png"
    write_image(secret, texture())
    secret.chmod(0)
    allowed = os.access

    def access(path: "str | os.PathLike[str]", mode: int, **settings: bool) -> bool:
        """What anybody but root is told."""
        return Path(path) != secret and allowed(path, mode, **settings)

    monkeypatch.setattr(os, "access", access)
    words = ("--one", secret, "--two", secret) if command == "interpolate" else (secret,)
    ended = run_vfi(command, *words)
    assert ended.code == 1
    assert ended.complaint == f"Error: {secret} cannot be read: permission denied"


def test_a_dash_is_no_folder_and_no_file(
    run_vfi: RunVfi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_image(tmp_path / "1.png", texture())
    monkeypatch.chdir(tmp_path)
    for words in (("interpolate", "1.png", "1.png", "-o", "-"), ("flow", "-", "1.png")):
        ended = run_vfi(*words)
        assert ended.code == 2
        assert "no pipe here" in ended.complaint
    assert names_in(tmp_path) == ["1.png"]


def test_every_out_and_model_has_a_short_name() -> None:
    seen = set()
    for words, parameter in parameters():
        short = {"--out": "-o", "--model": "-m"}
        for name in set(short) & set(parameter.opts):
            seen.add((words[0], name))
            assert short[name] in parameter.opts, (words, name)
            assert parameter.opts[-1] == name  # what messages call it
    assert {("video", "--out"), ("benchmark", "--model"), ("interpolate", "--out")} <= seen
