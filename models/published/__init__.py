"""Published checkpoints: which networks' there are, and their names translated to ours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from . import sepconv, sgm, softsplat


@dataclass(frozen=True)
class PublishedNetwork:
    """One that is reproduced here to the number; `our_name` raises KeyError for a foreign name."""

    title: str
    model: str  # whose settings are those of the published network
    our_name: Callable[[str], str]
    ignored: tuple[str, ...] = ()  # what a checkpoint may hold besides its weights

    def translated(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return a published state dict by our names; KeyError names the first that is unknown."""
        return {self.our_name(name): value for name, value in self._weights(state).items()}

    def known(self, state: Mapping[str, Tensor]) -> int:
        """Return how many of the names are this network's."""
        count = 0
        for name in self._weights(state):
            try:
                self.our_name(name)
            except KeyError:
                continue
            count += 1
        return count

    def _weights(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {
            name: value
            for name, value in state.items()
            if not any(word in name for word in self.ignored)
        }


PUBLISHED = (
    PublishedNetwork("SoftSplat", "reference", softsplat.our_name),
    PublishedNetwork("SGM-VFI", "reference-sgm", sgm.our_name, ignored=sgm.CACHED_MASKS),
    PublishedNetwork("SepConv", "reference-sepconv", sepconv.our_name),
)


def recognised(state: Mapping[str, Tensor]) -> PublishedNetwork:
    """Return the published network to which most of the names belong; the first one for none."""
    return max(PUBLISHED, key=lambda network: network.known(state))
