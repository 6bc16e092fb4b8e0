"""An investigator's way from the sign-in to one candidate beside the probe, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
NARROWEST = {"viewport": {"width": 320, "height": 640}}
DESK = {"viewport": {"width": 1280, "height": 860}}
WIDTHS_PX = (320, 390, 1440)


@pytest.mark.parametrize(
    ("window", "scripts"), [(PHONE, True), (DESK, True), (NARROWEST, False)], ids=["phone", "desk", "no scripts"]
)
def test_from_sign_in_to_one_candidate_beside_the_probe(browse, group, password, window, scripts):
    visit = browse(**window, java_script_enabled=scripts)
    page = visit.page
    overflows = []

    def look():
        if scripts:
            overflows.append((page.url, visit.overflow_px()))
        if window is DESK:
            overflows.extend((page.url, visit.overflow_px_at(width_px)) for width_px in WIDTHS_PX)

    visit.sign_in("investigator", password)
    look()
    visit.open_case()
    look()
    expect(page.get_by_role("heading", name="lawful now")).to_be_visible()
    visit.send_photo(group)
    look()
    expect(page.get_by_role("radio")).to_have_count(3)
    page.get_by_label("Face 2").check()
    visit.press("Search the gallery", "**/searches/*")
    look()
    expect(page.get_by_role("heading", name="1 candidate", exact=True)).to_be_visible()
    visit.follow(page.get_by_role("heading", name="Candidate 1").get_by_role("link"), "**/candidates/1")
    look()
    pictures = page.locator(".compare-frame svg[role=img]")
    expect(pictures).to_have_count(2)
    assert [overflow for overflow in overflows if overflow[-1] > 0] == []


def test_a_face_is_picked_by_clicking_and_by_touching_its_outline(browse, group, password):
    for window in (DESK, PHONE):
        visit = browse(**window)
        visit.sign_in("investigator", password)
        visit.open_case()
        visit.send_photo(group)
        outline = visit.page.locator('[data-face="3"] .box')
        outline.tap() if window is PHONE else outline.click()
        expect(visit.page.get_by_label("Face 3")).to_be_checked()
        expect(visit.page.locator('[data-face="3"]')).to_have_class("picked")
        expect(visit.page.get_by_role("button", name="Search the gallery for face 3")).to_be_visible()


def test_an_outline_is_a_link_where_scripts_are_off(browse, group, password):
    visit = browse(java_script_enabled=False)
    visit.sign_in("investigator", password)
    visit.open_case()
    visit.send_photo(group)
    visit.follow(visit.page.locator('[data-face="2"] .box'), "**?face=2#face-2")
    expect(visit.page.get_by_label("Face 2")).to_be_checked()


def test_the_whole_way_by_keyboard_alone(browse, group, password):
    visit = browse()
    page = visit.page
    visit.open("/")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("investigator")
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases")
    reach(page, "link", "Open a case")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/new")
    reach(page, "textbox", "Case number")
    page.keyboard.type("KEYS-1")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # the purpose after the first: to find out who a victim is
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    reach(page, "radio", "A statute")
    page.keyboard.press("Space")
    reach(page, "textbox", "Its reference")
    page.keyboard.type("PC 211")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/case_*")
    page.get_by_label("Choose a photo").set_input_files(
        {"name": "probe.jpg", "mimeType": "image/jpeg", "buffer": group}
    )
    reach(page, "radio", "A photograph, as it was taken")
    page.keyboard.press("Space")
    reach(page, "button", "Look for faces")
    page.keyboard.press("Enter")
    page.wait_for_url("**/probes/**")
    reach(page, "radio", None)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Face 2")).to_be_checked()
    reach(page, "button", "Search the gallery for face 2")
    page.keyboard.press("Enter")
    page.wait_for_url("**/searches/*")
    reach(page, "link", "Candidate 1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/candidates/1")
    reach(page, "slider", "Zoom both")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".compare-frame svg").first).to_have_attribute("style", re.compile("--zoom: *1.1;"))


def reach(page, role, name, most=40):
    """Presses Tab until that control has the focus, which must be visible; waits for the page that has it first."""
    wanted = page.get_by_role(role, name=name) if name else page.get_by_role(role)
    expect(wanted.first).to_be_attached()
    for _ in range(most):
        page.keyboard.press("Tab")
        for control in wanted.all():
            if control.evaluate("e => e === document.activeElement"):
                assert control.evaluate("e => e.matches(':focus-visible')")
                assert control.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
                return
    raise AssertionError(f"Tab never reached the {role} {name!r}")


def test_the_first_tab_leads_past_the_navigation(browse, password):
    visit = browse()
    visit.sign_in("investigator", password)
    visit.page.wait_for_url("**/cases")
    visit.page.keyboard.press("Tab")
    expect(visit.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator("#main")).to_be_focused()


def test_a_chosen_photo_is_shown_and_a_wrong_file_is_named_before_it_is_sent(browse, group, password):
    visit = browse()
    visit.sign_in("investigator", password)
    visit.open_case()
    field = visit.page.get_by_label("Choose a photo")
    field.set_input_files({"name": "probe.jpg", "mimeType": "image/jpeg", "buffer": group})
    preview = visit.page.locator("[data-preview]")
    preview.wait_for(state="visible")
    assert preview.evaluate("e => e.decode().then(() => e.naturalWidth)") == 900
    field.set_input_files({"name": "film.gif", "mimeType": "image/gif", "buffer": b"GIF89a"})
    expect(visit.page.get_by_role("status")).to_contain_text("no JPEG, PNG or WebP")
    assert field.evaluate("e => e.files.length") == 0


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_a_photo_is_dropped_or_pasted(browse, group, password, way):
    visit = browse()
    visit.sign_in("investigator", password)
    visit.open_case()
    visit.page.evaluate(
        """([bytes, way]) => {
            const moved = new DataTransfer();
            moved.items.add(new File([new Uint8Array(bytes)], "probe.jpg", { type: "image/jpeg" }));
            const event = way === "drop"
                ? new DragEvent("drop", { dataTransfer: moved, bubbles: true, cancelable: true })
                : new ClipboardEvent("paste", { clipboardData: moved, bubbles: true, cancelable: true });
            document.querySelector("[data-zone]").dispatchEvent(event);
        }""",
        [list(group), way],
    )
    expect(visit.page.locator("[data-said]")).to_contain_text("Ready: probe.jpg")
    visit.page.get_by_label("A photograph, as it was taken").check()
    visit.page.get_by_role("button", name="Look for faces").click()
    expect(visit.page.get_by_role("radio")).to_have_count(3)


def test_no_reliable_lead_and_a_refusal_are_pages_of_their_own(browse, installation, builders, password):
    visit = browse()
    visit.sign_in("investigator", password)
    visit.open_case()
    installation.search._threshold = 2.0
    visit.send_photo(builders.fakes.drawn(3))
    visit.page.get_by_role("button", name="Search the gallery").click()
    expect(visit.page.get_by_role("heading", name="No reliable lead")).to_be_visible()
    visit.open("/log")
    expect(visit.page.get_by_role("heading", name="Refused by law")).to_be_visible()
    assert "base.read_log_role" in visit.page.content()


def test_rows_are_filtered_while_somebody_types(browse, password):
    visit = browse()
    visit.sign_in("investigator", password)
    for number in ("ALPHA-1", "BETA-2"):
        visit.open("/cases")
        visit.open_case(number)
    visit.open("/cases")
    visit.page.get_by_label("Filter").fill("beta")
    expect(visit.page.locator("tbody tr:visible th")).to_have_text(["BETA-2"])
    visit.page.get_by_label("Filter").fill("nothing like it")
    expect(visit.page.get_by_text("No row holds these words.")).to_be_visible()


def test_nothing_moves_while_a_page_loads(browse, group, password):
    visit = browse(**PHONE)
    visit.page.add_init_script(
        """window.shift = 0;
           new PerformanceObserver((list) => {
             for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
           }).observe({ type: "layout-shift", buffered: true });"""
    )
    visit.sign_in("investigator", password)
    visit.open_case()
    moved = [visit.page.evaluate("window.shift")]
    visit.send_photo(group)
    visit.page.wait_for_load_state("networkidle")
    moved.append(visit.page.evaluate("window.shift"))
    visit.press("Search the gallery", "**/searches/*")
    visit.page.wait_for_load_state("networkidle")
    moved.append(visit.page.evaluate("window.shift"))
    assert all(shift < 0.01 for shift in moved), moved


def test_every_control_has_a_name_and_every_picture_a_text(browse, group, password):
    visit = browse()
    visit.sign_in("investigator", password)
    visit.open_case()
    nameless = []
    for step in ("case", "pick", "results", "candidate", "/sources", "/law", "/models", "/api"):
        if step == "pick":
            visit.send_photo(group)
        elif step == "results":
            visit.press("Search the gallery", "**/searches/*")
        elif step == "candidate":
            link = visit.page.get_by_role("heading", name="Candidate 1").get_by_role("link")
            visit.follow(link, "**/candidates/1")
        elif step.startswith("/"):
            visit.open(step)
        tree = visit.page.locator("body").aria_snapshot()
        nameless += [
            (step, line.strip())
            for line in tree.splitlines()
            if re.fullmatch(r"\s*- (link|button|textbox|radio|slider|searchbox|combobox|img)( \[.*\])?:?", line)
        ]
        expect(visit.page.locator("h1")).to_have_count(1)
        assert visit.page.locator("html").get_attribute("lang") == "en"
    assert nameless == []


def test_the_screen_is_cleared_when_the_session_has_idled_out(browse, installation, password):
    visit = browse()
    visit.page.clock.install()
    visit.sign_in("investigator", password)
    visit.page.wait_for_url("**/cases")
    installation.clock.pass_time(minutes=31)
    visit.page.clock.fast_forward("30:06")
    visit.page.wait_for_url("**/sign-in**")
    expect(visit.page.get_by_text("Your session has ended")).to_be_visible()
