"""What an encoder is told: its clock, its colours, its options."""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import ceil, floor, lcm
from pathlib import Path

from ...errors import UsageError
from ..containers import CONTAINERS, FINEST_TICK, container_of
from ..frame import Colour, VideoInfo
from .codecs import CODECS, Codec, choose_codec, with_quantiser
from .colour import BT709, format_facts, info_matrix, is_full_range, matrix_of
from .hdr import HdrMetadata, hdr_options
from .pixel_formats import Wanted, choose_pixel_format

_COARSEST_TICK = 10_000  # ticks a second
_HDR_TRANSFERS = (16, 18)  # ITU-T H.273: PQ, HLG
_MOST_LATE = Fraction(1, 20)  # seconds

# What the encoders take, by FFmpeg's names. Some of them use another value without a word, some
# fail with a number.
_QUALITIES = {
    "libx264": (0, 51),
    "libx265": (0, 51),
    "libsvtav1": (0, 63),
    "libvpx-vp9": (0, 63),
    "prores_ks": (1, 64),
}
_X26X_PRESETS = (
    *("ultrafast", "superfast", "veryfast", "faster", "fast"),
    *("medium", "slow", "slower", "veryslow", "placebo"),
)
_PRESETS = {
    "libx264": _X26X_PRESETS,
    "libx265": _X26X_PRESETS,
    "libsvtav1": tuple(str(number) for number in range(14)),
}


def check_size(width: int, height: int) -> None:
    if not (0 < width <= 65535 and 0 < height <= 65535):
        raise UsageError(f"a video of {width}x{height} pixels cannot be written")


def check_encoding(
    path: Path,
    width: int,
    height: int,
    like: VideoInfo,
    codec: str | None,
    quality: int | None,
    preset: str | None,
) -> None:
    """Raise what opening a `VideoWriter` would raise for the call's sake, but write nothing."""
    container = container_of(path.suffix, path)
    chosen = choose_codec(codec or usual_codec(container, like), container)[1]
    check_size(width, height)
    wanted = Wanted(like.bit_depth, like.has_alpha, width, height, like.pixel_format, container)
    choose_pixel_format(chosen, wanted)
    check_scale(chosen, quality, preset)


def usual_codec(container: str, like: VideoInfo | None) -> str:
    """Return the codec of a container where none is asked for.

    HDR (PQ, HLG) needs 10 bits, which most players show of H.265 and few of H.264.
    """
    usual = CONTAINERS[container].codec
    is_hdr = like is not None and like.bit_depth > 8 and like.colour.transfer in _HDR_TRANSFERS
    return (
        "h265" if is_hdr and usual == "h264" and container in CODECS["h265"].containers else usual
    )


def check_scale(codec: Codec, quality: int | None, preset: str | None) -> None:
    """Raise UsageError unless the encoder takes this quality and this preset."""
    name = codec.encoder
    if quality is not None and codec.quality_option is None:
        raise UsageError(f"{name} has no quality setting", option="quality")
    if preset is not None and codec.preset is None:
        raise UsageError(f"{name} has no presets", option="preset")
    if quality is not None and name in _QUALITIES:
        best, worst = _QUALITIES[name]
        if not best <= quality <= worst:
            scale = f"{best} (the best) to {worst} (the smallest)"
            raise UsageError(f"quality {quality}: {name} takes {scale}", option="quality")
    if preset is not None and preset not in _PRESETS.get(name, (preset,)):
        known = ", ".join(_PRESETS[name])
        raise UsageError(f"preset {preset}: {name} has {known}", option="preset")


def check_rate(rate: Fraction | None, container: str, time_base: Fraction | None) -> None:
    if rate is not None and rate <= 0:
        raise UsageError(f"the frame rate must be positive, not {rate}")
    if time_base is not None and time_base <= 0:
        raise UsageError(f"the time base must be positive, not {time_base}")
    facts = CONTAINERS[container]
    if rate is None and facts.constant_rate:
        raise UsageError("AVI files have a constant frame rate; choose .mkv or .mp4")
    if rate is not None and rate > facts.highest_rate:
        raise UsageError(
            f"{container} files show {float(facts.highest_rate):.6g} frames a second at most, "
            f"not {float(rate):.6g}: they {facts.reason}; choose a lower rate{_finer(container)}"
        )


def check_times(times: Sequence[Fraction], container: str) -> None:
    """Raise UsageError if frames at these times (seconds) follow each other too fast.

    A frame that has no time of its own in the file is a little late; but they must not pile up.
    """
    facts = CONTAINERS[container]
    late = max((off for off in _offsets(times, container)), default=Fraction(0))
    if late > _MOST_LATE:
        rate = float(facts.highest_rate)
        raise UsageError(
            f"{container} files show {rate:.6g} frames a second at most, and here are more for "
            f"a while: they {facts.reason}; choose a lower rate{_finer(container)}"
        )


def _finer(container: str) -> str:
    return "" if CONTAINERS[container].tick is None else ", or .mp4"


