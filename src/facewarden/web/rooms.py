"""Whose each part of the pages is: known from the address, before anything that an id names is looked up.

Never says whether a case, a request or a source exists to somebody whose role has no business with one. What may be
done there is the law's to decide; a part that is not named here is everybody's who is signed in.
"""

from __future__ import annotations

from facewarden.domain.accounts import Role

CASE_ROLES = (Role.INVESTIGATOR, Role.EXAMINER, Role.ORG_ADMINISTRATOR)
PEOPLE_ROLES = (Role.ORG_ADMINISTRATOR, Role.OPERATOR, Role.OVERSEER)
OVERSIGHT_ROLES = (Role.OVERSEER, Role.AUDITOR)
COLLECTION_ROLES = (Role.OPERATOR, Role.PRIVACY_OFFICER, Role.ORG_ADMINISTRATOR, Role.AUDITOR, Role.OVERSEER)
LOG_ROLES = (Role.AUDITOR, Role.OVERSEER, Role.PRIVACY_OFFICER, Role.OPERATOR)
DESK_ROLES = (Role.PRIVACY_OFFICER,)
SOURCE_ROLES = (Role.OPERATOR, Role.PRIVACY_OFFICER, Role.OVERSEER)
KEEPER_ROLES = (Role.OPERATOR, Role.PRIVACY_OFFICER, Role.ORG_ADMINISTRATOR)

# The log is not among them: nothing of it is named by an id, and who asks for it in vain is on record, by law.
ROOMS: dict[str, tuple[Role, ...]] = {
    "/cases": CASE_ROLES,
    "/searches": CASE_ROLES,
    "/leads": CASE_ROLES,
    "/requests": DESK_ROLES,
    "/set-aside": DESK_ROLES,
    "/incidents": LOG_ROLES,
    "/photos": LOG_ROLES,
    "/law/calendar": LOG_ROLES,
    "/law/orders": LOG_ROLES,
    "/law/packs": LOG_ROLES,
    "/law/try": LOG_ROLES,
    "/operator": (Role.OPERATOR,),
    "/people": PEOPLE_ROLES,
    "/oversight": OVERSIGHT_ROLES,
    "/collections": COLLECTION_ROLES,
    "/sources/propose": (Role.OPERATOR,),
    "/sources/reviews": DESK_ROLES,
    "/sources/takedowns": LOG_ROLES,
}
ACTS: dict[str, tuple[Role, ...]] = {
    "/incidents": DESK_ROLES,
    "/sources/of": SOURCE_ROLES,
    "/collections": KEEPER_ROLES,
}
"""Where changing something is fewer people's than looking at it."""


HOUSE = ("/requests", "/set-aside", "/incidents", "/photos", "/collections", "/sources/reviews", "/sources/takedowns")
"""What is about everybody in the gallery: for the house's own people, whatever roles another body gives its own."""


def is_house(path: str) -> bool:
    """True if only people of the body that runs the installation come in at that address."""
    return any(path == room or path.startswith(f"{room}/") for room in HOUSE)


def room_of(method: str, path: str) -> tuple[str, tuple[Role, ...]] | None:
    """The room of that address and who may come in; None where everybody may who is signed in."""
    rooms = ROOMS if method in ("GET", "HEAD") else ROOMS | ACTS
    return next(((room, roles) for room, roles in rooms.items() if path == room or path.startswith(f"{room}/")), None)
