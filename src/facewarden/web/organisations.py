"""What the operator sees of organisations: the list with filters, and whom each document would end on a day.

Never shows a contact, and never changes an account: what a document would end is a question, answered and on record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from facewarden.domain.accounts import AccountState, GovernmentLevel, Organisation, Role, Sector
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.law.loading import Pack
from facewarden.services.people.account_orders import AccountOrders, Outcome, Reach
from facewarden.web.door import actor_with
from facewarden.web.forms import day_in
from facewarden.web.groundwords import ground_words
from facewarden.web.pages import page
from facewarden.web.site import installation_of

router = APIRouter(prefix="/operator/organisations", include_in_schema=False)

PAGE_SIZE = 100
UNKNOWN = "unknown"
"""The filter's word for what nobody could tell."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What is looked for; "" is anything. `place` is an ISO 3166 code or the beginning of one."""

    q: str = ""
    state: str = ""
    sector: str = ""
    level: str = ""
    place: str = ""

    def takes(self, known: Organisation) -> bool:
        """True if the organisation has all of it."""
        words = self.q.casefold().split()
        places = (known.office_place or "", known.place or UNKNOWN)
        return (
            all(word in known.name.casefold() for word in words)
            and self.state in ("", known.state.value)
            and self.sector in ("", known.sector.value if known.sector else UNKNOWN)
            and self.level in ("", known.level.value if known.level else UNKNOWN)
            and (not self.place or any(_within(place, self.place) for place in places))
        )

    def address(self, number: int) -> str:
        """The address of that page of the same list."""
        return "?" + urlencode({**{k: v for k, v in asdict(self).items() if v}, "number": number})


def _within(place: str, wanted: str) -> bool:
    """Whether US-IL lies within US-IL, and within US."""
    place, wanted = place.casefold(), wanted.strip().casefold()
    return place == wanted or place.startswith(f"{wanted}-")


@router.get("")
def organisations(
    request: Request,
    q: str = "",
    state: str = "",
    sector: str = "",
    level: str = "",
    place: str = "",
    number: int = 1,
) -> Response:
    """The organisations that the filter takes, by name, some on each page."""
    actor = actor_with(request, Role.OPERATOR)
    wanted = Filter(q[:200], state[:40], sector[:40], level[:40], place[:40])
    known = installation_of(request).people.directory.list(actor)
    found = sorted((one for one in known if wanted.takes(one)), key=lambda one: one.name.casefold())
    pages = max(1, -(-len(found) // PAGE_SIZE))
    number = min(max(number, 1), pages)
    return page(
        request,
        "organisations.html",
        found=found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE],
        count=len(found),
        total=len(known),
        states=Counter(one.state for one in known),
        wanted=wanted,
        number=number,
        pages=pages,
        options={"state": AccountState, "sector": Sector, "level": GovernmentLevel},
    )


@dataclass(frozen=True, slots=True)
class Reached:
    """What a document says of all organisations on a day: whom it ends, whom it cannot tell, how many stay."""

    ends: tuple[Outcome, ...]
    undetermined: tuple[Outcome, ...]
    stays: int
    by_rule: tuple[tuple[str, int], ...]


@router.get("/reach")
def reach(request: Request, pack: str = "", day: str = "") -> Response:
    """Whom one pack would end on one day, and why; nothing is changed, and the look is on record."""
    actor = actor_with(request, Role.OPERATOR)
    installation = installation_of(request)
    today = installation.clock.now().date()
    packs = _packs_on_accounts(installation.lawdesk.shelf.packs)
    as_of = day_in(day) if day else today
    chosen = next((known for known in packs if known.pack_id == pack), None)
    if pack and chosen is None:
        raise BadUseError("unknown_pack", "There is no such pack.", next_step="Choose one from the list.")
    service: AccountOrders = installation.people.account_orders
    reached = _sorted_out(service.would_end(actor, pack, as_of)) if chosen else None
    said = ground_words(packs)
    return page(request, "reach.html", packs=packs, chosen=chosen, day=as_of, reached=reached, said=said)


def _packs_on_accounts(packs: Sequence[Pack]) -> list[Pack]:
    """Those that say something of accounts, the installation's own rules aside."""
    return [
        known
        for known in packs
        if not known.pack_id.startswith("facewarden-")
        and any(rule.forbids and Action.ACCOUNT in rule.actions for rule in known.rules)
    ]


def _sorted_out(outcomes: Sequence[Outcome]) -> Reached:
    ends = tuple(one for one in outcomes if one.reach is Reach.ENDS)
    open_ones = tuple(one for one in outcomes if one.reach is Reach.UNDETERMINED)
    rules = Counter(rule for one in ends for rule in one.rules)
    return Reached(ends, open_ones, len(outcomes) - len(ends) - len(open_ones), tuple(rules.most_common()))
