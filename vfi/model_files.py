"""Which models there are, where their weights lie, and whether those are whole.

A weights file is a safetensors file whose metadata holds the network's settings (``config``, as
JSON) and what is known of its origin; so a file alone is enough: ``--model my.safetensors``.
`weights/manifest.json` lists the shipped ones with their digests.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .assets import asset_folder, asset_names
from .errors import InputError, UsageError, WeightsError, shown
from .memory import blame_shortage

if TYPE_CHECKING:
    from torch import nn

    from .models.network import InterpolationNetwork

SUFFIX = ".safetensors"
DEFAULT = "hybrid"  # what people get who name no model
ON_GPU = "fast"  # the same where frames are on a GPU: nothing of it comes back to the CPU
FALLBACK = "direct"  # needs no weights
PURPOSE = "purpose"  # the key of a configuration that speaks to people, not of the network
HARMLESS, HARMLESS_LENGTH = 1024, 16  # numbers and lists up to this pass in any settings


@dataclass(frozen=True)
class ModelEntry:
    """A model that can be named: its settings, and its weights where it has any."""

    name: str
    config: Path
    weights: Path | None  # None: it needs none, or they are not shipped
    sha256: str | None
    needs_weights: bool
    purpose: str = ""
    """What it is for, in one line."""

    def digest_holds(self) -> bool:
        """Tell whether the weights file is the one that the manifest lists."""
        return self.weights is not None and file_digest(self.weights) == self.sha256

    @property
    def usable(self) -> bool:
        return self.weights is not None or not self.needs_weights


def models() -> list[ModelEntry]:
    """All models of `configs/models/`, with the weights that are there."""
    from .models.registry import needs_weights

    listed = _manifest()
    entries = []
    for name in asset_names("configs/models", ".yaml"):
        config = asset_folder("configs/models") / f"{name}.yaml"
        written = _read_config(config)
        path = asset_folder("weights") / f"{name}{SUFFIX}"
        entries.append(
            ModelEntry(
                name=name,
                config=config,
                weights=path if path.is_file() else None,
                sha256=listed.get(name, {}).get("sha256"),
                needs_weights=needs_weights(_settings(written)),
                purpose=str(written.get(PURPOSE, "")) if isinstance(written, dict) else "",
            )
        )
    return entries


def find_model(name: str) -> ModelEntry:
    """Return the model called `name`.

    Raises:
        UsageError: there is none; the message lists those there are.
    """
    entries = {entry.name: entry for entry in models()}
    if name not in entries:
        usable = ", ".join(entry.name for entry in entries.values() if entry.usable)
        raise UsageError(
            f"no model {shown(name)}; there are: {usable} (or the path of a {SUFFIX} file)",
            option="model",
        )
    return entries[name]


def default_model(device: str = "cpu") -> str:
    """Return the best model whose weights are here; if there are none, `direct`, without any.

    Args:
        device: the kind of device it is for, cpu, cuda or mps. On a GPU it is one whose every part
            runs there; `hybrid` and `direct` ask OpenCV for their flow, on the CPU.
    """
    wanted = DEFAULT if device == "cpu" else ON_GPU
    return wanted if find_model(wanted).usable else FALLBACK


def load_network(model: str | Path) -> "InterpolationNetwork":
    """Return the network of a model's name or a weights file, ready to use, float32 on the CPU.

    Raises:
        UsageError: no such model.
        WeightsError: its weights are missing, damaged or of another network.
    """
    if str(model).endswith(SUFFIX):
        return _network_from_file(Path(model))
    entry = find_model(str(model))
    if not entry.needs_weights:
        return _build(read_settings(entry.config), str(entry.config))
    if entry.weights is None:
        raise WeightsError(
            f"no weights for model {entry.name!r}: {entry.name}{SUFFIX} is not in "
            f"{asset_folder('weights')}; give a file of your own, from `vfi weights import` or "
            f"`vfi train`, or use the model {FALLBACK!r}"
        )
    if not entry.digest_holds():
        raise WeightsError(
            f"{entry.weights} is damaged: its SHA-256 is not the one in manifest.json; "
            "restore the file (git checkout weights/) or reinstall vfi"
        )
    return _network_from_file(entry.weights)


def save_weights(
    network: "nn.Module",
    path: Path,
    config: dict[str, Any],
    overwrite: bool = False,
    **origin: str,
) -> None:
    """Write weights in half precision, with the settings that build their network.

    Raises:
        OutputError: the file cannot be written.
    """
    import torch
    from safetensors.torch import save

    from .media.output import replacing

    state = {
        name: value.detach().to("cpu", torch.float16).contiguous()
        for name, value in network.state_dict().items()
    }
    metadata = {"config": json.dumps(config, sort_keys=True), **origin}
    with replacing(path, overwrite) as temporary:
        temporary.write_bytes(save(state, metadata))


def import_published(source: Path, target: Path, overwrite: bool = False) -> None:
    """Turn a published checkpoint (a pickled state dict) into a weights file of ours.

    Which network's it is, its names tell.

    Raises:
        InputError: the file cannot be read, or is no published network's that is known.
        OutputError: the target cannot be written.
    """
    from safetensors.torch import save
    from torch import Tensor

    from .media.output import replacing
    from .models.published import recognised

    state = read_checkpoint(source)
    if not all(isinstance(n, str) and isinstance(v, Tensor) for n, v in state.items()):
        raise InputError(f"{source} holds no state dict of tensors")
    published = recognised(state)
    settings = read_settings(find_model(published.model).config)
    try:
        translated = published.translated(state)
        network = _build(settings, published.model)
        network.load_state_dict(translated, strict=True)
    except KeyError as error:
        raise InputError(
            f"{source} is not the published {published.title} network: it has no parameter {error}"
        ) from error
    except RuntimeError as error:
        raise InputError(
            f"{source} is not the published {published.title} network: {_first_line(error)}"
        ) from error
    metadata = {"config": json.dumps(settings, sort_keys=True), "source": source.name}
    with replacing(target, overwrite=overwrite) as temporary:
        tensors = {name: value.float().contiguous() for name, value in translated.items()}
        temporary.write_bytes(save(tensors, metadata))


def read_checkpoint(path: Path) -> dict[Any, Any]:
    """Return the dictionary that a PyTorch checkpoint holds, without running anything in it.

    Raises:
        InputError: it is missing or damaged, holds something else, or more than plain data.
    """
    import warnings

    import torch

    if not path.is_file():
        raise InputError(f"{path}: no such file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its doubts about the pickle's version
            state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # the unpickler has no exception of its own for damaged files
        blame_shortage(error)
        raise InputError(f"{path} is no PyTorch checkpoint that can be read safely") from error
    if not isinstance(state, dict):
        raise InputError(f"{path} holds no dictionary but {type(state).__name__}")
    return state


def write_manifest() -> Path:
    """List every weights file of `weights/` with its digest in manifest.json; the file's path.

    Raises:
        OutputError: the file cannot be written.
    """
    from .media.output import replacing

    folder = asset_folder("weights")
    listed = {
        path.stem: {"file": path.name, "sha256": file_digest(path)}
        for path in sorted(folder.glob(f"*{SUFFIX}"))
    }
    manifest = folder / "manifest.json"
    with replacing(manifest, overwrite=True) as temporary:
        temporary.write_text(json.dumps(listed, indent=2) + "\n", encoding="utf-8")
    _manifest.cache_clear()
    return manifest


def metadata_of(path: Path) -> dict[str, str]:
    """Return what a weights file says of itself.

    Raises:
        WeightsError: it cannot be read.
    """
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise WeightsError(f"{path}: no such weights file")
    try:
        with safe_open(path, framework="pt") as file:
            return dict(file.metadata() or {})
    except (SafetensorError, OSError) as error:
        blame_shortage(error)
        raise WeightsError(f"{path} is no whole safetensors file: {_first_line(error)}") from error


def read_settings(config: Path) -> dict[str, Any]:
    """Return the settings of the network in a file of `configs/models/`."""
    settings: dict[str, Any] = _settings(_read_config(config))
    return settings


def _read_config(config: Path) -> Any:
    from .settings_files import read_yaml

    return read_yaml(config)


def _settings(written: Any) -> Any:
    """Return what describes the network; a file may hold anything, which `build` refuses."""
    if not isinstance(written, dict):
        return written
    return {key: value for key, value in written.items() if key != PURPOSE}


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def weights_digest(model: str) -> str | None:
    """Return the SHA-256 of the weights of a model's name or a weights file; None: it has none."""
    path = Path(model) if model.endswith(SUFFIX) else find_model(model).weights
    return None if path is None else file_digest(path)


