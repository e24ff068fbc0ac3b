"""What `vfi info` says of encoders: all of them in a table, or the options of one."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..errors import UsageError, shown

if TYPE_CHECKING:
    from av.codec.context import CodecOption

    from ..media.video.codecs import Codec
    from ..media.video.encoders import Encoder

_SIZE = 640, 480  # pixels of the video that hardware is tried on


def encoders() -> list[dict[str, Any]]:
    """Return the facts of every encoder that can be asked for, as data."""
    from ..media.video.codecs import CODECS

    return [
        _facts(codec, encoder)
        for codec in CODECS.values()
        for encoder in (*codec.encoders, *codec.hardware)
    ]


def _facts(codec: "Codec", encoder: "Encoder") -> dict[str, Any]:
    from ..media.video.encoders import encoder_formats, is_there

    there = is_there(encoder.name)
    scale = encoder.quality
    return {
        "name": encoder.name,
        "codec": codec.name,
        "hardware": encoder.chip or None,
        "missing": _missing(codec, encoder) or None,
        "quality": None if scale is None else [scale.best, scale.worst, scale.usual],
        "presets": list(encoder.presets),
        "preset": encoder.preset,
        "containers": list(codec.containers),
        "pixel_formats": list((encoder_formats(encoder.name) if there else ()) or codec.formats),
    }


def _missing(codec: "Codec", encoder: "Encoder") -> str:
    """Return why an encoder cannot be used here; nothing if it can, as far as is seen."""
    from fractions import Fraction
    from pathlib import Path

    from ..media.containers import CONTAINERS
    from ..media.frame import VideoInfo
    from ..media.options import EncodingOptions
    from ..media.video.encoders import is_there
    from ..media.video.encoding import resolve_encoding

    if not is_there(encoder.name):
        return "not in this build of FFmpeg"
    if not encoder.chip:
        return ""
    path = Path(f"a{CONTAINERS[codec.containers[0]].suffixes[0]}")
    rate, start = Fraction(25), Fraction(0)
    info = VideoInfo(path, *_SIZE, rate, 1 / rate, start, None, "", "yuv420p", 8)
    plan = resolve_encoding(path, info, EncodingOptions(encoder.name), rate)
    return "" if plan.encoder is encoder else plan.notes[0].partition("(")[2].partition("):")[0]


def table() -> Iterator[str]:
    """Yield the lines of a table of all encoders."""
    yield "encoder            codec   quality (usual)  presets (usual)"
    for facts in encoders():
        quality = _scale(facts["quality"])
        line = f"{facts['name']:<18} {facts['codec']:<7} {quality:<16} {_presets(facts)}"
        away = f"  [{_whose(facts)}{facts['missing']}]" if facts["missing"] else ""
        yield f"{line}{away}"
    yield "vfi info --encoder NAME: its pixel formats, containers and own options"


def _scale(quality: list[int | None] | None) -> str:
    if quality is None:
        return "-"
    best, worst, usual = quality
    return f"{best}-{worst}{'' if usual is None else f' ({usual})'}"


def _whose(facts: dict[str, Any]) -> str:
    return f"{facts['hardware']}: " if facts["hardware"] else ""


def _presets(facts: dict[str, Any]) -> str:
    names = facts["presets"]
    if not names:
        return "-"
    return f"{names[0]} … {names[-1]} ({facts['preset']})"


def options_of(name: str) -> Iterator[str]:
    """Yield lines on one encoder.

    Raises:
        UsageError: there is none of this name.
    """
    from ..media.video.encoder_options import own_options

    found = next((facts for facts in encoders() if facts["name"] == name), None)
    if found is None:
        names = ", ".join(facts["name"] for facts in encoders())
        raise UsageError(f"encoder {shown(name)}: there are {names}", option="encoder")
    yield f"{name}: {found['codec']} in {', '.join(found['containers'])}"
    yield f"pixel formats  {', '.join(found['pixel_formats'])}"
    yield f"presets        {', '.join(found['presets']) or 'none'}"
    if found["missing"] is not None:
        yield f"here           {found['missing']}"
    if found["missing"] != "not in this build of FFmpeg":
        yield from (_option_line(option) for option in own_options(name).values())


def _option_line(option: "CodecOption") -> str:
    takes = ", ".join(choice.name for choice in option.choices)
    if not takes:
        takes = option.type.name.lower() if hasattr(option.type, "name") else "value"
    usual = f" [{option.default}]" if option.default else ""
    return f"  {option.name:<24} {takes}{usual}{f': {option.help}' if option.help else ''}"
