"""What every signed-in person may see: sources, the law in force, and what the face models can and cannot do.

Never shows a photo, a case or an account.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from facewarden.domain.sources import Source
from facewarden.web.door import actor_of
from facewarden.web.investigator import installation_of
from facewarden.web.pages import page

router = APIRouter(include_in_schema=False)


@router.get("/sources")
def sources(request: Request, q: str = "") -> Response:
    """Whom the gallery's photos come from, and what permits it."""
    actor_of(request)
    service = installation_of(request).sources
    known = service.all()
    wanted = q.casefold().split()
    shown = [source for source in known if all(word in _searchable(source) for word in wanted)]
    return page(request, "sources.html", sources=shown, total=len(known), counts=service.counts(), q=q)


def _searchable(source: Source) -> str:
    return f"{source.name} {source.basis} {source.state} {source.country or ''}".casefold()


@router.get("/law")
def law(request: Request) -> Response:
    """The packs loaded, each rule with its days and its source."""
    actor_of(request)
    installation = installation_of(request)
    today = installation.clock.now().date()
    return page(request, "law.html", packs=installation.law.packs, rules=installation.law.rules, today=today)


@router.get("/models")
def models(request: Request) -> Response:
    """The face pack's card: licence, training data, limits, and what its numbers rest on."""
    actor_of(request)
    installation = installation_of(request)
    return page(request, "models.html", card=installation.card, calibration=installation.calibration)
