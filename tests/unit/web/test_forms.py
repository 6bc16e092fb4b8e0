"""A form is taken only from the visitor it was given to, and only so large."""

from functools import cache

import pytest

from facewarden.domain.accounts import Role
from facewarden.web.rooms import room_of

from . import fakes
from .builders import PASSWORD, Browser, populated
from .test_door import ALL

FORMS = [path for method, path in ALL if method == "POST" and not path.startswith("/api/v1/")]


def test_there_are_forms():
    assert set(FORMS) >= {
        "/sign-in",
        "/sign-out",
        "/cases",
        "/cases/1/probes",
        "/cases/1/probes/1/search",
    }


@pytest.fixture(scope="module")
def walkers():
    """A browser by role, of one installation: nothing changes, for every form is tried in vain."""
    installation = populated()

    @cache
    def of_role(role):
        made = Browser(installation)
        made.sign_in(role.value.replace("_", "-"))
        return made

    return of_role


@pytest.fixture
def walker(walkers, path):
    """Somebody whose role that form is for."""
    return walkers((room_of("POST", path) or ("", (Role.INVESTIGATOR,)))[1][0])


@pytest.fixture(scope="module")
def others_key(walkers):
    """The form key of somebody else on the same installation."""
    other = Browser(walkers(Role.INVESTIGATOR).app.state.installation)
    other.sign_in("examiner")
    other.get("/cases/new")
    return other.form_key()


@pytest.mark.parametrize("key", ["", "0" * 64])
@pytest.mark.parametrize("path", FORMS)
def test_a_form_without_its_key_is_refused(walker, path, key):
    answer = walker.post(path, {"number": "X", "purpose": "investigate_crime"}, key=key)
    assert answer.status_code == 403
    assert "out of date" in answer.text


@pytest.mark.parametrize("path", FORMS)
def test_a_form_with_another_visitors_key_is_refused(walker, others_key, path):
    assert walker.post(path, {"number": "X"}, key=others_key).status_code == 403


def test_a_refused_form_changes_nothing(investigator):
    investigator.post("/cases", {"number": "X", "purpose": "investigate_crime"}, key="")
    assert "You have no case yet" in investigator.get("/cases").text


def test_a_sign_in_form_without_its_cookie_is_refused(browser):
    browser.get("/sign-in")
    key = browser.form_key()
    browser.cookies.clear()
    answer = browser.post("/sign-in", {"name": "investigator", "password": PASSWORD}, key=key)
    assert answer.status_code == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "multipart/form-data", ""])
def test_a_body_of_another_kind_is_refused_in_words(investigator, kind):
    answer = investigator.request("POST", "/cases", content=b"{}", headers={"content-type": kind})
    assert answer.status_code == 400
    assert "form" in answer.text


def test_a_multipart_body_that_is_cut_off_is_refused_in_words(investigator):
    case_id = investigator.open_case()
    body = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n' + b"\xff\xd8" * 50
    answer = investigator.request(
        "POST",
        f"/cases/{case_id}/probes",
        content=body,
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert answer.status_code in (400, 403)
    assert "Traceback" not in answer.text


def test_a_photo_of_more_than_40_mb_is_refused_and_one_byte_less_is_looked_at(installation, investigator):
    case_id = investigator.open_case()
    answer = investigator.upload(case_id, b"\xff\xd8" + bytes(41 * 1024 * 1024))
    assert answer.status_code == 413
    assert "more than 40 MB" in answer.text
    answer = investigator.upload(case_id, bytes(40 * 1024 * 1024))
    assert answer.status_code == 422
    assert installation.probes.kept == {}


def test_a_large_body_is_not_read_for_a_form_that_takes_no_photo(investigator):
    investigator.get("/cases/new")
    answer = investigator.post("/cases", {"number": "1" * 100_000, "purpose": "investigate_crime"})
    assert answer.status_code == 413


def test_an_uploaded_photo_is_never_rolled_to_a_file(investigator, monkeypatch):
    import tempfile

    rolled = []
    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", lambda self: rolled.append(self))
    investigator.upload(investigator.open_case(), fakes.drawn(1) + bytes(5 * 1024 * 1024))
    assert rolled == []
