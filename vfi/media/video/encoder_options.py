"""What an encoder is told: what is asked for, checked against what it knows, in its own words."""

import difflib
from collections.abc import Mapping, Sequence
from functools import lru_cache

import av
from av.codec.context import CodecOption, OptionFlags, OptionType

from ...errors import UsageError, shown
from ..containers import Container
from ..options import EncodingOptions
from .encoders import Encoder
from .field_order import FieldOrder
from .hdr import HdrMetadata, hdr_options

PARAMETERS = "-params"  # how the options end that hold lists of an encoder's own parameters
_BITRATE = "b"
_FOR_ALL = OptionFlags.ENCODING_PARAM | OptionFlags.VIDEO_PARAM
_WHOLE = (OptionType.INT, OptionType.INT64, OptionType.UINT, OptionType.UINT64)
_NUMBERS = (*_WHOLE, OptionType.FLOAT, OptionType.DOUBLE)
_LAMBDA = 118  # FFmpeg's FF_QP2LAMBDA


def encoder_options(
    encoder: Encoder,
    container: Container,
    asked: EncodingOptions,
    pixel_format: str,
    hdr: HdrMetadata | None = None,
    field_order: FieldOrder | None = None,
) -> dict[str, str]:
    """Return what the encoder is told; what is asked for by its own names comes last and wins.

    A bitrate that is asked for takes the place of the usual quality.
    """
    told: dict[str, str] = {}
    scale, level = encoder.quality, asked.quality
    if scale and level is None and _BITRATE not in asked.encoder_options:
        level = scale.usual
    if scale and level is not None:
        told |= scale.told(level)
    preset = asked.preset or encoder.preset
    if preset:
        told["preset"] = preset
    if field_order is not None:
        told |= {"field_order": field_order, **(encoder.fields or {})}
    if not container.reorders:
        told["bf"] = "0"
    by_format = encoder.by_format.get(pixel_format, {})
    hdr_told = hdr_options(hdr, encoder.hdr)
    return _joined(encoder.options, by_format, told, hdr_told, asked.encoder_options)


def check_scale(encoder: Encoder, quality: int | None, preset: str | None) -> None:
    """Raise UsageError unless the encoder takes this quality and this preset."""
    name, scale = encoder.name, encoder.quality
    if quality is not None and scale is None:
        raise UsageError(f"{name} has no quality setting", option="quality")
    if preset is not None and not encoder.presets:
        raise UsageError(f"{name} has no presets", option="preset")
    if quality is not None and scale and not scale.best <= quality <= scale.worst:
        whole = f"{scale.best} (the best) to {scale.worst} (the smallest)"
        raise UsageError(f"quality {shown(quality)}: {name} takes {whole}", option="quality")
    if preset is not None and preset not in encoder.presets:
        known = ", ".join(encoder.presets)
        raise UsageError(f"preset {preset}: {name} has {known}", option="preset")


@lru_cache(maxsize=32)
def own_options(name: str) -> dict[str, CodecOption]:
    """Return the options of an encoder, by name; those that FFmpeg has for all of video are last.

    Of two of one name the encoder's own one counts.
    """
    known = av.CodecContext.create(name, "w").supported_options
    own = {option.name: option for option in known.private}
    return own | {
        o.name: o for o in known.generic if o.name not in own and _FOR_ALL & ~o.flags == 0
    }


def check_options(encoder: Encoder, options: Mapping[str, str]) -> None:
    """Raise UsageError unless the encoder has these options, and they take these values."""
    known = own_options(encoder.name)
    for name, value in options.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 3, 0.5)
            hint = f"; near it: {', '.join(near)}" if near else ", and none like it"
            raise _refusal(name, f"{encoder.name} has no such option{hint}")
        wrong = _wrong_value(known[name], value)
        if wrong:
            raise _refusal(f"{name}={value}", f"{encoder.name} takes {wrong}")


def _wrong_value(option: CodecOption, value: str) -> str:
    """Return what an option takes instead of a value; nothing where it may take it."""
    if option.type not in _NUMBERS:
        return ""  # the encoder itself knows what it takes
    words = [choice.name for choice in option.choices]
    number = _plain_number(value)
    if number is not None:
        inside = option.min <= number <= option.max
        return "" if inside else f"{option.min:.12g} to {option.max:.12g}"
    if value[:1].isdigit() or value[:1] in ("-", "+") or value in (*words, "min", "max", "default"):
        return ""  # 4M, 2*3
    near = difflib.get_close_matches(value, words, 3, 0.5) or words
    return f"a number{f', or {_listed(near)}' if near else ''}"


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]


def _plain_number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _refusal(what: str, why: str) -> UsageError:
    text = what if len(what) < 60 else shown(what)
    return UsageError(f"encoder_options {text}: {why}", option="encoder_options")


def _joined(*several: Mapping[str, str]) -> dict[str, str]:
    """Return options in which the later ones win, said as FFmpeg's encoders hear them."""
    joined: dict[str, str] = {}
    for options in several:
        for name, value in options.items():
            # Lists of an encoder's own parameters are joined, in which the later ones win, too.
            is_list = name.endswith(PARAMETERS) and name in joined
            joined[name] = f"{joined[name]}:{value}" if is_list else value
    return _with_quantiser(joined)


def _with_quantiser(options: dict[str, str]) -> dict[str, str]:
    """Say "qscale" as encoders hear it: only FFmpeg's command line knows the word."""
    asked = options.pop("qscale", None)
    if asked is None:
        return options
    flags = options.get("flags", "") + "+qscale"
    return options | {"flags": flags, "global_quality": str(int(asked) * _LAMBDA)}
