"""The whole way with real models: two people ask over the web, one is in the gallery, and nothing says so."""

from __future__ import annotations

import asyncio
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from facewarden.audit.receipt import verify_receipt
from facewarden.bootstrap.installation import Installation
from facewarden.domain.requests import RequestState
from facewarden.testing.population.people import Population
from facewarden.web.app import create_app
from tests.integration.erasing.conftest import OFFICER_PASSWORD, PERSON, Office, altered, shape_of

pytestmark = pytest.mark.slow
FORM_KEY = re.compile(r'name="form_key" value="([0-9a-f]*)"')
DAY = re.compile(r"\d{1,2} [A-Z][a-z]+ 2\d{3}")
STRANGER = 20


class _Visitor:
    """A browser without scripts on the app of an opened installation."""

    def __init__(self, installation: Installation) -> None:
        self._app = create_app(installation)
        self._cookies = httpx.Cookies()
        self._key = ""

    def get(self, path: str) -> str:
        return self._ask("GET", path).text

    def post(self, path: str, data: dict[str, str], photo: bytes | None = None) -> httpx.Response:
        files = {"photo": ("me.jpg", photo, "image/jpeg")} if photo else None
        return self._ask("POST", path, data={"form_key": self._key, "lang": "en", **data}, files=files)

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        with ThreadPoolExecutor(1) as thread:  # a loop may be running in this one
            answer = thread.submit(asyncio.run, self._send(method, path, options)).result()
        self._key = (FORM_KEY.findall(answer.text) or [self._key])[-1]
        return answer

    async def _send(self, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://test.example", cookies=self._cookies, follow_redirects=True
        ) as client:
            answer = await client.request(method, path, **options)
            self._cookies = client.cookies
            return answer


def _asked(visitor: _Visitor, installation: Installation, photo: bytes, email: str) -> str:
    """The id of a request that was sent and confirmed over the web."""
    desk, requests = installation.request_desk, installation.records.person_requests
    visitor.get("/opt-out/take-me-out?lang=en")
    fields = {"notice": "1", "released": "yes", "email": email, "place": "US-CA", "behalf": "self"}
    answer = visitor.post("/opt-out/take-me-out", fields, photo)
    assert answer.url.path == "/opt-out/sent", answer.text
    (request,) = requests.in_state(RequestState.UNCONFIRMED)
    visitor.get("/opt-out/confirm?lang=en")
    visitor.post("/opt-out/confirm", {"number": request.request_id, "token": desk.intake.token(request.request_id)})
    return request.request_id


def test_track_page_and_receipt_read_the_same_whether_or_not_the_person_was_in_the_gallery(
    office: Office, population: Population, tmp_path: Path
) -> None:
    installation = office.open()
    visitor, officer, desk = _Visitor(installation), _Visitor(installation), installation.request_desk
    photos = ((office.drawn / f"{PERSON:03}-0.jpg").read_bytes(), population.photo(STRANGER, 0).content)
    ids = [
        _asked(visitor, installation, altered(photo, "re-encoded"), f"{name}@example.org")
        for name, photo in zip("ab", photos, strict=True)
    ]
    officer.get("/sign-in")
    officer.post("/sign-in", {"name": "olga", "password": OFFICER_PASSWORD, "next": "/"})
    confirmed, tracked, receipts = [], [], []
    for request_id in ids:
        page = officer.get(f"/requests/{request_id}")
        faces = re.findall(r'name="(face_\d+)"', page)[:1]
        closed = officer.post(f"/requests/{request_id}/approve", dict.fromkeys(faces or ["none"], "yes"))
        assert "Handled" in closed.text
        confirmed.append(len(faces))
        code = desk.intake.code(request_id)
        visitor.get("/opt-out/track?lang=en")
        answer = visitor.post("/opt-out/track", {"number": request_id, "code": code})
        # A test at midnight sees two days; the unit test compares every byte under one clock.
        tracked.append(DAY.sub("DAY", answer.text.replace(request_id, "").replace(code, "")).encode())
        receipts.append(visitor.post("/opt-out/receipt", {"number": request_id, "code": code}).json())
    assert confirmed == [1, 0], "the control: one was in the gallery, the other not"
    assert tracked[0] == tracked[1]
    assert shape_of(receipts[0]) == shape_of(receipts[1])
    assert len(json.dumps(receipts[0])) - len(json.dumps(receipts[1])) in range(-200, 200)
    for receipt in receipts:
        verify_receipt(receipt, str(installation.log.verifier_key))
        assert receipt["erased"] is None
    _nothing_is_left_of(installation, ids)


def _nothing_is_left_of(installation: Installation, ids: list[str]) -> None:
    """Of a closed request neither photo, address, template nor any key of them is there."""
    assert installation.vault.get_many([f"purpose/request/{request_id}" for request_id in ids]) == {}
    assert installation.vault.get_many(ids) == {}
    assert [installation.records.person_requests.secrets(request_id) for request_id in ids] == [None, None]
    stores = [path for path in installation.data_dir.rglob("*") if path.is_file() and "outbox" not in path.parts]
    assert not [path for path in stores if b"@example.org" in path.read_bytes()]
    letters = sorted(path.name.partition(".")[2] for path in (installation.data_dir / "outbox").iterdir())
    assert letters == ["closed.eml"] * 2 + ["confirm.1.eml"] * 2 + ["received.eml"] * 2
