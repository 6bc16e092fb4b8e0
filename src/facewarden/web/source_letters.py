"""Letters of sites' owners, look-alikes to decide, and where a photo came from.

Never takes anything down that a dry run did not show on the page before.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from facewarden.domain.accounts import Role
from facewarden.domain.provenance import Takedown
from facewarden.errors import BadUseError, Error
from facewarden.services.collecting.takedown_letter import reply_letter
from facewarden.web.answers import TOLD_ON_FORMS, jpeg
from facewarden.web.door import actor_of, actor_with
from facewarden.web.forms import Form, form_of
from facewarden.web.pages import page
from facewarden.web.rooms import LOG_ROLES
from facewarden.web.site import installation_of
from facewarden.web.sources import CLOSERS

router = APIRouter(include_in_schema=False)


@router.get("/sources/takedowns")
def takedowns(request: Request) -> Response:
    """Every letter that was followed, and the form for another."""
    actor_with(request, *LOG_ROLES)
    return _list(request, Form())


@router.post("/sources/takedowns")
def takedown(request: Request) -> Response:
    """A dry run; or with the code of one and the same letter, the takedown."""
    actor, form = actor_with(request, *CLOSERS), form_of(request)
    desk = installation_of(request).source_desk.takedowns
    subject, letter, mirrors = form.text("subject"), form.files.get("letter", b""), form.text("mirrors").split()
    try:
        if not form.text("code"):
            dry = desk.dry_run(actor, subject, letter, mirrors)
            return page(request, "takedown_try.html", dry=dry, form=form)
        done = desk.carry_out(actor, subject, letter, mirrors, form.text("code"))
    except TOLD_ON_FORMS as error:
        return _list(request, form, error)
    return RedirectResponse(f"/sources/takedowns/{done.takedown_id}", 303)


@router.get("/sources/takedowns/{takedown_id}")
def one_takedown(request: Request, takedown_id: str) -> Response:
    """What was done about a letter, and the reply to its writer."""
    actor, installation = actor_with(request, *LOG_ROLES), installation_of(request)
    found: Takedown = installation.source_desk.takedowns.find(actor, takedown_id)
    letter = reply_letter(found, installation.name, str(installation.log.verifier_key))
    return page(request, "takedown.html", takedown=found, letter=letter)


@router.get("/sources/reviews")
def reviews(request: Request) -> Response:
    """Photos of other sources that look like one taken down."""
    actor, installation = actor_with(request, Role.PRIVACY_OFFICER), installation_of(request)
    waiting = installation.source_desk.copies.waiting(actor)
    subjects = {known.takedown_id: known.subject for known in installation.source_desk.takedowns.all(actor)}
    return page(request, "copy_reviews.html", waiting=waiting, subjects=subjects)


@router.get("/sources/reviews/{takedown_id}/{photo_id}/photo.jpg")
def review_picture(request: Request, takedown_id: str, photo_id: str) -> Response:
    """The photo, decided and recorded."""
    content = installation_of(request).source_desk.copies.picture(actor_of(request), takedown_id, photo_id)
    return jpeg(content)


@router.post("/sources/reviews/{takedown_id}/{photo_id}")
def decide_review(request: Request, takedown_id: str, photo_id: str) -> Response:
    """The photo erased, or kept."""
    answer = form_of(request).text("answer")
    if answer not in ("erase", "keep"):
        raise BadUseError("no_answer", "Say what becomes of the photo.", next_step="Go back and choose.")
    desk = installation_of(request).source_desk.copies
    desk.decide(actor_of(request), takedown_id, photo_id, erase=answer == "erase")
    return RedirectResponse("/sources/reviews", 303)


@router.get("/photos/{photo_id}/origins")
def origins(request: Request, photo_id: str) -> Response:
    """Where a photo came from, for who oversees."""
    actor = actor_with(request, *LOG_ROLES)
    told = installation_of(request).source_desk.provenance.of_photo(actor, photo_id)
    return page(request, "origins.html", told=told, back=("/sources", "Sources"))


@router.get("/searches/{search_id}/candidates/{rank}/origins")
def candidate_origins(request: Request, search_id: str, rank: int) -> Response:
    """Where a candidate's photo came from, for whoever may look at the search."""
    told = installation_of(request).source_desk.provenance.of_candidate(actor_of(request), search_id, rank)
    back = (f"/searches/{search_id}/candidates/{rank}", f"Candidate {rank}")
    return page(request, "origins.html", told=told, back=back)


def _list(request: Request, form: Form, error: Error | None = None) -> Response:
    actor = actor_of(request)
    known = installation_of(request).source_desk.takedowns.all(actor)
    may = actor.has(*CLOSERS)
    return page(request, "takedowns.html", takedowns=list(reversed(known)), form=form, error=error, may=may)
