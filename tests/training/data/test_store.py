"""The clip store holds exactly the frames that were encoded, and true statistics of the steps."""

import pickle
from pathlib import Path

import av
import numpy as np
import pytest

from tests.helpers.clips import write_lossless
from tests.helpers.training_clips import SPEED, tiny_clips
from vfi.errors import InputError
from vfi.training.data.steps import StepColumn
from vfi.training.data.store import ClipStore, pack_clips


def number_of(store: ClipStore, name: str) -> int:
    return [clip.name for clip in store.clips].index(name)


def test_frames_come_back_unchanged(clip_store: ClipStore) -> None:
    for name, frames in tiny_clips().items():
        np.testing.assert_array_equal(clip_store.frames(number_of(clip_store, name)), frames)


def test_manifest_says_which_clips_and_kinds(clip_store: ClipStore) -> None:
    kinds = {clip.name: clip.kind for clip in clip_store.clips}
    assert kinds == {
        "moving": "real",
        "still": "real",
        "cut": "animation",
        "twos": "animation2d",
    }


def test_steps_measure_the_motion(clip_store: ClipStore) -> None:
    steps = clip_store.clip_steps(number_of(clip_store, "moving"))
    assert steps.shape == (14, 4)
    np.testing.assert_allclose(steps[:-1, StepColumn.MEAN_MOTION], SPEED, atol=0.5)
    np.testing.assert_array_equal(steps[-1], 0)


def test_steps_tell_repeats_and_cuts(clip_store: ClipStore) -> None:
    twos = clip_store.clip_steps(number_of(clip_store, "twos"))[:-1, StepColumn.DIFFERENCE]
    np.testing.assert_array_equal(twos < 0.35, [True, False] * 5 + [True])
    cut = clip_store.clip_steps(number_of(clip_store, "cut"))[:-1, StepColumn.RESIDUAL]
    np.testing.assert_array_equal(cut > 14, [False] * 5 + [True] + [False] * 5)


def test_two_processes_write_the_same_store(
    clip_folder: Path, clip_store: ClipStore, tmp_path: Path
) -> None:
    calls: list[tuple[int, int]] = []
    store = pack_clips(clip_folder, tmp_path, 2, lambda done, count: calls.append((done, count)))
    assert (tmp_path / "frames.u8").read_bytes() == (clip_store.folder / "frames.u8").read_bytes()
    np.testing.assert_array_equal(store.steps, clip_store.steps)
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_folder_without_manifest(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    write_lossless(tmp_path / "deep" / "some.mkv", tiny_clips()["moving"][:3])
    store = pack_clips(tmp_path, tmp_path / "store", processes=1)
    assert [(clip.name, clip.kind, clip.count) for clip in store.clips] == [("some", "real", 3)]


def test_an_edit_list_may_hide_frames(tmp_path: Path) -> None:
    """As where a film was cut without coding it anew: 14 packets, of which 8 are shown."""
    frames = tiny_clips()["moving"]
    write_lossless(tmp_path / "whole.mkv", frames)
    with av.open(str(tmp_path / "whole.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"g": "50", "bf": "0"})
        stream.width, stream.height = frames[0].shape[1], frames[0].shape[0]
        stream.pix_fmt = "yuv420p"
        for pixels in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    (tmp_path / "clips").mkdir()
    with (
        av.open(str(tmp_path / "whole.mp4")) as whole,
        av.open(str(tmp_path / "clips/a.mp4"), "w") as cut,
    ):
        source = whole.streams.video[0]
        stream = cut.add_stream_from_template(source)
        first = int(6 / 25 / source.time_base)
        for packet in whole.demux(source):
            if packet.dts is not None:
                packet.stream = stream
                packet.pts -= first
                packet.dts -= first
                cut.mux(packet)
    write_lossless(tmp_path / "clips/b.mkv", frames[:3])
    store = pack_clips(tmp_path / "clips", tmp_path / "store", processes=1)
    assert [clip.count for clip in store.clips] == [8, 3]
    np.testing.assert_array_equal(store.frames(1), np.stack(frames[:3]))
    assert len(store.steps) == 11


def test_a_packing_that_fails_leaves_what_was_there(clip_folder: Path, tmp_path: Path) -> None:
    store = tmp_path / "deep/store"
    pack_clips(clip_folder, store, processes=1)
    (store / "mine.txt").write_text("keep")
    before = {path.name: path.read_bytes() for path in store.iterdir()}
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad/broken.mp4").write_bytes(b"not a video" * 100)
    with pytest.raises(InputError):
        pack_clips(tmp_path / "bad", store, processes=1)
    assert {path.name: path.read_bytes() for path in store.iterdir()} == before
    pack_clips(clip_folder, store, processes=1)
    assert {path.name: path.read_bytes() for path in store.iterdir()} == before
    assert [path.name for path in store.parent.iterdir()] == ["store"]


def test_pickle_carries_no_frames(clip_store: ClipStore) -> None:
    code = pickle.dumps(clip_store)
    assert len(code) < 1000
    np.testing.assert_array_equal(pickle.loads(code).frames(0), clip_store.frames(0))


def test_errors_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no video files"):
        pack_clips(tmp_path, tmp_path / "store")
    with pytest.raises(InputError, match="no complete clip store"):
        ClipStore(tmp_path)
    (tmp_path / "broken.mp4").write_bytes(b"not a video" * 100)
    with pytest.raises(InputError, match=r"broken\.mp4"):
        pack_clips(tmp_path, tmp_path / "store", processes=1)


def test_short_frames_file_is_noticed(clip_folder: Path, tmp_path: Path) -> None:
    pack_clips(clip_folder, tmp_path, processes=1)
    with open(tmp_path / "frames.u8", "r+b") as file:
        file.truncate(1000)
    with pytest.raises(InputError, match="cut short"):
        ClipStore(tmp_path)


def test_opencv_decodes_the_same_where_pyav_is_not_there(
    clip_folder: Path, clip_store: ClipStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vfi.training.data.decoding._has_av", lambda: False)
    store = pack_clips(clip_folder, tmp_path / "store", processes=1)
    assert store.clips == clip_store.clips
    for number in range(len(store)):
        np.testing.assert_array_equal(store.frames(number), clip_store.frames(number))
    (tmp_path / "broken.mp4").write_bytes(b"not a video" * 100)
    with pytest.raises(InputError, match=r"broken\.mp4"):
        pack_clips(tmp_path, tmp_path / "other", processes=1)
