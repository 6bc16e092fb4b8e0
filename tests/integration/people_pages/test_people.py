"""The administrator's page of people: invited, changed, suspended, ended; nobody changes themselves or another body."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest

from facewarden.domain.accounts import AccountState, GovernmentLevel, Role, Sector
from tests.unit.web.builders import Browser

from .conftest import OTHER_PASSWORD

NEW = {"sign_in_name": "ana", "display_name": "Ana Fern", "role-investigator": "1", "training_until": "2027-05-12"}


@pytest.fixture(scope="module")
def admin(signed_in):
    return signed_in("administrator", Role.ORG_ADMINISTRATOR)


@pytest.fixture(scope="module")
def elsewhere(installation, operator):
    return installation.accounts.add_organisation(
        operator, "Hill Police", Sector.GOVERNMENT, GovernmentLevel.LOCAL, "US-OR"
    )


@pytest.fixture(scope="module")
def stranger(add_person, elsewhere):
    """A user of another organisation."""
    return add_person("hilda", Role.INVESTIGATOR, organisation=elsewhere)


@pytest.fixture
def colleague(installation, operator, add_person):
    """A user of the administrator's own organisation, made for this test."""
    known = len(installation.accounts.users(operator))
    return add_person(f"colleague{known}", Role.EXAMINER)


def act(browser, user, what, data=None, **options):
    browser.get("/settings")
    return browser.post(f"/people/{user.user_id}/{what}", data, **options)


def user_of(installation, operator, name):
    return installation.people.members.find(operator, name)[0]


def test_a_new_person_gets_an_invitation_that_is_shown_once(installation, operator, admin, agency):
    admin.get("/people/new")
    page = admin.post("/people", NEW)
    link = html.unescape(re.search(r'class="secret" tabindex="0">([^<]+)<', page.text)[1])
    assert link.startswith("http://test.example/welcome?token=")
    made = user_of(installation, operator, "ana")
    assert made.organisation_id == agency.organisation_id
    assert made.roles == frozenset({Role.INVESTIGATOR})
    assert link.rpartition("=")[2] not in admin.get(f"/people/{made.user_id}").text
    assert "Ana Fern" in admin.get("/people").text


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"sign_in_name": "?"}, 400),
        ({"sign_in_name": "ben", "role-investigator": ""}, 400),
        ({"sign_in_name": "ben", "training_until": "soon"}, 400),
        ({"sign_in_name": "ben", "display_name": "a\u202eb"}, 400),
        ({"sign_in_name": "ben", "role-operator": "1"}, 403),
    ],
    ids=["name", "no-role", "day", "bidi", "operator"],
)
def test_a_person_who_cannot_be_added_is_told_and_nobody_is_added(installation, operator, admin, changes, status):
    before = len(installation.accounts.users(operator))
    admin.get("/people/new")
    assert admin.post("/people", NEW | changes).status_code == status
    assert len(installation.accounts.users(operator)) == before


def test_an_administrator_adds_to_their_own_organisation_whatever_the_form_says(
    installation, operator, admin, agency, elsewhere
):
    admin.get("/people/new")
    admin.post("/people", NEW | {"sign_in_name": "cleo", "organisation": elsewhere.organisation_id})
    assert user_of(installation, operator, "cleo").organisation_id == agency.organisation_id


def test_suspending_cuts_the_session_within_one_request_and_reinstating_lets_in(installation, admin, colleague):
    theirs = Browser(installation)
    theirs.get("/sign-in")
    credentials = {"name": colleague.sign_in_name, "password": OTHER_PASSWORD, "next": "/settings"}
    assert theirs.post("/sign-in", credentials).url.path == "/settings"
    page = act(admin, colleague, "suspend", {"reason": "Badge lost on the ferry."})
    assert "The account is suspended." in page.text
    assert "Badge lost on the ferry." in page.text
    assert theirs.get("/settings").url.path == "/sign-in"
    assert theirs.post("/sign-in", credentials).status_code == 401
    assert "active again" in act(admin, colleague, "reinstate").text
    theirs.get("/sign-in")
    assert theirs.post("/sign-in", credentials).url.path == "/settings"


def test_a_reason_is_needed_and_lies_encrypted(installation, admin, colleague):
    assert act(admin, colleague, "suspend", {"reason": " "}).status_code == 400
    act(admin, colleague, "suspend", {"reason": "Unmistakable words"})
    for path in installation.data_dir.rglob("*"):
        if path.is_file():
            assert b"Unmistakable words" not in path.read_bytes(), path.name


