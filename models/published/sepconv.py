"""Names of the published SepConv checkpoints, "l1" and "lf", translated to ours."""

import re

# Blocks by the number that the published network gives them: convolutions to smaller pictures from
# 1 to 5, those to larger ones from 5 to 2, and the two pictures' kernels.
_PARTS = {
    "Conv": ("encoder", "12345"),
    "Deconv": ("decoder", "5432"),
    "Upsample": ("enlarge", "5432"),
    "Vertical": ("vertical", "12"),
    "Horizontal": ("horizontal", "12"),
}


def our_name(published: str) -> str:
    """Translate one parameter's name; KeyError if it is not one of the published network's."""
    match = re.fullmatch(r"(?:net|module)([A-Z][a-z]+)(\d)\.(.+)", published)
    part, numbers = _PARTS.get(match[1], ("", "")) if match else ("", "")
    if match is None or match[2] not in numbers:
        raise KeyError(published)
    return f"{part}.{numbers.index(match[2])}.{match[3]}"
