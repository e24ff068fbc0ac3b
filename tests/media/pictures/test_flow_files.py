import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from vfi.errors import InputError, OutputError, UsageError
from vfi.media.pictures.flow_files import read_flo, read_flow, write_flo, write_flow


def some_flow(height: int = 5, width: int = 7) -> np.ndarray:
    values = np.random.default_rng(0).normal(0, 20, (height, width, 2))
    return values.astype(np.float32)


@pytest.mark.parametrize("suffix", [".flo", ".npz", ".FLO"])
def test_kept_bit_for_bit(tmp_path: Path, suffix: str) -> None:
    flow = some_flow()
    write_flow(tmp_path / f"a{suffix}", flow)
    back = read_flow(tmp_path / f"a{suffix}")
    assert back.dtype == np.float32
    np.testing.assert_array_equal(back, flow)


@given(
    arrays.arrays(
        np.float32, (3, 4, 2), elements=st.floats(-500, 500, width=32, allow_subnormal=False)
    )
)
@settings(max_examples=20)
def test_kitti_keeps_a_64th_of_a_pixel(
    tmp_path_factory: pytest.TempPathFactory, flow: np.ndarray
) -> None:
    path = tmp_path_factory.mktemp("kitti") / "a.png"
    write_flow(path, flow)
    assert np.abs(read_flow(path) - flow).max() <= 1 / 128


@pytest.mark.parametrize("value", [1.7734207, -1.7734207, 333.1171875, 0.00781250093])
def test_kitti_rounds_to_the_nearest_64th(tmp_path: Path, value: float) -> None:
    """1.7734207 · 64 = 113.4989 is 113, which 32768 more in float32 makes 113.5 and that 114."""
    flow = np.full((1, 1, 2), value, np.float32)
    write_flow(tmp_path / "a.png", flow)
    exact = Fraction(float(flow[0, 0, 0])) * 64
    assert read_flow(tmp_path / "a.png")[0, 0].tolist() == [round(exact) / 64] * 2


def test_bytes_of_middlebury(tmp_path: Path) -> None:
    """The layout of the format, written out by hand: PIEH, width, height, (u, v) row by row."""
    flow = np.array([[[1, 2], [3, 4], [5, 6]]], np.float32)
    expected = b"PIEH" + struct.pack("<ii6f", 3, 1, 1, 2, 3, 4, 5, 6)
    write_flo(tmp_path / "a.flo", flow)
    assert (tmp_path / "a.flo").read_bytes() == expected
    assert struct.unpack("<f", b"PIEH")[0] == 202021.25


def test_unknown_pixels(tmp_path: Path) -> None:
    flow = some_flow()
    flow[1, 2, 0] = np.nan
    flow[3, 3, 1] = np.inf
    for name in ("a.flo", "a.png"):
        write_flow(tmp_path / name, flow)
        back = read_flow(tmp_path / name)
        unknown = np.isnan(back).all(axis=2)
        assert np.argwhere(unknown).tolist() == [[1, 2], [3, 3]]
        assert np.isfinite(back[~unknown]).all()
    raw = np.frombuffer((tmp_path / "a.flo").read_bytes(), "<f4", offset=12)
    assert (raw[2 * (7 + 2) : 2 * (7 + 2) + 2] > 1e9).all()


def test_flow_from_other_programs_with_1e10(tmp_path: Path) -> None:
    data = b"PIEH" + struct.pack("<ii4f", 2, 1, 1e10, 1e10, 1, -1)
    (tmp_path / "a.flo").write_bytes(data)
    back = read_flo(tmp_path / "a.flo")
    assert np.isnan(back[0, 0]).all()
    assert back[0, 1].tolist() == [1, -1]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b"PIEH", "cut off"),
        (b"abcd" + struct.pack("<ii2f", 1, 1, 0, 0), "not a .flo file"),
        (b"PIEH" + struct.pack("<ii2f", 2, 1, 0, 0), "is cut off: 2x1 needs 28 bytes"),
        (b"PIEH" + struct.pack("<ii4f", 1, 1, 0, 0, 0, 0), "is too long"),
        (b"PIEH" + struct.pack("<ii", -1, 5), "impossible size"),
        (b"PIEH" + struct.pack("<ii", 2**30, 2**30), "impossible size"),
    ],
)
def test_damaged_flo(tmp_path: Path, data: bytes, why: str) -> None:
    (tmp_path / "a.flo").write_bytes(data)
    with pytest.raises(InputError, match=why):
        read_flow(tmp_path / "a.flo")


def test_other_bad_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_flow(tmp_path / "a.flo")
    (tmp_path / "a.png").write_bytes(b"text")
    (tmp_path / "a.npz").write_bytes(b"PK\3\4 but no archive")
    np.save(tmp_path / "e.npy", np.zeros((3, 4, 2)))
    (tmp_path / "e.npy").rename(tmp_path / "e.npz")
    for name in ("a.png", "a.npz", "e.npz"):
        with pytest.raises(InputError, match=name):
            read_flow(tmp_path / name)
    np.savez(tmp_path / "b.npz", one=np.zeros(3), two=np.zeros(3))
    with pytest.raises(InputError, match="no array 'flow'; it has: one, two"):
        read_flow(tmp_path / "b.npz")
    np.savez(tmp_path / "c.npz", flow=np.zeros((3, 4)))
    with pytest.raises(InputError, match="a flow is an array"):
        read_flow(tmp_path / "c.npz")
    np.savez(tmp_path / "d.npz", flow=np.array([{"a": 1}], dtype=object))
    with pytest.raises(InputError):
        read_flow(tmp_path / "d.npz")


def test_wrong_calls(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.flo, \.png, \.npz"):
        write_flow(tmp_path / "a.txt", some_flow())
    with pytest.raises(UsageError, match="a flow is an array"):
        write_flow(tmp_path / "a.flo", np.zeros((3, 4)))
    with pytest.raises(OutputError, match="512 pixels"):
        write_flow(tmp_path / "a.png", np.full((2, 2, 2), 600.0))
    assert list(tmp_path.iterdir()) == []


def test_argument_is_not_changed(tmp_path: Path) -> None:
    flow = some_flow()
    flow[0, 0] = np.nan
    before = flow.copy()
    write_flo(tmp_path / "a.flo", flow)
    np.testing.assert_array_equal(flow, before)
