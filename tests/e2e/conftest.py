"""A real Chromium, closed off from every other host, on a site that runs in this process."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
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
START_TIMEOUT_S = 20.0


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
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


class Site:
    """A served app and what stands behind it."""

    def __init__(self, app):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=self.port, log_level="warning", server_header=False)
        )
        self._thread = threading.Thread(target=self._server.run)

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


@pytest.fixture
def installation(builders):
    return builders.made.populated()


@pytest.fixture
def site(builders, installation):
    with Site(builders.made.create_app(installation)) as running:
        yield running


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

    def sign_in(self, name, password):
        self.open("/sign-in")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def open_case(self, number="HP-2026-0117"):
        self.page.get_by_role("link", name="Open a case").first.click()
        self.page.get_by_label("Case number").fill(number)
        self.page.get_by_label("Investigate a crime").check()
        self.page.get_by_role("button", name="Open the case").click()

    def send_photo(self, content):
        self.page.get_by_label("Choose a photo").set_input_files(
            {"name": "probe.jpg", "mimeType": "image/jpeg", "buffer": content}
        )
        self.page.get_by_role("button", name="Look for faces").click()

    def overflow_px(self):
        """How far the page is wider than its window."""
        self.page.wait_for_load_state("domcontentloaded")
        return self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


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
