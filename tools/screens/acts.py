"""What is done on a page before its picture is taken.

Never touches a page's looks: every act is one that its visitor could do.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page
from tools.screens.demo import APPLICATION, OWNER_OF_A_KEY, Demo

Act = Callable[[Page], None]
FORM = "main form:not([data-filter])"


def acts(demo: Demo, told: dict[str, str]) -> dict[str, Act]:
    """By the sheet's name."""
    photo = str(demo.photo)
    tried = fill(photo=photo, facts="org_place=US-IL")
    tracked = fill(number=told["closed"], code=told["closed_code"])
    request = {"photo": photo, "email": "kim@example.org", "released": "yes"}
    checked = check_receipt(Path(told["receipt"]), str(demo.house.log.verifier_key))
    return {
        "sign-in-failed": fill(name="nobody", password="not it"),  # noqa: S106
        "sign-in-second": fill(name=OWNER_OF_A_KEY, password=demo.passwords[OWNER_OF_A_KEY]),
        "applied": fill(**APPLICATION | {"name": "Brackwater Sheriff"}),
        "invitation": press("Make an invitation"),
        "welcome-code": fill(password="copper lantern moss avenue"),  # noqa: S106
        "opt-out-wrong": fill(email="kim@example.org"),
        "opt-out-sent": fill(**request),
        "opt-out-followed": tracked,
        "opt-out-stale": forged,
        "opt-out-receipt-checked": checked,
        "opt-out-receipt-checked-print": checked,
        "case-new-wrong": fill(number="2026-1"),
        "probe": opened,
        "candidate": opened,
        "lead-agreed": opened,
        "lead-agreed-print": opened,
        "letter-tried": fill(subject="press.example.net", letter=str(demo.letter)),
        "person": opened,
        "law-tried": tried,
        "passkey-new": ask_for_passkey(demo.passwords["investigator"]),
        "codes-new": fill(password=demo.passwords["auditor"]),
        "key-made": make_key(demo.passwords["investigator"]),
    }


def fill(**values: str) -> Act:
    """Fills the form's fields by their names and sends it: the first form that has them."""

    def act(page: Page) -> None:
        form = page.locator(FORM, has=page.locator(f"[name='{next(iter(values))}']")).first
        form.evaluate("form => (form.noValidate = true)")  # the server is asked in any case
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
        form.locator("button[type=submit]").first.click()

    return act


def press(name: str) -> Act:
    """Presses the button of that name, opening what it is folded into."""

    def act(page: Page) -> None:
        opened(page)
        page.get_by_role("button", name=name, exact=True).click()

    return act


def opened(page: Page) -> None:
    """Opens every part of the page that is folded."""
    for folded in page.locator("main details").all():
        if folded.get_attribute("open") is None:
            folded.locator("> summary").click()


def forged(page: Page) -> None:
    """Sends the form with a key that is not this visitor's, as one left open for days does."""
    page.locator(FORM).first.evaluate("form => { form.noValidate = true; form.elements.form_key.value = 'old' }")
    page.locator(f"{FORM} button[type=submit]").first.click()


def ask_for_passkey(password: str) -> Act:
    def act(page: Page) -> None:
        page.get_by_label("Its name").fill("Blue key")
        page.get_by_label("Your password").fill(password)
        page.get_by_role("button", name="Go on").click()

    return act


def make_key(password: str) -> Act:
    def act(page: Page) -> None:
        page.locator("main [name='scope-cases']").check()
        fill(name="Evidence desk", purpose="Lists the open cases", password=password)(page)

    return act


def check_receipt(receipt: Path, key: str) -> Act:
    def act(page: Page) -> None:
        page.get_by_label("Or its text").fill(receipt.read_text("utf-8"))
        page.get_by_label("The log's verifier key").fill(key)
        page.get_by_role("button", name="Check it").click()
        page.get_by_role("status").wait_for()

    return act
