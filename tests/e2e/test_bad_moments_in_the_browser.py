"""What goes wrong between two clicks: somebody erased while on screen, two at once, a line that drops in mid-upload."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from facewarden.domain.accounts import Role

from .test_casework_in_the_browser import OTHER, SAME, conclude, search


@pytest.fixture
def searched(browse, password, group):
    """The investigator's page with the candidates of a search."""
    visit = browse()
    search(visit, password, group)
    return visit


def open_first(visit):
    visit.follow(visit.page.get_by_role("heading", name="Candidate 1").get_by_role("link"), "**/candidates/1")


def concluded(visit):
    """The address of the lead that the first examiner's support makes."""
    open_first(visit)
    conclude(visit.page, "", SAME)
    visit.press("Record your conclusion", "**/leads/*")
    return visit.page.url


def test_a_candidate_erased_while_on_screen_ends_in_a_sentence_that_helps(searched, installation):
    page = searched.page
    record = installation.searches.find(page.url.rsplit("/", 1)[-1])
    open_first(searched)
    conclude(page, "", SAME)
    installation.gallery.hidden.add(record.candidates[0].face_number)
    page.get_by_role("button", name="Record your conclusion").click()
    expect(page.get_by_role("heading", name="This candidate can no longer be shown.")).to_be_visible()
    expect(page.get_by_text("erased, is held, or was never a candidate")).to_be_visible()
    assert installation.casework.leads.known == {}
    page.goto(f"{searched.address}/searches/{record.search_id}")
    expect(page.get_by_role("heading", name="Candidate 1", exact=True)).to_have_count(0)


def test_a_face_erased_during_the_second_examination_is_left_out_and_the_lead_stops(
    searched, browse, installation, password
):
    lead = concluded(searched)
    second = browse()
    second.sign_in("examiner", password)
    second.page.goto(lead)
    second.press("Begin the second examination", "**/second")
    (kept,) = installation.casework.leads.known.values()
    for place in kept.lineup:
        conclude(second.page, f"f{place.place}_", SAME if place.real else OTHER)
    installation.gallery.hidden.add(kept.real_place.face_number)
    second.press("Record your conclusions", "**/leads/lead_*")
    expect(second.page.get_by_role("heading", name="There is no lead")).to_be_visible()
    expect(second.page.get_by_text("The candidate was erased during the examination.")).to_be_visible()


def test_of_two_who_conclude_first_at_once_the_second_is_told_and_nothing_of_theirs_is_taken(searched, installation):
    open_first(searched)
    other = searched.page.context.new_page()
    other.goto(searched.page.url)
    for page, label in ((searched.page, SAME), (other, OTHER)):
        conclude(page, "", label)
    searched.press("Record your conclusion", "**/leads/*")
    other.get_by_role("button", name="Record your conclusion").click()
    expect(other.get_by_role("alert")).to_contain_text("The first conclusion stands; yours was not taken.")
    (kept,) = installation.casework.leads.known.values()
    assert kept.first.conclusion.for_same


def test_of_two_second_examiners_at_once_one_works_and_the_other_is_told(searched, browse, installation, password):
    agency = installation.account_records.organisations()[0]
    installation.add_user("examiner-two", Role.EXAMINER, organisation=agency)
    record = installation.searches.find(searched.page.url.rsplit("/", 1)[-1])
    case = installation.case_records.find(record.case_id)
    installation.cases.add_member(
        installation.sign_in.actor_of(installation.sign_in.sign_in("investigator", password)), case, "examiner-two"
    )
    lead = concluded(searched)
    pages = []
    for name in ("examiner", "examiner-two"):
        visit = browse()
        visit.sign_in(name, password)
        visit.page.goto(lead)
        pages.append(visit)
    pages[0].press("Begin the second examination", "**/second")
    pages[1].page.get_by_role("button", name="Begin the second examination").click()
    expect(pages[1].page.get_by_role("alert")).to_contain_text("nothing of yours was taken")


def test_a_line_that_drops_in_mid_upload_ends_in_a_sentence_and_keeps_nothing(browse, installation, password, group):
    visit = browse()
    visit.sign_in("investigator", password)
    visit.open_case()
    page = visit.page
    page.evaluate(
        """navigator.serviceWorker.controller
             ? true
             : new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", () => done(true)))"""
    )
    page.get_by_label("Choose a photo").set_input_files({"name": "p.jpg", "mimeType": "image/jpeg", "buffer": group})
    page.get_by_label("A photograph, as it was taken").check()
    page.context.route("**/probes", lambda route: route.abort("connectionreset"))
    page.get_by_role("button", name="Look for faces").click()
    expect(page.get_by_role("heading", name="The connection is lost")).to_be_visible()
    assert installation.probes.kept == {}
    page.context.unroute("**/probes")
    visit.complaints[:] = [told for told in visit.complaints if "ERR_CONNECTION_RESET" not in told]


def test_the_list_of_candidates_prints_with_who_printed_it_and_without_controls(searched):
    page = searched.page
    page.emulate_media(media="print")
    expect(page.get_by_text("Printed by", exact=False)).to_be_visible()
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(page.get_by_role("heading", name="Candidate 1", exact=True)).to_be_visible()
    expect(page.get_by_text("never an identification").first).to_be_visible()
