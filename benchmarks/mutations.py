"""Damage small videos at random places, interpolate them, and see how it ends.

    python -m benchmarks.mutations --files 300

Each file is one of several kinds, of which some bytes are changed, zeroed, taken out or repeated,
or the end is missing. A run has to end by itself, with exit code 0 and a result, or with 1, one
line on stderr and nothing else in the folder. What a run does not is printed, and ends this with
exit code 1. Each run is a fork of this process, which has loaded what is slow.
"""

import argparse
import os
import random
import sys
import time
import traceback
from collections import Counter
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from vfi.commands import main as vfi
from vfi.media.video.writer import VideoWriter
from vfi.video import interpolate_video

KINDS = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".gif", ".y4m", ".apng", ".nut")
LIMIT = 180  # seconds, on a busy machine, after which a run is called hung
COUNT, RATE, SIZE = 8, 10, (64, 48)


def draw(path: Path) -> bytes:
    """Return a small clip of a square that moves, as a file of the path's kind."""
    constant = path.suffix in (".avi", ".y4m")
    with VideoWriter(path, *SIZE, Fraction(RATE) if constant else RATE) as writer:
        for number in range(COUNT):
            picture = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
            picture[10:30, 4 + 3 * number : 24 + 3 * number] = (200, 40, 40 + number)
            writer.write(picture, Fraction(number, RATE))
    data = path.read_bytes()
    path.unlink()
    return data


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return a file with something wrong somewhere."""
    found = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 8])):
        start = chance.randrange(len(found))
        size = chance.choice([1, 1, 4, 16, 256])
        piece = slice(start, start + size)
        match chance.choice(["change", "change", "zero", "remove", "repeat", "cut"]):
            case "change":
                found[piece] = chance.randbytes(len(found[piece]))
            case "zero":
                found[piece] = bytes(len(found[piece]))
            case "remove":
                del found[piece]
            case "repeat":
                found[start:start] = found[piece]
            case "cut":
                del found[start + 1 :]
        if not found:
            return b"\0"
    return bytes(found)


def run(clip: Path, out: Path, said: Path, skip: bool) -> int | None:
    """Interpolate a clip in a process of its own; return its exit code, None if it hangs."""
    child = os.fork()
    if child == 0:
        with said.open("wb") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        sys.argv = ["vfi", "video", str(clip), "--out", str(out), "--model", "direct", "-q"]
        sys.argv += ["--on-error", "skip"] if skip else []
        code = 99
        try:
            vfi()
        except SystemExit as ended:
            code = int(ended.code or 0)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    until = time.monotonic() + LIMIT
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return None


def fault(code: int | None, lines: list[str], left: set[str]) -> str | None:
    """Return what is wrong with the end of a run; None if nothing is."""
    if code is None:
        return "hangs"
    if any("Traceback" in line for line in lines):
        return "traceback"
    if code == 0:
        return None if left == {"out.mkv"} else f"left {left}"
    if code != 1:
        return f"exit code {code}"
    if left:
        return f"left {left}"
    return None if len(lines) == 1 else f"{len(lines)} lines"


def main() -> None:
    """Damage as many files as asked, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    ended: Counter[str] = Counter()
    with TemporaryDirectory() as name:
        folder, place = Path(name), Path(name) / "results"
        sound = {kind: draw(folder / f"sound{kind}") for kind in KINDS}
        first = folder / "first.mkv"
        first.write_bytes(sound[".mkv"])
        interpolate_video(first, model="direct")  # what is slow is loaded before a fork
        for number in range(asked.files):
            kind = KINDS[number % len(KINDS)]
            clip, said = folder / f"{number}{kind}", folder / "said"
            clip.write_bytes(damaged(sound[kind], chance))
            place.mkdir()
            code = run(clip, place / "out.mkv", said, skip=bool(number % 2))
            lines = [line for line in said.read_text(errors="replace").splitlines() if line]
            left = {path.name for path in place.iterdir()}
            wrong = fault(code, lines, left)
            ended[wrong or ("interpolated" if code == 0 else "refused in one line")] += 1
            if wrong:
                print(f"{number}{kind} (seed {asked.seed}): {wrong}: {lines[-3:]}", flush=True)
            for path in place.iterdir():
                path.unlink()
            place.rmdir()
            clip.unlink()
    print(", ".join(f"{count} {how}" for how, count in ended.most_common()))
    sys.exit(len(ended - Counter({"interpolated": 10**9, "refused in one line": 10**9})) > 0)


if __name__ == "__main__":
    main()
