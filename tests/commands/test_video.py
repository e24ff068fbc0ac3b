"""`vfi video` and `vfi batch` on tiny clips made on the spot, and on everything that is none."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.helpers.cli import Ended, RunVfi, names_in, small_disk
from tests.helpers.clips import make_clip, pts_of, tone_of
from tests.helpers.textures import texture
from vfi.media.pictures.images import read_image, write_image
from vfi.media.video.reader import VideoReader

COUNT = 5
RATE = Fraction(24000, 1001)
LOSSLESS = {"codec": "ffv1", "pixel_format": "bgr0"}


def moving(count: int = COUNT) -> list[np.ndarray]:
    return [texture(2 * number) for number in range(count)]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Five frames at 23.976 a second, with as much audio."""
    path = tmp_path / "clip.mp4"
    return make_clip(path, pictures=moving(), rate=RATE, audio=COUNT / RATE, options={"crf": "10"})


@pytest.fixture
def video(run_vfi: RunVfi) -> RunVfi:
    return lambda *words: run_vfi("video", *words, "--model", "direct", "--device", "cpu")


def frames_of(path: Path) -> list[np.ndarray]:
    with VideoReader(path) as reader:
        return [frame.pixels for frame in reader]


class TestVideo:
    def test_three_times_the_frames_in_the_same_time(self, video: RunVfi, clip: Path) -> None:
        ended = video(clip, "--fps", "3")
        result = clip.with_name("clip_3x.mp4")
        assert ended.code == 0, ended.err
        assert ended.out == f"{result}\n"
        assert len(ended.err.splitlines()) == 1  # the summary; no bar where there is no terminal
        assert ended.err.startswith(f"{3 * COUNT} frames, 71.9281 a second, ")
        assert pts_of(result) == [n / (3 * RATE) for n in range(3 * COUNT)]
        with VideoReader(result) as reader:
            assert reader.info.frame_rate == 3 * RATE
            assert reader.times()[1] == COUNT / RATE
        seconds, tone = tone_of(result)
        assert abs(seconds - COUNT / RATE) < 0.05
        assert abs(tone - 440) < 10

    def test_the_summary_counts(self, video: RunVfi, clip: Path) -> None:
        ended = video(clip, "--fps", "3")
        # The last frame is held: no third picture comes after it.
        made = f"; of {COUNT}: {COUNT} untouched, {2 * (COUNT - 1)} interpolated, 2 held; "
        assert made in ended.err
        assert " made a second, " in ended.err
        assert ended.err.endswith(" MiB at most\n")

    def test_progress_for_programs(self, video: RunVfi, clip: Path) -> None:
        ended = video(clip, "--fps", "3", "--quiet", "--json-progress")
        told = [json.loads(line) for line in ended.err.splitlines()]
        assert {one["stage"] for one in told} == {"scan", "render"}
        assert (told[-1]["done"], told[-1]["total"]) == (3 * COUNT, 3 * COUNT)

    def test_the_source_frames_are_in_their_places_untouched(
        self, video: RunVfi, tmp_path: Path
    ) -> None:
        source = make_clip(tmp_path / "a.mkv", pictures=moving(), **LOSSLESS)
        assert video(source, "--fps", "2", "--codec", "ffv1", "--out", tmp_path / "b.mkv").code == 0
        found = frames_of(tmp_path / "b.mkv")
        assert len(found) == 2 * COUNT
        for number, pixels in enumerate(moving()):
            assert np.array_equal(found[2 * number], pixels)
        inner = (slice(None), slice(16, -16))
        for number in range(COUNT - 1):
            half = found[2 * number + 1].astype(int)
            assert np.abs(half - texture(2 * number + 1))[inner].mean() < 1.5
        assert np.array_equal(found[-1], found[-2])  # the last frame is held

    def test_the_option_does_what_the_argument_does(self, video: RunVfi, clip: Path) -> None:
        assert video("--video", clip, "--fps", "2").code == 0
        assert clip.with_name("clip_2x.mp4").is_file()
        ended = video()
        assert ended.code == 2
        assert ended.complaint == "Error: name one input: vfi video INPUT --fps 3"
        ended = video(clip, "--video", clip)
        assert ended.code == 2
        assert ended.complaint == "Error: INPUT and --video are the same: give one of them"

    def test_a_folder_of_pictures_becomes_a_folder_of_pictures(
        self, video: RunVfi, tmp_path: Path
    ) -> None:
        folder = tmp_path / "shots"
        folder.mkdir()
        for number, pixels in enumerate(moving(3)):
            write_image(folder / f"{number}.png", pixels)
        assert video(folder, "--fps", "3", "--out", tmp_path / "more").code == 0
        assert names_in(tmp_path / "more") == [f"frame_{number}.png" for number in range(1, 10)]
        for number, pixels in enumerate(moving(3)):
            found = read_image(tmp_path / "more" / f"frame_{3 * number + 1}.png").pixels
            assert np.array_equal(found, pixels)

    @pytest.mark.parametrize("name", ["shots.v2", "more.v2/", "plain/", "clips.mp4/"])
    def test_a_folder_whose_name_has_a_dot(self, video: RunVfi, tmp_path: Path, name: str) -> None:
        folder = tmp_path / "in.v1"
        folder.mkdir()
        for number, pixels in enumerate(moving(2)):
            write_image(folder / f"{number}.png", pixels)
        assert video(folder, "--out", f"{tmp_path}/{name}").code == 0
        assert names_in(tmp_path / name) == [f"frame_{number}.png" for number in range(1, 5)]
        ended = video(folder)  # what it is called by itself has a dot, too
        assert (ended.code, ended.out) == (0, f"{tmp_path}/in.v1_2x\n")

    def test_a_slash_makes_pictures_of_a_video(self, video: RunVfi, clip: Path) -> None:
        assert video(clip, "--out", f"{clip.parent}/out.v2/").code == 0
        assert len(names_in(clip.parent / "out.v2")) == 2 * COUNT

    def test_a_gif_that_cannot_keep_the_times_says_so(self, video: RunVfi, clip: Path) -> None:
        ended = video(clip, "--target-fps", "30", "--out", clip.with_name("a.gif"))
        assert ended.code == 0
        notes = [line for line in ended.err.splitlines() if "hundredths" in line]
        assert len(notes) == 1
        assert notes[0].startswith("Note: GIF files keep times in hundredths of a second")
        ended = video(clip, "--target-fps", "50", "--out", clip.with_name("b.gif"))
        assert ended.code == 0
        assert "hundredths" not in ended.err

    def test_a_log_gets_a_line_now_and_then(
        self, video: RunVfi, clip: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("vfi.progress.LEAST_BETWEEN", 0.0)
        ended = video(clip, "--fps", "2")
        assert ended.code == 0
        lines = ended.err.splitlines()
        assert any(line.startswith(f"looked at 1 of {COUNT} frames, about ") for line in lines)
        assert any(line.startswith(f"made 1 of {2 * COUNT} frames, about ") for line in lines)
        assert all(line.endswith(" s left") for line in lines if line.startswith("made "))

    def test_quiet(self, video: RunVfi, clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is asked for is on stdout; errors are still said."""
        monkeypatch.setattr("vfi.progress.LEAST_BETWEEN", 0.0)
        ended = video(clip, "-q", "--out", clip.with_name("a.gif"), "--target-fps", "30")
        assert (ended.code, ended.out, ended.err) == (0, f"{clip.with_name('a.gif')}\n", "")
        assert "exists already" in video(clip, "-q", "--out", clip.with_name("a.gif")).complaint

    def test_a_plan_is_printed_and_nothing_is_done(self, video: RunVfi, clip: Path) -> None:
        before = names_in(clip.parent)
        ended = video(clip, "--fps", "2", "--dry-run", "--json")
        assert ended.code == 0
        plan = [json.loads(line) for line in ended.out.splitlines()]
        assert [frame["index"] for frame in plan] == list(range(2 * COUNT))
        assert [frame["kind"] for frame in plan] == ["source", "between"] * (COUNT - 1) + [
            "source",
            "hold",
        ]
        assert [Fraction(frame["time"]) for frame in plan] == [
            n / (2 * RATE) for n in range(2 * COUNT)
        ]
        assert {frame["t"] for frame in plan if frame["kind"] == "between"} == {"1/2"}
        assert names_in(clip.parent) == before
        table = video(clip, "--fps", "2", "--dry-run")
        assert table.code == 0
        assert len(table.out.splitlines()) >= 2 * COUNT
        *_, last = table.out.splitlines()
        assert last == "time       about 1 s with direct for what is interpolated"

    def test_the_plan_tells_of_the_shutter(self, video: RunVfi, clip: Path) -> None:
        words = (clip, "--fps", "2", "--shutter", "180", "--dry-run")
        ended = video(*words, "--json")
        assert ended.code == 0, ended.err
        lines = [json.loads(line) for line in ended.out.splitlines()]
        assert [len(line["mean_of"]) for line in lines] == [9] * len(lines)
        assert all(
            content["kind"] in ("source", "between", "hold") for content in lines[2]["mean_of"]
        )
        assert any("mean of the moments" in line for line in ended.err.splitlines())
        ended = video(*words)
        assert ended.out.count(" mean of 9 moments around it\n") == len(lines)

    def test_the_cuts_are_written_and_nothing_is_replaced(
        self, video: RunVfi, clip: Path, tmp_path: Path
    ) -> None:
        scenes = tmp_path / "scenes.json"
        words = (clip, "--dry-run", "--write-scenes", scenes)
        assert video(*words).code == 0
        assert json.loads(scenes.read_text()) == {"cuts": []}
        scenes.write_text("precious")
        ended = video(*words)
        assert ended.code == 1
        assert "exists already; use --overwrite" in ended.complaint
        assert scenes.read_text() == "precious"
        assert video(*words, "--overwrite").code == 0
        assert json.loads(scenes.read_text()) == {"cuts": []}
        ended = video(clip, "--dry-run", "--write-scenes", tmp_path / "no" / "scenes.txt")
        assert ended.code == 1
        assert "does not exist" in ended.complaint

    def test_a_result_is_replaced_only_if_asked(self, video: RunVfi, clip: Path) -> None:
        out = clip.with_name("out.mp4")
        out.write_bytes(b"precious")
        ended = video(clip, "--out", out)
        assert ended.code == 1
        assert ended.complaint == f"Error: {out} exists already; use --overwrite to replace it"
        assert out.read_bytes() == b"precious"
        assert video(clip, "--out", out, "--overwrite").code == 0
        assert len(frames_of(out)) == 2 * COUNT


class TestWrongVideos:
    """Each is one line, the right exit code, and nothing is left behind."""

    @pytest.fixture
    def refused(self, video: RunVfi, tmp_path: Path) -> Any:
        def call(*words: Any, code: int = 1) -> str:
            before = names_in(tmp_path)
            ended: Ended = video(*words)
            assert ended.code == code, ended.err
            assert names_in(tmp_path) == before
            return ended.complaint

        return call

    def test_files_that_are_no_video(self, refused: Any, tmp_path: Path) -> None:
        bad = tmp_path / "bad.mp4"
        assert f"{bad} does not exist" in refused(bad)
        bad.write_bytes(b"")
        assert f"{bad} is empty" in refused(bad)
        bad.write_bytes(b"hello world " * 99)
        assert str(bad) in refused(bad)
        assert str(tmp_path / "none_%03d.png") in refused(tmp_path / "none_%03d.png")

    @pytest.mark.parametrize("share", [0.3, 0.9])
    @pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
    def test_a_video_that_is_cut_off(
        self, refused: Any, tmp_path: Path, share: float, suffix: str
    ) -> None:
        path = make_clip(tmp_path / f"clip{suffix}", pictures=moving(), options={"bf": "0"})
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])
        assert str(path) in refused(path)

    def test_a_video_without_pictures(self, refused: Any, tmp_path: Path) -> None:
        import wave

        with wave.open(str(tmp_path / "sound.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(bytes(16000))
        assert str(tmp_path / "sound.wav") in refused(tmp_path / "sound.wav")

    @pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi"])
    def test_a_video_with_no_frame(self, refused: Any, tmp_path: Path, suffix: str) -> None:
        path = tmp_path / f"none{suffix}"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg4", rate=25)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            container.start_encoding()
        assert path.stat().st_size > 0
        assert str(path) in refused(path)

    def test_an_empty_folder(self, refused: Any, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        assert f"{tmp_path / 'empty'} has no pictures" in refused(tmp_path / "empty")

    def test_pictures_of_different_sizes(self, refused: Any, tmp_path: Path) -> None:
        folder = tmp_path / "shots"
        folder.mkdir()
        write_image(folder / "1.png", texture())
        write_image(folder / "2.png", texture(height=40))
        complaint = refused(folder, "--out", tmp_path / "out.mp4")
        assert "2.png is 64x40, but the first picture is 64x48" in complaint

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (("--fps", "0.5"), "--fps"),
            (("--fps", "x"), "--fps"),
            (("--fps", "2", "--target-fps", "60"), "not both"),
            (("--target-fps", "0"), "--target-fps"),
            (("--start", "never"), "--start"),
            (("--input-fps", "25"), "its own frame rate"),
            (("--out", "clip.txt"), "clip.txt"),
            (("--codec", "mpeg7"), "mpeg7"),
            (("--json",), "--dry-run"),
        ],
    )
    def test_wrong_options(
        self, refused: Any, clip: Path, words: tuple[str, ...], message: str
    ) -> None:
        assert message in refused(clip, *words, code=2)

    def test_an_unknown_model(self, run_vfi: RunVfi, clip: Path) -> None:
        before = names_in(clip.parent)
        ended = run_vfi("video", clip, "--model", "rife")
        assert ended.code == 2
        assert ended.complaint.startswith("Error: no model 'rife'; there are: direct")
        assert names_in(clip.parent) == before

    def test_a_folder_that_does_not_exist(self, refused: Any, clip: Path, tmp_path: Path) -> None:
        out = tmp_path / "nowhere" / "out.mp4"
        assert f"the folder {out.parent} does not exist" in refused(clip, "--out", out)

    def test_a_folder_that_is_a_file(self, refused: Any, clip: Path) -> None:
        assert f"{clip} is not a folder" in refused(clip, "--out", clip / "out.mp4")

    @pytest.mark.parametrize("dry", [(), ("--dry-run",)])
    @pytest.mark.parametrize(
        ("words", "code", "message"),
        [
            (("--codec", "mpeg7"), 2, "no video codec 'mpeg7'"),
            (("--codec", "mpeg7", "--out", "pictures"), 2, "no video codec 'mpeg7'"),
            (("--codec", "prores", "--out", "out.mp4"), 2, "mp4 files cannot hold prores"),
            (("--model", "rife"), 2, "no model 'rife'"),
            (("--device", "tpu"), 2, "tpu"),
            (("--out", "no/out.mp4"), 1, "the folder no does not exist"),
            (("--out", "no/out/"), 1, "/no does not exist"),
            (("--out", "out.ts"), 2, "videos end in"),
            (("--out", "out.v2"), 2, "videos end in"),
            (("--out", "out.png"), 2, "videos end in"),
            (("--out", "used"), 1, "holds other files (a.txt)"),
            (("--preset", "zz"), 2, "libx264 has ultrafast, "),
            (("--quality", "-1"), 2, "libx264 takes 0 (the best) to 51"),
            (("--quality", "9999"), 2, "libx264 takes 0 (the best) to 51"),
            (("--codec", "h265", "--quality", "52"), 2, "libx265 takes 0 (the best) to 51"),
        ],
    )
    def test_a_dry_run_refuses_what_the_run_refuses(
        self,
        run_vfi: RunVfi,
        clip: Path,
        monkeypatch: pytest.MonkeyPatch,
        words: tuple[str, ...],
        code: int,
        message: str,
        dry: tuple[str, ...],
    ) -> None:
        """In one line, and before the video is looked through."""
        monkeypatch.chdir(clip.parent)
        (clip.parent / "used").mkdir()
        for name in ("there.mp4", "used/a.txt"):
            (clip.parent / name).write_text("precious")
        late = lambda *_, **__: pytest.fail("too late")  # noqa: E731
        monkeypatch.setattr("vfi.planned_source.scan_source", late)
        before = names_in(clip.parent)
        ended = run_vfi("video", clip, *words, *dry)
        assert (ended.code, ended.out) == (code, "")
        assert message in ended.complaint
        assert names_in(clip.parent) == before

    def test_a_plan_of_a_result_that_is_there(self, video: RunVfi, clip: Path) -> None:
        """It is told what would have to be done; the plan is the same."""
        words = (clip, "--fps", "2", "--dry-run", "--json")
        before = video(*words)
        clip.with_name("clip_2x.mp4").write_text("precious")
        after = video(*words)
        assert (after.code, after.out) == (0, before.out)
        there = f"{clip.with_name('clip_2x.mp4')} exists already; use --overwrite to replace it"
        assert set(after.err.splitlines()) - set(before.err.splitlines()) == {f"Note: {there}"}
        assert video(*words, "--overwrite").err == before.err

    @pytest.mark.parametrize("dry", [(), ("--dry-run",)])
    def test_variable_times_are_no_avi(
        self, refused: Any, tmp_path: Path, dry: tuple[str, ...]
    ) -> None:
        times = [Fraction(0), Fraction(1, 25), Fraction(4, 25)]
        source = make_clip(tmp_path / "vfr.mkv", pictures=moving(3), times=times)
        complaint = refused(source, "--out", tmp_path / "out.avi", *dry, code=2)
        assert "AVI files have a constant frame rate" in complaint

    @pytest.mark.parametrize("out", ["out.mp4", "out.mkv", "pictures"])
    def test_a_full_disk(self, refused: Any, clip: Path, tmp_path: Path, out: str) -> None:
        with small_disk():
            complaint = refused(clip, "--out", tmp_path / out)
        assert complaint.startswith(f"Error: cannot write {tmp_path / out}: the file grows")


def test_one_frame_is_held(video: RunVfi, tmp_path: Path) -> None:
    """There is nothing between one frame and nothing: N frames are N times that one."""
    source = make_clip(tmp_path / "one.mkv", pictures=moving(1), **LOSSLESS)
    ended = video(source, "--fps", "3", "--codec", "ffv1", "--out", tmp_path / "three.mkv")
    assert ended.code == 0, ended.err
    found = frames_of(tmp_path / "three.mkv")
    assert len(found) == 3
    assert all(np.array_equal(pixels, texture(0)) for pixels in found)
    # AVI knows constant rates only, and this is one.
    assert video(source, "--fps", "3", "--out", tmp_path / "three.avi").code == 0
    for name in ("three.mkv", "three.avi"):
        with VideoReader(tmp_path / name) as reader:
            assert reader.info.frame_rate == 75


def test_keyframes_writes_a_sheet_or_a_table_and_never_the_other_by_mistake(
    run_vfi: RunVfi, clip: Path, tmp_path: Path
) -> None:
    for words in (("--out", tmp_path / "k.jpg"), ("--out", tmp_path / "k.png", "--format", "csv")):
        ended = run_vfi("keyframes", clip, *words)
        assert ended.code == 2
        assert "a contact sheet is a .png" in ended.complaint
    ended = run_vfi("keyframes", clip, "--out", tmp_path / "k.csv")
    assert ended.code == 0, ended.err
    assert (tmp_path / "k.csv").read_text().count("\n") == COUNT + 1
    assert run_vfi("keyframes", clip, "--out", tmp_path / "k.png").code == 0
    assert read_image(tmp_path / "k.png").pixels.ndim == 3