def _network_from_file(path: Path) -> "InterpolationNetwork":
    from safetensors.torch import load_file

    metadata = metadata_of(path)
    if "config" not in metadata:
        raise WeightsError(
            f"{path} does not say which network it belongs to; make it with "
            "`vfi weights import` or `vfi train`"
        )
    try:
        settings = json.loads(metadata["config"])
        _check_bounds(settings, path)
        network = _build(settings, str(path))
        state = {name: value.float() for name, value in load_file(path).items()}
        network.load_state_dict(state, strict=True)
    except (RuntimeError, ValueError, RecursionError) as error:
        if isinstance(error, WeightsError):
            raise
        blame_shortage(error)
        raise WeightsError(f"{path} does not fit its network: {_first_line(error)}") from error
    return network.eval()


def _check_bounds(settings: Any, path: Path) -> None:
    """Refuse settings of a network larger than the tensors of its file, before it is built.

    Numbers count channels, levels, columns: a network of n of them has n tensors, or one with a
    side of n. What is within that bound is built without memory, and its shapes compared.

    Raises:
        WeightsError: it would be larger.
        RuntimeError: the tensors are not those of the network.
    """
    from safetensors import safe_open
    from torch import device, empty

    with safe_open(path, framework="pt") as file:
        shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    filled = [shape for shape in shapes.values() if 0 not in shape]
    largest = max(HARMLESS, len(filled), *(side for shape in filled for side in shape))
    longest = max(HARMLESS_LENGTH, len(filled))
    numbers, lengths = _sizes(settings)
    if max(numbers) > largest or max(lengths) > longest:
        raise WeightsError(f"{path} has settings of a network larger than its tensors")
    with device("meta"):
        network = _build(settings, str(path))
        network.load_state_dict({name: empty(shape) for name, shape in shapes.items()})


def _sizes(settings: Any) -> tuple[list[int], list[int]]:
    """Return the whole numbers in settings, and the lengths of the lists."""
    numbers, lengths, left = [0], [0], [settings]
    while left:
        each = left.pop()
        if isinstance(each, int):
            numbers.append(abs(each))
        elif isinstance(each, list):
            lengths.append(len(each))
            left.extend(each)
        elif isinstance(each, dict):
            left.extend(each.values())
    return numbers, lengths


def _build(settings: dict[str, Any], place: str) -> "InterpolationNetwork":
    from .models.registry import build

    try:
        return build(settings).eval()
    except (ValueError, TypeError, RuntimeError, ArithmeticError, LookupError) as error:
        blame_shortage(error)
        raise WeightsError(f"{place} has impossible settings: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]


@cache
def _manifest() -> dict[str, dict[str, str]]:
    path = asset_folder("weights") / "manifest.json"
    if not path.is_file():
        return {}
    listed: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return listed
