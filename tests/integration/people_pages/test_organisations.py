"""The operator's pages about organisations, over real records: filters, pages, and what each document would end."""

from __future__ import annotations

import re

import pytest

from facewarden.domain.audit import AuditEvent
from facewarden.testing.customers import as_csv, made_up_customers
from tests.unit.web.builders import Browser

from .conftest import PASSWORD

TAKEN = 300  # of the list of 2,228: each page of it asks the law about every one
FILING, ORDER = "clearview-filing-2020", "clearview-consent-order-2022"


@pytest.fixture(scope="module")
def listed(installation, operator):
    """The made-up customers, by the random id that each got."""
    made = made_up_customers()[:TAKEN]
    reading = installation.people.customer_import.take_in(operator, as_csv(made))
    return {e.organisation.organisation_id: m for e, m in zip(reading.entries, made, strict=True)}


@pytest.fixture(scope="module")
def browser(installation, listed):
    made = Browser(installation)
    made.get("/sign-in")
    made.post("/sign-in", {"name": "operator", "password": PASSWORD, "next": "/"})
    return made


def count(page):
    return int(re.search(r'role="status">([\d,]+) of', page.text)[1].replace(",", ""))


def test_a_long_list_is_told_in_pages_and_each_is_shown_once(browser):
    names = []
    for number in (1, 2, 3, 4):
        page = browser.get(f"/operator/organisations?number={number}")
        names += re.findall(r'data-label="Name">([^<]*)<', page.text)
    assert count(page) == len(names) == TAKEN + 1
    assert [name.casefold() for name in names] == sorted(name.casefold() for name in names)


def test_a_page_beyond_the_last_is_the_last(browser):
    assert "page 4 of 4" in browser.get("/operator/organisations?number=99").text
    assert "page 1 of 4" in browser.get("/operator/organisations?number=-3").text


def test_filters_narrow_the_list_and_keep_to_it_from_page_to_page(browser, installation):
    known = installation.records.accounts.organisations()
    private = [one for one in known if one.sector and one.sector.value == "private"]
    page = browser.get("/operator/organisations?sector=private")
    assert count(page) == len(private) > 0
    illinois = {one.organisation_id for one in known if "US-IL" in (one.place, one.office_place)}
    assert count(browser.get("/operator/organisations?place=us-il")) == len(illinois) > 0
    assert count(browser.get("/operator/organisations?place=US")) > len(illinois)
    onward = re.findall(r'href="(\?[^"]*)"', browser.get("/operator/organisations?sector=government").text)
    assert onward == ["?sector=government&amp;number=2"]
    assert "No organisation is like that." in browser.get("/operator/organisations?q=nothing+like+it").text


@pytest.mark.parametrize(("pack", "which"), [(FILING, "filing"), (ORDER, "order")])
def test_what_a_document_would_end_is_exactly_who_should_end(browser, listed, pack, which):
    day = "2026-11-22" if which == "filing" else "2027-05-11"
    page = browser.get(f"/operator/organisations/reach?pack={pack}&day={day}")
    wanted = sum(getattr(customer.answer, which) for customer in listed.values())
    told = re.search(r"<dt>Would end</dt><dd>([\d,]+)</dd>", page.text)[1]
    assert int(told.replace(",", "")) == wanted > 0


def test_the_day_after_the_five_years_other_answers_hold(browser, listed):
    page = browser.get(f"/operator/organisations/reach?pack={ORDER}&day=2027-05-12")
    wanted = sum(customer.answer.day_after for customer in listed.values())
    assert re.search(r"<dt>Would end</dt><dd>([\d,]+)</dd>", page.text)[1].replace(",", "") == str(wanted)


def test_asking_changes_nothing_and_is_on_record(browser, installation):
    before = [(one.organisation_id, one.state) for one in installation.records.accounts.organisations()]
    size = installation.log.size()
    browser.get(f"/operator/organisations/reach?pack={FILING}")
    assert [(one.organisation_id, one.state) for one in installation.records.accounts.organisations()] == before
    noted = [entry.event for entry in installation.log.entries(size)]
    assert AuditEvent.ORGANISATION_DECIDED in noted


@pytest.mark.parametrize(
    ("query", "status"),
    [("pack=nothing", 404), (f"pack={FILING}&day=tomorrow", 400), (f"pack={FILING}&day=2027-13-01", 400)],
)
def test_what_cannot_be_asked_is_told_in_words(browser, query, status):
    page = browser.get(f"/operator/organisations/reach?{query}")
    assert page.status_code == status


def test_house_rules_are_not_offered_as_documents(browser):
    page = browser.get("/operator/organisations/reach").text
    assert f'value="{FILING}"' in page
    assert "facewarden-base" not in page
