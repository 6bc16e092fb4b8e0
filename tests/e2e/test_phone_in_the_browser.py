"""On a phone: the camera, the installed app, and what is said when the connection is lost."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .conftest import CHROMIUM, FLAGS, Watched

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
FAKE_CAMERA = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]

CONTROLLED = """navigator.serviceWorker.controller
  ? true
  : new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", () => done(true)))"""


@pytest.fixture
def phone(chromium, site, builders, tmp_path):
    """A phone whose camera sees a drawn face."""
    film = tmp_path / "camera.mjpeg"
    film.write_bytes(builders.fakes.drawn(2, size=(640, 480)) * 3)
    seen = f"--use-file-for-fake-video-capture={film}"
    browser = chromium.browser_type.launch(executable_path=str(CHROMIUM), args=[*FLAGS, *FAKE_CAMERA, seen])
    context = browser.new_context(**PHONE, permissions=["camera"])
    yield Watched(context, site.address)
    context.close()
    browser.close()


def test_a_probe_is_taken_with_the_camera_and_the_camera_is_let_go(phone, builders):
    phone.sign_in("investigator", builders.made.PASSWORD)
    phone.open_case()
    page = phone.page
    page.get_by_role("button", name="Use the camera").tap()
    expect(page.get_by_label("What the camera sees")).to_be_visible()
    page.evaluate(
        """new Promise((done) => {
             const view = document.querySelector("video");
             if (view.videoWidth) done(true);
             else view.addEventListener("loadedmetadata", () => done(true), { once: true });
           })"""
    )
    page.get_by_role("button", name="Take the picture").tap()
    expect(page.locator("[data-said]")).to_contain_text("Ready: camera.jpg")
    expect(page.get_by_label("What the camera sees")).to_be_hidden()
    assert page.evaluate("document.querySelector('video').srcObject") is None
    assert phone.overflow_px() <= 0
    page.get_by_label("A photograph, as it was taken").check()
    phone.press("Look for faces", "**/probes/*")
    expect(page.get_by_role("heading", name="One face was found")).to_be_visible()
    phone.press("Search the gallery", "**/searches/*")
    phone.follow(page.get_by_role("heading", name="Candidate 1").get_by_role("link"), "**/candidates/1")
    page.get_by_label("Zoom both").fill("3")
    frames = page.locator(".compare-frame")
    frames.first.scroll_into_view_if_needed()
    drawn, scrolled = frames.first.bounding_box(), page.evaluate("scrollY")
    drag(page, drawn["x"] + 40, drawn["y"] + 40, drawn["x"] + 90, drawn["y"] + 100)
    for frame in frames.all():
        expect(frame.locator("svg")).to_have_attribute(
            "style", re.compile(r"--at-x: *[1-4]\d\.\d+%; *--at-y: *[1-4]?\d")
        )
    assert page.evaluate("scrollY") == scrolled


def drag(page, x, y, to_x, to_y):
    """A finger laid down, moved and lifted."""
    fingers = page.context.new_cdp_session(page)
    for kind, points in (("touchStart", [(x, y)]), ("touchMove", [(to_x, to_y)]), ("touchEnd", [])):
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})


def test_a_lost_connection_ends_in_a_sentence_that_helps(browse, site, builders):
    visit = browse(**PHONE)
    visit.sign_in("investigator", builders.made.PASSWORD)
    visit.open_case()
    page = visit.page
    page.evaluate(CONTROLLED)
    page.get_by_label("Choose a photo").set_input_files(
        {"name": "probe.jpg", "mimeType": "image/jpeg", "buffer": builders.fakes.drawn(2)}
    )
    page.get_by_label("A photograph, as it was taken").check()
    page.context.set_offline(True)
    page.get_by_role("button", name="Look for faces").click()
    expect(page.get_by_role("heading", name="The connection is lost")).to_be_visible()
    expect(page.get_by_text("open the case first")).to_be_visible()
    page.context.set_offline(False)
    visit.complaints[:] = [told for told in visit.complaints if "ERR_INTERNET_DISCONNECTED" not in told]


def test_the_worker_keeps_nothing_that_says_something_about_somebody(browse, builders):
    visit = browse()
    visit.sign_in("investigator", builders.made.PASSWORD)
    page = visit.page
    page.evaluate(CONTROLLED)
    visit.open_case()
    visit.send_photo(builders.fakes.drawn(2))
    visit.press("Search the gallery", "**/searches/*")
    page.wait_for_load_state("networkidle")
    kept = page.evaluate(
        """async () => {
             const names = await caches.keys();
             const all = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
             return all.flat().map((request) => new URL(request.url).pathname);
           }"""
    )
    assert kept
    assert all(path.startswith("/static/") for path in kept), kept


def test_the_app_can_be_installed(browse, builders):
    visit = browse(**PHONE)
    visit.open("/sign-in")
    manifest = visit.page.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then((a) => a.json())")
    assert {"name", "start_url", "display", "icons"} <= set(manifest)
    sizes = visit.page.evaluate(
        """(icons) => Promise.all(icons.map((icon) => new Promise((done, fail) => {
             const image = new Image();
             image.onload = () => done(image.naturalWidth);
             image.onerror = fail;
             image.src = icon.src;
           })))""",
        manifest["icons"],
    )
    assert sizes[1:] == [192, 512, 512]
