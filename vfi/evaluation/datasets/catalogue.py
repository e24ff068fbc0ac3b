"""The data sets that `vfi benchmark` knows: one row each."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from ...errors import UsageError
from . import layouts
from .row import EIGHTHS, DataSetRow, pictures_by, triplets_by, validation, videos, withheld_by
from .samples import DataSet
from .withheld import VALIDATION

_XIPH = "BoxingPractice-001.png ... Tango-099.png (8 clips, frames 001 to 099)"
_XIPH_CLIPS = "8 clips, even frames 2 to 98 from their neighbours"
_XIPH_LIST = "top-half-motion-sufficiency-gap2.txt"
_XIPH_HARDER = "the triplets of the list (two frames apart, the harder half)"
_X_TEST = "test/Type1/TEST01_003_f0433/0000.png ... 0032.png (15 scenes)"
_2K = "whole frames reduced by area averaging to 2048x1080"
_4K_CROP = "the 2048x1080 centre cropped from 4096x2160"


def _validation(name: str, gap: int) -> DataSetRow:
    return DataSetRow(
        name=name,
        title=f"validation clips, gap {gap}",
        layout="videos (your own: benchmarks/make_validation.py)",
        protocol=VALIDATION.describe(gap),
        opener=validation(gap),
    )


def _snu(level: str, gap: str) -> DataSetRow:
    return DataSetRow(
        name=f"snu-film-{level}",
        title=f"SNU-FILM {level}",
        layout=f"test-{level}.txt (three paths a line) and test/GOPRO_test/, test/YouTube_test/",
        protocol=f"all triplets of test-{level}.txt ({gap} between the two), whole frames, t = 1/2",
        opener=triplets_by(layouts.snu_film(level)),
    )


def _snu_harder(level: str) -> DataSetRow:
    published = f"top-half-motion-sufficiency_test-{level}.txt"
    return DataSetRow(
        name=f"snu-film-{level}-l",
        title=f"SNU-FILM {level}-L",
        layout=f"as snu-film-{level}, and the list {published} (or --list FILE)",
        protocol=f"the half of SNU-FILM {level} with the larger motion sufficiency, "
        "whole frames, t = 1/2",
        opener=triplets_by(layouts.snu_film(level)),
        harder_list=published,
    )


_ROWS = (
    _validation("validation", 1),
    _validation("validation-gap2", 2),
    DataSetRow(
        name="middlebury",
        title="Middlebury OTHER",
        layout="other-data/Beanbags/frame10.png, frame11.png ... and "
        "other-gt-interp/Beanbags/frame10i11.png ... (12 scenes)",
        protocol="frame10, frame11 given, frame10i11 asked for, 12 scenes, whole frames, t = 1/2",
        opener=triplets_by(layouts.middlebury),
    ),
    DataSetRow(
        name="vimeo90k",
        title="Vimeo90K test",
        layout="tri_testlist.txt and sequences/00001/0389/im1.png, im2.png, im3.png ...",
        protocol="the 3,782 triplets of tri_testlist.txt, im2 from im1 and im3, whole frames",
        opener=triplets_by(layouts.vimeo90k),
    ),
    DataSetRow(
        name="ucf101",
        title="UCF101",
        layout="1/frame_00.png, 1/frame_01_gt.png, 1/frame_02.png ... (379 folders)",
        protocol="379 triplets of 256x256, frame_01_gt from frame_00 and frame_02, whole frames",
        opener=triplets_by(layouts.ucf101),
    ),
    _snu("easy", "1 frame"),
    _snu("medium", "3 frames"),
    _snu("hard", "7 frames"),
    _snu("extreme", "15 frames"),
    _snu_harder("hard"),
    _snu_harder("extreme"),
    DataSetRow(
        name="xiph-2k",
        title='Xiph "2K"',
        layout=_XIPH,
        protocol=f"{_XIPH_CLIPS}, {_2K}, t = 1/2",
        opener=triplets_by(layouts.xiph),
        prepare=layouts.reduced_to_2k,
    ),
    DataSetRow(
        name="xiph-4k",
        title='Xiph "4K"',
        layout=_XIPH,
        protocol=f"{_XIPH_CLIPS}, {_4K_CROP}, t = 1/2",
        opener=triplets_by(layouts.xiph),
        prepare=layouts.centre_of_4k,
    ),
    DataSetRow(
        name="xiph-l-2k",
        title="Xiph-L 2K",
        layout=f"{_XIPH}, and the list {_XIPH_LIST} (or --list FILE)",
        protocol=f"{_XIPH_HARDER}, {_2K}, t = 1/2",
        opener=triplets_by(layouts.xiph),
        prepare=layouts.reduced_to_2k,
        harder_list=_XIPH_LIST,
    ),
    DataSetRow(
        name="xiph-l-4k",
        title="Xiph-L 4K",
        layout=f"{_XIPH}, and the list {_XIPH_LIST} (or --list FILE)",
        protocol=f"{_XIPH_HARDER}, {_4K_CROP}, t = 1/2",
        opener=triplets_by(layouts.xiph),
        prepare=layouts.centre_of_4k,
        harder_list=_XIPH_LIST,
    ),
    DataSetRow(
        name="x-test-2k",
        title="X-TEST 2K",
        layout=_X_TEST,
        protocol=f"frames 0, 32 given, t = 1/8 ... 7/8, 15 scenes, {_2K}",
        opener=pictures_by(layouts.x_test),
        own_times=EIGHTHS,
        multiple_times=True,
        prepare=layouts.reduced_to_2k,
    ),
    DataSetRow(
        name="x-test-4k",
        title="X-TEST 4K",
        layout=_X_TEST,
        protocol="frames 0, 32 given, t = 1/8 ... 7/8, 15 scenes, whole 4096x2160 frames",
        opener=pictures_by(layouts.x_test),
        own_times=EIGHTHS,
        multiple_times=True,
    ),
    DataSetRow(
        name="x-test-l-2k",
        title="X-TEST-L 2K",
        layout=_X_TEST,
        protocol=f"frames 0, 32 given, 16 asked for, 15 scenes, {_2K}",
        opener=pictures_by(layouts.x_test),
        prepare=layouts.reduced_to_2k,
    ),
    DataSetRow(
        name="x-test-l-4k",
        title="X-TEST-L 4K",
        layout=_X_TEST,
        protocol="frames 0, 32 given, 16 asked for, 15 scenes, whole 4096x2160 frames",
        opener=pictures_by(layouts.x_test),
    ),
    DataSetRow(
        name="atd-12k",
        title="ATD-12K test",
        layout="test_2k_540p/NAME/frame1.png, frame2.png, frame3.png (or .jpg; 2,000 folders)",
        protocol="frame2 from frame1 and frame3, 2,000 triplets, whole 960x540 frames "
        "(larger ones reduced by area averaging), no region of interest",
        opener=triplets_by(layouts.atd12k),
        prepare=layouts.reduced_to_540p,
    ),
    DataSetRow(
        name="davis",
        title="DAVIS triplets",
        layout="JPEGImages/480p/bear/00000.jpg ... (or Full-Resolution, or the clips' folders)",
        protocol="frames i, i+2 given, i+1 asked for, i = 0, 2, 4, ... of every clip, whole frames",
        opener=withheld_by(layouts.davis),
        multiple_times=True,
    ),
    DataSetRow(
        name="triplets",
        title="folder of triplets",
        layout="any folders of three pictures each: first, truth, second in order of their names",
        protocol="the second picture of every folder from the first and third, whole, t = 1/2",
        opener=triplets_by(layouts.triplets),
    ),
    DataSetRow(
        name="frames",
        title="folders of frames",
        layout="one folder of pictures a clip, in order of their names",
        protocol="every second frame withheld (with --t: every frame but the ends of wider "
        "pairs), whole frames",
        opener=withheld_by(layouts.frames),
        multiple_times=True,
    ),
    DataSetRow(
        name="clips",
        title="videos",
        layout="one video or a folder of videos",
        protocol="every second frame withheld (with --t: wider pairs), whole frames, decoded by "
        "vfi's reader",
        opener=videos,
        multiple_times=True,
    ),
)

CATALOGUE: dict[str, DataSetRow] = {row.name: row for row in _ROWS}


def open_data_set(
    name: str,
    folder: Path,
    times: Sequence[Fraction] | None = None,
    listed: Path | None = None,
) -> DataSet:
    """Return the data set of that name; see `DataSetRow.open`.

    Raises:
        UsageError: an unknown name, or times for a set that has t = 1/2 alone.
        InputError: a file or folder of the layout is missing; the message names it.
    """
    if name not in CATALOGUE:
        raise UsageError(f"no data set {name!r}; there are: {', '.join(CATALOGUE)}")
    return CATALOGUE[name].open(folder, times, listed)
