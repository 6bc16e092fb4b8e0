"""Pictures of the pages for docs/screens: the demo served here, opened by Chromium in two widths, light and dark.

    facewarden demo --data DEMO --people 40 --no-serve
    python tools/make_screens.py --data DEMO --out docs/screens [--only NAME ...]

DEMO must be fresh: cases, requests and letters are added to it. Nobody in the pictures exists. Never run it on an
installation in use.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import uvicorn
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from facewarden.bootstrap import opening
from facewarden.bootstrap.installation import Installation
from facewarden.domain.accounts import Actor
from facewarden.domain.examinations import Comparison, Conclusion, Finding
from facewarden.domain.requests import Channel, RequestKind
from facewarden.domain.searches import ProbeKind, ProbeOrigin
from facewarden.services.taking_out.requests import RequestForm
from facewarden.settings import read_settings
from facewarden.testing.population.people import Population
from facewarden.web.app import create_app

WINDOWS = ((1280, "light"), (390, "light"), (1280, "dark"), (390, "dark"))
TALLEST_PX = 1_700  # what lies below is told by the page itself; the list of pages says so
SHEET_SCALE = 0.6
GAP_PX = 16
QUALITY = 40
PAPER = {"light": (214, 218, 222), "dark": (60, 64, 68)}
CHROMIUM = os.environ.get("FACEWARDEN_CHROMIUM", "/usr/bin/chromium")
RECEIPT_CHECK = files("facewarden.web") / "static" / "receipt-check.html"  # which people open from their own disk
ORIGIN = ProbeOrigin(ProbeKind.VIDEO_STILL, "attested by whoever sent it")
SAME = Comparison(
    {"ears": Finding.SIMILAR, "nose": Finding.SIMILAR, "scars": Finding.NOT_COMPARABLE},
    "The same fold behind the left ear.",
    Conclusion.SUPPORTS_SAME,
)
OTHER = Comparison({"ears": Finding.DIFFERENT}, "", Conclusion.SUPPORTS_DIFFERENT)
APPLICATION = {
    "name": "Alderford Police Department",
    "sector": "government",
    "level": "local",
    "kind": "law_enforcement",
    "place": "US-IN",
    "contact_name": "Robin Vale",
    "contact_email": "robin.vale@alderford.example.org",
    "administrator_name": "Kim Weir",
    "overseer_name": "Lee Marsh",
    "purpose": "Felonies in the town.",
}
Act = Callable[[Page], None]


class Demo:
    """The demo's installation, its people, and what is done in it before the pictures are taken."""

    def __init__(self, house: Installation, data: Path) -> None:
        self.house = house
        self.passwords = {row["name"]: row["password"] for row in json.loads((data / "demo-sign-ins.json").read_text())}
        self.actors: dict[str, Actor] = {}
        folder = house.settings.models_dir.parent / "population"
        self.population = Population(2026, folder / "data", folder / "pictures")
        self.probes = sorted((data / "probes").glob("*.jpg"))

    def actor(self, name: str) -> Actor:
        if name not in self.actors:
            sign_in = self.house.sign_in
            self.actors[name] = sign_in.actor_of(sign_in.sign_in(name, self.passwords[name]))
        return self.actors[name]

    def search(self, content: bytes) -> str:
        house, actor = self.house, self.actor("investigator")
        probe = house.search.upload(actor, self.case, content, ORIGIN)
        return house.search.run_uploaded(actor, self.case, probe.probe_id, 1, 10).record.search_id

    def ask(self, number: int, kind: RequestKind) -> str:
        """A person's request, its address confirmed."""
        intake = self.house.request_desk.intake
        form = RequestForm(kind, place="US-IL", email=f"p{number}@example.org", notice_given=True, released=True)
        made = intake.submit([self.probes[number].read_bytes()], form, channel=Channel.WEB, client=None)
        if made is None:
            raise SystemExit("The demo is not fresh: this request is open already.")
        return str(intake.confirm(made.request_id, intake.token(made.request_id), client=None).request_id)

    def tell(self) -> dict[str, str]:
        """Cases, searches, examinations and requests; what their pages' addresses are made of."""
        house, first, second = self.house, self.actor("investigator"), self.actor("examiner")
        self.case = next(case for case in house.cases.list(first) if case.offence)
        group = house.search.upload(first, self.case, self.population.group_photo([1, 5, 9]).content, ORIGIN)
        searches = [self.search(probe.read_bytes()) for probe in self.probes[:4]]
        found = [search for search in searches if house.viewing.search(first, search)[0].candidates]
        nobody = self.search(self.population.photo(207, 0).content)
        examining = house.casework.examining
        leads = [examining.first(first, search, 1, SAME) for search in found[:3]]
        for lead in leads[:2]:
            examining.begin_second(second, lead.lead_id)
            places = {place.place: SAME if place.real else OTHER for place in lead.lineup}
            examining.conclude_second(second, lead.lead_id, places)
        examining.begin_second(second, leads[2].lead_id)
        reporting = house.casework.reporting
        for lead in leads[:2]:
            reporting.lead_report(first, lead.lead_id, "County prosecutor", "leads@prosecutor.example.org")
        reporting.refute(first, leads[1].lead_id, "In custody elsewhere on that day.")
        record, _ = house.viewing.search(first, found[0])
        asked = [self.ask(number, kind) for number, kind in ((6, RequestKind.TAKE_OUT), (7, RequestKind.ACCESS))]
        body = self.actor("investigator").organisation.organisation_id
        return {
            "case": self.case.case_id,
            "probe": group.probe_id,
            "search": found[0],
            "nobody": nobody,
            "agreed": leads[0].lead_id,
            "refuted": leads[1].lead_id,
            "at_work": leads[2].lead_id,
            "at_work_search": leads[2].search_id,
            "request": asked[0],
            "photo": record.candidates[0].photo_id,
            "source": house.sources.all()[0].source_id,
            "body": body,
            "user": self.actor("examiner").user.user_id,
        }


