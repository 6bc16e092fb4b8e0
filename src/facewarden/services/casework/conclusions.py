"""What a conclusion may hold, and the words for those that cannot be taken. Never changes what somebody concluded."""

from __future__ import annotations

from collections.abc import Mapping

from facewarden.domain.examinations import FEATURES, Comparison, Lead, LeadState
from facewarden.domain.gallery import GalleryFace
from facewarden.errors import BadUseError

NOTES_MAX = 4_000
DRAFT_MAX = 60_000  # characters: notes on six faces at their longest, and what was compared


def whole(made: Mapping[int, Comparison], places: Mapping[int, GalleryFace]) -> dict[int, Comparison]:
    """The comparisons of those places; raises BadUseError where one is missing or cannot be kept."""
    for comparison in made.values():
        checked_comparison(comparison)
    missing = sorted(set(places) - set(made))
    if missing:
        raise BadUseError(
            "conclusion_missing",
            f"Face {missing[0]} has no conclusion yet.",
            "Each face gets one; “insufficient” is a full answer.",
            "Conclude on every face and send it again.",
        )
    return {place: made[place] for place in places}


def checked_draft(filled: Mapping[str, str]) -> dict[str, str]:
    """What was filled in so far, as given; raises BadUseError for more than a form holds."""
    if sum(len(name) + len(value) for name, value in filled.items()) > DRAFT_MAX:
        raise BadUseError("draft_too_long", "That is more than can be kept.", next_step="Shorten your notes.")
    return dict(filled)


def checked_comparison(made: Comparison) -> Comparison:
    """The comparison as given; raises BadUseError for features that are none, or notes too long."""
    if not set(made.findings) <= set(FEATURES):
        raise BadUseError("bad_feature", "That is no feature of the list.", next_step="Use the form.")
    if len(made.notes) > NOTES_MAX or not made.notes.replace("\n", "").replace("\r", "").isprintable():
        raise BadUseError(
            "bad_notes",
            "These notes cannot be kept.",
            f"They have more than {NOTES_MAX} characters, or some that cannot be printed.",
            "Shorten them.",
        )
    return made


def probe_gone() -> BadUseError:
    """The probe's face was destroyed."""
    return BadUseError(
        "probe_gone",
        "This probe is no longer here.",
        "Its time is over and it was destroyed. Without it nothing can be compared.",
        "Search again with the photo, and conclude within the half hour.",
    )


def not_waiting() -> BadUseError:
    """A lead that awaits nobody."""
    return BadUseError(
        "not_waiting",
        "This lead does not wait for a second examiner.",
        "A colleague is at work on it, or it was concluded or stopped in the meantime.",
        "Open the case to see where it stands; nothing of yours was taken.",
    )


def not_yours(lead: Lead) -> BadUseError:
    """Somebody who is not at work on that lead: it is over, or another's."""
    if lead.state not in (LeadState.AWAITING_SECOND, LeadState.SECOND_AT_WORK):
        return BadUseError(
            "not_at_work",
            "The second examination is over: nothing that is sent now is taken.",
            "It was concluded in another window, or by a colleague who had taken it over.",
            "What was concluded stands on this lead's page.",
        )
    return BadUseError(
        "not_at_work",
        "You are not at work on this lead as second examiner.",
        "It was not begun, somebody else took it over, or it is concluded.",
        "Open the case and begin the second examination there.",
    )


def examined_before() -> BadUseError:
    """A candidate who has a first conclusion."""
    return BadUseError(
        "examined_before",
        "This candidate was examined before.",
        "The first conclusion stands; yours was not taken.",
        "See the lead in the case, or search again.",
    )
