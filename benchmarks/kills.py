"""Kill `vfi video` at random moments, go on with --resume, and compare every frame.

    python benchmarks/kills.py --kills 60 --workers 2

A clip is drawn and interpolated once without a disturbance. Then runs to another file are ended at
random moments, by SIGKILL mostly, and by what asks to stop (Ctrl-C, SIGTERM, SIGHUP); every third
one waits until all parts are there, to strike while they are joined. Each next run goes on with
what is there. With --workers every second run is made by several processes, and sometimes one of
these is killed instead of the command, which has to come through then. Whenever a run comes
through, its frames, times and audio are compared with those of the undisturbed one, and all begins
anew. Ends with exit code 1 at the first difference.
"""

import argparse
import contextlib
import hashlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

COUNT, RATE, SIZE = 90, 10, (160, 120)  # 9 s: three parts, with sound
BEFORE = "before rendering"
SIGNALS = [signal.SIGKILL] * 7 + [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def main() -> None:
    """Kill as often as asked, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--workers", type=int, default=1, help="processes of every second run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--suffix", default=".mp4", help="a kind of video, or / for pictures")
    parser.add_argument("options", nargs="*", help="further options of vfi video, after --")
    asked = parser.parse_args()
    chance = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as name:
        trial = Trial(Path(name), asked.suffix, asked.options, asked.workers)
        print(f"undisturbed: {trial.seconds:.1f} s, {len(trial.expected)} frames", flush=True)
        while trial.kills < asked.kills:
            trial.disturb(chance)
        trial.finish()
        print(
            f"{trial.kills} kills ({trial.told()}) and {trial.lost} of workers; "
            f"{trial.wholes} files compared, all the same"
        )


class Trial:
    """One clip, its undisturbed result, and disturbed runs to another."""

    def __init__(self, folder: Path, suffix: str, options: list[str], workers: int) -> None:
        self.folder, self.options, self.clip = folder, options, folder / "clip.mkv"
        self.workers, self.runs, self.lost = workers, 0, 0
        draw(self.clip)
        self.out = folder / f"out{suffix.rstrip('/')}"
        self.word = f"{self.out}/" if suffix == "/" else str(self.out)
        whole = folder / f"whole{suffix}"
        since = time.monotonic()
        run = self.start(str(whole))
        if run.wait():
            sys.exit(f"the undisturbed run failed: {run.stderr and run.stderr.read()}")
        self.seconds = time.monotonic() - since
        self.expected = contents(whole)
        self.kills = self.wholes = self.kept = 0
        self.phases: Counter[str] = Counter()

    def start(self, out: str, *words: str) -> "subprocess.Popen[str]":
        """Begin a run."""
        call = [sys.executable, "-m", "vfi", "video", str(self.clip), "--out", out, "--quiet"]
        return subprocess.Popen(
            [*call, "--model", "direct", *self.options, *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def disturb(self, chance: random.Random) -> None:
        """Run and end it at a random moment; compare, if it was through before."""
        self.runs += 1
        workers = self.workers if self.runs % 2 else 1
        run = self.start(self.word, "--resume", "--workers", str(workers))
        if workers > 1 and chance.random() < 1 / 3:
            self.kill_worker(run, chance)
            return
        joins = chance.random() < 1 / 3
        if joins:
            while run.poll() is None and len(self.parts()) < 3:
                time.sleep(0.001)
            time.sleep(chance.random() * 0.15)
        else:
            time.sleep(chance.random() * self.seconds)
        phase = self.phase()
        number = chance.choice(SIGNALS)
        run.send_signal(number)
        said = run.communicate()[1]
        if run.returncode == 0:
            self.compare()
            return
        self.kills += 1
        self.phases[phase] += 1
        self.check(run.returncode, number, said, phase)
        print(f"{self.kills}: signal {number} while {phase}, {self.kept} parts kept", flush=True)

    def kill_worker(self, run: "subprocess.Popen[str]", chance: random.Random) -> None:
        """Kill one of the workers, if there comes one; the run has to come through."""
        while run.poll() is None:
            if found := workers_of(run.pid):
                time.sleep(chance.random() * self.seconds / 2)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(chance.choice(found), signal.SIGKILL)
                    self.lost += 1
                    print(f"a worker was killed, {len(self.parts())} parts were there", flush=True)
                break
            time.sleep(0.01)
        said = run.communicate()[1]
        if run.returncode:
            sys.exit(f"a run whose worker was killed failed: {said}")
        self.compare()

    def parts(self) -> list[Path]:
        """Return the finished parts."""
        hidden = self.folder / f".{self.out.name}.parts" / "parts"
        return list(hidden.glob("[!.]*")) if hidden.is_dir() else []

    def phase(self) -> str:
        """Return what is going on, as far as one can see from outside."""
        if not (self.folder / f".{self.out.name}.parts").exists():
            return BEFORE
        return "all parts are there" if len(self.parts()) == 3 else "rendering"

    def check(self, code: int, number: int, said: str, phase: str) -> None:
        """Look at what an ended run has left."""
        expected = {-number, 128 + number}  # the first before Python looks after signals
        if code not in expected and (code, phase) != (1, BEFORE):  # 1: while Python itself begins
            sys.exit(f"signal {number} ended the run with {code}: {said}")
        kept = len(self.parts())
        if kept < self.kept and not self.out.exists():
            sys.exit(f"{self.kept} finished parts have become {kept}")
        self.kept = kept
        ours = {f".{self.out.name}.parts", f".{self.out.stem}.part{self.out.suffix}"}
        known = {"clip.mkv", "whole" + self.out.suffix, self.out.name, *ours}
        if strange := set(os.listdir(self.folder)) - known:
            sys.exit(f"there is {strange}")
        if self.out.exists():
            self.compare()

    def compare(self) -> None:
        """Compare a result, and clear it away."""
        if contents(self.out) != self.expected:
            sys.exit("the result differs from that of an undisturbed run")
        self.wholes += 1
        self.kept = 0
        left = [path for path in self.folder.iterdir() if path.name.startswith((".out", "out"))]
        for path in left:
            subprocess.run(["rm", "-r", str(path)], check=True)

    def finish(self) -> None:
        """Let the last one come through."""
        run = self.start(self.word, "--resume")
        said = run.communicate()[1]
        if run.returncode:
            sys.exit(f"the last run failed: {said}")
        self.compare()

    def told(self) -> str:
        """Return when the kills struck, in words."""
        return ", ".join(f"{count} while {phase}" for phase, count in self.phases.items())


def workers_of(process: int) -> list[int]:
    """Return the workers of a command."""
    call = ["ps", "-o", "pid=,args=", "--ppid", str(process)]
    lines = subprocess.run(call, capture_output=True, text=True).stdout.splitlines()
    return [int(line.split()[0]) for line in lines if "spawn_main" in line]


def draw(path: Path) -> None:
    """Draw a clip whose parts move, with a tone."""
    width, height = SIZE
    y, x = np.mgrid[:height, :width]
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=RATE)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        tone = container.add_stream("aac", rate=48000)
        for number in range(COUNT):
            wave = 128 + 60 * np.sin((x + 2 * number) / 9) + 40 * np.sin((y - number) / 7)
            pixels = np.repeat(wave.clip(0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
            container.mux(video.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        container.mux(video.encode(None))
        for at in range(0, 48000 * COUNT // RATE, 1024):
            samples = 0.2 * np.sin(np.arange(at, at + 1024) / 20, dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(np.stack([samples] * 2), "fltp", "stereo")
            frame.rate, frame.pts, frame.time_base = 48000, at, Fraction(1, 48000)
            container.mux(tone.encode(frame))
        container.mux(tone.encode(None))


def contents(path: Path) -> list[tuple[object, str]]:
    """Return every decoded frame and packet of audio, with its time."""
    if path.is_dir():
        return [(p.name, digest(p.read_bytes())) for p in sorted(path.iterdir())]
    with av.open(str(path)) as container:
        found: list[tuple[object, str]] = [
            (frame.pts, digest(frame.to_ndarray().tobytes())) for frame in container.decode(video=0)
        ]
    with av.open(str(path)) as container:
        if container.streams.audio:
            found += [(p.pts, digest(bytes(p))) for p in container.demux(audio=0)]
    return found


def digest(data: bytes) -> str:
    """Return a short name for bytes."""
    return hashlib.sha256(data).hexdigest()[:16]


if __name__ == "__main__":
    main()
