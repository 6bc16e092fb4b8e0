"""One browser: it signs people in, goes where a sheet says, and lays the four windows side by side.

Never changes what a page shows: what is cut off is cut off the picture.
"""

from __future__ import annotations

import base64
import io
import re

from PIL import Image, ImageOps
from playwright.sync_api import Browser, Page, StorageState
from tools.screens.acts import Act, ask_for_passkey, fill
from tools.screens.demo import OWNER_OF_A_KEY, Demo
from tools.screens.device import Device
from tools.screens.sheets import Sheet

from facewarden.services.people import totp
from facewarden.web.pages import environment

WINDOWS = ((1280, "light"), (390, "light"), (1280, "dark"), (390, "dark"))
PAPER_WINDOWS = ((718, "light"), (718, "dark"))  # A4 at 96 dpi less its margins; the dark look must not reach the paper
PAPER_MARGIN_PX = 38
TALLEST_PX = 1_700  # what lies below is told by the page itself; the list of pages says so
SHEET_SCALE = 0.6
GAP_PX = 16
PATIENCE_MS = 600_000.0  # a loaded machine is slow, not wrong
BEHIND = {"light": (214, 218, 222), "dark": (60, 64, 68)}
Shot = tuple[str, Image.Image]


class Camera:
    """A context for each window and person, signed in once; `faults` says what a picture should not show."""

    def __init__(self, browser: Browser, address: str, demo: Demo) -> None:
        self._browser, self._address, self._demo = browser, address, demo
        self._pages: dict[tuple[int, str, str], Page] = {}
        self._signed_in: dict[str, StorageState] = {}
        self._rendered = _watched_templates()
        self.faults: list[str] = []

    def enrol(self) -> str:
        """The passkey of the one who has one, added and signed in with by a device of the browser's own; codes too."""
        who = OWNER_OF_A_KEY
        page = self._browser.new_context().new_page()
        page.set_default_timeout(PATIENCE_MS)
        Device(page)
        self._sign_in(page, who)
        page.wait_for_url("**/cases")
        page.goto(f"{self._address}/settings")
        ask_for_passkey(self._demo.passwords[who])(page)
        page.get_by_role("button", name="Make the passkey").click()
        page.wait_for_url("**/settings?done=passkey-added")
        passkey = page.locator("a[href^='/settings/passkeys/']").first.get_attribute("href") or ""
        page.goto(f"{self._address}/settings/codes")
        fill(password=self._demo.passwords[who])(page)
        secret = re.sub(r"\s", "", page.locator(".secret").inner_text())
        now = totp.step_of(self._demo.house.clock.now())
        fill(code=totp.code_at(base64.b32decode(secret + "=" * (-len(secret) % 8)), now))(page)
        page.wait_for_url("**/sign-in?ended=1")
        self._sign_in(page, who)
        page.get_by_role("button", name="Use your passkey").click()
        page.wait_for_url("**/cases")
        self._signed_in[who] = page.context.storage_state()
        return passkey.rsplit("/", 1)[-1]

    def take(self, sheet: Sheet, address: str, act: Act | None) -> Image.Image:
        """The page in its windows, side by side."""
        shots = []
        for width, scheme in PAPER_WINDOWS if sheet.printed else WINDOWS:
            page = self._page(width, scheme, sheet.who)
            self._rendered.clear()
            page.goto(address if address.startswith("file:") else self._address + address)
            if act:
                act(page)
            page.wait_for_load_state("networkidle")
            if sheet.template and sheet.template not in self._rendered:
                self.faults.append(f"{sheet.name} shows {sorted(self._rendered)}, not {sheet.template}")
            over_px = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if over_px > 0:
                self.faults.append(f"{sheet.name} at {width}: {over_px} px too wide")
            page.emulate_media(media="print" if sheet.printed else "screen")
            content = page.screenshot(full_page=True, animations="disabled")
            page.emulate_media(media="screen")
            shot = Image.open(io.BytesIO(content)).convert("RGB")
            shots.append((scheme, ImageOps.expand(shot, PAPER_MARGIN_PX * sheet.printed, "white")))
        return _side_by_side(shots)

    def _page(self, width: int, scheme: str, who: str) -> Page:
        key = (width, scheme, who)
        if key not in self._pages:
            size = {"width": width, "height": 844 if width < 500 else 860}
            state = self._signed_in.get(who)
            page = self._browser.new_context(viewport=size, color_scheme=scheme, storage_state=state).new_page()
            page.set_default_timeout(PATIENCE_MS)
            if who and not state:
                self._sign_in(page, who)
                page.wait_for_url(lambda url: "/sign-in" not in url)
            self._pages[key] = page
        return self._pages[key]

    def _sign_in(self, page: Page, who: str) -> None:
        page.goto(f"{self._address}/sign-in")
        fill(name=who, password=self._demo.passwords[who])(page)


def _watched_templates() -> set[str]:
    """The templates that the app has asked for, as it asks for them."""
    seen: set[str] = set()
    made = environment()
    plain = made.get_template

    def get_template(name: str, *rest: object) -> object:
        seen.add(name)
        return plain(name, *rest)

    made.get_template = get_template
    return seen


def _side_by_side(shots: list[Shot]) -> Image.Image:
    cut = [(scheme, shot.crop((0, 0, shot.width, min(shot.height, TALLEST_PX)))) for scheme, shot in shots]
    height = max(shot.height for _, shot in cut) + 2 * GAP_PX
    made = Image.new("RGB", (sum(shot.width + GAP_PX for _, shot in cut) + GAP_PX, height), BEHIND["light"])
    at = GAP_PX
    for scheme, shot in cut:
        made.paste(BEHIND[scheme], (at - GAP_PX // 2, 0, at + shot.width + GAP_PX, height))
        made.paste(shot, (at, GAP_PX))
        at += shot.width + GAP_PX
    return made.resize((round(made.width * SHEET_SCALE), round(made.height * SHEET_SCALE)), Image.Resampling.LANCZOS)
