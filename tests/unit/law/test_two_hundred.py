"""Two hundred photos: the page shows what is decided, and no broken or barred one is ever collected."""

from pathlib import Path

from facewarden.law.decision import Verdict

from .two_hundred import BROKEN, decisions, table

PAGE = Path(__file__).parents[3] / "docs" / "design" / "law-photos.md"
DECISIONS = dict(decisions())


def test_the_page_has_the_table_as_it_is_decided_today():
    assert table() in PAGE.read_text(encoding="utf-8"), "run: python -m tests.unit.law.write_page"


def test_there_are_two_hundred_photos_and_each_kind_of_end():
    assert len(DECISIONS) >= 200
    allowed = [said for said, decision in DECISIONS.items() if decision.allowed]
    assert 40 < len(allowed) < 160


def test_a_photo_without_gps_passes_and_says_what_nobody_knows():
    decision = DECISIONS["no metadata at all"]
    assert decision.allowed
    assert "place_taken" in decision.undetermined


def test_no_broken_coordinates_and_nothing_in_illinois_is_collected():
    for said, decision in DECISIONS.items():
        claimed = decision.facts["places_claimed"].value or frozenset()
        unreadable = "unreadable" in {
            decision.facts[name].value for name in ("position_state", "address_state", "server_state")
        }
        if "US-IL" in claimed or unreadable:
            assert decision.verdict is Verdict.REFUSE, said
    assert all(not DECISIONS[f"EXIF GPS: {name}"].allowed for name in BROKEN)


def test_every_refusal_names_its_rules():
    for said, decision in DECISIONS.items():
        assert decision.allowed or all(ground.citation and ground.remedy for ground in decision.grounds), said
