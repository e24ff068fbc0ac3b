"""The data sets that `vfi benchmark` knows: names and texts alone, nothing heavy."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Description:
    """What a person needs to know before running a data set."""

    title: str
    layout: str
    """The paths below --data, as the data set comes."""
    protocol: str
    """What is asked for; printed with the figures."""
    multiple_times: bool = False
    """Whether --t may choose times."""


_XIPH = "BoxingPractice-001.png ... Tango-099.png (8 clips, frames 001 to 099)"
_XIPH_CLIPS = "8 clips, even frames 2 to 98 from their neighbours"
_SNU = "test-{level}.txt (three paths a line) and test/GOPRO_test/, test/YouTube_test/"
_X_TEST = "test/Type1/TEST01_003_f0433/0000.png ... 0032.png (15 scenes)"


def _snu(level: str, gap: str) -> Description:
    protocol = f"all triplets of test-{level}.txt ({gap} between the two), whole frames, t = 1/2"
    return Description(f"SNU-FILM {level}", _SNU.format(level=level), protocol)


def _snu_harder(level: str) -> Description:
    return Description(
        title=f"SNU-FILM {level}-L",
        layout=f"as snu-film-{level}, and the list top-half-motion-sufficiency_test-{level}.txt "
        "(or --list FILE)",
        protocol=f"the half of SNU-FILM {level} with the larger motion sufficiency, "
        "whole frames, t = 1/2",
    )


_2K = "whole frames reduced by area averaging to 2048x1080"
_4K_CROP = "the 2048x1080 centre cropped from 4096x2160"

CATALOGUE: dict[str, Description] = {
    "validation": Description(
        title="validation clips, gap 1",
        layout="videos (../shared/validation)",
        protocol="frames i, i+2 given, i+1 asked for, i = 0, 6, 12, ...; plain 8-bit decoding; "
        "frames over 1280x720 reduced by area averaging to fit",
    ),
    "validation-gap2": Description(
        title="validation clips, gap 2",
        layout="videos (../shared/validation)",
        protocol="frames i, i+4 given, i+2 asked for, i = 0, 6, 12, ...; plain 8-bit decoding; "
        "frames over 1280x720 reduced by area averaging to fit",
    ),
    "middlebury": Description(
        title="Middlebury OTHER",
        layout="other-data/Beanbags/frame10.png, frame11.png ... and "
        "other-gt-interp/Beanbags/frame10i11.png ... (12 scenes)",
        protocol="frame10, frame11 given, frame10i11 asked for, 12 scenes, whole frames, t = 1/2",
    ),
    "vimeo90k": Description(
        title="Vimeo90K test",
        layout="tri_testlist.txt and sequences/00001/0389/im1.png, im2.png, im3.png ...",
        protocol="the 3,782 triplets of tri_testlist.txt, im2 from im1 and im3, whole frames",
    ),
    "ucf101": Description(
        title="UCF101",
        layout="1/frame_00.png, 1/frame_01_gt.png, 1/frame_02.png ... (379 folders)",
        protocol="379 triplets of 256x256, frame_01_gt from frame_00 and frame_02, whole frames",
    ),
    "snu-film-easy": _snu("easy", "1 frame"),
    "snu-film-medium": _snu("medium", "3 frames"),
    "snu-film-hard": _snu("hard", "7 frames"),
    "snu-film-extreme": _snu("extreme", "15 frames"),
    "snu-film-hard-l": _snu_harder("hard"),
    "snu-film-extreme-l": _snu_harder("extreme"),
    "xiph-2k": Description('Xiph "2K"', _XIPH, f"{_XIPH_CLIPS}, {_2K}, t = 1/2"),
    "xiph-4k": Description('Xiph "4K"', _XIPH, f"{_XIPH_CLIPS}, {_4K_CROP}, t = 1/2"),
    "xiph-l-2k": Description(
        "Xiph-L 2K",
        f"{_XIPH}, and the list top-half-motion-sufficiency-gap2.txt (or --list FILE)",
        f"the triplets of the list (two frames apart, the harder half), {_2K}, t = 1/2",
    ),
    "xiph-l-4k": Description(
        "Xiph-L 4K",
        f"{_XIPH}, and the list top-half-motion-sufficiency-gap2.txt (or --list FILE)",
        f"the triplets of the list (two frames apart, the harder half), {_4K_CROP}, t = 1/2",
    ),
    "x-test-2k": Description(
        "X-TEST 2K", _X_TEST, f"frames 0, 32 given, t = 1/8 ... 7/8, 15 scenes, {_2K}", True
    ),
    "x-test-4k": Description(
        "X-TEST 4K",
        _X_TEST,
        "frames 0, 32 given, t = 1/8 ... 7/8, 15 scenes, whole 4096x2160 frames",
        True,
    ),
    "x-test-l-2k": Description(
        "X-TEST-L 2K", _X_TEST, f"frames 0, 32 given, 16 asked for, 15 scenes, {_2K}"
    ),
    "x-test-l-4k": Description(
        "X-TEST-L 4K",
        _X_TEST,
        "frames 0, 32 given, 16 asked for, 15 scenes, whole 4096x2160 frames",
    ),
    "atd-12k": Description(
        title="ATD-12K test",
        layout="test_2k_540p/NAME/frame1.png, frame2.png, frame3.png (or .jpg; 2,000 folders)",
        protocol="frame2 from frame1 and frame3, 2,000 triplets, whole 960x540 frames "
        "(larger ones reduced by area averaging), no region of interest",
    ),
    "davis": Description(
        title="DAVIS triplets",
        layout="JPEGImages/480p/bear/00000.jpg ... (or Full-Resolution, or the clips' folders)",
        protocol="frames i, i+2 given, i+1 asked for, i = 0, 2, 4, ... of every clip, whole frames",
        multiple_times=True,
    ),
    "triplets": Description(
        title="folder of triplets",
        layout="any folders of three pictures each: first, truth, second in order of their names",
        protocol="the second picture of every folder from the first and third, whole, t = 1/2",
    ),
    "frames": Description(
        title="folders of frames",
        layout="one folder of pictures a clip, in order of their names",
        protocol="every second frame withheld (with --t: every frame but the ends of wider "
        "pairs), whole frames",
        multiple_times=True,
    ),
    "clips": Description(
        title="videos",
        layout="one video or a folder of videos",
        protocol="every second frame withheld (with --t: wider pairs), whole frames, decoded by "
        "vfi's reader",
        multiple_times=True,
    ),
}