def fill(**values: str) -> Act:
    """Fills the form's fields by their names and sends it."""

    def act(page: Page) -> None:
        page.locator("main form").first.evaluate("form => (form.noValidate = true)")  # the server is asked in any case
        for name, value in values.items():
            field = page.locator(f"main [name='{name}']").first
            kind = field.get_attribute("type")
            if kind in ("radio", "checkbox"):
                page.locator(f"main [name='{name}'][value='{value}']").check()
            elif kind == "file":
                field.set_input_files(value)
            elif field.evaluate("e => e.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        page.locator("main button[type=submit]").first.click()

    return act


def opened(page: Page) -> None:
    """Opens every part of the page that is folded."""
    for summary in page.locator("main summary").all():
        summary.click()


def pages(told: dict[str, str], demo: Demo) -> list[tuple[str, str, str, Act | None]]:
    """(name of the picture, who looks, address, what is done there)."""
    photo = str(demo.probes[5])
    case, search = f"/cases/{told['case']}", f"/searches/{told['search']}"
    return [
        ("sign-in", "", "/sign-in", None),
        ("sign-in-failed", "", "/sign-in", fill(name="nobody", password="not it")),  # noqa: S106
        ("apply", "", "/apply", None),
        ("applied", "", "/apply", fill(**APPLICATION)),
        ("opt-out", "", "/opt-out", None),
        ("opt-out-take-me-out", "", "/opt-out/take-me-out", None),
        ("opt-out-in-it", "", "/opt-out/in-it?lang=es", None),
        ("opt-out-sent", "", "/opt-out/take-me-out", fill(photo=photo, email="kim@example.org", released="yes")),
        ("opt-out-confirm", "", "/opt-out/confirm?number=req_1&token=2", None),
        ("opt-out-track", "", "/opt-out/track", None),
        ("opt-out-policy", "", "/opt-out/policy", None),
        ("opt-out-receipt-check", "", f"file://{RECEIPT_CHECK}", None),
        ("welcome-gone", "", "/welcome", None),
        ("cases", "investigator", "/cases", None),
        ("cases-empty", "administrator", "/cases", None),
        ("case-new", "investigator", "/cases/new", None),
        ("case-new-wrong", "investigator", "/cases/new", fill(number="2026-1")),
        ("case", "investigator", case, None),
        ("case-lists", "investigator", f"{case}?leads=agree", None),
        ("probe", "investigator", f"{case}/probes/{told['probe']}", opened),
        ("candidates", "investigator", search, None),
        ("candidates-filtered", "investigator", f"{search}?q=nobody", None),
        ("no-reliable-lead", "investigator", f"/searches/{told['nobody']}", None),
        ("candidate", "investigator", f"{search}/candidates/1", opened),
        ("origins", "investigator", f"{search}/candidates/1/origins", None),
        ("lead-agreed", "investigator", f"/leads/{told['agreed']}", opened),
        ("lead-refuted", "investigator", f"/leads/{told['refuted']}", None),
        ("lead-waits", "investigator", f"/leads/{told['at_work']}", None),
        ("lead-second", "examiner", f"/leads/{told['at_work']}", None),
        ("second", "examiner", f"/leads/{told['at_work']}/second", None),
        ("refused", "examiner", f"/searches/{told['at_work_search']}", None),
        ("not-yours", "investigator", "/requests", None),
        ("nothing-here", "investigator", "/nothing", None),
        ("requests", "privacy", "/requests", None),
        ("request", "privacy", f"/requests/{told['request']}", None),
        ("set-aside", "privacy", "/set-aside", None),
        ("incidents", "privacy", "/incidents", None),
        ("look-alikes", "privacy", "/sources/reviews", None),
        ("letters", "privacy", "/sources/takedowns", None),
        ("letter-tried", "privacy", "/sources/takedowns", fill(subject="press.example.net", letter=photo)),
        ("photo-origins", "privacy", f"/photos/{told['photo']}/origins", None),
        ("operator", "operator", "/operator", None),
        ("organisations", "operator", "/operator/organisations", None),
        ("organisation", "operator", f"/operator/organisations/{told['body']}", None),
        ("organisation-contact", "operator", f"/operator/organisations/{told['body']}/contact", None),
        ("reach", "operator", "/operator/organisations/reach?pack=clearview-consent-order-2022", None),
        ("applications", "operator", "/operator/applications", None),
        ("people", "administrator", "/people", None),
        ("person", "administrator", f"/people/{told['user']}", opened),
        ("person-new", "administrator", "/people/new", None),
        ("oversight", "overseer", "/oversight", None),
        ("log", "auditor", "/log", None),
        ("collections", "operator", "/collections", None),
        ("collection-crawl", "operator", "/collections/crawl", None),
        ("collection-photo", "operator", "/collections/photo", None),
        ("sources", "operator", "/sources", None),
        ("source", "operator", f"/sources/of/{told['source']}", None),
        ("source-propose", "operator", "/sources/propose", None),
        ("hosts", "operator", "/sources/hosts", None),
        ("law", "overseer", "/law", None),
        ("law-calendar", "overseer", "/law/calendar", None),
        ("law-orders", "overseer", "/law/orders", None),
        ("law-pack", "overseer", "/law/packs/facewarden-base", None),
        ("law-try", "overseer", "/law/try", None),
        ("law-tried", "overseer", "/law/try", fill(photo=photo, facts="org_place=US-IL")),
        ("models", "operator", "/models", None),
        ("settings", "investigator", "/settings", None),
        ("codes", "investigator", "/settings/codes", None),
        ("codes-new", "auditor", "/settings/codes", fill(password=demo.passwords["auditor"])),
        ("keys", "investigator", "/settings/keys", None),
        ("api", "", "/api", None),
        ("offline", "", "/static/offline.html", None),
    ]


@contextmanager
def served(house: Installation) -> Iterator[str]:
    """The address at which the installation is served."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(house), log_level="error"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


class Camera:
    """One browser; a context for each window and person, signed in once."""

    def __init__(self, browser: Browser, address: str, demo: Demo) -> None:
        self._browser, self._address, self._demo = browser, address, demo
        self._pages: dict[tuple[int, str, str], Page] = {}
        self.wide: list[str] = []

    def _page(self, width: int, scheme: str, who: str) -> Page:
        key = (width, scheme, who)
        if key not in self._pages:
            size = {"width": width, "height": 844 if width < 500 else 860}
            page = self._browser.new_context(viewport=size, color_scheme=scheme).new_page()
            if who:
                page.goto(f"{self._address}/sign-in")
                page.get_by_label("Name").fill(who)
                page.get_by_label("Password").fill(self._demo.passwords[who])
                page.get_by_role("button", name="Sign in", exact=True).click()
                page.wait_for_url(lambda url: "/sign-in" not in url)
            self._pages[key] = page
        return self._pages[key]

    def sheet(self, name: str, who: str, path: str, act: Act | None) -> Image.Image:
        """The page in the four windows, side by side."""
        shots = []
        for width, scheme in WINDOWS:
            page = self._page(width, scheme, who)
            page.goto(path if path.startswith("file:") else self._address + path)
            if act:
                act(page)
            page.wait_for_load_state("networkidle")
            over_px = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if over_px > 0:
                self.wide.append(f"{name} at {width}: {over_px} px too wide")
            content = page.screenshot(full_page=True, animations="disabled")
            shots.append((scheme, Image.open(io.BytesIO(content)).convert("RGB")))
        cut = [(scheme, shot.crop((0, 0, shot.width, min(shot.height, TALLEST_PX)))) for scheme, shot in shots]
        height = max(shot.height for _, shot in cut) + 2 * GAP_PX
        sheet = Image.new("RGB", (sum(shot.width + GAP_PX for _, shot in cut) + GAP_PX, height), PAPER["light"])
        at = GAP_PX
        for scheme, shot in cut:
            sheet.paste(PAPER[scheme], (at - GAP_PX // 2, 0, at + shot.width + GAP_PX, height))
            sheet.paste(shot, (at, GAP_PX))
            at += shot.width + GAP_PX
        return sheet.resize((round(sheet.width * SHEET_SCALE), round(height * SHEET_SCALE)), Image.Resampling.LANCZOS)


def main() -> None:
    reading = argparse.ArgumentParser(description=__doc__)
    reading.add_argument("--data", type=Path, required=True)
    reading.add_argument("--out", type=Path, required=True)
    reading.add_argument("--only", nargs="*")
    asked = reading.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    house = opening.open_installation(read_settings(str(asked.data), os.environ))
    try:
        demo = Demo(house, asked.data)
        told = demo.tell()
        with served(house) as address, sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            camera = Camera(browser, address, demo)
            for name, who, path, act in pages(told, demo):
                if not asked.only or name in asked.only:
                    camera.sheet(name, who, path, act).save(asked.out / f"{name}.webp", quality=QUALITY, method=6)
            browser.close()
            print("\n".join(camera.wide) or "No page is wider than its window.")  # noqa: T201
    finally:
        house.close()


if __name__ == "__main__":
    main()
