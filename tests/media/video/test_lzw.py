"""A GIF picture that does not decompress to its size is found; sound ones never are."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vfi.errors import InputError
from vfi.media.video.lzw import lzw_is_whole
from vfi.media.video.reader import VideoReader

# Codes by hand (GIF89a, appendix F), two bits of literals: clear = 4, end = 5, codes of 3 bits.
CLEAR, END = 4, 5


def packed(codes: list[tuple[int, int]]) -> bytes:
    """Codes and their bits, lowest bit first."""
    number = at = 0
    for code, bits in codes:
        number |= code << at
        at += bits
    return number.to_bytes((at + 7) // 8, "little")


def test_codes_by_hand() -> None:
    # 1, then 6 = "1 1" (not in the table yet), then 6 again: 1 + 2 + 2 = 5 pixels. Behind the
    # code that fills place 7, codes have 4 bits.
    codes = [(CLEAR, 3), (1, 3), (6, 3), (6, 3), (END, 4)]
    assert lzw_is_whole(packed(codes), 2, 5)
    assert not lzw_is_whole(packed(codes), 2, 4)
    assert not lzw_is_whole(packed(codes), 2, 6)
    assert lzw_is_whole(packed(codes[:-1]), 2, 5)  # no end code
    assert not lzw_is_whole(packed([(CLEAR, 3), (1, 3), (7, 3), (END, 3)]), 2, 3)  # 7 is not yet
    assert not lzw_is_whole(packed([(CLEAR, 3), (6, 3), (END, 3)]), 2, 2)  # nothing before it
    assert not lzw_is_whole(b"", 2, 1)
    assert not lzw_is_whole(b"\x04", 12, 1)


@settings(max_examples=40)
@given(
    width=st.integers(1, 90),
    height=st.integers(1, 90),
    colours=st.integers(1, 256),
    seed=st.integers(0, 2**32 - 1),
)
def test_whatever_pillow_writes_is_whole(width: int, height: int, colours: int, seed: int) -> None:
    """Large noisy pictures fill the table of 4096 codes and clear it."""
    noise = np.random.default_rng(seed).integers(0, colours, (height, width), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "GIF")
    bits, data = compressed(file.getvalue())
    assert lzw_is_whole(data, bits, width * height)
    assert not lzw_is_whole(data, bits, width * height + 1)


def compressed(gif: bytes | bytearray) -> tuple[int, bytes]:
    """The bits of literals and the data of the first picture of a GIF."""
    at = pictures_at(gif)[0]
    bits, blocks = gif[at], b""
    at += 1
    while gif[at]:
        blocks += gif[at + 1 : at + 1 + gif[at]]
        at += 1 + gif[at]
    return bits, blocks


def pictures_at(gif: bytes | bytearray) -> list[int]:
    """Where the compressed data of each picture begins, with the bits of literals."""
    found = []
    at = 13 + (3 << (gif[10] & 7) + 1 if gif[10] & 0x80 else 0)
    while gif[at] != 0x3B:
        if gif[at] == 0x2C:
            at += 10 + (3 << (gif[at + 9] & 7) + 1 if gif[at + 9] & 0x80 else 0)
            found.append(at)
            at += 1
        else:
            at += 2
        while gif[at]:
            at += 1 + gif[at]
        at += 1
    return found


def test_a_gif_with_broken_code(tmp_path: Path) -> None:
    """The second of three pictures; FFmpeg would leave its rest out without a word."""
    ramp = np.tile(np.arange(64, dtype=np.uint8), (48, 1))
    pictures = [Image.fromarray(np.roll(ramp, 5 * k, axis=1)) for k in range(3)]
    path = tmp_path / "a.gif"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=100)
    with VideoReader(path) as reader:
        assert len(list(reader)) == 3
    data = bytearray(path.read_bytes())
    inside = pictures_at(data)[1] + 40
    data[inside : inside + 4] = b"\xff\xff\xff\xff"
    (tmp_path / "b.gif").write_bytes(data)
    with VideoReader(tmp_path / "b.gif") as reader, pytest.raises(InputError, match="frame 1 does"):
        reader.times()
