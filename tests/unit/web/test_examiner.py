"""The pages of examiners: what waits for whom, what is kept while somebody works, and what a lead went through."""

import pytest

from tests.unit.services.actors import actor_of
from tests.unit.services.casework.test_examining import concluded, proposed
from tests.unit.web.builders import Browser, populated


@pytest.fixture
def installation():
    return populated()


@pytest.fixture
def lead(installation):
    return proposed(installation)[3]


def signed_in(installation, name):
    browser = Browser(installation)
    browser.sign_in(name)
    return browser


def test_an_examination_that_waits_stands_on_top_of_the_second_examiners_cases(installation, lead):
    assert f"/leads/{lead.lead_id}" in signed_in(installation, "examiner").get("/cases").text
    assert "for you" not in signed_in(installation, "investigator").get("/cases").text


def test_the_first_is_told_who_may_be_second_and_where_nobody_may_be(installation, lead):
    first = signed_in(installation, "investigator")
    assert "Examiner may examine it" in first.get(f"/leads/{lead.lead_id}").text
    installation.viewing.search(actor_of(installation, "examiner"), lead.search_id)
    assert "Nobody in this case may" in first.get(f"/leads/{lead.lead_id}").text


def test_what_was_filled_in_is_there_again(installation, lead):
    second = signed_in(installation, "examiner")
    second.post(f"/leads/{lead.lead_id}/second/begin", {})
    kept = {"f1_notes": "A notch, left.", "f2_ears": "different", "f3_conclusion": "insufficient", "foreign": "x"}
    answer = second.post(f"/leads/{lead.lead_id}/second/draft", kept | {"quiet": "1"})
    assert (answer.status_code, answer.text) == (204, "")
    page = signed_in(installation, "examiner").get(f"/leads/{lead.lead_id}/second").text
    assert "A notch, left.</textarea>" in page
    assert page.count(" selected") == 1
    assert page.count(" checked") == 1
    (known,) = installation.casework.leads.known.values()
    assert "foreign" not in known.second.draft


def test_whoever_concludes_in_a_second_window_is_told_on_the_leads_page(installation, lead):
    second = signed_in(installation, "examiner")
    concluded(installation.casework.examining, actor_of(installation, "examiner"), lead)
    for address in ("second", "second/draft"):
        answer = second.post(f"/leads/{lead.lead_id}/{address}", {"f1_conclusion": "insufficient"})
        assert answer.status_code == 400
        assert "nothing that is sent now is taken" in answer.text
        assert "Two examiners agree" in answer.text


def test_a_lead_tells_its_life_to_those_who_may_know_it(installation, lead):
    first = signed_in(installation, "investigator")
    concluded(installation.casework.examining, actor_of(installation, "examiner"), lead)
    reporting, investigator = installation.casework.reporting, actor_of(installation, "investigator")
    reporting.lead_report(investigator, lead.lead_id, "County prosecutor", "leads@example.org")
    reporting.refute(investigator, lead.lead_id, "In custody that day.")
    page = first.get(f"/leads/{lead.lead_id}").text
    told = ("examined it first", "concluded. They agreed.", "to County prosecutor", "Refuted.", "Called back from")
    assert all(said in page for said in told)
