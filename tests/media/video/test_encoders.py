"""Encoders by FFmpeg's names, their own options, and hardware that is not there."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction as F
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.helpers.clips import moving_square
from vfi.errors import OutputError, UsageError
from vfi.media.containers import CONTAINERS
from vfi.media.frame import VideoInfo
from vfi.media.options import EncodingOptions
from vfi.media.video import encoding
from vfi.media.video.codecs import CODECS, codec_names, known_codec
from vfi.media.video.encoder_options import own_options
from vfi.media.video.encoders import Encoder, encoder_formats, is_there
from vfi.media.video.encoding import resolve_encoding
from vfi.media.video.encoding_plan import EncodingPlan
from vfi.media.video.writer import VideoWriter

INFO = VideoInfo(Path("in.mkv"), 320, 192, F(25), F(1, 25), F(1), 25, "h264", "yuv420p", 8)
HARDWARE = [encoder for codec in CODECS.values() for encoder in codec.hardware]


def plan_of(name: str, info: VideoInfo = INFO, **asked: Any) -> EncodingPlan:
    return resolve_encoding(Path(name), info, EncodingOptions(**asked), F(25))


@pytest.mark.parametrize(
    ("asked", "codec", "encoder"),
    [
        ("hevc", "h265", "libx265"),
        ("libx265", "h265", "libx265"),
        ("libx264", "h264", "libx264"),
        ("libsvtav1", "av1", "libsvtav1"),
        ("libvpx-vp9", "vp9", "libvpx-vp9"),
        ("prores_ks", "prores", "prores_ks"),
        ("prores", "prores", "prores_ks"),
        ("dnxhd", "dnxhr", "dnxhd"),
        ("dnxhr", "dnxhr", "dnxhd"),
    ],
)
def test_ffmpegs_names_are_understood(asked: str, codec: str, encoder: str) -> None:
    container = CODECS[codec].containers[0]
    plan = plan_of(f"a{CONTAINERS[container].suffixes[0]}", codec=asked)
    assert (plan.codec.name, plan.encoder.name) == (codec, encoder)


def test_every_name_means_one_thing() -> None:
    """What FFmpeg calls by a name is what we do; only prores is an encoder of its own there."""
    for name, (codec, encoder) in codec_names().items():
        if encoder is not None and is_there(name):
            assert av.Codec(name, "w").canonical_name == (codec.ffmpeg or codec.name)
    assert known_codec("prores") == (CODECS["prores"], None)


def test_a_wrong_name_is_refused_with_the_near_ones() -> None:
    with pytest.raises(UsageError, match=r"no video codec 'h264_nvec'; near it: h264_nvenc"):
        plan_of("a.mp4", codec="h264_nvec")
    with pytest.raises(UsageError, match=r"webm files cannot hold libx264; they hold: av1, vp9"):
        plan_of("a.webm", codec="libx264")


def test_software_that_this_build_lacks_is_no_reason_to_take_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vfi.media.video.codecs.is_there", lambda name: False)
    with pytest.raises(OutputError, match=r"cannot encode h265 .libx265 is missing"):
        plan_of("a.mp4", codec="libx265")


class TestOptions:
    @pytest.mark.parametrize(
        ("options", "why"),
        [
            ({"tun": "film"}, r"tun: libx264 has no such option; near it: tune"),
            ({"zzzzz": "1"}, "libx264 has no such option, and none like it"),
            ({"ar": "48000"}, r"ar: libx264 has no such option"),  # of audio
            ({"skip_frame": "all"}, r"no such option"),  # of decoders
            ({"me_method": "umx"}, r"me_method=umx: libx264 takes a number, or umh"),
            ({"b_strategy": "7"}, r"b_strategy=7: libx264 takes -1 to 2"),
            ({"crf": "good"}, r"crf=good: libx264 takes a number"),
            ({"tune": "flim"}, r"tune=flim: libx264 cannot be opened: .*flim"),
            ({"x264-params": "me=umh:crff=3"}, r"libx264 cannot be opened: .*crff"),
        ],
    )
    def test_a_wrong_one_is_refused(self, options: dict[str, str], why: str) -> None:
        with pytest.raises(UsageError, match=why) as refusal:
            plan_of("a.mp4", encoder_options=options)
        assert refusal.value.option == "encoder_options"

    @pytest.mark.parametrize(
        ("codec", "options"),
        [
            ("h265", {"x265-params": "crff=3"}),
            ("av1", {"svtav1-params": "crff=3"}),
            ("prores", {"vendo": "apl0"}),
        ],
    )
    def test_of_every_encoder(self, codec: str, options: dict[str, str]) -> None:
        with pytest.raises(UsageError, match=r"crff|near it: vendor"):
            plan_of("a.mov" if codec == "prores" else "a.mkv", codec=codec, encoder_options=options)

    def test_right_ones_reach_it(self, tmp_path: Path) -> None:
        """A group of one picture makes each of them a key frame."""
        path = tmp_path / "a.mkv"
        options = {"tune": "film", "g": 1, "bf": "0", "x264-params": "ref=1", "me_method": "umh"}
        with VideoWriter(path, 64, 48, 25, encoder_options=options) as writer:
            for number, picture in enumerate(moving_square(4)):
                writer.write(picture, F(number, 25))
        with av.open(str(path)) as container:
            assert [p.is_keyframe for p in container.demux(video=0) if p.size] == [True] * 4

    def test_all_that_we_say_ourselves_is_known(self) -> None:
        for codec in CODECS.values():
            for encoder in (*codec.encoders, *codec.hardware):
                if is_there(encoder.name):
                    assert set(said_to(encoder)) <= {*own_options(encoder.name)}, encoder.name

    def test_a_bitrate_takes_the_place_of_the_usual_quality(self) -> None:
        assert "crf" not in plan_of("a.mp4", encoder_options={"b": "4M"}).options
        both = plan_of("a.mp4", quality=20, encoder_options={"b": "4M"}).options
        assert both["crf"] == "20"

    def test_what_is_no_text_is_refused(self) -> None:
        numbers: Any = {"g": 12, "psy": True}
        told = EncodingOptions(encoder_options=numbers).encoder_options
        assert told == {"g": "12", "psy": "1"}
        wrong: Any
        for wrong in ({"g": None}, {1: "2"}, {"": "2"}, {"g": [1]}):
            with pytest.raises(UsageError, match="give names, and text or numbers"):
                EncodingOptions(encoder_options=wrong)


def said_to(encoder: Encoder) -> Mapping[str, str]:
    """All options that we tell an encoder ourselves, in one."""
    told = dict(encoder.options)
    if encoder.quality:
        told |= encoder.quality.told(encoder.quality.best)
    if encoder.preset:
        told["preset"] = encoder.preset
    for more in encoder.by_format.values():
        told |= more
    if told.pop("qscale", None):
        told |= {"flags": "+qscale", "global_quality": "118"}
    return told


class TestPixelFormats:
    def test_the_order_of_bytes_need_not_be_said(self) -> None:
        assert plan_of("a.mp4", codec="h265", pixel_format="yuv420p10").pixel_format == (
            "yuv420p10le"
        )

    @pytest.mark.parametrize("codec", ["raw", "ffv1", "h264"])
    def test_each_that_is_taken_is_written(self, tmp_path: Path, codec: str) -> None:
        """Of a still, grey picture, which every format can hold to a level or two."""
        path = tmp_path / ("a.nut" if codec == "raw" else "a.mkv")
        grey = np.full((48, 64, 3), 120, np.uint8)
        names = encoder_formats(CODECS[codec].encoders[0].name) or CODECS[codec].formats
        refused = {"ya8", "yaf16le", "grayf16le", "gbrpf16le", "gbrpf32le"}
        for name in refused & {*names}:
            with pytest.raises(UsageError, match=f"no pixel format '{name}'"):
                plan_of(str(path), codec=codec, pixel_format=name)
        for name in {*names} - refused:
            with VideoWriter(
                path, 64, 48, 25, codec=codec, pixel_format=name, overwrite=True
            ) as writer:
                writer.write(grey, F(0))
            with av.open(str(path)) as container:
                frame = next(container.decode(video=0))
            assert abs(frame.to_ndarray(format="gray").astype(int) - 120).mean() < 20, name

    def test_rgb_is_no_format_of_y4m(self) -> None:
        assert plan_of("a.y4m", pixel_format="yuv422p10le").pixel_format == "yuv422p10le"
        with pytest.raises(UsageError, match="rawvideo has no pixel format 'rgb24'; it has: yuv"):
            plan_of("a.y4m", pixel_format="rgb24")


class TestDnxhr:
    @pytest.mark.parametrize(
        ("source", "chosen", "profile"),
        [
            ("yuv420p", "yuv422p", "dnxhr_hq"),
            ("yuv422p10le", "yuv422p10le", "dnxhr_hqx"),
            ("yuv444p10le", "yuv444p10le", "dnxhr_444"),
        ],
    )
    def test_depth_and_chroma_choose_the_profile(
        self, source: str, chosen: str, profile: str
    ) -> None:
        bits = 10 if source.endswith("10le") else 8
        plan = plan_of("a.mov", replace(INFO, pixel_format=source, bit_depth=bits), codec="dnxhr")
        assert (plan.pixel_format, plan.options["profile"]) == (chosen, profile)

    def test_it_is_decoded_as_what_it_was(self, tmp_path: Path) -> None:
        picture = moving_square(1, 256, 128)[0]
        with VideoWriter(tmp_path / "a.mov", 256, 128, 25, codec="dnxhr") as writer:
            writer.write(picture, F(0))
        with av.open(str(tmp_path / "a.mov")) as container:
            assert container.streams.video[0].codec_context.name == "dnxhd"
            after = next(container.decode(video=0)).to_ndarray(format="rgb24")
        assert np.abs(after.astype(int) - picture).mean() < 3

    def test_small_pictures_are_refused_with_the_size_that_goes(self) -> None:
        with pytest.raises(UsageError, match="dnxhr needs 256x120 pixels at least, not 64x48"):
            plan_of("a.mov", replace(INFO, width=64, height=48), codec="dnxhr")


class TestHardware:
    @pytest.mark.parametrize("encoder", HARDWARE, ids=lambda encoder: encoder.name)
    def test_the_scale_is_that_of_the_codec_and_fits_into_the_encoders_own(
        self, encoder: Encoder
    ) -> None:
        """Rising numbers are never better, and none falls outside of what the encoder takes."""
        (codec,) = (c for c in CODECS.values() if encoder in c.hardware)
        scale, software = encoder.quality, codec.encoders[0].quality
        assert scale is not None
        assert software is not None
        assert scale.own is not None
        assert (scale.best, scale.worst) == (software.best, software.worst)
        told = [scale.told(q) for q in range(scale.best, scale.worst + 1)]
        for option in scale.options:
            values = [int(each[option]) for each in told]
            assert (values[0], values[-1]) == scale.own
            sign = 1 if scale.own[1] > scale.own[0] else -1
            assert all(sign * two >= sign * one for one, two in pairwise(values))
            if is_there(encoder.name):
                known = own_options(encoder.name)[option]
                assert known.min <= min(values) <= max(values) <= known.max

    @pytest.mark.parametrize("name", ["h264_nvenc", "hevc_qsv", "av1_amf", "hevc_videotoolbox"])
    def test_where_it_cannot_be_opened_software_encodes_and_that_is_said(self, name: str) -> None:
        codec, _ = known_codec(name)
        plan = plan_of("a.mp4", codec=name, quality=21)
        (note,) = plan.notes
        assert plan.encoder is codec.encoders[0]
        assert plan.options["crf"] == "21"
        assert note.startswith(f"{name} cannot be used (")
        assert note.endswith(f"): {plan.encoder.name} encodes instead")

    def test_its_own_words_are_not_said_to_software(self) -> None:
        options = {"spatial-aq": "1", "tune": "hq"}
        plan = plan_of(
            "a.mp4",
            codec="h264_nvenc",
            preset="p7",
            pixel_format="p010le",
            encoder_options=options,
        )
        assert plan.options["preset"] == "medium"
        assert not plan.options.keys() & options.keys()
        assert plan.notes[0].endswith("without preset p7, spatial-aq=1, tune=hq, p010le")

    def test_wrong_wishes_are_refused_all_the_same(self) -> None:
        with pytest.raises(UsageError, match="preset slow: h264_nvenc has p1, p2"):
            plan_of("a.mp4", codec="h264_nvenc", preset="slow")
        with pytest.raises(UsageError, match=r"spatial-aqq: .*near it: spatial-aq"):
            plan_of("a.mp4", codec="h264_nvenc", encoder_options={"spatial-aqq": "1"})
        with pytest.raises(UsageError, match="quality 52"):
            plan_of("a.mp4", codec="h264_nvenc", quality=52)

    @pytest.mark.parametrize(
        ("name", "bits", "chosen"),
        [
            ("h264_nvenc", 8, "yuv420p"),
            ("hevc_nvenc", 10, "p010le"),
            ("h264_qsv", 8, "nv12"),
            ("hevc_qsv", 10, "p010le"),
            ("av1_amf", 8, "yuv420p"),
        ],
    )
    def test_where_it_is_there_it_is_used_in_a_format_that_it_takes(
        self, monkeypatch: pytest.MonkeyPatch, name: str, bits: int, chosen: str
    ) -> None:
        monkeypatch.setattr(encoding, "refusal", lambda plan: "")
        source = "yuv420p10le" if bits == 10 else "yuv420p"
        plan = plan_of("a.mkv", replace(INFO, pixel_format=source, bit_depth=bits), codec=name)
        assert (plan.encoder.name, plan.pixel_format) == (name, chosen)
        assert plan.notes == ()


@pytest.mark.parametrize(
    ("name", "tag"),
    [("a.mkv", "ENCODER_SETTINGS"), ("a.mp4", "comment"), ("a.mov", "comment"), ("a.gif", None)],
)
def test_tags_that_say_how_a_file_was_made(name: str, tag: str | None) -> None:
    plan = plan_of(name)
    assert plan.made_tags == {}
    said = replace(plan, made_with="vfi 9.9.9, model m").made_tags
    assert next(iter(said), None) == tag
    assert all(text == f"vfi 9.9.9, model m, {plan.in_words}" for text in said.values())
