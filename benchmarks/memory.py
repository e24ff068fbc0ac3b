"""Measures what interpolation takes of memory, by model, and `vfi video` by length.

    python -m benchmarks.memory needs --models direct,hybrid,sgm,fast
    python -m benchmarks.memory length --seconds 10,600

`needs`: what one pair takes in a process that computes with one thread, whole and in bands; the
networks state it (`need`, in `models/`). `length`: the most that runs on a clip of 320x180 take.
Run from the checkout, on Linux.
"""

import argparse
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from vfi.media.video.writer import VideoWriter
from vfi.rendering.bounds import ROWS

RATE = 25


def texture(width: int, height: int, moved: int) -> NDArray[np.uint8]:
    """Return a picture of cells of 8 pixels, moved to the right and a third as far down."""
    grain = np.random.default_rng(1).integers(0, 256, (height // 8 + 1, width // 8 + 1, 3))
    picture = np.kron(grain, np.ones((8, 8, 1), int)).astype(np.uint8)[:height, :width]
    return np.roll(picture, (moved // 3, moved), (0, 1))


def clip(path: Path, width: int, height: int, count: int) -> None:
    """Write a clip of a texture that moves."""
    with VideoWriter(path, width, height, RATE, quality=30, preset="ultrafast") as writer:
        for number in range(count):
            writer.write(texture(width, height, 3 * (number % 50)), Fraction(number, RATE))


def peak(path: Path, out: Path, pairs: int, *options: str) -> int:
    """Return the most bytes that one `vfi video` has had in memory."""
    call = [sys.executable, "-m", "vfi", "video", path, "--out", out, "--overwrite", "-q", *options]
    environment = os.environ | {"OMP_NUM_THREADS": str(pairs)}
    child = subprocess.Popen(list(map(str, call)), env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"vfi ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def needs(options: argparse.Namespace, folder: Path) -> None:
    """Print what a pair takes of each model, whole and in bands."""
    height, width = options.width * 9 // 16, options.width
    one, two = texture(width, height, 0), texture(width, height, 3)
    call = [sys.executable, "-c", ONE_PAIR, str(folder / "pair.npy")]
    np.save(folder / "pair.npy", [one, two])
    for model in options.models.split(","):
        for rows in (0, ROWS):
            said = subprocess.run(
                [*call, model, str(rows)], check=True, capture_output=True, text=True
            )
            taken = int(said.stdout) / (width * height)
            how = f"in bands of {rows} rows" if rows else "whole"
            print(f"{model:<10} {width}x{height} {how}: {taken:.0f} bytes a pixel", flush=True)


ONE_PAIR = """
import sys
import numpy as np, torch
from vfi import Interpolator
torch.set_num_threads(1)

def status(name):
    text = open("/proc/self/status").read()
    return int(text.split(name + ":")[1].split()[0]) << 10

one, two = np.load(sys.argv[1])
whole = Interpolator(sys.argv[2])
whole(one[:192, :256], two[:192, :256])  # what is compiled or loaded first is not counted
before = status("VmRSS")
open("/proc/self/clear_refs", "w").write("5")  # from here on the peak is counted anew
frame = whole.bounded(1, int(sys.argv[3]) or None)(one, two, 0.5)
print(status("VmHWM") - before)
"""


def length(options: argparse.Namespace, folder: Path) -> None:
    """Print the memory that videos of several lengths take."""
    for seconds in map(int, options.seconds.split(",")):
        clip(folder / f"{seconds}.mp4", 320, 180, seconds * RATE)
        taken = peak(folder / f"{seconds}.mp4", folder / "out.mp4", 2, "--model", "direct")
        print(f"{seconds:>5} s  {taken / 2**20:.0f} MiB", flush=True)


def main() -> None:
    """Run the measurement that is named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("needs")
    command.add_argument("--models", default="direct,hybrid,sgm,fast")
    command.add_argument("--width", type=int, default=1920)
    command.set_defaults(run=needs)
    command = commands.add_parser("length")
    command.add_argument("--seconds", default="10,600")
    command.set_defaults(run=length)
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        options.run(options, Path(folder))


if __name__ == "__main__":
    main()
