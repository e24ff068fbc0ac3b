"""Finds out what of a video survives `vfi video`, by container and codec.

    python -m benchmarks.faithful                # the tables of docs/media.md
    python -m benchmarks.faithful --out docs/media.md

Small clips with one property each are made by the ffmpeg command, doubled in rate by vfi, and
decoded again by the ffmpeg command, which shares no code with vfi but FFmpeg's libraries, in
another version. Source frames of the result are compared with those of the source; what a file
says of itself is read by ffprobe. Between two frames stands their mean: the networks have no part.
"""

import argparse
import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

import vfi
from vfi.errors import VfiError

from .fields import motion
from .reference import Mean, decoded, probed, run, table

WIDTH, HEIGHT, COUNT = 96, 64, 5
RAW = "gbrap16le"
ALIKE = 30.0  # dB: what encoders leave of a source frame at their usual quality
BEGIN, END = "<!-- tables: python -m benchmarks.faithful --out docs/media.md -->", "<!-- end -->"

ROWS = (
    *((".mp4", codec) for codec in ("h264", "h265", "av1", "vp9")),
    *((".mov", codec) for codec in ("h264", "h265", "prores", "png", "qtrle")),
    *((".mkv", codec) for codec in ("h264", "h265", "av1", "vp9", "prores", "ffv1")),
    *((".webm", codec) for codec in ("vp9", "av1")),
    *((".avi", codec) for codec in ("h264", "ffv1")),
    (".gif", "gif"),
)


@dataclass(frozen=True)
class Property:
    """Something that a video can have: how ffmpeg makes a clip of it, and where it is said."""

    name: str
    pixel_format: str = "yuv420p"
    matrix: str = "bt709"
    primaries: str = "bt709"
    transfer: str = "bt709"
    full: bool = False
    encoder: tuple[str, ...] = ("-c:v", "ffv1")
    suffix: str = ".mkv"
    filters: tuple[str, ...] = ()
    copied: tuple[str, ...] = ()  # what is said when the file is copied once more
    facts: tuple[str, ...] = ()  # what has to be the same in the result, besides the pictures
    about: str = ""


SAID = {
    "bits": "bits become",
    "chroma": "become",
    "alpha": "transparen",
    "aspect": "shape of the pixels",
    **dict.fromkeys(("primaries", "transfer", "matrix"), "what the colours mean"),
    "half-transparency": "half-transparent",
    "mastering": "HDR metadata",
    "light": "HDR metadata",
}  # what a note says where a fact is lost

_COLOUR = ("primaries", "transfer", "matrix")
_TEN: dict[str, Any] = {"pixel_format": "yuv420p10le", "matrix": "bt2020nc", "primaries": "bt2020"}
_HDR10 = (
    "master-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)L(10000000,50)"
    ":max-cll=1000,400:lossless=1:log-level=error:colorprim=bt2020:transfer=smpte2084"
    ":colormatrix=bt2020nc"
)
PROPERTIES = (
    Property("8 bit", about="4:2:0, BT.709, limited range"),
    Property("10 bit", "yuv420p10le", facts=("bits",), about="bits of a sample"),
    Property("12 bit", "yuv420p12le", facts=("bits",)),
    Property("4:2:2", "yuv422p", facts=("chroma",), about="chroma at half the width"),
    Property("4:4:4", "yuv444p", facts=("chroma",)),
    Property("RGB", "bgr0", "gbr", full=True, facts=("chroma",), about="no chroma at all"),
    Property("full range", full=True, facts=("range",), about="black is 0, white 255"),
    Property(
        "BT.2020",
        **_TEN,
        transfer="bt2020-10",
        facts=("bits", *_COLOUR),
        about="matrix, primaries and transfer of wide colour, 10 bits",
    ),
    Property("HLG", **_TEN, transfer="arib-std-b67", facts=("bits", *_COLOUR)),
    Property(
        "HDR10",
        **_TEN,
        transfer="smpte2084",
        encoder=("-c:v", "libx265", "-x265-params", _HDR10),
        facts=("bits", *_COLOUR, "mastering", "light"),
        about="PQ with the mastering display and the light levels",
    ),
    Property("alpha", "yuva420p", facts=("alpha",), about="straight"),
    Property("anamorphic", filters=("setsar=16/15",), facts=("aspect",), about="pixels of 16:15"),
    Property(
        "rotated",
        encoder=("-c:v", "libx264", "-qp", "0"),
        copied=("-metadata:s:v", "rotate=90"),  # ffmpeg sets it in a copy alone
        suffix=".mp4",
        facts=("size",),
        about="by the file's matrix; the result stands upright by itself",
    ),
)


