"""Encoders in graphics cards and processors, by FFmpeg's names: one row each.

Quality is asked for on the scale of the codec's software encoder, whoever encodes, so that a wish
means about the same everywhere, and holds where software has to take the place of hardware. What
a chip calls it differs: nvenc has a target quality (0 chooses by itself), Quick Sync an
"intelligent constant quality" where the quantiser's flag is not set, AMF takes quantisers, and
VideoToolbox has 1 to 100 of which 100 is the best.

VAAPI and Vulkan want frames that lie on the card already; such frames are not made here.
"""

from .encoders import SVT_AV1, VPX_VP9, X264, X265, Encoder, Quality

NVIDIA, INTEL, AMD, APPLE = "NVIDIA", "Intel", "AMD", "Apple"
_NVENC_PRESETS = tuple(f"p{number}" for number in range(1, 8))  # the slowest last
_QSV_PRESETS = ("veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")
_AMF_PRESETS = ("speed", "balanced", "quality")


def _scale(
    software: Encoder, options: tuple[str, ...], own: tuple[int, int], **besides: str
) -> Quality:
    scale = software.quality
    assert scale is not None
    return Quality(options, scale.best, scale.worst, scale.usual, own, besides)


def _nvenc(name: str, software: Encoder, worst: int) -> Encoder:
    scale = _scale(software, ("cq",), (1, worst), rc="vbr", b="0")
    return Encoder(name, scale, _NVENC_PRESETS, "p5", even_chroma=True, chip=NVIDIA)


def _qsv(name: str, software: Encoder) -> Encoder:
    scale = _scale(software, ("global_quality",), (1, 51))
    return Encoder(name, scale, _QSV_PRESETS, "medium", even_chroma=True, chip=INTEL)


def _amf(name: str, software: Encoder, worst: int, *options: str) -> Encoder:
    scale = _scale(software, options, (0, worst), rc="cqp")
    return Encoder(name, scale, _AMF_PRESETS, "quality", even_chroma=True, chip=AMD)


def _videotoolbox(name: str, software: Encoder) -> Encoder:
    scale = _scale(software, ("qscale",), (100, 1))
    return Encoder(name, scale, even_chroma=True, chip=APPLE)


H264 = (
    _nvenc("h264_nvenc", X264, 51),
    _qsv("h264_qsv", X264),
    _amf("h264_amf", X264, 51, "qp_i", "qp_p", "qp_b"),
    _videotoolbox("h264_videotoolbox", X264),
)
H265 = (
    _nvenc("hevc_nvenc", X265, 51),
    _qsv("hevc_qsv", X265),
    _amf("hevc_amf", X265, 51, "qp_i", "qp_p"),
    _videotoolbox("hevc_videotoolbox", X265),
)
AV1 = (
    _nvenc("av1_nvenc", SVT_AV1, 63),
    _qsv("av1_qsv", SVT_AV1),
    _amf("av1_amf", SVT_AV1, 255, "qp_i", "qp_p", "qp_b"),
)
VP9 = (_qsv("vp9_qsv", VPX_VP9),)
