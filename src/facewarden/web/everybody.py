"""What every signed-in person may see: the law in force, and what the face models can and cannot do.

Never shows a photo, a case or an account.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from facewarden.law.engine import DatedRule
from facewarden.law.orders import WARNING_DAYS
from facewarden.web.door import actor_of
from facewarden.web.pages import page
from facewarden.web.rooms import LOG_ROLES
from facewarden.web.site import installation_of

router = APIRouter(include_in_schema=False)


@router.get("/law")
def law(request: Request) -> Response:
    """The packs loaded, each rule with its days and its source."""
    actor = actor_of(request)
    installation = installation_of(request)
    today = installation.clock.now().date()
    rules = installation.law.rules
    return page(
        request,
        "law.html",
        packs=installation.law.packs,
        rules=rules,
        today=today,
        officer=actor.has(*LOG_ROLES),
        changes=changes_ahead(rules, today),
        ahead_days=WARNING_DAYS,
    )


@dataclass(frozen=True, slots=True)
class Change:
    """A rule that begins on `day`, or whose last day it is."""

    day: date
    begins: bool
    rule: DatedRule


def changes_ahead(rules: Iterable[DatedRule], today: date) -> list[Change]:
    """What begins or ends by itself within WARNING_DAYS, the nearest first."""
    until = today + timedelta(days=WARNING_DAYS)
    begin = [Change(rule.effective, True, rule) for rule in rules if today < rule.effective <= until]
    end = [Change(rule.expires, False, rule) for rule in rules if rule.expires and today <= rule.expires <= until]
    return sorted([*begin, *end], key=lambda change: change.day)
