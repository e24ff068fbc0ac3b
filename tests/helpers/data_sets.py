"""A data set whose samples are made in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from vfi.evaluation.datasets.samples import Sample, choose


@dataclass(frozen=True)
class MadeSet:
    """Samples made in memory."""

    samples: tuple[Sample, ...]
    title: str = "made set"
    protocol: str = "as the test says"
    chosen: frozenset[str] | None = field(default=None)

    @property
    def names(self) -> list[str]:
        return choose([s.name for s in self.samples], self.chosen, self.title)

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Sample]:
        return (s for s in self.samples if s.name in set(self.names))

    def only(self, names):
        return MadeSet(self.samples, self.title, self.protocol, frozenset(names))
