"""The page that checks a receipt without any server: opened from the disk, offline, in a real Chromium."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import pytest

import facewarden.web
from facewarden.audit.note import NoteSigner
from facewarden.audit.receipt import sign_receipt, verify_receipt
from facewarden.errors import Error
from tests.unit.audit import receipts

playwright = pytest.importorskip("playwright.sync_api")
PAGE = Path(facewarden.web.__file__).parent / "static" / "receipt-check.html"
SIGNER, STRANGER = receipts.SIGNER, NoteSigner("agency.example", bytes(32))


@pytest.fixture
def checker(chromium):
    context = chromium.new_context(offline=True, viewport={"width": 320, "height": 640})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(PAGE.as_uri())

    def check(receipt: object, key: object = SIGNER.verifier_key) -> str:
        page.get_by_label("Or its text").fill(receipt if isinstance(receipt, str) else json.dumps(receipt, indent=2))
        page.get_by_label("The log's verifier key").fill(str(key))
        page.evaluate("document.getElementById('result').hidden = true")
        page.get_by_role("button", name="Check it").click()
        result = page.get_by_role("status")
        playwright.expect(result).to_be_visible()
        return result.inner_text()

    yield check
    assert asked == [PAGE.as_uri()], "nothing but the page itself was ever asked for"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def test_a_true_receipt_holds_and_says_what_it_says(checker) -> None:
    receipt = receipts.made()
    verify_receipt(receipt, SIGNER.verifier_key)
    told = checker(receipt)
    assert "The receipt holds." in told
    assert "1 photos whole, 0 photos with a face burnt out, 2 faces" in told
    assert "3" in re.search(r"Log entries proved\s+(\d+)", told).group(1)


def _forgeries() -> dict[str, object]:
    """Receipts that the program refuses; the page must refuse every one of them too."""
    true = receipts.made()

    def changed(change) -> dict:
        forged = copy.deepcopy(true)
        change(forged)
        return forged

    def resigned(change, signer=SIGNER) -> dict:
        body = receipts.body()
        change(body)
        return json.loads(json.dumps(sign_receipt(body, signer)))

    def swap_entries(body: dict) -> None:
        body["log"][0]["index"] = 1

    def other_leaf(body: dict) -> None:
        body["log"][2]["leaf"] = body["log"][1]["leaf"]

    return {
        "one more photo": changed(lambda r: r["erased"].update(photos=2)),
        "another id": changed(lambda r: r.update(receipt_id="rcp_" + "b" * 24)),
        "no signature": changed(lambda r: r.update(signature=None)),
        "a cut signature": changed(lambda r: r.update(signature=r["signature"][:-9] + "\n")),
        "a word more": changed(lambda r: r.update(note="also erased elsewhere")),
        "no entries": resigned(lambda b: b.update(log=[])),
        "signed by a stranger": resigned(lambda b: None, STRANGER),
        "counts that the log does not state": resigned(lambda b: b["erased"].update(faces=9)),
        "a request that the log does not name": resigned(lambda b: b["request"].update(id="req_" + "f" * 24)),
        "an entry in another place": resigned(swap_entries),
        "an entry with another leaf": resigned(other_leaf),
        "an entry shown otherwise": resigned(lambda b: b["log"][0]["entry"].update(at="2026-11-23T12:00:00.000000Z")),
        "not a receipt": {"format": "facewarden-receipt/1"},
        "not JSON": "{",
    }


def test_forged_receipts_are_refused_by_the_page_as_by_the_program(checker) -> None:
    for name, forged in _forgeries().items():
        if not isinstance(forged, str):
            with pytest.raises(Error):
                verify_receipt(forged, SIGNER.verifier_key)
        assert "does not hold" in checker(forged), name


def test_another_key_does_not_check_it_and_half_a_key_is_none(checker) -> None:
    assert "does not hold" in checker(receipts.made(), STRANGER.verifier_key)
    assert "does not hold" in checker(receipts.made(), str(SIGNER.verifier_key)[:-2])
    assert "does not hold" in checker(receipts.made(), "")
