"""When which frame is shown: from the packets alone where they tell, else by decoding."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median_low
from typing import Any

from av.container import InputContainer
from av.stream import Discard
from av.video.stream import VideoStream

from ...errors import InputError
from ...timeline.rates import MILLISECOND
from ...timeline.times import TickTimes, repair_times, rising, ticked
from .demux import decode, open_input, packets, video_stream
from .structure import structure_of

_TIMED = {"gif", "apng"}  # formats that state for each frame how long it is shown


@dataclass(frozen=True)
class Scan:
    """The presentation times of the frames of a stream, in ticks of its time base."""

    ticks: Sequence[int | Fraction]  # strictly increasing
    end: int | Fraction  # when the last frame is over
    stamps: Sequence[int | None] | None  # what frames carry; None: something else than times
    notes: tuple[str, ...] = ()

    def fits(self, index: int, stamp: int | None) -> bool:
        """Tell whether a frame with this time stamp can be frame `index`."""
        if index >= len(self.ticks):
            return False
        expected = None if self.stamps is None else self.stamps[index]
        return stamp is None or expected is None or stamp == expected

    def times(self, time_base: Fraction, fields: int) -> tuple[TickTimes, Fraction]:
        """Return the times of all pictures, seconds since the first, and the end of the last.

        Args:
            time_base: the ticks of what is made of them, in seconds.
            fields: pictures that are made of a frame, evenly within its time.
        """
        fine = ticked([*self.ticks, self.end])
        first = fine.ticks[0]
        shown = [
            fields * (tick - first) + field * (following - tick)
            for tick, following in pairwise(fine.ticks)
            for field in range(fields)
        ]
        unit = fine.unit * time_base
        return TickTimes(shown, unit), fields * (fine.ticks[-1] - first) * unit


def scan_packets(path: Path, first_tick: int | None) -> Scan:
    """Find the presentation times by demuxing, and by decoding where that does not tell them.

    `first_tick` is the time of the first frame that can be decoded: what lies before (the leading
    pictures of an open GOP) is never shown. Packets do not tell where time stamps are missing or
    repeated, where a part of the container is damaged, and in formats whose packets are often no
    frames of their own (GIF).
    Raises InputError where the file is cut off or damaged.
    """
    with contextlib.closing(open_input(path)) as container:
        stream = video_stream(container, path)
        for other in container.streams:
            if other is not stream:
                other.discard = Discard.all  # where the container allows, it is not even read
        structure = structure_of(path, container.format.name)
        if structure.damage:
            raise InputError(f"{path} {structure.damage}")
        notes = [f"{path} {remark}; every frame is there" for remark in structure.remarks]
        found: list[tuple[int | None, int]] = []  # presentation time, duration
        decode_times: list[int | None] = []
        count = flagged = 0
        for packet in packets(container, stream, path):
            if packet.size == 0 and packet.dts is None and packet.pts is None:
                continue  # the flush packet
            count += 1
            flagged += packet.is_corrupt
            if packet.size == 0 or packet.is_discard or _is_hidden(packet, stream):
                continue
            found.append((packet.pts, packet.duration or 0))
            decode_times.append(packet.dts)
        if flagged:
            notes.append(f"{path} has gaps in its transport; every frame could be decoded")
        scan = _scan_of(found, decode_times, first_tick, container, stream)
        _check_complete(container, stream, path, count, scan)
        decode_all = scan is None or bool(notes) or container.format.name in _TIMED
        notes += _short_of(container, stream, path, scan)
    if scan is None or decode_all:
        return scan_frames(path, tuple(notes))
    return Scan(scan.ticks, scan.end, scan.stamps, tuple(notes))


def _scan_of(
    found: list[tuple[int | None, int]],
    decode_times: list[int | None],
    first_tick: int | None,
    container: InputContainer,
    stream: VideoStream,
) -> Scan | None:
    if container.format.name == "avi":
        return _scan_of_avi(found, decode_times, stream)
    if any(pts is None for pts, _ in found):
        return None
    shown = sorted((pts, length) for pts, length in found if pts is not None)
    shown = [s for s in shown if first_tick is None or s[0] >= first_tick]
    ticks = [pts for pts, _ in shown]
    if not ticks or any(one == two for one, two in pairwise(ticks)):
        return None
    length = last_length(ticks, shown[-1][1], stream, container.format.name in _TIMED)
    return Scan(ticks, ticks[-1] + length, ticks)


def _scan_of_avi(
    found: list[tuple[int | None, int]], decode_times: list[int | None], stream: VideoStream
) -> Scan | None:
    """AVI numbers the frames in decoding order and says nothing else.

    So the k-th frame that is shown is shown at the k-th of these times.
    """
    ticks = sorted(dts for dts in decode_times if dts is not None)
    if len(ticks) < len(decode_times) or not ticks or any(a == b for a, b in pairwise(ticks)):
        return None
    return Scan(ticks, ticks[-1] + last_length(ticks, found[-1][1], stream), None)


def scan_frames(path: Path, notes: tuple[str, ...] = ()) -> Scan:
    """Find the presentation times by decoding, and repair what cannot be.

    Raises InputError where a frame cannot be decoded, or only with gaps filled in.
    """
    with open_input(path) as container:
        stream = video_stream(container, path)
        stream.thread_type = "AUTO"
        stamps: list[int | None] = []
        lengths: list[int] = []
        for frame in decode(container, stream, path):
            if frame.is_corrupt:
                raise InputError(f"{path} is damaged: its frame {len(stamps)} is broken")
            stamps.append(frame.pts)
            lengths.append(frame.duration or 0)
        if not stamps:
            raise InputError(f"{path} has no frames")
        return _scan_of_stamps(stamps, lengths, stream, container.format.name in _TIMED, notes)


def _scan_of_stamps(
    stamps: list[int | None], lengths: list[int], stream: VideoStream, timed: bool,
    notes: tuple[str, ...],
) -> Scan:  # fmt: skip
    """Repair time stamps; a stream without any (raw H.264, say) states only how long frames are."""
    given = stamps
    step = _stated_step(stream)
    if len({*stamps}) == 1:  # none, or one for all of them, which says as little
        believed = stamps[0] is None or len(stamps) == 1
        lengths = lengths if believed else [step] * len(lengths)
        stamps = [stamps[0] or 0]
        for length in lengths[:-1]:
            stamps.append((stamps[-1] or 0) + (length or step))
    kept = rising(stamps)
    known = [stamps[place] or 0 for place in kept]
    end = known[-1]
    if kept[-1] == len(stamps) - 1:
        end += last_length(known, lengths[-1], stream, timed)
    exact = [None if stamp is None else Fraction(stamp) for stamp in stamps]
    times, over = repair_times(exact, Fraction(end), Fraction(step))
    return Scan(times, over, given, notes)


def last_length(ticks: Sequence[int], stated: int, stream: VideoStream, timed: bool = False) -> int:
    """Return how many ticks the last frame is shown.

    What the file says of it, unless that cannot be meant: muxers that do not know write a single
    tick or a millisecond. Then, and where it says nothing, as long as the frames before usually.
    """
    if len(ticks) > 1:
        usual = median_low([two - one for one, two in pairwise(ticks)])
    else:
        usual = _stated_step(stream)
    if timed and stated > 0:
        return stated
    base = stream.time_base or Fraction(1, 1000)
    meant = stated * base > MILLISECOND or 2 * stated > usual
    return stated if stated > 0 and meant else usual


def _stated_step(stream: VideoStream) -> int:
    rate = stream.guessed_rate or stream.average_rate or Fraction(25)
    return max(1, round(1 / (rate * (stream.time_base or Fraction(1, 1000)))))


def _is_hidden(packet: Any, stream: VideoStream) -> bool:
    """Tell whether a packet holds a VP8 frame that is never shown (RFC 6386, section 9.1)."""
    return stream.codec_context.name in ("vp8", "libvpx") and not memoryview(packet)[0] & 0x10


def _check_complete(
    container: InputContainer, stream: VideoStream, path: Path, count: int, scan: Scan | None
) -> None:
    """Compare what was read with what the file says it has."""
    kinds = set(container.format.name.split(","))
    expected = 0
    if "mp4" in kinds:
        expected = len(stream.index_entries)
    elif "avi" in kinds:
        expected = len(stream.index_entries)
        # Without its index, at the end of the file, only the header tells. It counts frames that
        # are repeated and so not stored.
        if scan is not None and scan.end < stream.frames:
            expected = max(expected, count + stream.frames - int(scan.end))
    if count < expected:
        raise InputError(
            f"{path} is cut off or damaged: {count} of its {expected} frames are there"
        )


def _short_of(
    container: InputContainer, stream: VideoStream, path: Path, scan: Scan | None
) -> list[str]:
    """Say where a Matroska track is shorter than its tag says, by more than two frames.

    The tag is rounded, and its last picture may be shown for longer than the others. It says
    nothing of what is missing: a file that is cut off is found by its structure.
    """
    if "matroska" not in container.format.name or scan is None or not stream.time_base:
        return []
    declared = _declared_end(stream.metadata.get("DURATION", ""))
    step = scan.end - scan.ticks[-1]
    if (scan.end + 2 * step + 1) * stream.time_base >= declared:
        return []
    end = float(scan.end * stream.time_base)
    return [f"{path} says that it ends at {float(declared):.2f} s; its frames end at {end:.2f} s"]


def _declared_end(text: str) -> Fraction:
    """Read "00:01:02.500000000", Matroska's tag for the end of a track; 0 if it is not that."""
    try:
        hours, minutes, seconds = text.strip("\0 ").split(":")
        return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
    except ValueError:
        return Fraction(0)
