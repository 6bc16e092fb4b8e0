"""The law page says ahead what begins or ends by itself; sources show what permits them."""

from datetime import date, timedelta
from types import SimpleNamespace

from facewarden.law.orders import WARNING_DAYS
from facewarden.web.everybody import changes_ahead

TODAY = date(2026, 11, 22)


def rule(begins, ends=None):
    return SimpleNamespace(effective=TODAY + timedelta(days=begins), expires=ends and TODAY + timedelta(days=ends))


def test_a_change_is_told_from_half_a_year_ahead_until_its_day():
    assert changes_ahead([rule(0)], TODAY) == []
    assert [change.begins for change in changes_ahead([rule(1), rule(WARNING_DAYS)], TODAY)] == [
        True,
        True,
    ]
    assert changes_ahead([rule(WARNING_DAYS + 1)], TODAY) == []
    assert [change.begins for change in changes_ahead([rule(-99, 1), rule(-99, WARNING_DAYS)], TODAY)] == [False, False]
    assert changes_ahead([rule(-99, -1), rule(-99, WARNING_DAYS + 1)], TODAY) == []


def test_the_nearest_change_comes_first():
    days = [change.day for change in changes_ahead([rule(30), rule(-9, 10), rule(20)], TODAY)]
    assert days == sorted(days)
    assert len(days) == 3


def test_the_law_page_shows_each_rule_with_its_source_and_what_would_make_the_act_lawful(investigator):
    text = investigator.get("/law").text
    assert "base.search_training" in text
    assert "Complete the training" in text
    assert "since 1 January 2020" in text


def test_sources_show_counts_and_the_permissions_hash(investigator):
    text = investigator.get("/sources").text
    assert "Harbour Police booking photos" in text
    assert "ab" * 32 in text
    assert ">6<" in text
    assert "No row holds these words" in investigator.get("/sources?q=nothing").text
