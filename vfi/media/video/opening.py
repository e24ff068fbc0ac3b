"""Whether an encoder can be opened: with options that are its own affair, or at all in hardware."""

import contextlib
import os
import re
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any

import av
import av.logging as ffmpeg_log

from ..quiet import quiet_stderr
from .encoder_options import PARAMETERS
from .encoders import is_there
from .encoding_plan import EncodingPlan

_REFUSED = re.compile(r"error parsing option|unknown option|invalid value", re.IGNORECASE)


def refusal(plan: EncodingPlan) -> str:
    """Return why an encoder cannot be opened as planned; nothing if it can.

    Parameters of its own that an encoder only warns of are refused, too.
    """
    told = tuple(plan.options.items())
    rate = plan.rate or 1 / plan.tick
    return _tried(plan.encoder.name, plan.width, plan.height, plan.pixel_format, rate, told)


@lru_cache(maxsize=64)
def _tried(
    name: str,
    width: int,
    height: int,
    pixel_format: str,
    rate: Fraction,
    told: tuple[tuple[str, str], ...],
) -> str:
    if not is_there(name):
        return "this build of FFmpeg does not have it"
    context: Any = av.CodecContext.create(name, "w")
    context.width, context.height, context.pix_fmt = width, height, pixel_format
    context.framerate, context.time_base = rate, 1 / rate
    context.options = dict(told)
    said: list[str] = []
    try:
        with quiet_encoder(), quiet_stderr(), _logged(said):
            context.open()
    except (av.FFmpegError, OSError, ValueError) as error:
        return _in_words(said) or getattr(error, "strerror", None) or str(error)
    lists = any(option.endswith(PARAMETERS) for option, _ in told)
    refused = [line for line in said if lists and _REFUSED.search(line)]
    return _in_words(refused)


@contextlib.contextmanager
def _logged(said: list[str]) -> Iterator[None]:
    """Add to a list, at the end, what FFmpeg has warned of in this thread."""
    before = ffmpeg_log.get_level()
    ffmpeg_log.set_level(ffmpeg_log.WARNING)
    try:
        with ffmpeg_log.Capture(local=True) as logs:
            yield
    finally:
        ffmpeg_log.set_level(before)
        said.extend(message for _, _, message in logs)


def _in_words(said: list[str]) -> str:
    """Return the first line that was said: what follows says only what came of it."""
    return " ".join(said[0].split()).rstrip(".") if said else ""


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
