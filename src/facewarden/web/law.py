"""What an officer sees of the law: its calendar on a line of time, each rule in words beside its Cedar, a form to try.

Never records, keeps or changes anything: what is tried is decided and forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from facewarden.errors import BadPhotoError, BadUseError, Error
from facewarden.law.actions import Action
from facewarden.law.decision import Decision
from facewarden.law.engine import LawEngine
from facewarden.law.facts import Fact, to_plain
from facewarden.law.loading import Pack
from facewarden.law.orders import WARNING_DAYS, Orders, Term, list_orders
from facewarden.law.schema import FACT_BY_NAME
from facewarden.services.law.lawcheck import ASKABLE, LawCheck, Question, given_facts, read_day, read_degrees
from facewarden.web import words
from facewarden.web.door import actor_with
from facewarden.web.forms import Form, form_of
from facewarden.web.law_orders import router as orders_router
from facewarden.web.pages import page
from facewarden.web.rooms import LOG_ROLES
from facewarden.web.site import installation_of

router = APIRouter(include_in_schema=False)
router.include_router(orders_router)

YEARS_BEHIND, YEARS_AHEAD = 6, 3
"""What the line of time shows: back to the first of the papers, ahead past the next ends."""
MAX_FACT_LINES = 60
DAYS = frozenset({"taken_day"})
"""Facts that are a day."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A term on the line of time, in percent of its width; `begins` and `ends` say whether that edge is in view."""

    term: Term
    left: float
    width: float
    begins: bool
    ends: bool
    warned: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """The line of time: its years from left to right, where today is in percent, and the bars."""

    years: tuple[int, ...]
    today: float
    bars: tuple[Bar, ...]


def timeline(terms: Sequence[Term], today: date) -> Timeline:
    """The terms on a line of whole years around today."""
    first, last = date(today.year - YEARS_BEHIND, 1, 1), date(today.year + YEARS_AHEAD, 12, 31)
    whole_days = (last - first).days + 1

    def percent(day: date) -> float:
        return round(100 * min(max((day - first).days, 0), whole_days) / whole_days, 2)

    horizon = today + timedelta(days=WARNING_DAYS)
    bars = []
    for term in terms:
        end = last if term.expires is None else min(term.expires, last)
        left, right = percent(term.effective), percent(end + timedelta(days=1))
        ends = term.expires is not None and term.expires <= last
        warned = bool(term.expires and today <= term.expires <= horizon) or today < term.effective <= horizon
        bars.append(Bar(term, left, max(right - left, 0.4), term.effective >= first, ends, warned))
    return Timeline(tuple(range(first.year, last.year + 1)), percent(today), tuple(bars))


@router.get("/law/calendar")
def calendar(request: Request, every: str = "") -> Response:
    """The packs and dated rules on a line of time; `every` shows the packs that are not adopted here too."""
    actor_with(request, *LOG_ROLES)
    installation = installation_of(request)
    today = installation.clock.now().date()
    packs = installation.lawdesk.shelf.packs if every else installation.law.packs
    orders = list_orders(packs, today)
    return page(
        request,
        "law_calendar.html",
        line=timeline(_terms(orders), today),
        orders=orders,
        today=today,
        every=bool(every),
        adopted={pack.pack_id for pack in installation.law.packs},
        warning_days=WARNING_DAYS,
    )


def _terms(orders: Orders) -> list[Term]:
    """Every term once, by its first day: in force, to come, or over and unverified."""
    listed = {(term.kind, term.term_id): term for term in (*orders.in_force, *orders.starting, *orders.unverified)}
    return sorted(listed.values(), key=lambda term: (term.pack.effective, term.pack.pack_id, term.kind != "pack"))


@router.get("/law/packs/{pack_id}")
def pack_page(request: Request, pack_id: str) -> Response:
    """One pack: where it comes from, each rule in words beside the Cedar that decides, and what it orders."""
    actor_with(request, *LOG_ROLES)
    installation = installation_of(request)
    pack = _pack(installation.lawdesk.shelf.packs, pack_id)
    return page(
        request,
        "law_pack.html",
        pack=pack,
        adopted=next((known for known in installation.law.packs if known.pack_id == pack_id), None),
        today=installation.clock.now().date(),
    )


def _pack(packs: Sequence[Pack], pack_id: str) -> Pack:
    for pack in packs:
        if pack.pack_id == pack_id:
            return pack
    raise BadUseError("not_found", "There is no such law pack.", next_step="Go back to the calendar of the law.")


@router.get("/law/try")
def try_form(request: Request) -> Response:
    """The form that asks what the law says."""
    actor_with(request, *LOG_ROLES)
    return _try_page(request, Form(), None, None)


@router.post("/law/try")
def try_law(request: Request) -> Response:
    """What the law says, each fact with its origin and every ground; nothing is recorded or kept."""
    actor_with(request, *LOG_ROLES)
    installation, form = installation_of(request), form_of(request)
    try:
        question = _question(form)
        day = read_day(form.text("as_of")) if form.text("as_of") else installation.clock.now()
        desk = installation.lawdesk
        asked = desk.check if form.text("packs") != "every" else _by_every_pack(desk.shelf.packs, desk.check)
        decision = asked.ask(question, day)
    except (BadUseError, BadPhotoError) as error:
        return _try_page(request, form, None, error)
    return _try_page(request, form, decision, None)


def _by_every_pack(packs: Sequence[Pack], check: LawCheck) -> LawCheck:
    return check.by(LawEngine(packs))


def _question(form: Form) -> Question:
    action = form.text("action")
    if action not in {askable.value for askable in ASKABLE}:
        raise BadUseError("no_action", "Say which act is meant.", next_step="Choose one from the list.")
    lines = [line.strip() for line in form.text("facts").splitlines() if line.strip()]
    if len(lines) > MAX_FACT_LINES:
        raise BadUseError(
            "too_many_facts", f"More than {MAX_FACT_LINES} facts were given.", next_step="Give those that matter."
        )
    return Question(
        Action(action),
        form.files.get("photo"),
        form.text("url") or None,
        form.text("ip") or None,
        read_degrees(form.text("lat") or None, "latitude"),
        read_degrees(form.text("lon") or None, "longitude"),
        given_facts(lines, "given in the form"),
    )


def _try_page(request: Request, form: Form, decision: Decision | None, error: Error | None) -> Response:
    return page(
        request,
        "law_try.html",
        form=form,
        actions=[action.value for action in ASKABLE],
        decision=decision,
        shown={name: shown(name, fact) for name, fact in sorted(decision.facts.items())} if decision else {},
        error=error,
    )


def shown(name: str, fact: Fact) -> str:
    """A fact's value in words; a day, which rules hold as yyyymmdd, as any other day is written."""
    value = to_plain(fact.value)
    if name in DAYS and (written := _written_day(value)):
        return written
    if value is None:
        return "undetermined"
    if isinstance(value, bool):
        return "yes" if value else "no"
    spec = FACT_BY_NAME.get(name)
    known = [str(word) for word in (value if isinstance(value, list) else [value]) if str(word)]
    if spec and spec.values:  # words of the program's own, not what somebody wrote
        known = [word.replace("_", " ") for word in known]
    return ", ".join(known) or ("none" if isinstance(value, list) else "empty")


def _written_day(value: object) -> str:
    """ "" where the number, which somebody may have typed, is no day."""
    try:
        return words.day(date.fromisoformat(str(value)))
    except ValueError:
        return ""
