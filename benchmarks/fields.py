"""What becomes of interlaced video and of film under pulldown: a table of docs/media.md."""

from pathlib import Path
from typing import Any

import numpy as np

import vfi

from .reference import Mean, decoded, run, table

WIDTH, HEIGHT = 96, 64


def make_fields(path: Path) -> Path:
    """Make 25 interlaced frames a second, the upper field first: 50 moments, of a moving bar."""
    _, x = np.mgrid[:HEIGHT, :WIDTH]
    moments = [np.where(abs(x - 12 - 3 * k) < 6, 220, 60).astype(np.uint8) for k in range(20)]
    run(
        *("ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "gray"),
        *("-s", f"{WIDTH}x{HEIGHT}", "-r", "50", "-i", "-"),
        *("-vf", "format=yuv420p,tinterlace=interleave_top,setfield=tff"),
        *("-c:v", "libx264", "-qp", "0", "-flags", "+ildct+ilme", path),
        data=np.stack(moments).tobytes(),
    )
    return path


def make_telecine(path: Path) -> Path:
    """Make film with pulldown flags: ffmpeg's MPEG-2, in which the flags are then set by hand."""
    raw = path.with_suffix(".m2v")
    source = f"testsrc2=s={WIDTH}x{HEIGHT}:r=24000/1001"
    run(
        *("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-frames:v", "24"),
        *("-c:v", "mpeg2video", "-q:v", "2", "-bf", "0", "-g", "12", raw),
    )
    data, at, number = bytearray(raw.read_bytes()), 0, 0
    while (at := data.find(b"\0\0\1", at)) >= 0:  # ISO 13818-2, 6.2.2 and 6.2.3
        code, kind = data[at + 3], data[at + 4] >> 4
        if code == 0xB3:
            data[at + 7] = data[at + 7] & 0xF0 | 4  # 30000/1001 a second
        elif code == 0xB5 and kind == 1:
            data[at + 5] &= ~0x08  # no progressive sequence
        elif code == 0xB5 and kind == 8:
            upper, repeat = ((1, 1), (0, 0), (0, 1), (1, 0))[number % 4]
            data[at + 7] = data[at + 7] & 0x7D | upper << 7 | repeat << 1
            number += 1
        at += 3
    raw.write_bytes(data)
    run(*("ffmpeg", "-v", "error", "-y", "-fflags", "+genpts"),
        *("-r", "30000/1001", "-i", raw, "-c", "copy", path))  # fmt: skip
    return path


def times_of(path: Path) -> list[float]:
    """Return when the frames are shown, in seconds."""
    words = ("-select_streams", "v:0", "-show_entries", "packet=pts_time", "-of", "csv=p=0")
    said = run("ffprobe", "-v", "error", *words, path).decode()
    return sorted(float(line.strip(",")) for line in said.split() if line.strip(","))


def combs(path: Path) -> float:
    """Return how much lines differ from the mean of both neighbours, in levels, at the most."""
    frames = decoded(path, "gray").reshape(-1, HEIGHT, WIDTH).astype(float)
    off = abs(frames[:, 1:-1] - (frames[:, :-2] + frames[:, 2:]) / 2)
    return float(off.mean(axis=(1, 2)).max())


def motion(folder: Path) -> list[str]:
    """Return the table of what becomes of fields and pulldown."""
    fields = make_fields(folder / "fields.mp4")
    film = make_telecine(folder / "film.mpg")
    rows = []
    trials: tuple[tuple[str, Path, dict[str, Any]], ...] = (
        ("interlaced, 25 a second", fields, {}),
        ("interlaced, 25 a second", fields, {"deinterlace": "off"}),
        ("interlaced, 25 a second", fields, {"deinterlace": "bob"}),
        ("film under pulldown flags", film, {}),
        ("film under pulldown flags", film, {"threshold": "auto"}),
    )
    for number, (name, source, wishes) in enumerate(trials):
        out = folder / f"motion-{number}.mkv"
        made: Any = {"fps": 2, "codec": "ffv1", "interpolator": Mean(), "scene_threshold": 0}
        vfi.interpolate_video(source, out, **made, **wishes)
        times = times_of(out)
        steps = np.diff(times) * 1000
        words = " ".join(f"`--{name} {value}`" for name, value in wishes.items()) or "as it is"
        rows.append([name, words, str(len(times_of(source))), str(len(times)),
                     f"{steps.min():.0f} to {steps.max():.0f}", f"{combs(source):.1f}",
                     f"{combs(out):.1f}"])  # fmt: skip
    head = ("source", "options", "frames", "frames after `--fps 2`", "ms between two",
            "combs of the source", "of the result")  # fmt: skip
    return table(head, rows)