# The message of H.264 on mastering, as ffmpeg's bitstream filter prints it: the ffprobe of
# FFmpeg 5 shows that of H.265 alone. Colours are in the order green, blue, red there.
_SEI = re.compile(
    r"(display_primaries_[xy]\[\d\]|white_point_[xy]|m\w\w_display_mastering_luminance"
    r"|max_content_light_level|max_pic_average_light_level)\s+[01]+ = (\d+)"
)
_DISPLAY = (
    *("display_primaries_x[1]", "display_primaries_y[1]"),
    *("display_primaries_x[0]", "display_primaries_y[0]"),
    *("max_display_mastering_luminance", "min_display_mastering_luminance"),
    *("display_primaries_x[2]", "display_primaries_y[2]", "white_point_x", "white_point_y"),
)


@dataclass
class Outcome:
    """What became of one property in one kind of file."""

    mark: str  # = bit for bit, ≈ as well as the codec can, ( ) said to be lost, ✗ lost, – refused
    lost: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    likeness: float = 0.0  # dB of the worst source frame

    def __str__(self) -> str:
        lost = ", ".join(self.lost)
        return {"(": f"({lost})", "✗": f"**✗ {lost}**"}.get(self.mark, self.mark)


def pictures(alpha: bool) -> bytes:
    """Return planes G, B, R, A of 16 bits: smooth colours that move, an edge, black and white."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    frames = []
    for number in range(COUNT):
        place = x + 2 * number
        colours = [0.5 + 0.4 * np.sin(place / r + y / s) for r, s in ((17, 23), (29, 13), (21, 31))]
        seen = np.stack(colours)
        seen[:, :8, :24], seen[:, :8, 24:48] = 0, 1
        opaque = np.clip((place - 20) / 60, 0, 1) if alpha else np.ones_like(x)
        frames.append(np.concatenate([seen, opaque[None]]))
    samples: bytes = np.rint(np.stack(frames) * 65535).astype("<u2").tobytes()
    return samples


def make_source(folder: Path, wanted: Property) -> Path:
    """Make a clip of a property with the ffmpeg command."""
    path = folder / f"source-{re.sub('[^a-z0-9]', '', wanted.name.lower())}{wanted.suffix}"
    span = "full" if wanted.full else "limited"
    matrix = {"bt2020nc": "bt2020"}.get(wanted.matrix, wanted.matrix)
    scaled = f"scale=in_range=full:out_range={span}:flags=accurate_rnd+full_chroma_int"
    if wanted.matrix != "gbr":
        scaled += f":out_color_matrix={matrix}"
    run(
        *("ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", RAW),
        *("-s", f"{WIDTH}x{HEIGHT}", "-r", "25", "-i", "-"),
        *("-vf", ",".join([scaled, f"format={wanted.pixel_format}", *wanted.filters])),
        *(
            "-color_range",
            "pc" if wanted.full else "tv",
            "-colorspace",
            wanted.matrix.replace("gbr", "rgb"),
        ),
        *("-color_primaries", wanted.primaries, "-color_trc", wanted.transfer),
        *wanted.encoder,
        path,
        data=pictures("yuva" in wanted.pixel_format),
    )
    if not wanted.copied:
        return path
    copy = path.with_stem(f"{path.stem}-copy")
    run("ffmpeg", "-v", "error", "-y", "-i", path, "-c", "copy", *wanted.copied, copy)
    return copy


def facts_of(path: Path) -> dict[str, Any]:
    """Return what a file says of itself, in words that do not depend on the codec."""
    said = probed(path)
    name = said["pix_fmt"]
    alpha = name[:4] in ("yuva", "gbra", "rgba", "bgra", "argb", "pal8") or (
        said.get("tags", {}).get("alpha_mode") == "1"
    )
    bits = re.search(r"(?:p|gray|rgba?|gbra?p)(9|10|12|14|16|48|64)(le|be)?$", name)
    depth = int(bits[1]) if bits else 8
    beside = [*said.get("side_data_list", []), *said["frame"].get("side_data_list", [])]
    side = {row["side_data_type"]: row for row in beside}
    chroma = re.search(r"4[1-4][0-4]", name)
    turned = any(row.get("rotation", 0) % 180 for row in beside)
    size = (said["width"], said["height"])
    return {
        "bits": min(depth, 16),
        "chroma": chroma[0] if chroma else "RGB",
        "alpha": alpha,
        "range": said.get("color_range", "tv") if chroma else "pc",
        "primaries": said.get("color_primaries"),
        "transfer": said.get("color_transfer"),
        "matrix": said.get("color_space"),
        "aspect": said.get("sample_aspect_ratio", "1:1"),
        "size": size[::-1] if turned else size,
        "mastering": _numbers(side.get("Mastering display metadata")),
        "light": _numbers(side.get("Content light level metadata")),
    } | (_messages(path) if _untold(said, side) else {})


def _untold(said: dict[str, Any], side: dict[str, Any]) -> bool:
    return said["codec_name"] == "h264" and "Mastering display metadata" not in side


def _messages(path: Path) -> dict[str, list[float]]:
    """Return what the messages of H.264 say of mastering, in the order and units of ffprobe."""
    words = ("-c", "copy", "-bsf:v", "trace_headers", "-frames:v", "1", "-f", "null", "-")
    ended = subprocess.run(("ffmpeg", "-i", path, *words), capture_output=True, check=True)
    found = {name: int(value) for name, value in _SEI.findall(ended.stderr.decode())}
    display = [
        round(found[name] / (10_000 if "luminance" in name else 50_000), 4)
        for name in _DISPLAY
        if name in found
    ]
    names = ("max_pic_average_light_level", "max_content_light_level")
    return {"mastering": display, "light": [float(found[n]) for n in names if n in found]}


def _numbers(row: dict[str, Any] | None) -> list[float]:
    """Return the values of a row of side data, however their fractions are written."""
    values = [value for name, value in sorted((row or {}).items()) if name != "side_data_type"]
    parts = [str(value).split("/") for value in values]
    return [round(float(p[0]) / float(p[1] if len(p) > 1 else 1), 4) for p in parts]


def survives(source: Path, wanted: Property, result: Path, codec: str) -> Outcome:
    """Double the rate of a source and see what is left of a property."""
    try:
        rendered = vfi.interpolate_video(
            source, result, fps=2, codec=codec, interpolator=Mean(), scene_threshold=0
        )
    except VfiError as error:
        return Outcome("–", notes=[str(error)])
    before, after = facts_of(source), facts_of(result)
    lost = [fact for fact in wanted.facts if not _kept(fact, before[fact], after[fact])]
    one, two = (decoded(path, RAW).view("<u2") for path in (source, result))
    if len(two) != 2 * len(one):
        lost.append(f"{len(two)} frames")
        two = np.repeat(one, 2, axis=0)
    likeness = min(_psnr(*pair) for pair in zip(one, two[::2], strict=True))
    exact = _same_samples(source, result) or likeness == np.inf
    if likeness < ALIKE and "alpha" not in lost:
        halves = wanted.name == "alpha" and codec == "gif"  # which has all or nothing
        lost.append("half-transparency" if halves else f"pictures {likeness:.0f} dB")
    mark = "=" if exact else "≈"
    if lost == ["range"]:
        mark = "≈ as limited"  # the same brightness, stored otherwise
    elif lost:
        said = " ".join(rendered.notes)
        mark = "(" if all(SAID.get(fact, "?") in said for fact in lost) else "✗"
    return Outcome(mark, lost, rendered.notes, likeness)


def _kept(fact: str, before: Any, after: Any) -> bool:
    """Tell whether a fact is as good as it was: more bits and finer chroma are."""
    if fact == "bits":
        return bool(after >= before)
    if fact == "chroma":
        finer = ["420", "422", "444", "RGB"]
        return finer.index(after) >= finer.index(before)
    if fact == "mastering" or fact == "light":
        return len(before) == len(after) > 0 and bool(np.allclose(before, after, rtol=1e-3))
    if fact == "matrix" and after == "gbr":
        return True  # RGB has none
    return bool(before == after)


def _same_samples(source: Path, result: Path) -> bool:
    name = probed(source)["pix_fmt"]
    if probed(result)["pix_fmt"] != name:
        return False
    return np.array_equal(decoded(source, name), decoded(result, name)[::2])


def _psnr(one: NDArray[Any], two: NDArray[Any]) -> float:
    value = cv2.norm(one.astype(np.float64) - two.astype(np.float64)) ** 2 / one.size
    return float("inf") if value == 0 else float(10 * np.log10(65535**2 / value))


def survey(folder: Path, only: str) -> list[str]:
    """Return the table of what survives where, and what is said of what does not."""
    sources = {wanted: make_source(folder, wanted) for wanted in PROPERTIES}
    rows: list[Any] = []
    said: dict[Any, Any] = {}
    for number, (suffix, codec) in enumerate(ROWS):
        if only not in f"{suffix} {codec}":
            continue
        cells = []
        for wanted, source in sources.items():
            result = folder / f"{number}-{source.stem}{suffix}"
            outcome = survives(source, wanted, result, codec)
            cells.append(str(outcome))
            print(suffix, codec, wanted.name, outcome.mark, outcome.lost, f"{outcome.likeness:.1f}",
                  outcome.notes, flush=True)  # fmt: skip
            for note in outcome.notes if outcome.mark in "(–" else ():
                said.setdefault(note.replace(str(source), "INPUT"), f"{suffix} {codec}")
        rows.append([suffix, codec, *cells])
    head = ["container", "codec", *(wanted.name for wanted in PROPERTIES)]
    return [*table(head, rows), "", *(f"- {where}: “{note}”" for note, where in said.items())]


def main() -> None:
    """Print the tables, or put them into a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="a page with a place for the tables")
    parser.add_argument("--only", default="", help="rows with this in them")
    wishes = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lines = [*survey(Path(folder), wishes.only), "", *motion(Path(folder))]
    if wishes.out is None:
        print("\n".join(lines))
        return
    page = wishes.out.read_text("utf-8")
    start, rest = page.split(BEGIN)
    body = "\n".join(["", *lines, ""])
    wishes.out.write_text(f"{start}{BEGIN}{body}{END}{rest.split(END)[1]}", "utf-8")


if __name__ == "__main__":
    main()
