"""What all HTML pages share: templates that escape whatever they are given, pictures inside them.

`exhibit.html` holds macros for every page: pictures that lie over one another with a border
between two of them, which is moved, and their style and script.
"""

import base64
import math
from importlib.resources import files

import cv2
from jinja2 import Environment, FunctionLoader, StrictUndefined

from ..evaluation.datasets.samples import Pixels


def environment(package: str) -> Environment:
    """Return the environment of a package's templates; `exhibit.html` is found from everywhere."""

    def read(name: str) -> str | None:
        home = __package__ if name == "exhibit.html" else package
        file = files(home).joinpath(name)
        return file.read_text("utf-8") if file.is_file() else None

    made = Environment(
        loader=FunctionLoader(read),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["digits"] = digits
    return made


def digits(value: float, count: int) -> str:
    """Return a number with so many digits after the point."""
    return "∞" if math.isinf(value) else f"{value:.{count}f}"


def data_uri(picture: Pixels, quality: int = 88) -> str:
    """Return a JPEG of the picture as a URI that holds it."""
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode("ascii")
