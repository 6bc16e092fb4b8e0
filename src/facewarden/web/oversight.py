"""What an overseer reviews: how searching is used, what of it is unusual, and who is held.

Never shows whom anybody searched for: who, when, under which case, and how many candidates came back.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from facewarden.domain.accounts import Role
from facewarden.domain.oversight import Unusual
from facewarden.errors import BadUseError
from facewarden.services.people.oversight import DAYS_DEFAULT, Review
from facewarden.web.door import actor_with
from facewarden.web.pages import page
from facewarden.web.rooms import OVERSIGHT_ROLES
from facewarden.web.site import installation_of

router = APIRouter(prefix="/oversight", include_in_schema=False)

SHOWN = 200  # searches on one page: more are found by the filter
DAYS_OFFERED = (7, DAYS_DEFAULT, 90, 366)
WORDS = {
    Unusual.BURST: "Many at once",
    Unusual.OFF_HOURS: "At night",
    Unusual.NO_CANDIDATES: "Nobody found",
    Unusual.SAME_PERSON: "Same person again",
    Unusual.SAME_PICTURE: "Same picture again",
    Unusual.NO_OUTCOME: "No outcome",
}


@router.get("")
def oversight(request: Request, days: str = "", user: str = "") -> Response:
    """What is unusual of late, and every search; looking is on record."""
    actor = actor_with(request, *OVERSIGHT_ROLES)
    installation = installation_of(request)
    wanted = _days(days)
    seen: Review = installation.people.oversight.review(actor, wanted)
    searches = [search for search in seen.searches if user in ("", search.user_id)]
    users = {known.user_id: known for known in installation.accounts.users(actor)}
    active = {search.user_id for search in seen.searches} | {notice.user_id for notice in seen.notices}
    return page(
        request,
        "oversight.html",
        notices=[notice for notice in seen.notices if user in ("", notice.user_id)],
        searches=searches[:SHOWN],
        count=len(searches),
        days=wanted,
        days_offered=DAYS_OFFERED,
        user=user[:40],
        users=users,
        choices=[known for known in users.values() if known.user_id in active],
        bodies=installation.people.directory.names(actor),
        kinds=WORDS,
        may_hold=actor.has(Role.OVERSEER),
    )


def _days(text: str) -> int:
    if not text:
        return DAYS_DEFAULT
    if not text.isdecimal() or len(text) > 4:
        raise BadUseError("bad_days", "That is no number of days.", next_step="Choose one from the list.")
    return int(text)
