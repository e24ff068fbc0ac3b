"""`vfi flow` and `vfi splat` from the outside."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from vfi.commands import group
from vfi.figures.flow_colours import flow_to_colours
from vfi.media.pictures.flow_files import read_flow, write_flow
from vfi.media.pictures.images import read_image, write_image


def run(*words):
    return CliRunner().invoke(group, [*map(str, words)])


@pytest.fixture
def pair(tmp_path):
    """Two pictures of a texture that moves by (6, 0)."""
    noise = np.random.default_rng(1).uniform(0, 255, (96, 160, 3)).astype(np.float32)
    texture = np.clip((cv2.GaussianBlur(noise, (0, 0), 2) - 127.5) * 5 + 127.5, 0, 255)
    texture = texture.astype(np.uint8)
    write_image(tmp_path / "a.png", texture[:, 16:144])
    write_image(tmp_path / "b.png", texture[:, 10:138])
    return tmp_path / "a.png", tmp_path / "b.png"


@pytest.fixture
def estimate(pair):
    one, two = pair
    return ["flow", "--one", one, "--two", two, "--model", "direct", "--device", "cpu"]


@pytest.mark.parametrize("suffix", [".flo", ".png", ".npz"])
def test_the_flow_is_written(estimate, tmp_path: Path, suffix) -> None:
    out = tmp_path / f"out{suffix}"
    ended = run(*estimate, "--out", out)
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.split() == [str(out)]
    inner = read_flow(out)[16:-16, 16:-16]
    assert np.median(inner[..., 0]) == pytest.approx(6, abs=0.3)
    assert np.median(inner[..., 1]) == pytest.approx(0, abs=0.3)
    assert "mean motion" in ended.stderr


@pytest.mark.parametrize("suffix", [".exr", ".png", ".tif"])
@pytest.mark.parametrize("scale", [0.001, 1, 40])
def test_nothing_moves_between_a_picture_and_itself(tmp_path: Path, suffix, scale) -> None:
    """Not where there is nothing to hold on to either, nor where all is brighter than white."""
    pixels = np.linspace(0, scale, 64 * 48 * 3, dtype=np.float32).reshape(48, 64, 3)
    picture = tmp_path / f"a{suffix}"
    write_image(picture, pixels)
    ended = run("flow", "--one", picture, "--two", picture, "--out", tmp_path / "a.npz",
                "--model", "fast", "--device", "cpu")  # fmt: skip
    assert ended.exit_code == 0, ended.output
    assert not read_flow(tmp_path / "a.npz").any()


def test_what_is_brighter_than_white_has_motion_too(pair, tmp_path: Path) -> None:
    """The flow of a picture in high dynamic range is measured in its own range, not clipped."""
    for path in pair:
        write_image(path.with_suffix(".exr"), 2 + read_image(path).pixels.astype(np.float32) / 32)
    one, two = (path.with_suffix(".exr") for path in pair)
    ended = run("flow", "--one", one, "--two", two, "--out", tmp_path / "a.npz",
                "--model", "direct", "--device", "cpu")  # fmt: skip
    assert ended.exit_code == 0, ended.output
    flow = read_flow(tmp_path / "a.npz")[16:-16, 16:-16]
    assert np.median(flow[..., 0]) == pytest.approx(6, abs=0.3)


def test_backward_and_the_default_name(estimate, tmp_path: Path) -> None:
    ended = run(*estimate, "--backward")
    assert ended.exit_code == 0, ended.output
    assert np.median(read_flow(tmp_path / "b-a.flo")[16:-16, 16:-16, 0]) == pytest.approx(
        -6, abs=0.3
    )


@pytest.mark.parametrize("show", ["wheel", "arrows"])
def test_drawings_with_occlusion(estimate, tmp_path: Path, show) -> None:
    ended = run(*estimate, "--show", show, "--occlusion", "--picture", tmp_path / "p.png")
    assert ended.exit_code == 0, ended.output
    assert read_image(tmp_path / "p.png").pixels.shape == (96, 128, 3)
    mask = read_image(tmp_path / "p-occlusion.png").pixels
    assert mask[:, -4:].mean() > 200  # what leaves the picture
    assert mask[16:-16, 16:-32].mean() < 60
    assert not (tmp_path / "a-b.flo").exists()
    assert "occluded" in ended.stderr


def test_a_flow_that_is_there_is_shown(tmp_path: Path) -> None:
    flow = np.zeros((20, 30, 2), np.float32)
    flow[:, 15:] = (3, -4)
    write_flow(tmp_path / "f.flo", flow)
    ended = run("flow", "--flow", tmp_path / "f.flo", "--show", "wheel", "--largest", 10)
    assert ended.exit_code == 0, ended.output
    assert np.array_equal(read_image(tmp_path / "f-flow.png").pixels, flow_to_colours(flow, 10.0))
    ended = run("flow", "--flow", tmp_path / "f.flo", "--out", tmp_path / "f.npz")
    assert np.array_equal(read_flow(tmp_path / "f.npz"), flow)


def test_splat_estimates_or_reads_the_flow(pair, tmp_path: Path) -> None:
    one, two = pair
    flow = np.zeros((96, 128, 2), np.float32)
    flow[..., 0] = 6
    write_flow(tmp_path / "f.flo", flow)
    for number, words in enumerate(
        (
            ["--two", two, "--model", "direct"],
            ["--flow", tmp_path / "f.flo"],
            ["--two", two, "--flow", tmp_path / "f.flo", "--alpha", 5, "--importance", "motion"],
        )
    ):
        out = tmp_path / f"figure{number}.png"
        ended = run(
            "splat", "--one", one, *words, "--steps", 2, "--modes", "avg,soft", "--out", out
        )
        assert ended.exit_code == 0, ended.output
        assert read_image(out).pixels.std() > 20


def test_splat_over_time(pair, tmp_path: Path) -> None:
    ended = run(
        "splat", "--one", pair[0], "--two", pair[1], "--model", "direct", "--steps", 3,
        "--out", tmp_path / "x.gif",
    )  # fmt: skip
    assert ended.exit_code == 0, ended.output
    assert (tmp_path / "x.gif").read_bytes().startswith(b"GIF89a")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["flow", "--one", "A"], 2, "give two pictures"),
        (["flow", "--flow", "F", "--two", "B"], 2, "leave out --two"),
        (["flow", "--flow", "F", "--show", "arrows"], 2, "needs --one"),
        (["flow", "--one", "A", "--two", "B", "--picture", "p.png"], 2, "--picture needs --show"),
        (["flow", "--one", "A", "--two", "missing.png"], 1, "missing.png"),
        (["flow", "--one", "A", "--two", "S"], 1, "differ in size: 128x96"),
        (["flow", "--one", "A", "--two", "B", "--out", "x.txt"], 2, ".flo, .png, .npz"),
        (["flow", "--one", "A", "--two", "B", "--model", "direct", "--show", "wheel",
          "--largest", "-3"], 2, "above 0"),
        (["splat", "--one", "A", "--out", "x.png"], 2, "give --two"),
        (["splat", "--one", "A", "--two", "B", "--modes", "max", "--out", "x.png"], 2, "'max'"),
        (["splat", "--one", "A", "--two", "B", "--modes", ",", "--out", "x.png"], 2, "is empty"),
        (["splat", "--one", "A", "--two", "S", "--out", "x.png"], 1, "differ in size"),
        (["splat", "--one", "A", "--flow", "F", "--out", "x.png"], 1, "F.flo is 8x8"),
        (["splat", "--one", "A", "--flow", "F", "--importance", "photometric", "--out", "x.png"],
         2, "needs --two"),
        (["splat", "--one", "A", "--two", "B", "--out", "x.xyz"], 2, "x.xyz"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_one_line(
    pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words, code, message
) -> None:
    monkeypatch.chdir(tmp_path)
    write_image("S.png", np.zeros((8, 8, 3), np.uint8))
    write_flow("F.flo", np.zeros((8, 8, 2), np.float32))
    places = {"A": "a.png", "B": "b.png", "S": "S.png", "F": "F.flo"}
    ended = run(*[places.get(word, word) for word in words])
    assert ended.exit_code == code, ended.output
    assert message in ended.stderr.strip().splitlines()[-1]
