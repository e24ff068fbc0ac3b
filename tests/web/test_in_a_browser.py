"""The whole way in a real browser: choose, see what will happen, render, look at it."""

import os
import re
import time
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.clips import leftovers, pts_of
from vfi.media.pictures.images import read_image

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]  # and see `LIMIT`
# A video and a phone are looked at with every change, all the rest by `make page`.
rest = pytest.mark.skipif(
    not os.environ.get("VFI_TEST_PAGE"), reason="VFI_TEST_PAGE=1 (make page) asks for it"
)

TOO_WIDE = """() => document.documentElement.scrollWidth <= 360 ? [] :
    [...document.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > 361)
    .map(e => e.outerHTML.slice(0, 150))"""


def choose_video(page: Any, path: str, out: str) -> None:
    page.get_by_role("radio", name="A video or a folder of pictures").click()
    page.get_by_role("textbox", name="Number").fill("2")
    page.get_by_role("textbox", name="Path of a video or folder").fill(path)
    page.get_by_role("textbox", name="Result").fill(out)


def render(page: Any) -> Any:
    """Press the button; the new job's card."""
    jobs = page.locator(".jobs > li")
    before = jobs.count()
    page.get_by_role("button", name="Render", exact=True).click()
    jobs.nth(before).wait_for()
    return jobs.nth(before)


