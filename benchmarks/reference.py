"""The ffmpeg command as a reference: what it says of a file, and what it decodes."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vfi.rendering.frame_maker import cross_fade


class Mean:
    """Puts the mean of two frames between them."""

    def pair(self, one: NDArray[Any], two: NDArray[Any]) -> "Mean":
        self.one, self.two = one, two
        return self

    def at(self, t: Any) -> NDArray[Any]:
        mixed: NDArray[Any] = cross_fade(self.one, self.two, float(t))
        return mixed


def run(*words: str | Path, data: bytes | None = None) -> bytes:
    """Return what a command printed."""
    ended = subprocess.run([*map(str, words)], input=data, capture_output=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}:\n{ended.stderr.decode()}")
    return ended.stdout


def probed(path: Path) -> dict[str, Any]:
    """Return what ffprobe says of the picture of a file and of its first frame."""
    words = ("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_streams", "-show_frames")
    said = json.loads(run(*words, "-read_intervals", "%+#1", "-of", "json", path))
    return {**said["streams"][0], "frame": said["frames"][0]}


def decoded(path: Path, pixel_format: str) -> NDArray[Any]:
    """Return the frames as the ffmpeg command shows them, upright, one row of samples each."""
    said = probed(path)
    own: tuple[str, ...] = ()
    if said["codec_name"] == "vp9" and said.get("tags", {}).get("alpha_mode") == "1":
        own = ("-c:v", "libvpx-vp9")  # the only decoder that shows its alpha
    flags = ("-sws_flags", "accurate_rnd+full_chroma_int+full_chroma_inp+bicubic")
    shown = (*flags, "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", pixel_format)
    data = run("ffmpeg", "-v", "error", *own, "-i", path, "-map", "0:v:0", *shown, "-")
    count = int(run("ffprobe", "-v", "error", "-select_streams", "v:0", "-count_frames",
                    "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", path)
                .decode().strip().strip(","))  # fmt: skip
    return np.frombuffer(data, np.uint8).reshape(count, -1)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]
