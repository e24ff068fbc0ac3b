"""Judging in one pass: the same decisions as after the last frame, and in time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.drawings import animation
from vfi.analysis import foresight
from vfi.analysis.analyser import Analysis
from vfi.analysis.cadence import LONGEST_HOLD, find_keyframes
from vfi.analysis.foresight import REACH, Foresight
from vfi.analysis.scenes import SURROUNDING


def judged(frames, *options):
    """The frames that are kept and the cuts; and after how many frames each was judged."""
    seer, kept, cuts, late = Foresight(*options), [], [], []
    for count, frame in enumerate(frames, 1):
        verdicts = seer.update(frame)
        late += [count - 1 - verdict.frame for verdict in verdicts]
        kept += [verdict.frame for verdict in verdicts if verdict.kept]
        cuts += [verdict.frame for verdict in verdicts if verdict.cut]
    verdicts = seer.finish()
    kept += [verdict.frame for verdict in verdicts if verdict.kept]
    cuts += [verdict.frame for verdict in verdicts if verdict.cut]
    return kept, cuts, late


def analysed(frames, *options):
    analysis = Analysis(*options)
    for frame in frames:
        analysis.update(frame)
    return analysis.finish(range(len(frames)))


@pytest.fixture(scope="module")
def film():
    """Four scenes on ones, twos, threes and in a mixture, with noise."""
    random = np.random.default_rng(5)
    scenes = [
        animation(lengths, seed, 40, 1.0, small=True)[0]
        for seed, lengths in enumerate(([1], [2], [3], [2, 1, 1, 3]))
    ]
    order = random.permutation(4)
    return [frame for place in order for frame in scenes[place]]


@pytest.mark.parametrize("threshold", [None, 0, 40, "auto"])
@pytest.mark.parametrize("cuts", [None, [25, 80, 81, 140]])
def test_the_same_decisions_as_with_two_passes(film, threshold, cuts):
    options = (threshold, 8.0, 15.0, cuts)
    kept, found, late = judged(film, *options)
    expected = analysed(film, *options)
    everything = list(range(len(film)))
    assert found == list(expected.cuts)
    assert found or cuts is None
    drawings = sorted({*kept, *found})  # a scene begins with one
    assert drawings == (everything if not threshold else list(expected.kept))
    wait = (SURROUNDING if cuts is None else 0) + (REACH if threshold == "auto" else 0)
    assert max(late) <= wait


changes = st.lists(
    st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 40.0, 80.0]),
    min_size=0,
    max_size=260,
)


@settings(max_examples=150, deadline=None)
@given(changes, st.lists(st.integers(0, 259), max_size=4), st.integers(0, 2**32 - 1))
def test_no_row_of_changes_is_judged_otherwise_than_as_a_whole(steps, cuts, seed):
    """Any changes at all: mostly those of a rhythm, with slips, which no film has to have."""
    random = np.random.default_rng(seed)
    rows = np.array(steps, np.float32)[:, None] * random.choice(
        [1.0, 1.2, 0.1], (len(steps), LONGEST_HOLD), p=[0.7, 0.2, 0.1]
    )
    rows[:, 0] = steps
    every = int(random.integers(1, 5))
    rhythm = np.arange(len(steps)) % every != 0
    rows[rhythm & (random.random(len(steps)) < 0.9)] *= 0.02
    rows = rows.astype(np.float32)
    cuts = sorted(set(cuts))

    class Told:
        def __init__(self):
            self._rows = iter(rows)

        def measure(self, _):
            return [float(value) for value in next(self._rows)]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(foresight, "CadenceMeter", Told)
        kept, _, _ = judged([np.zeros((1, 1))] * len(steps), "auto", 8.0, None, cuts)
    assert kept == find_keyframes(rows, cuts)


def test_nothing_is_judged_where_there_is_nothing():
    assert judged([]) == ([], [], [])