def test_roles_are_changed_and_the_old_session_ends(installation, operator, admin, colleague, browser_of):
    theirs = browser_of(colleague.sign_in_name)
    act(admin, colleague, "roles", {"role-investigator": "1", "role-examiner": "1"})
    found = user_of(installation, operator, colleague.user_id)
    assert found.roles == {Role.INVESTIGATOR, Role.EXAMINER}
    assert theirs.get("/settings").url.path == "/sign-in"
    assert act(admin, colleague, "roles", {}).status_code == 400
    assert act(admin, colleague, "roles", {"role-operator": "1"}).status_code == 403


def test_a_training_certificate_is_recorded_by_its_hash(installation, operator, admin, colleague):
    day = (installation.clock.now() + timedelta(days=300)).date()
    form = {"title": "Face comparison, State Academy", "until": day.isoformat()}
    files = {"document": ("certificate.pdf", b"%PDF-1.7 a certificate", "application/pdf")}
    page = act(admin, colleague, "training", form, files=files)
    assert "The certificate is on record." in page.text
    assert user_of(installation, operator, colleague.user_id).training_expires_at.date() == day
    for path in installation.data_dir.rglob("*"):
        assert not path.is_file() or b"%PDF-1.7 a certificate" not in path.read_bytes()
    past = form | {"until": (installation.clock.now() - timedelta(days=1)).date().isoformat()}
    assert act(admin, colleague, "training", past, files=files).status_code == 400


def test_who_left_is_ended_for_good(installation, operator, admin, colleague):
    act(admin, colleague, "end", {"reason": "Retired."})
    assert user_of(installation, operator, colleague.user_id).state is AccountState.ENDED
    page = admin.get(f"/people/{colleague.user_id}")
    assert "ended, for good" in page.text
    assert "<form" not in page.text.split("<main", 1)[1]
    assert act(admin, colleague, "reinstate").status_code in (400, 403)


@pytest.mark.parametrize("what", ["roles", "training", "suspend", "reinstate", "end", "invite"])
def test_nobody_changes_themselves(installation, operator, admin, what):
    own = user_of(installation, operator, "administrator")
    day = (installation.clock.now() + timedelta(days=90)).date().isoformat()
    form = {"role-operator": "1", "role-investigator": "1", "reason": "x", "title": "x", "until": day}
    assert act(admin, own, what, form).status_code in (400, 403)
    assert user_of(installation, operator, "administrator") == own or own.state is AccountState.ACTIVE
    page = admin.get(f"/people/{own.user_id}")
    assert "This is you." in page.text


@pytest.mark.parametrize("what", ["", "roles", "training", "suspend", "reinstate", "end", "invite"])
def test_another_bodys_user_is_like_one_that_does_not_exist(admin, stranger, what):
    answers = []
    for user_id in (stranger.user_id, "usr_" + "0" * 24):
        admin.get("/settings")
        form = {"role-examiner": "1", "reason": "x", "title": "x", "until": "2027-05-12"}
        path = f"/people/{user_id}"
        answer = admin.post(f"{path}/{what}", form) if what else admin.get(path)
        answers.append((answer.status_code, answer.text.replace(user_id, "")))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert "Hilda" not in admin.get("/people").text


def test_an_overseer_holds_and_only_an_overseer_lifts_it(installation, operator, admin, signed_in, colleague):
    overseer = signed_in(f"overseer-{colleague.sign_in_name}", Role.OVERSEER)
    page = act(overseer, colleague, "hold", {"reason": "Twenty searches in a minute."})
    assert "held until an overseer lifts it" in page.text
    assert act(admin, colleague, "reinstate").status_code == 403
    assert "active again" in act(overseer, colleague, "reinstate").text


def test_an_overseer_of_one_body_holds_nobody_of_another(signed_in, elsewhere, colleague):
    overseer = signed_in("hill-overseer", Role.OVERSEER, organisation=elsewhere)
    assert act(overseer, colleague, "hold", {"reason": "x"}).status_code == 404
    assert overseer.get(f"/people/{colleague.user_id}").status_code == 404


def test_an_administrator_holds_nobody_and_an_overseer_suspends_nobody(admin, signed_in, colleague):
    assert act(admin, colleague, "hold", {"reason": "x"}).status_code == 403
    overseer = signed_in(f"second-{colleague.sign_in_name}", Role.OVERSEER)
    for what in ("roles", "training", "suspend", "end", "invite"):
        assert act(overseer, colleague, what, {"reason": "x"}).status_code == 403


def test_what_was_typed_comes_back_where_it_cannot_be_taken(admin, colleague):
    page = act(admin, colleague, "training", {"title": "Comparing faces", "until": "2001-01-01"})
    assert page.status_code == 400
    assert 'value="Comparing faces"' in page.text
    assert 'value="2001-01-01"' in page.text
    page = act(admin, colleague, "suspend", {"reason": "Asked for it. " * 100})
    assert page.status_code == 400
    assert page.text.count('value="Asked for it.') == 1
