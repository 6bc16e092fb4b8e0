"""From sign-in to a signed lead report, with a blind second examiner; and what is refused on the way."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from facewarden.audit.report import verify_report

SAME, OTHER = "Support for one person in both pictures", "Support for two different people"


def conclude(page, prefix, label):
    page.locator(f"input[name={prefix}conclusion]").locator(f"xpath=../span[text()='{label}']/..").check()


def search(visit, password, group):
    """The investigator's search in a case of which the examiner is a member."""
    visit.sign_in("investigator", password)
    visit.open_case()
    visit.page.get_by_label("Add a colleague").select_option("examiner")
    visit.page.get_by_role("button", name="Add", exact=True).click()
    expect(visit.page.get_by_role("listitem").filter(has_text="Examiner")).to_be_visible()
    visit.send_photo(group)
    visit.press("Search the gallery", "**/searches/*")


def test_from_sign_in_to_a_signed_lead_report(browse, installation, password, group):
    visit = browse()
    page = visit.page
    search(visit, password, group)
    visit.follow(page.get_by_role("heading", name="Candidate 1").get_by_role("link"), "**/candidates/1")
    page.get_by_text("Features, by FISWG").click()
    page.get_by_label("Ears").select_option("similar")
    page.get_by_label("Notes").fill("The same notch in the left ear.")
    conclude(page, "", SAME)
    visit.press("Record your conclusion", "**/leads/*")
    expect(page.get_by_role("heading", name="It waits for a second examiner")).to_be_visible()
    expect(page.get_by_role("button", name="Begin the second examination")).to_have_count(0)
    lead = page.url

    second = browse()
    second.sign_in("examiner", password)
    second.page.goto(lead)
    expect(second.page.get_by_text("notch in the left ear")).to_have_count(0)
    second.press("Begin the second examination", "**/second")
    told = second.page.locator("main").inner_text().lower()
    assert not any(word in told for word in ("similarity", "rank", "look-alikes expected", "candidate 1", "notch"))
    (kept,) = installation.casework.leads.known.values()
    second.page.goto(f"{second.address}/searches/{kept.search_id}")
    expect(second.page.get_by_role("heading", name="Refused by law")).to_be_visible()
    second.page.goto(lead + "/second")
    for place in kept.lineup:
        conclude(second.page, f"f{place.place}_", SAME if place.real else OTHER)
    second.press("Record your conclusions", "**/leads/lead_*")
    expect(second.page.get_by_role("heading", name="Two examiners agree")).to_be_visible()

    page.goto(lead)
    page.get_by_label("Recipient").fill("County prosecutor")
    page.get_by_label("E-mail address").fill("leads@prosecutor.example.org")
    with page.expect_download() as caught:
        page.get_by_role("button", name="Download the lead report").click()
    content = Path(caught.value.path()).read_bytes()
    assert content.startswith(b"%PDF")
    assert verify_report(content, installation.log.verifier_key)

    page.get_by_text("It is refuted").click()
    page.get_by_label("What refutes it").fill("The person was in custody that day.")
    page.get_by_role("button", name="Record it and call the lead back").click()
    expect(page.get_by_role("heading", name="Refuted")).to_be_visible()
    assert len(installation.casework.mail.letters) == 1


def test_a_search_for_taking_part_in_a_protest_is_refused_before_any_photo(browse, password):
    visit = browse()
    visit.sign_in("investigator", password)
    visit.open("/cases/new")
    page = visit.page
    page.get_by_label("Case number").fill("HP-9")
    page.get_by_label("Find a missing person").check()
    page.get_by_label("Taking part in a protest").check()
    page.get_by_label("A statute").check()
    page.get_by_label("Its reference").fill("PC 1")
    visit.press("Open the case", "**/cases/case_*")
    expect(page.get_by_role("heading", name="refused now")).to_be_visible()
    expect(page.get_by_text("base.protected_ground")).to_be_visible()
    expect(page.get_by_text("What would make it lawful")).to_be_visible()
    expect(page.locator("input[type=file]")).to_have_count(0)


def test_a_sketch_is_refused_and_nothing_of_it_is_looked_at(browse, installation, password, group):
    visit = browse()
    visit.sign_in("investigator", password)
    visit.open_case()
    page = visit.page
    page.get_by_label("Choose a photo").set_input_files({"name": "s.jpg", "mimeType": "image/jpeg", "buffer": group})
    page.get_by_label("A drawing or a sketch").check()
    page.get_by_role("button", name="Look for faces").click()
    expect(page.get_by_role("heading", name="Refused by law")).to_be_visible()
    expect(page.get_by_text("base.probe_genuine")).to_be_visible()
    assert installation.probes.kept == {}


def test_a_probe_is_turned_made_lighter_and_brought_back(browse, password, group):
    visit = browse()
    visit.sign_in("investigator", password)
    visit.open_case()
    visit.send_photo(group)
    page = visit.page
    done = page.get_by_text("Done so far")
    page.get_by_text("Turn, crop, make lighter").click()
    page.get_by_role("button", name="Turn over").click()
    expect(done).to_contain_text("turned by 180 degrees")
    page.get_by_role("button", name="Lighter").click()
    expect(done).to_contain_text("exposure +0.5 stops")
    page.get_by_role("button", name="Undo the last step").click()
    expect(done).not_to_contain_text("exposure +0.5 stops")
    expect(done).to_contain_text("turned by 180 degrees")


def test_of_a_sensitive_probe_only_the_faces_are_shown(browse, installation, password, group):
    visit = browse()
    visit.sign_in("investigator", password)
    visit.open_case()
    visit.page.get_by_label("It is sensitive").check()
    visit.send_photo(group)
    expect(visit.page.get_by_text("only its faces are here")).to_be_visible()
    ((_, content),) = installation.probes.kept.values()
    assert content != group
    expect(visit.page.get_by_role("radio")).to_have_count(3)


def test_no_reliable_lead_is_a_full_answer(browse, installation, password, group):
    installation.search._threshold = 1.01
    visit = browse()
    search(visit, password, group)
    expect(visit.page.get_by_role("heading", name="No reliable lead")).to_be_visible()
