"""The documentation's tables are those of the code, and nothing in them promises what nobody can."""

import re
from datetime import date
from pathlib import Path

from facewarden.law.engine import LawEngine
from facewarden.law.loading import builtin_folder, load_packs
from facewarden.law.reference import fact_table, rule_table
from facewarden.law.schema import FACTS

PACKS = load_packs([builtin_folder()])
DAY = date(2026, 11, 22)
PAGE = Path(__file__).parents[3] / "docs" / "design" / "law.md"


def test_the_page_has_the_table_of_facts_as_the_code_makes_it():
    assert fact_table(LawEngine(PACKS), DAY) in PAGE.read_text(encoding="utf-8"), (
        "run: python -m tests.unit.law.write_page"
    )


def test_the_page_has_the_table_of_rules_as_the_packs_say():
    assert rule_table(PACKS) in PAGE.read_text(encoding="utf-8"), "run: python -m tests.unit.law.write_page"


def test_every_fact_is_read_by_some_rule_or_kept_for_one_that_is_named():
    kept = {"source_basis", "taken_day", "probe_kind", "size_acceptance"}  # for later issues' rules
    read = {name for pack in PACKS for rule in pack.rules for name in rule.reads}
    assert {spec.name for spec in FACTS} - read <= kept


def test_no_text_shown_to_people_claims_compliance_or_accuracy():
    banned = re.compile(r"complian|certified|% accura|\bmatch(es|ed)?\b|\bidentified\b", re.IGNORECASE)
    for pack in PACKS:
        for text in (pack.title, pack.applies_to, *(d.text for d in pack.duties), *(r.text for r in pack.rules)):
            allowed = "meant to be identified" in text  # Maryland's own words
            assert allowed or not banned.search(text), text
