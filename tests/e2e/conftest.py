"""A real Chromium, closed off from every other host, on a site that runs in this process."""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import uvicorn

playwright = pytest.importorskip("playwright.sync_api")

UNIT_TESTS = Path(__file__).parents[1] / "unit"
CHROMIUM = Path(os.environ.get("FACEWARDEN_CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--disable-gpu",
]
OVERFLOW_PX = "document.documentElement.scrollWidth - window.innerWidth"
NARROW_PX = 320
START_TIMEOUT_S = 60.0
PATIENCE_MS = 30_000  # a loaded machine is slow, not wrong: nothing here may rest on how long a page takes


def pytest_collection_modifyitems(items):
    for item in items:
        if "e2e" in Path(item.fspath).parts:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def builders():
    """The installation in memory that the unit tests of the web app use too."""
    sys.path.insert(0, str(UNIT_TESTS))
    try:
        import web.builders
        import web.fakes
    finally:
        sys.path.remove(str(UNIT_TESTS))
    return SimpleNamespace(made=web.builders, fakes=web.fakes)


@pytest.fixture(scope="package")  # not session: Playwright runs an event loop in this thread as long as it is open
def chromium():
    if not CHROMIUM.exists():
        pytest.skip(f"there is no Chromium at {CHROMIUM}; FACEWARDEN_CHROMIUM names another place")
    playwright.expect.set_options(timeout=PATIENCE_MS)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


class Site:
    """A served app and what stands behind it."""

    def __init__(self, app):
        self._socket = socket.socket()  # kept: a port that was let go of may be taken by somebody else
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=self.port, log_level="warning", server_header=False)
        )
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))

    def __enter__(self):
        self._thread.start()
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._server.started:
            assert time.monotonic() < deadline, "the site did not start"
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


@pytest.fixture
def installation(builders):
    return builders.made.populated()


@pytest.fixture
def password(builders):
    return builders.made.PASSWORD


@pytest.fixture
def group(builders):
    """A drawn photo of three people."""
    return builders.fakes.drawn(2, 4, 1)


@pytest.fixture
def site(builders, installation):
    with Site(builders.made.create_app(installation)) as running:
        yield running


@contextmanager
def resized(page, width_px):
    """The page in a window of that width for a while."""
    before = page.viewport_size
    page.set_viewport_size({"width": width_px, "height": before["height"]})
    yield
    page.set_viewport_size(before)


class Axe:
    """axe-core, run on a page. (Its rules see some faults, not all.)"""

    RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
    OF_COLOURS = ("color-contrast", "link-in-text-block")  # all that a dark page can do worse than a light one

    def __init__(self, script):
        self._script = script

    def find(self, page):
        """What breaks a rule on the page as it is: its address, the rule, the element."""
        page.wait_for_load_state("load")  # without its style sheet a page has other sizes
        page.evaluate(self._script)
        return self._run(page, "tag", self.RULES)

    def find_in_every_look(self, page):
        """What breaks a rule on the page as it is, in the dark, and on a small phone, where nothing may stick out."""
        found = self.find(page)
        page.emulate_media(color_scheme="dark")
        found += self._run(page, "rule", self.OF_COLOURS)
        page.emulate_media(color_scheme="light")
        with resized(page, NARROW_PX):
            found += self._run(page, "tag", self.RULES)
            found += [(page.url, "wider than its window", NARROW_PX)] * (page.evaluate(OVERFLOW_PX) > 0)
        return found

    def _run(self, page, kind, rules):
        report = page.evaluate("only => axe.run({ runOnly: only })", {"type": kind, "values": rules})
        assert report["passes"]
        return [(page.url, item["id"], node["html"][:200]) for item in report["violations"] for node in item["nodes"]]


@pytest.fixture(scope="session")
def axe():
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe-core is not installed: pip install axe-playwright-python")
    return Axe((Path(found.origin).parent / "axe.min.js").read_text("utf-8"))


class Watched:
    """A page whose every request, console message and violated policy is kept."""

    def __init__(self, context, address):
        self.page = context.new_page()
        self.address = address
        self.strangers, self.complaints = [], []
        self.page.on("request", lambda request: self._see(request.url))
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _see(self, url):
        if not url.startswith((self.address, "blob:", "data:")):
            self.strangers.append(url)

    def _hear(self, message):
        # Chromium reports the status of a page that is an error on purpose; that is not a fault of the page.
        if message.type in ("error", "warning") and "the server responded with a status of 4" not in message.text:
            self.complaints.append(message.text)

    def open(self, path):
        return self.page.goto(self.address + path)

    def press(self, name, leads_to):
        """Presses that button and waits for the page that it leads to (a glob of its address)."""
        self.page.get_by_role("button", name=name).click()
        self.page.wait_for_url(leads_to)

    def follow(self, link, leads_to):
        """Follows the link and waits for the page that it leads to."""
        link.click()
        self.page.wait_for_url(leads_to)

    def sign_in(self, name, password):
        """Signs in, and waits for the visitor's own first page."""
        self.open("/sign-in")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url(lambda address: "/sign-in" not in address)

    def open_case(self, number="HP-2026-0117"):
        """Opens a case from the page of cases, and waits for its page."""
        self.follow(self.page.get_by_role("link", name="Open a case").first, "**/cases/new")
        self.page.get_by_label("Case number").fill(number)
        self.page.get_by_label("Investigate a crime").check()
        self.page.get_by_label("What they are suspected of").check()
        self.page.get_by_label("Offence", exact=True).select_option("120")
        self.page.get_by_label("A statute").check()
        self.page.get_by_label("Its reference").fill("PC 211")
        self.press("Open the case", "**/cases/case_*")

    def send_photo(self, content):
        """Sends a photo that holds a face, and waits for the page where one is picked."""
        self.page.get_by_label("Choose a photo").set_input_files(
            {"name": "probe.jpg", "mimeType": "image/jpeg", "buffer": content}
        )
        self.page.get_by_label("A photograph, as it was taken").check()
        self.press("Look for faces", "**/probes/*")

    def overflow_px(self):
        """How far the page is wider than its window."""
        return self.page.evaluate(OVERFLOW_PX)

    def overflow_px_at(self, width_px):
        """How far it would be in a window of that width."""
        with resized(self.page, width_px):
            return self.overflow_px()


@pytest.fixture
def browse(chromium, site):
    """Opens a watched page with the given window; afterwards nothing may have been asked of others or complained."""
    opened = []

    def open_page(**options):
        context = chromium.new_context(**options)
        watched = Watched(context, site.address)
        opened.append((context, watched))
        return watched

    yield open_page
    for context, watched in opened:
        context.close()
        assert watched.strangers == []
        assert watched.complaints == []
