"""What video files are called: one list, by the FFmpeg format that reads them.

FFmpeg itself tells videos by their content and lists no suffixes for half of these formats; a test
makes sure that it has the formats.
"""

_READ_BY = {
    "apng": (".apng",),
    "asf": (".asf", ".wmv"),
    "avi": (".avi", ".divx"),
    "dv": (".dv",),
    "flv": (".flv", ".f4v"),
    "gif": (".gif",),
    "h264": (".264", ".h264"),
    "hevc": (".265", ".h265", ".hevc"),
    "ivf": (".ivf",),
    "matroska": (".mkv", ".webm", ".mk3d"),
    "mov": (".mp4", ".m4v", ".mov", ".3gp", ".3g2", ".mj2", ".qt"),
    "mpeg": (".mpg", ".mpeg", ".vob"),
    "mpegts": (".ts", ".m2ts", ".mts", ".m2t"),
    "mpegvideo": (".m1v", ".m2v"),
    "mxf": (".mxf",),
    "nut": (".nut",),
    "obu": (".obu",),
    "ogg": (".ogv",),
    "rm": (".rm", ".rmvb"),
    "yuv4mpegpipe": (".y4m",),
}
MAY_MOVE = (".avif", ".webp")  # still pictures mostly; their headers tell
VIDEO_SUFFIXES = tuple(sorted(suffix for row in _READ_BY.values() for suffix in row))
