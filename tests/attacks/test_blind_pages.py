"""All that a second examiner is shown, twice: once as it is, and once with everything changed that they may not know.

Which face is meant, what the first one concluded and noted, how high it scored: not a byte, header or status tells.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from facewarden.domain.examinations import Comparison, Conclusion, Finding
from tests.unit.services.casework.test_examining import proposed
from tests.unit.web.builders import Browser, populated

OTHERWISE = Comparison({"chin": Finding.SIMILAR}, "A scar above the lip.", Conclusion.LIMITED_SAME)


def _told(browser: Browser, lead_id: str, case_id: str, places: int) -> list[tuple[int, str, list[str]]]:
    """Status, content and headers of every page and picture, and of what goes wrong on the way."""
    pages = [
        "/cases",
        f"/cases/{case_id}",
        f"/leads/{lead_id}",
        f"/leads/{lead_id}/second",
        f"/leads/{lead_id}/probe.jpg",
    ]
    asked: list[Callable[[], object]] = [lambda page=page: browser.get(page) for page in pages]
    for place in range(0, places + 2):
        asked.append(lambda place=place: browser.get(f"/leads/{lead_id}/faces/{place}.jpg"))
    all_but_one = {f"f{place}_conclusion": "supports_different" for place in range(1, places)}
    for path, fields in (
        (f"/leads/{lead_id}/second", all_but_one),
        (f"/leads/{lead_id}/second", {"f1_conclusion": "none"}),
        (f"/leads/{lead_id}/second/draft", {"f1_notes": "An ear."}),
        (f"/leads/{lead_id}/second/begin", {}),
        (f"/leads/{lead_id}/report", {"recipient": "x", "mail": "x@x.test"}),
        (f"/leads/{lead_id}/refute", {"words": "x"}),
        (f"/leads/{lead_id}/support", {"words": "x", "evidence": "property"}),
    ):
        asked.append(lambda path=path, fields=fields: (browser.get("/law"), browser.post(path, fields))[1])
    answers = []
    for ask in asked:
        answer = ask()
        text = re.sub(r"Log entry</dt><dd>\d+|\b\d\d:\d\d\b", "", answer.text)
        headers = sorted(f"{name}: {value}" for name, value in answer.headers.items() if name != "content-length")
        answers.append((answer.status_code, text, headers))
    return answers


def test_nothing_that_the_second_examiner_is_shown_depends_on_what_they_may_not_know() -> None:
    installation = populated()
    _, examiner, case, lead = proposed(installation)
    examining, leads = installation.casework.examining, installation.casework.leads
    begun = examining.begin_second(examiner, lead.lead_id)
    browser = Browser(installation)
    browser.sign_in("examiner")
    as_it_is = _told(browser, lead.lead_id, case.case_id, len(begun.lineup))

    real = next(number for number, place in enumerate(begun.lineup) if place.real)
    lineup = [
        replace(place, real=number == (real + 1) % len(begun.lineup)) for number, place in enumerate(begun.lineup)
    ]
    leads.known[lead.lead_id] = replace(begun, lineup=tuple(lineup), first=OTHERWISE, first_index=7)
    record = installation.searches.find(lead.search_id)
    scored = [replace(c, similarity=0.51, fmr=None, expected_lookalikes=None) for c in record.candidates]
    installation.searches.add(replace(record, candidates=tuple(scored), threshold=0.4))
    otherwise = _told(browser, lead.lead_id, case.case_id, len(begun.lineup))

    assert [answer[0] for answer in as_it_is].count(200) > len(lineup) + 4
    assert otherwise == as_it_is
    assert leads.known[lead.lead_id].second is not None