def faults(page: Any, but: str = "") -> list[str]:
    """What axe finds to be seriously wrong."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{fault['id']}: {node['html'][:200]}"
        for fault in found
        if fault["impact"] in ("serious", "critical") and fault["id"] != but
        for node in fault["nodes"]
    ]


def test_a_video(opened: Any, served: Any) -> None:
    page = opened()
    choose_video(page, "clip.mp4", "made.mp4")
    page.get_by_role("textbox", name="Number").fill("3")
    page.get_by_text("This will be made:").wait_for()
    facts = page.locator("dl").inner_text()
    assert "8 frames, 25 fps, 0.320 s" in facts
    assert "24 frames, 75 fps, 0.320 s" in facts
    assert re.search(r"about \d+ s with \w+ for what is interpolated", facts)

    which = page.get_by_role("slider", name="frame of the result")
    assert which.input_value() == "12"  # the middle
    which.press("ArrowLeft")
    page.get_by_text("frame 11 of 24").wait_for()
    shown = page.locator(".moment img")
    shown.nth(2).wait_for()
    assert [shown.nth(number).is_visible() for number in range(3)] == [False, False, True]
    page.get_by_role("slider", name="held, blended or the result").press("Home")
    shown.nth(0).wait_for()
    assert shown.nth(0).evaluate("image => image.naturalWidth") == 64
    assert which.input_value() == "11"  # whatever else has changed on the page

    job = render(page)
    page.reload()
    job.get_by_text("24 frames in").wait_for()
    assert page.get_by_role("textbox", name="Path of a video or folder").input_value() == "clip.mp4"
    assert len(pts_of(served.root / "made.mp4")) == 24

    job.get_by_role("button", name="Play").click()
    video = job.locator("video")
    page.wait_for_function("document.querySelector('.screen video')?.readyState >= 1")
    assert video.evaluate("video => video.duration") == pytest.approx(0.32, abs=0.02)
    seek = "video => new Promise(done => { video.onseeked = done; video.currentTime = 0.2; })"
    video.evaluate(seek)
    assert video.evaluate("video => video.currentTime") == pytest.approx(0.2, abs=0.01)
    job.get_by_role("button", name="Compare").click()
    page.wait_for_function("document.querySelectorAll('.both video').length == 2")
    assert faults(page) == []


@rest
def test_two_pictures(opened: Any, served: Any) -> None:
    page = opened()
    page.get_by_role("radio", name="Two pictures").click()
    page.get_by_role("textbox", name="Path of the first picture").fill("pictures/p0.png")
    page.get_by_role("textbox", name="Path of the second picture").fill("pictures/p2.png")
    page.get_by_role("textbox", name="times").fill("1/4 3/4")
    page.get_by_role("textbox", name="Result").fill("between.png")
    page.get_by_text("This will be made:").wait_for()
    assert "64x48 and 64x48" in page.locator("dl").inner_text()
    page.get_by_role("button", name="Show it").click()
    page.get_by_role("button", name="Show what is behind it").click()
    page.locator(".behind img").nth(13).wait_for()  # hybrid fuses four candidates
    loaded = "[...document.querySelectorAll('.behind img')].filter(i => i.naturalWidth == 64)"
    page.wait_for_function(f"{loaded}.length == 14")
    assert "flow, first to second" in page.locator(".behind").inner_text()
    assert re.search(r"at rest: \d+% of the result", page.locator(".behind").inner_text())
    job = render(page)
    job.get_by_text("2 pictures in").wait_for()
    job.get_by_role("button", name="Play").click()
    shown = "[...document.querySelectorAll('.screen img')].filter(i => i.naturalWidth == 64)"
    page.wait_for_function(f"{shown}.length == 2")
    for number in (1, 2):
        assert read_image(served.root / f"between-{number}.png").pixels.shape == (48, 64, 3)
    assert faults(page) == []


@rest
def test_a_folder_that_is_looked_for(opened: Any, served: Any) -> None:
    page = opened()
    choose_video(page, "", "frames/")
    page.get_by_role("button", name="Browse… for path of a video").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="<img src=x onerror=alert(1)>.mp4").wait_for()
    assert dialog.locator("img").count() == 0  # a name is no markup
    # axe takes what lies behind a dialog for its background.
    assert faults(page, but="color-contrast") == []
    dialog.get_by_role("button", name="pictures/").click()
    dialog.get_by_role("button", name="Take this folder of 4 pictures").click()
    page.get_by_text("This will be made:").wait_for()
    render(page).get_by_text("8 frames in").wait_for()
    assert len(list((served.root / "frames").iterdir())) == 8


@rest
def test_what_is_wrong_is_one_line(opened: Any) -> None:
    page = opened()
    choose_video(page, "/etc/passwd", "")
    page.get_by_role("alert").get_by_text("lies outside the folders that were named").wait_for()
    choose_video(page, "clip.mp4", "")
    page.get_by_role("textbox", name="Number").fill("many")
    page.get_by_role("alert").get_by_text("fps 'many' is not a factor").wait_for()
    page.get_by_role("button", name="Render", exact=True).click()
    page.get_by_role("alert").get_by_text("fps 'many' is not a factor").nth(1).wait_for()


@rest
def test_cancelling(opened: Any, served: Any) -> None:
    page = opened()
    choose_video(page, "long.mp4", "never.mp4")
    page.get_by_role("textbox", name="Number").fill("8")
    job = render(page)
    job.get_by_text("rendering: frame").wait_for()
    page.wait_for_function("document.querySelector('.jobs [role=progressbar]') != null")
    since = time.monotonic()
    assert page.evaluate("fetch('/').then(answer => answer.status)") == 200
    assert time.monotonic() - since < 10  # it does not wait for the job, which takes minutes
    job.get_by_role("button", name="Cancel").click()
    job.get_by_text("cancelled", exact=True).wait_for()
    assert not (served.root / "never.mp4").exists()
    assert leftovers(served.root) == []
    job.get_by_role("button", name="Remove").click()
    job.wait_for(state="detached")


@rest
def test_a_file_that_is_dropped(opened: Any, served: Any, tmp_path: Path) -> None:
    page = opened()
    page.get_by_role("radio", name="A video or a folder of pictures").click()
    dropped = page.locator("input[type=file]").first
    (tmp_path / "ä <b>.mp4").write_bytes((served.root / "clip.mp4").read_bytes())
    for name in ("ä _b_.mp4", "ä _b_-2.mp4"):
        dropped.set_input_files(tmp_path / "ä <b>.mp4")
        page.wait_for_function(
            "name => document.querySelector('input[type=text]').value.endsWith(name)", arg=name
        )
        copied = served.root / "uploads" / name
        assert copied.read_bytes() == (served.root / "clip.mp4").read_bytes()
    (tmp_path / "run.sh").write_text("echo")
    dropped.set_input_files(tmp_path / "run.sh")
    page.get_by_role("alert").get_by_text("run.sh is neither a video nor a picture").wait_for()


def drop(page: Any, at: Any, *paths: Path) -> None:
    """Let go of files, or folders, above an element, as from a file manager."""
    session = page.context.new_cdp_session(page)
    at.wait_for()
    box = at.bounding_box()
    data = {"items": [], "files": list(map(str, paths)), "dragOperationsMask": 1}
    where = {"x": box["x"] + 5, "y": box["y"] + 5, "data": data}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **where})


@rest
def test_two_pictures_that_are_dropped_anywhere(opened: Any, served: Any) -> None:
    page = opened()
    page.get_by_role("radio", name="Two pictures").click()
    heading = page.get_by_role("heading", name="1. What to interpolate")
    pictures = [served.root / "pictures" / f"p{number}.png" for number in range(3)]
    drop(page, heading, *pictures[:2])
    for number, field in enumerate(("first", "second")):
        path = page.get_by_role("textbox", name=f"Path of the {field} picture")
        until = "path => [...document.querySelectorAll('input')].some(e => e.value.endsWith(path))"
        page.wait_for_function(until, arg=f"uploads/p{number}.png")
        assert path.input_value().endswith(f"uploads/p{number}.png")
    drop(page, heading, *pictures)
    page.get_by_role("alert").get_by_text("these are 3 files; two pictures are wanted").wait_for()


@rest
def test_a_folder_that_is_dropped_is_to_be_chosen(opened: Any, served: Any) -> None:
    page = opened()
    page.get_by_role("radio", name="A video or a folder of pictures").click()
    drop(page, page.locator(".drop").first, served.root / "pictures")
    page.get_by_role("alert").get_by_text("pictures is a folder: choose it with Browse…").wait_for()
    assert page.url.startswith(served.origin)
    assert not (served.root / "uploads" / "pictures").exists()


@rest
def test_with_the_keyboard_alone(opened: Any, served: Any) -> None:
    page = opened()

    def go_to(role: str, name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            focused = page.locator(":focus")
            if focused.count() and focused.and_(page.get_by_role(role, name=name)).count():
                return
        raise AssertionError(f"no way to {name}")

    page.get_by_role("radio", name="A video or a folder of pictures").click()
    page.reload()
    page.get_by_role("heading", name="5. Render").wait_for()
    go_to("textbox", "Path of a video or folder")
    page.keyboard.press("Control+A")
    page.keyboard.type("clip.mp4")
    go_to("textbox", "Number")
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    go_to("textbox", "Result")
    page.keyboard.press("Control+A")
    page.keyboard.type("typed.mp4")
    page.get_by_text("This will be made:").wait_for()
    jobs = page.locator(".jobs > li").count()
    go_to("button", "Render")
    page.keyboard.press("Enter")
    job = page.locator(".jobs > li").nth(jobs)
    job.get_by_text("16 frames in").wait_for()
    assert len(pts_of(served.root / "typed.mp4")) == 16


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=rest), "dark"])
def test_on_a_phone(opened: Any, scheme: str) -> None:
    page = opened(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    choose_video(page, "clip.mp4", "")
    page.get_by_text("This will be made:").wait_for()
    page.get_by_text("More: which frames").click()
    page.get_by_role("textbox", name="max hold").wait_for()
    assert page.evaluate(TOO_WIDE) == []
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert colour == ("rgb(22, 24, 28)" if scheme == "dark" else "rgb(255, 255, 255)")
    assert faults(page) == []


@rest
def test_a_preset(opened: Any) -> None:
    page = opened()
    choose_video(page, "clip.mp4", "")
    page.get_by_role("combobox", name="Preset").click()
    page.get_by_role("option", name="slow-motion").click()
    page.get_by_text("32 frames, 25 fps, 1.280 s").wait_for()
    assert page.get_by_role("textbox", name="Number").input_value() == "4"
    page.get_by_role("textbox", name="Number").fill("2")
    page.get_by_text("16 frames, 25 fps, 0.640 s").wait_for()
    assert faults(page) == []
