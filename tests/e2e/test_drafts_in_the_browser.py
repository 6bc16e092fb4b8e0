"""What a second examiner fills in is kept while they work, and keeps them signed in."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.unit.services.casework.test_examining import proposed


def test_notes_are_kept_while_somebody_works_and_are_there_in_another_window(browse, builders, installation):
    lead = proposed(installation)[3]
    visit = browse()
    page = visit.page
    page.clock.install()
    visit.sign_in("examiner", builders.made.PASSWORD)
    visit.open(f"/leads/{lead.lead_id}")
    visit.press("Begin the second examination", "**/second")
    page.get_by_label("Notes").first.fill("A notch in the left ear.")
    page.clock.run_for(11_000)
    expect(page.get_by_text("Kept at")).to_be_visible()
    again = browse()
    again.sign_in("examiner", builders.made.PASSWORD)
    again.open(f"/leads/{lead.lead_id}/second")
    expect(again.page.get_by_label("Notes").first).to_have_value("A notch in the left ear.")
    again.press("Keep it and go on later", "**/leads/lead_*")
    expect(again.page.get_by_role("button", name="Go on")).to_be_visible()
