"""The report: its structure always, and how it looks where there is a browser."""

import json
import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.data_sets import MadeSet
from tests.helpers.pages import Page, opened
from vfi.evaluation.baselines import average, dis_flow
from vfi.evaluation.datasets.samples import Sample
from vfi.evaluation.methods import FunctionMethod
from vfi.evaluation.report.gallery import Gallery
from vfi.evaluation.report.page import report, write_report
from vfi.evaluation.report.plot import Point, scatter, ticks
from vfi.evaluation.runner import evaluate
from vfi.media.pictures.images import read_image


def constant(value, colour):
    def method(one, two, t):
        return np.full_like(one, colour)

    return FunctionMethod(value, method)


@pytest.fixture
def measured(made_set):
    methods = [FunctionMethod("average", average), constant("<black>", 0)]
    gallery = Gallery(limit=2)
    return evaluate(methods, made_set, flow=dis_flow, gallery=gallery, progress=False)


def test_one_file_that_loads_nothing(measured) -> None:
    text = report(measured)
    page = Page(text)
    assert page.open == []
    assert page.links
    assert all(link.startswith("data:image/jpeg;base64,") for link in page.links)
    assert "http" not in re.sub(r"data:[^\"']*", "", text)


def test_everything_is_there(measured) -> None:
    page = Page(report(measured))
    text = " ".join(page.text)
    assert page.circles == len(measured.records)
    assert len(page.images) == 2 * (3 + 2 * 2)  # two samples: one, two, truth, made, differences
    for summary in measured.summaries():
        assert f"{summary.means['psnr']:.2f}" in text
        assert summary.method in text  # escaped in the source, whole on the page
    for record in measured.records:
        assert f"{record.measures['psnr']:.2f}" in text
    assert "as the test says" in text


def test_the_worst_come_first(measured) -> None:
    values = {r.sample: r.measures["psnr"] for r in measured.of("average")}
    order = re.findall(r"<tr><th>(by \d)</th>", report(measured))
    assert order == sorted(values, key=values.__getitem__)


def test_without_motion_and_pictures(made_set) -> None:
    measured = evaluate([FunctionMethod("average", average)], made_set, progress=False)
    text = report(measured)
    assert "Motion was not measured" in text
    assert "<img" not in text


def test_ticks_are_round_and_enclose() -> None:
    assert ticks(0, 24.3) == [0, 5, 10, 15, 20, 25]
    assert ticks(23.8, 46.1)[0] <= 23.8
    assert ticks(23.8, 46.1)[-1] >= 46.1
    assert ticks(30, 30) == [30, 31]


def test_points_lie_where_they_should() -> None:
    points = [Point(0, 20, "a", "low"), Point(10, float("inf"), "b", "perfect")]
    circles = re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', scatter(points, "x", "y"))
    (x0, y0), (x1, y1) = [(float(x), float(y)) for x, y in circles]
    assert x0 < x1
    assert y0 > y1  # up is better


@pytest.mark.browser
def test_the_report_in_a_browser(tmp_path: Path, browser) -> None:
    """Left of the border the made picture (red), right of it the truth (blue)."""
    grey = np.full((240, 320, 3), 128, np.uint8)
    blue = np.zeros_like(grey)
    blue[..., 2] = 255
    data = MadeSet((Sample("only", grey, grey, blue),))
    gallery = Gallery(limit=1)
    measured = evaluate([constant("red", (255, 0, 0))], data, gallery=gallery, progress=False)
    write_report(tmp_path / "report.html", measured)
    seen = tmp_path / "seen.png"
    page = tmp_path / "report.html"
    opened(browser, tmp_path, page, "--window-size=1000,1800", f"--screenshot={seen}")
    pixels = read_image(seen).pixels[..., :3].astype(int)
    red = (pixels[..., 0] > 200) & (pixels[..., 1] < 60) & (pixels[..., 2] < 60)
    blue_seen = (pixels[..., 2] > 200) & (pixels[..., 0] < 60) & (pixels[..., 1] < 60)
    assert red.sum() > 100_000
    assert blue_seen.sum() == pytest.approx(red.sum(), rel=0.02)
    assert np.nonzero(red)[1].max() <= np.nonzero(blue_seen)[1].min() + 4


USE = """<script>
const stage = document.querySelector('.stage'), box = stage.getBoundingClientRect();
stage.dispatchEvent(new PointerEvent('pointermove', {clientX: box.left + box.width / 4}));
const moved = stage.style.getPropertyValue('--cut');
const border = document.querySelector('.border');
border.value = 80;
border.dispatchEvent(new Event('input'));
const slid = stage.style.getPropertyValue('--cut');
document.querySelector('.blink').click();
const blinks = stage.style.getPropertyValue('--cut');
document.querySelector('.blink').click();
const left = document.querySelector('select[data-side=left]');
left.value = 'frame one';
left.dispatchEvent(new Event('change'));
const heads = document.querySelectorAll('.sortable thead th');
const names = () => [...document.querySelectorAll('.sortable tbody th')].map((x) => x.textContent);
const worst = names();
heads[0].click();
const byName = names();
heads[0].click();
document.title = JSON.stringify({
  cuts: [moved, slid, blinks, stage.style.getPropertyValue('--cut')],
  left: [...stage.querySelectorAll('.layer.left')].map((x) => x.dataset.layer),
  right: [...stage.querySelectorAll('.layer.right')].map((x) => x.dataset.layer),
  worst, byName, backwards: names(),
});
</script>"""


@pytest.mark.browser
def test_what_the_page_does_when_it_is_used(measured, tmp_path: Path, browser) -> None:
    page = tmp_path / "used.html"
    page.write_text(report(measured).replace("</body>", USE + "</body>"), "utf-8")
    dom = opened(browser, tmp_path, page, "--dump-dom")
    found = json.loads(unescape(re.search(r"<title>(.*?)</title>", dom).group(1)))
    values = {r.sample: r.measures["psnr"] for r in measured.of("average")}
    assert found == {
        "cuts": ["25.00%", "80.00%", "100.00%", "80.00%"],  # moved, slid, blinking, still again
        "left": ["frame one"],
        "right": ["truth"],
        "worst": sorted(values, key=values.__getitem__),
        "byName": sorted(values),
        "backwards": sorted(values, reverse=True),
    }
