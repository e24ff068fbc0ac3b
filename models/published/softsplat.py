"""Names of the published SoftSplat checkpoint, translated to ours."""

import re

_ORDINALS = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth")
_LEVELS = ("One", "Two", "Thr")

_RULES: tuple[tuple[str, str], ...] = (
    (r"netFlow\.netExtractor\.net(\w+?)\.(.+)", r"flow.extractor.levels.<\1>.\2"),
    (r"netFlow\.net(\w+?)\.netMain\.(.+)", r"flow.decoders.<\1>.main.\2"),
    (r"netSynthesis\.netEncode\.net(\w+?)\.(.+)", r"pyramid.levels.<\1>.\2"),
    (r"netSynthesis\.netSoftmetric\.netInput\.(.+)", r"importance.picture.\1"),
    (r"netSynthesis\.netSoftmetric\.netError\.(.+)", r"importance.error.\1"),
    (r"netSynthesis\.netSoftmetric\.netOutput\.(.+)", r"importance.head.\1"),
    (r"netSynthesis\.netSoftmetric\.(\d)x(\d) - (\d)x(\d)\.(.+)", r"importance.grid.[\1\2\3\4].\5"),
    (r"netSynthesis\.netWarp\.net(\w+?)\.(.+)", r"warp.<\1>.\2"),
    (r"netSynthesis\.netOutput\.(.+)", r"synthesis.head.\1"),
    (r"netSynthesis\.(\d)x(\d) - (\d)x(\d)\.(.+)", r"synthesis.grid.[\1\2\3\4].\5"),
)


def our_name(published: str) -> str:
    """Translate one parameter's name; KeyError if it is not one of the published network's."""
    name = re.sub(r"\bmodule", "net", published)
    for pattern, replacement in _RULES:
        if re.fullmatch(pattern, name):
            name = re.sub(pattern, replacement, name)
            break
    else:
        raise KeyError(published)
    try:
        name = re.sub(r"<(\w+)>", _number, name)
    except ValueError:
        raise KeyError(published) from None
    name = re.sub(r"\[(\d{4})\]\.netMain\.(\d)", _grid_block, name)
    return name.replace("netMain", "main").replace("netShortcut", "shortcut")


def _number(match: re.Match[str]) -> str:
    word = match.group(1)
    return str(_LEVELS.index(word) if word in _LEVELS else _ORDINALS.index(word))


def _grid_block(match: re.Match[str]) -> str:
    row, column, next_row, _ = list(match.group(1))
    layer = int(match.group(2))
    if next_row == row:
        return f"lateral.{row}_{int(column) + 1}.main.{layer}"
    if next_row > row:
        return f"down.{row}_{column}.{layer}"
    return f"up.{next_row}_{column}.main.{layer - 1}"  # layer 0 is the upsampling there
