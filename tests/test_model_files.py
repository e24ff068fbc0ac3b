"""Weights: found by name, checked by digest, never trusted; and a default that always works."""

import io
import json
import pickle
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from tests.helpers.published import published_shapes, published_weights, sepconv_shapes
from vfi import InputError, OutputError, UsageError, WeightsError, assets
from vfi import model_files as weights
from vfi.models.registry import build

TINY = {
    "architecture": "hybrid",
    "flow": {"channels": [4, 4], "decoder": [4], "radius": 1, "finest": 2, "residual": True},
    "importance": {"picture": 2, "error": 2, "rows": [4, 4], "prior": 5.0},
}


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation of its own: `hybrid` and `direct`, no weights yet. Returns weights/."""
    models, folder = tmp_path / "configs/models", tmp_path / "weights"
    models.mkdir(parents=True)
    folder.mkdir()
    (models / "hybrid.yaml").write_text(json.dumps(TINY))  # JSON is YAML
    shutil.copy(assets.asset_folder("configs/models") / "direct.yaml", models)
    monkeypatch.setattr(assets, "PACKAGE", tmp_path / "vfi")
    weights._manifest.cache_clear()
    yield folder
    weights._manifest.cache_clear()


def write_weights(path: Path, **origin: str) -> torch.nn.Module:
    torch.manual_seed(0)
    network = build(TINY)
    weights.save_weights(network, path, TINY, **origin)
    return network


class TestByName:
    def test_without_weights_the_default_is_what_needs_none(self, installed: Path) -> None:
        assert weights.default_model() == "direct"
        states = {entry.name: (entry.usable, entry.needs_weights) for entry in weights.models()}
        assert states == {"direct": (True, False), "hybrid": (False, True)}

    def test_with_weights_the_default_is_the_network(self, installed: Path) -> None:
        write_weights(installed / "hybrid.safetensors")
        assert weights.default_model() == "hybrid"

    @pytest.mark.parametrize("device", ["cuda", "mps"])
    def test_on_a_gpu_the_default_needs_nothing_of_the_cpu(self, device: str) -> None:
        assert weights.default_model(device) == "fast"
        network = weights.load_network("fast")
        assert network.initial_flow_kind in ("", "tracks")  # dense flow is OpenCV's, on the CPU

    def test_whole_weights_are_loaded(self, installed: Path) -> None:
        network = write_weights(installed / "hybrid.safetensors")
        assert weights.write_manifest() == installed / "manifest.json"
        loaded = weights.load_network("hybrid")
        assert not loaded.training
        for name, value in network.state_dict().items():
            # Files hold half precision: 11 bits.
            torch.testing.assert_close(loaded.state_dict()[name], value, rtol=2**-11, atol=1e-7)

    def test_missing_weights_are_missed(self, installed: Path) -> None:
        with pytest.raises(WeightsError, match=r"no weights for model 'hybrid': .*'direct'"):
            weights.load_network("hybrid")

    @pytest.mark.parametrize("position", [0, 200, -1])
    def test_tampered_weights_are_refused(self, installed: Path, position: int) -> None:
        path = installed / "hybrid.safetensors"
        write_weights(path)
        weights.write_manifest()
        data = bytearray(path.read_bytes())
        data[position] ^= 1
        path.write_bytes(data)
        assert not weights.find_model("hybrid").digest_holds()
        with pytest.raises(WeightsError, match=r"is damaged: its SHA-256 is not the one"):
            weights.load_network("hybrid")

    def test_weights_that_no_manifest_lists_are_refused(self, installed: Path) -> None:
        write_weights(installed / "hybrid.safetensors")
        with pytest.raises(WeightsError, match=r"its SHA-256 is not the one in manifest\.json"):
            weights.load_network("hybrid")

    def test_an_unknown_name_lists_those_that_can_be_used(self, installed: Path) -> None:
        with pytest.raises(UsageError) as error:
            weights.load_network("rife")
        assert str(error.value) == (
            "no model 'rife'; there are: direct (or the path of a .safetensors file)"
        )
        write_weights(installed / "hybrid.safetensors")
        with pytest.raises(UsageError, match="there are: direct, hybrid "):
            weights.find_model("rife")

    def test_shipped_weights_are_whole(self) -> None:
        """What is in `weights/` is what the manifest lists, no more and no less."""
        folder = assets.asset_folder("weights")
        manifest = folder / "manifest.json"
        listed = json.loads(manifest.read_text()) if manifest.is_file() else {}
        assert {path.stem for path in folder.glob("*.safetensors")} == set(listed)
        for entry in weights.models():
            if entry.weights is not None:
                assert entry.digest_holds()
                assert entry.weights.with_suffix(".md").is_file()  # the model card


def test_the_published_network_asks_for_a_file() -> None:
    with pytest.raises(WeightsError, match=r"no weights for model 'reference': .*weights import"):
        weights.load_network("reference")


def test_what_is_shipped_is_small() -> None:
    """Beside the two small networks nothing that a wheel would carry: 15 MB were there once."""
    folder = assets.asset_folder("weights")
    assert sum(path.stat().st_size for path in folder.iterdir() if path.is_file()) < 4e6


class TestByFile:
    def test_a_file_is_enough(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.safetensors"
        network = write_weights(path, licence="CC0", step="7")
        loaded = weights.load_network(path)
        assert loaded.state_dict().keys() == network.state_dict().keys()
        metadata = weights.metadata_of(path)
        assert (metadata["licence"], metadata["step"]) == ("CC0", "7")
        assert json.loads(metadata["config"]) == TINY

    def test_saving_loaded_weights_changes_nothing(self, tmp_path: Path) -> None:
        first, second = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
        write_weights(first)
        weights.save_weights(weights.load_network(first), second, TINY)
        assert first.read_bytes() == second.read_bytes()

    def test_nothing_is_overwritten_unasked(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.safetensors"
        write_weights(path)
        with pytest.raises(OutputError, match="exists already"):
            write_weights(path)
        weights.save_weights(build(TINY), path, TINY, overwrite=True)

    def test_a_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(WeightsError, match=r"gone\.safetensors: no such weights file"):
            weights.load_network(tmp_path / "gone.safetensors")

    @pytest.mark.parametrize("length", [0, 4, 8, 100, -1])
    def test_a_file_that_is_cut_off(self, tmp_path: Path, length: int) -> None:
        path = tmp_path / "short.safetensors"
        write_weights(path)
        path.write_bytes(path.read_bytes()[:length])
        with pytest.raises(WeightsError, match=r"short\.safetensors is no whole safetensors file"):
            weights.load_network(path)

    def test_a_header_that_claims_the_world(self, tmp_path: Path) -> None:
        path = tmp_path / "huge.safetensors"
        path.write_bytes(struct.pack("<Q", 2**62) + b"{}")
        with pytest.raises(WeightsError, match="is no whole safetensors file"):
            weights.load_network(path)

    def test_a_pickle_by_another_name(self, tmp_path: Path) -> None:
        path = tmp_path / "pickle.safetensors"
        torch.save({"a": torch.zeros(1)}, path)
        with pytest.raises(WeightsError, match="is no whole safetensors file"):
            weights.load_network(path)

    def test_a_file_that_does_not_say_what_it_is(self, tmp_path: Path) -> None:
        path = tmp_path / "plain.safetensors"
        save_file(build(TINY).state_dict(), path)
        with pytest.raises(WeightsError, match="does not say which network it belongs to"):
            weights.load_network(path)

    @pytest.mark.parametrize(
        ("config", "message"),
        [
            ("{", "does not fit its network"),
            ("[]", "impossible settings"),
            ("5", "impossible settings"),
            ("null", "impossible settings"),
            ('{"architecture": "gan"}', "no architecture 'gan'"),
            ('{"architecture": "fast", "colour": 1}', "unknown setting 'colour'"),
            ('{"architecture": "fast", "flow": {"channels": [4, -4]}}', "impossible settings"),
            ('{"architecture": "fast", "synthesis": {"rows": [8]}}', "impossible settings"),
            ('{"architecture": "fast"}', "does not fit its network: Error.* in loading"),
            (f'{{"architecture": "fast", "alpha": {"9" * 5000}}}', "does not fit its network"),
            ("[" * 100_000, "does not fit its network"),
            ('{"architecture": "softsplat", "synthesis": {"columns": 1000000000}}', "larger than"),
            ('{"architecture": "softsplat", "pyramid": {"channels": [20000]}}', "larger than"),
            ('{"architecture": "softsplat", "flow": {"radius": 1000}}', "does not fit its network"),
            (f'{{"architecture": "softsplat", "flow": {{"channels": {[1] * 100_000}}}}}', "larger"),
        ],
    )
    def test_settings_that_cannot_be(self, tmp_path: Path, config: str, message: str) -> None:
        path = tmp_path / "odd.safetensors"
        save_file({"a": torch.zeros(1)}, path, {"config": config})
        with pytest.raises(WeightsError, match=message) as error:
            weights.load_network(path)
        assert str(path) in str(error.value)
        assert "\n" not in str(error.value)


class Harm:
    """Unpickling this makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (str(self.path), "w"))


