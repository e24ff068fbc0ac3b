"""How much memory a network takes."""

from dataclasses import dataclass

HALO = 256  # rows beside a band that are made with it, as a rule: motion decides (`bands.py`)


@dataclass(frozen=True)
class Need:
    """Bytes a pixel of the pictures, on a CPU; `python -m benchmarks.memory needs` measures them.

    pair: for each pair that is worked at, frames made in one piece.
    prepared: the same where frames are made in small bands (see `bands.py`): what is prepared for
        the whole pictures. 0: they cannot be.
    """

    pair: int
    prepared: int = 0

    def pair_of(self, width: int, height: int, rows: int | None = None) -> int:
        """Return the bytes of a pair of a size, made whole or in bands; whole if that is less."""
        whole = self.pair * width * height
        if rows is None or not self.prepared:
            return whole
        band = min(rows + 2 * HALO, height) * width
        return min(whole, self.prepared * width * height + (self.pair - self.prepared) * band)
