"""`vfi weights` and `vfi info`: what there is, and whether it is whole."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import vfi
from tests.helpers.cli import RunVfi, names_in
from tests.helpers.published import NUMBERS, published_weights
from vfi.assets import asset_names
from vfi.media.pictures.images import read_image, write_image
from vfi.media.video.codecs import CODECS


def test_list(run_vfi: RunVfi) -> None:
    ended = run_vfi("weights", "list")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    names = [line[2:].split()[0] for line in lines[:-1]]
    assert names == asset_names("configs/models", ".yaml")
    assert [line for line in lines[:-1] if line.startswith("*")] == [
        line for line in lines[:-1] if line[2:].startswith(f"{vfi.model_files.default_model()} ")
    ]
    (direct,) = (line for line in lines if line[2:].startswith("direct "))
    assert "needs no weights" in direct
    purposes = [entry.purpose for entry in vfi.model_files.models()]
    assert all(purposes)
    assert [line.endswith(purpose) for line, purpose in zip(lines, purposes, strict=False)] == [
        True
    ] * len(names)
    assert "DAMAGED" not in ended.out


def test_info(run_vfi: RunVfi) -> None:
    found = json.loads(run_vfi("info", "--json").out)
    assert found["vfi"] == vfi.__version__
    assert found["packages"]["torch"] == torch.__version__
    assert found["devices"][0].startswith("cpu (")
    assert {"h264", "h265", "ffv1"} <= set(found["encoders"]) <= set(CODECS)
    states = {model["name"]: model["state"] for model in found["models"]}
    assert set(states) == set(asset_names("configs/models", ".yaml"))
    assert states["direct"] == "needs no weights"
    assert set(states.values()) <= {"needs no weights", "no weights here", "digest holds"}
    text = run_vfi("info")
    assert (text.code, text.err) == (0, "")
    for word in (f"vfi {vfi.__version__}", "torch ", "cpu (", "h264", "direct"):
        assert word in text.out


class TestImport:
    @pytest.fixture
    def checkpoint(self, tmp_path: Path) -> Path:
        path = tmp_path / "published.pytorch"
        torch.save({k.replace("net", "module"): v for k, v in published_weights().items()}, path)
        return path

    def test_a_published_checkpoint_gives_the_published_picture(
        self, run_vfi: RunVfi, checkpoint: Path, tmp_path: Path
    ) -> None:
        """From the checkpoint to the file on disk, all by the command line."""
        from safetensors.numpy import load_file

        ours = tmp_path / "ours.safetensors"
        ended = run_vfi("weights", "import", checkpoint, "--out", ours)
        assert (ended.code, ended.out, ended.err) == (0, f"{ours}\n", "")
        numbers = load_file(NUMBERS)
        for name in ("one", "two"):
            write_image(tmp_path / f"{name}.png", numbers[f"{name}_bgr"][..., ::-1])
        words = ("--one", tmp_path / "one.png", "--two", tmp_path / "two.png", "--device", "cpu")
        out = tmp_path / "quarter.png"
        assert run_vfi(
            "interpolate", *words, "--time", "0.25", "--model", ours, "--out", out
        ).code == 0  # fmt: skip
        expected = numbers["frame_t025"].transpose(1, 2, 0)[..., ::-1].clip(0, 1) * 255
        found = read_image(out).pixels.astype(np.float32)
        assert np.abs(found - expected).max() <= 0.5 + 0.255  # rounding, and 1e-3 of 255

        described = run_vfi("weights", "info", ours)
        assert described.code == 0
        assert f"sha256    {vfi.model_files.file_digest(ours)}" in described.out.splitlines()
        assert "source    published.pytorch" in described.out.splitlines()

    @pytest.mark.parametrize(
        ("source", "out", "code", "message"),
        [
            ("gone.pytorch", "ours.safetensors", 1, "gone.pytorch: no such file"),
            ("text.pytorch", "ours.safetensors", 1, "text.pytorch is no PyTorch checkpoint"),
            ("text.pytorch", "ours.pt", 2, "ours.pt: weights files end in .safetensors"),
            ("other.pytorch", "ours.safetensors", 1, "is not the published SoftSplat network"),
            ("published.pytorch", "no/ours.safetensors", 1, "no does not exist"),
            ("published.pytorch", "there.safetensors", 1, "exists already; use --overwrite"),
        ],
    )
    def test_wrong_calls(
        self,
        run_vfi: RunVfi,
        checkpoint: Path,
        tmp_path: Path,
        source: str,
        out: str,
        code: int,
        message: str,
    ) -> None:
        (tmp_path / "text.pytorch").write_text("hello world")
        (tmp_path / "there.safetensors").write_text("precious")
        torch.save({"conv.weight": torch.zeros(1)}, tmp_path / "other.pytorch")
        before = names_in(tmp_path)
        ended = run_vfi("weights", "import", tmp_path / source, "--out", tmp_path / out)
        assert (ended.code, names_in(tmp_path)) == (code, before)
        assert message in ended.complaint
        assert (tmp_path / "there.safetensors").read_text() == "precious"


class TestDescribe:
    def test_a_model_that_needs_none(self, run_vfi: RunVfi) -> None:
        assert run_vfi("weights", "info", "direct").out == "direct needs no weights\n"

    def test_wrong_names(self, run_vfi: RunVfi, tmp_path: Path) -> None:
        ended = run_vfi("weights", "info", "rife")
        assert (ended.code, ended.complaint[:25]) == (2, "Error: no model 'rife'; t")
        gone = tmp_path / "gone.safetensors"
        ended = run_vfi("weights", "info", gone)
        assert (ended.code, ended.complaint) == (1, f"Error: {gone}: no such weights file")

    def test_whatever_a_file_says_of_itself_is_only_shown(
        self, run_vfi: RunVfi, tmp_path: Path
    ) -> None:
        odd = tmp_path / "odd.safetensors"
        save_file({"a": torch.zeros(1)}, odd, {"config": "{no json", "licence": "unknown"})
        ended = run_vfi("weights", "info", odd)
        assert (ended.code, ended.err) == (0, "")
        assert "licence   unknown" in ended.out.splitlines()
        odd.write_bytes(b"{}")
        assert "is no whole safetensors file" in run_vfi("weights", "info", odd).complaint