class TestImport:
    @pytest.mark.parametrize("word", ["module", "net"])
    def test_a_published_checkpoint_becomes_weights(self, tmp_path: Path, word: str) -> None:
        source, target = tmp_path / "published.pytorch", tmp_path / "ours.safetensors"
        state = published_weights()
        torch.save({k.replace("net", word): v for k, v in state.items()}, source)
        weights.import_published(source, target)
        network = weights.load_network(target)
        assert torch.equal(
            network.get_parameter("flow.extractor.levels.0.0.weight"),
            state["netFlow.netExtractor.netFirst.0.weight"],
        )
        with pytest.raises(OutputError, match="exists already"):
            weights.import_published(source, target)

    def test_so_does_one_of_sepconv(self, tmp_path: Path) -> None:
        source, target = tmp_path / "l1.pytorch", tmp_path / "ours.safetensors"
        state = {name: torch.zeros(shape) for name, shape in sepconv_shapes().items()}
        state["netVertical2.7.bias"] = torch.arange(51.0)
        torch.save({k.replace("net", "module"): v for k, v in state.items()}, source)
        weights.import_published(source, target)
        network = weights.load_network(target)
        assert torch.equal(network.get_parameter("vertical.1.7.bias"), torch.arange(51.0))
        del state["netVertical2.7.bias"]
        torch.save(state, source)
        with pytest.raises(InputError, match=r"is not the published SepConv network: .*Missing"):
            weights.import_published(source, target, overwrite=True)

    @pytest.mark.parametrize("protocol", [2, 4])
    @pytest.mark.parametrize("through_torch", [True, False])
    def test_a_malicious_file_is_not_run(
        self, tmp_path: Path, protocol: int, through_torch: bool
    ) -> None:
        source, proof = tmp_path / "evil.pytorch", tmp_path / "harm-was-done"
        if through_torch:
            torch.save({"moduleFlow": Harm(proof)}, source, pickle_protocol=protocol)
        else:
            source.write_bytes(pickle.dumps({"moduleFlow": Harm(proof)}, protocol))
        with pytest.raises(InputError, match=r"evil\.pytorch is no PyTorch checkpoint that can"):
            weights.import_published(source, tmp_path / "ours.safetensors")
        assert not proof.exists()
        assert not (tmp_path / "ours.safetensors").exists()

    def test_a_missing_checkpoint(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"gone\.pytorch: no such file"):
            weights.import_published(tmp_path / "gone.pytorch", tmp_path / "ours.safetensors")

    @pytest.mark.parametrize(
        "content", [b"", b"hello world", b"\x80\x02.", b"PK\x03\x04 and no more", b"\0" * 64]
    )
    def test_files_that_are_no_checkpoint(self, tmp_path: Path, content: bytes) -> None:
        source = tmp_path / "odd.pytorch"
        source.write_bytes(content)
        with pytest.raises(InputError, match="is no PyTorch checkpoint that can be read safely"):
            weights.import_published(source, tmp_path / "ours.safetensors")

    @pytest.mark.parametrize("old", [True, False])
    def test_checkpoints_that_are_damaged(self, tmp_path: Path, old: bool) -> None:
        """Cut off anywhere, in both of PyTorch's formats: always the one error."""
        buffer = io.BytesIO()
        torch.save({"a": torch.zeros(9)}, buffer, _use_new_zipfile_serialization=not old)
        whole, source = buffer.getvalue(), tmp_path / "odd.pytorch"
        for length in range(0, len(whole) - 1, max(1, len(whole) // 25)):
            source.write_bytes(whole[:length])
            with pytest.raises(InputError, match="is no PyTorch checkpoint"):
                weights.import_published(source, tmp_path / "ours.safetensors")

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ([torch.zeros(1)], "holds no dictionary but list"),
            ({1: torch.zeros(1)}, "holds no state dict of tensors"),
            ({"state_dict": {"a": torch.zeros(1)}}, "holds no state dict of tensors"),
            ({"conv.weight": torch.zeros(1)}, "it has no parameter 'conv.weight'"),
            ({}, "Missing key"),
        ],
    )
    def test_checkpoints_of_something_else(
        self, tmp_path: Path, content: Any, message: str
    ) -> None:
        source = tmp_path / "other.pytorch"
        torch.save(content, source)
        with pytest.raises(InputError, match=message) as error:
            weights.import_published(source, tmp_path / "ours.safetensors")
        assert "\n" not in str(error.value)

    @pytest.mark.parametrize("change", ["missing", "shape", "more"])
    def test_a_checkpoint_that_is_nearly_right(self, tmp_path: Path, change: str) -> None:
        source = tmp_path / "nearly.pytorch"
        state = {name: torch.zeros(shape) for name, shape in published_shapes().items()}
        name = min(state)
        if change == "missing":
            del state[name]
        elif change == "shape":
            state[name] = torch.zeros(7)
        else:
            state["netFlow.netSeventh.netMain.0.weight"] = torch.zeros(1)
        torch.save(state, source)
        with pytest.raises(InputError, match="is not the published SoftSplat network") as error:
            weights.import_published(source, tmp_path / "ours.safetensors")
        assert "\n" not in str(error.value)
        assert not (tmp_path / "ours.safetensors").exists()
