"""From settings, as a configuration file holds them, to a network."""

import reprlib
from collections.abc import Callable, Mapping
from typing import Any

from .adaptive import Adaptive, AdaptiveConfig
from .direct import Direct, DirectConfig
from .fast import Fast, FastConfig
from .fused import Fused, FusedConfig
from .hybrid import Hybrid, HybridConfig
from .network import InterpolationNetwork
from .sepconv import SepConv, SepConvConfig
from .settings import from_settings
from .sgm.sparse_global_matching import SparseGlobalMatching, SparseGlobalMatchingConfig
from .softsplat import SoftSplat, SoftSplatConfig

ARCHITECTURES: dict[str, tuple[type[Any], type[InterpolationNetwork]]] = {
    "softsplat": (SoftSplatConfig, SoftSplat),
    "fast": (FastConfig, Fast),
    "hybrid": (HybridConfig, Hybrid),
    "fused": (FusedConfig, Fused),
    "direct": (DirectConfig, Direct),
    "sparse-global-matching": (SparseGlobalMatchingConfig, SparseGlobalMatching),
    "sepconv": (SepConvConfig, SepConv),
    "adaptive": (AdaptiveConfig, Adaptive),
}


def build(settings: Mapping[str, Any]) -> InterpolationNetwork:
    """Return the network that `settings` describe: ``architecture`` and the sizes of its parts.

    Raises:
        ValueError: an unknown architecture or setting, or a value of the wrong kind.
    """
    config, network = _architecture(settings)
    sizes = {key: value for key, value in settings.items() if key != "architecture"}
    build_network: Callable[[Any], InterpolationNetwork] = network
    return build_network(from_settings(config, sizes))


def needs_weights(settings: Mapping[str, Any]) -> bool:
    """Tell whether anything of the network that `settings` describe is learned.

    Raises:
        ValueError: an unknown architecture.
    """
    return _architecture(settings)[1].needs_weights


def _architecture(settings: Mapping[str, Any]) -> tuple[type[Any], type[InterpolationNetwork]]:
    if not isinstance(settings, Mapping):  # a file may hold anything
        raise ValueError(f"settings are a mapping, not {reprlib.repr(settings)}")
    name = settings.get("architecture")
    if name not in ARCHITECTURES:
        raise ValueError(f"no architecture {name!r}; there are: {', '.join(ARCHITECTURES)}")
    return ARCHITECTURES[name]
