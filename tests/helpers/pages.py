"""HTML pages: what stands in them, and what a browser makes of them."""

import subprocess
from html.parser import HTMLParser

VOID = {"meta", "img", "line", "circle", "br", "input"}


class Page(HTMLParser):
    """Tags balanced, texts and pictures collected."""

    def __init__(self, text):
        super().__init__()
        self.open, self.text, self.images, self.circles, self.links = [], [], [], 0, []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.links += [values[name] for name in ("src", "href") if values.get(name)]
        if tag == "img":
            self.images.append(values)
        self.circles += tag == "circle"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")


def opened(browser, tmp_path, page, *flags):
    """What Chromium printed on opening the page."""
    ended = subprocess.run(
        [browser, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", *flags, page.as_uri()],
        capture_output=True,
        timeout=100,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr.decode()
    return ended.stdout.decode()