def _offsets(times: Sequence[Fraction], container: str) -> Iterator[Fraction]:
    """Yield by how much later than its time each frame is shown, in seconds."""
    facts = CONTAINERS[container]
    if facts.tick is None:
        return
    placed: int | None = None
    for time in times:
        tick = floor(time / facts.tick + Fraction(1, 2))
        placed = tick if placed is None else max(tick, placed + facts.shortest)
        yield placed * facts.tick - time


def rounding_note(times: Sequence[Fraction], container: str) -> str | None:
    """Return what is to be said of frame times (seconds) that the container cannot hold, or None.

    GIF counts in hundredths of a second. A frame is mostly not more than half of one off, so the
    video as a whole keeps its duration.
    """
    if container != "gif":
        return None
    off = max(map(abs, _offsets(times, container)), default=Fraction(0))
    if not off:
        return None
    return (
        "GIF files keep times in hundredths of a second: frames are up to "
        f"{max(5, ceil(off * 1000))} ms off their time, their rate is met on average"
    )


def tick_of(
    rate: Fraction | None, time_base: Fraction | None, like: VideoInfo | None, container: str
) -> Fraction:
    """Return a tick in which every frame of the rate, and every tick asked for, is whole.

    It is finer than 0.1 ms, so that frames off the grid of the rate have a place too; but in AVI,
    which knows only frame numbers, it is one frame, and where the container has a clock of its own
    and the rate does not say how to round, it is that.
    """
    facts = CONTAINERS[container]
    if facts.constant_rate and rate is not None:
        return 1 / rate
    if facts.tick is not None and (rate is None or facts.shortest > 1):
        return facts.tick
    wanted = [1 / rate] if rate is not None else []
    if time_base is not None:
        wanted.append(time_base)
    elif rate is None:
        wanted.append(like.time_base if like else Fraction(1, 90_000))
    ticks = lcm(*(w.denominator for w in wanted))  # a second
    ticks *= ceil(Fraction(_COARSEST_TICK) / ticks)
    return max(Fraction(1, ticks), FINEST_TICK)


def output_colour(
    like: VideoInfo | None,
    pixel_format: str,
    width: int,
    height: int,
    container: str,
    codec: Codec | None = None,
) -> Colour:
    """Return the tags to write: the source's own, made explicit where a reader would guess wrong.

    Frames that were RGB on disk (pictures, GIF) become BT.709, limited range. What the file cannot
    say is what a reader takes for granted.
    """
    colour = _wished_colour(like, pixel_format, width, height)
    if codec is None or format_facts(pixel_format)[1]:
        return colour
    if codec.encoder == "ffv1" and container == "avi":  # neither says anything
        return Colour(matrix=matrix_of(Colour(), width, height), full_range=False)
    if codec.encoder == "prores_ks":  # it has no full range
        return Colour(colour.primaries, colour.transfer, colour.matrix, False)
    return colour


def _wished_colour(like: VideoInfo | None, pixel_format: str, width: int, height: int) -> Colour:
    is_rgb, grey = format_facts(pixel_format)[1:3]
    if like is None or like.is_sequence or format_facts(like.pixel_format)[1]:
        source = like.colour if like else Colour()
        primaries, transfer = (
            1 if source.primaries == 2 else source.primaries,
            1 if source.transfer == 2 else source.transfer,
        )
        if is_rgb:
            return Colour(primaries, transfer, 0, True)
        return Colour(primaries, transfer, BT709, False)
    colour = like.colour
    if is_rgb:
        return Colour(colour.primaries, colour.transfer, 0, True)
    matrix = colour.matrix
    # H.264 says that the range is limited only beside another fact on the colours.
    alone = colour.full_range is False and {colour.primaries, colour.transfer, matrix} == {2}
    if matrix_of(colour, width, height) != info_matrix(like) or matrix in (0, 3) or alone:
        matrix = info_matrix(like)
    full = is_full_range(colour, like.pixel_format)
    said = full if full or grey or colour.full_range is not None else None
    return Colour(colour.primaries, colour.transfer, matrix, said)


def encoder_options(
    codec: Codec,
    container: str,
    quality: int | None,
    preset: str | None,
    hdr: HdrMetadata | None,
    options: Mapping[str, str] | None,
) -> dict[str, str]:
    """Return the encoder's options; those of the caller come last and win."""
    check_scale(codec, quality, preset)
    chosen = dict(codec.options)
    if container == "avi":
        chosen["bf"] = "0"  # AVI cannot say that frames are shown in another order
    level = codec.quality if quality is None else quality
    if codec.quality_option and level is not None:
        chosen[codec.quality_option] = str(level)
    if codec.preset:
        chosen["preset"] = preset or codec.preset
    for name, value in [*hdr_options(hdr, codec.encoder).items(), *(options or {}).items()]:
        # Lists of an encoder's own parameters are joined, the later ones win.
        joined = f"{chosen[name]}:{value}" if name.endswith("-params") and name in chosen else value
        chosen[name] = joined
    return with_quantiser(chosen)


@contextlib.contextmanager
def quiet_encoder() -> Iterator[None]:
    """Keep SVT-AV1 from printing its settings; it listens to nothing but this variable."""
    before = os.environ.get("SVT_LOG")
    os.environ["SVT_LOG"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["SVT_LOG"]
        else:
            os.environ["SVT_LOG"] = before
