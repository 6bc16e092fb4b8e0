"""Past searches and candidates' photos are shown to those the law lets see them, and each look is an entry first."""

from dataclasses import replace

import pytest

from facewarden.domain.accounts import AccountState, Role
from facewarden.domain.audit import AuditEvent
from facewarden.domain.cases import Purpose
from facewarden.errors import BadUseError
from facewarden.services.refusal import RefusedError
from tests.unit.services.actors import actor_of
from tests.unit.web.builders import populated
from tests.unit.web.fakes import drawn


@pytest.fixture
def installation():
    return populated()


def searched(installation):
    """An investigator who searched for the third drawn person, and the search's id."""
    actor = actor_of(installation, "investigator")
    case = installation.cases.open(actor, "HP-1", Purpose.INVESTIGATE_CRIME, "")
    result = installation.search.run(actor, case, drawn(2), None, 10)
    assert result.record.candidates
    return actor, result.record.search_id


def entries(installation):
    return list(installation.log.entries())


def test_reading_a_past_search_is_decided_and_on_record():
    installation = populated()
    actor, search_id = searched(installation)
    before = installation.log.size()
    _, shown = installation.viewing.search(actor, search_id)
    assert shown
    (entry,) = entries(installation)[before:]
    assert (entry.event, entry.verdict, entry.subject) == (AuditEvent.SEARCH_VIEW_DECIDED, "allow", search_id)
    assert entry.details["candidates"] == len(shown)


def test_a_past_search_is_refused_to_an_account_that_is_no_longer_active(installation):
    actor, search_id = searched(installation)
    suspended = replace(actor, user=replace(actor.user, state=AccountState.SUSPENDED))
    with pytest.raises(RefusedError):
        installation.viewing.search(suspended, search_id)
    assert entries(installation)[-1].verdict == "refuse"


def test_one_look_at_a_photo_is_one_entry(installation):
    actor, search_id = searched(installation)
    before = installation.log.size()
    assert installation.viewing.photo(actor, search_id, 1, crop=True, max_side_px=100).startswith(b"\xff\xd8")
    (entry,) = entries(installation)[before:]
    assert entry.event is AuditEvent.PHOTO_VIEW_DECIDED


def test_nothing_of_a_photo_is_read_while_the_log_cannot_be_written(installation):
    actor, search_id = searched(installation)
    read = []
    content = installation.gallery.photo_content
    installation.gallery.photo_content = lambda photo_id: read.append(photo_id) or content(photo_id)

    def broken(entries):
        raise BadUseError("log_full", "The log cannot be written.")

    installation.log.append = broken
    with pytest.raises(BadUseError, match="log"):
        installation.viewing.photo(actor, search_id, 1, crop=False, max_side_px=100)
    with pytest.raises(BadUseError, match="log"):
        installation.viewing.search(actor, search_id)
    assert read == []


def test_a_hidden_candidate_is_neither_listed_nor_shown(installation):
    actor, search_id = searched(installation)
    _, shown = installation.viewing.search(actor, search_id)
    best = shown[0].candidate
    installation.gallery.hidden.add(best.face_number)
    assert best.rank not in [item.candidate.rank for item in installation.viewing.search(actor, search_id)[1]]
    with pytest.raises(BadUseError) as caught:
        installation.viewing.photo(actor, search_id, best.rank, crop=True, max_side_px=100)
    assert caught.value.code == "not_a_candidate"


@pytest.mark.parametrize("name", [role.value.replace("_", "-") for role in Role if role is not Role.INVESTIGATOR])
def test_a_search_is_unknown_to_everybody_outside_its_case(installation, name):
    _, search_id = searched(installation)
    with pytest.raises(BadUseError) as caught:
        installation.viewing.search(actor_of(installation, name), search_id)
    assert caught.value.code == "unknown_search"


def test_a_rank_that_no_candidate_has_is_no_candidate(installation):
    actor, search_id = searched(installation)
    for rank in (0, -1, 99):
        with pytest.raises(BadUseError) as caught:
            installation.viewing.photo(actor, search_id, rank, crop=True, max_side_px=100)
        assert caught.value.code == "not_a_candidate"
