"""What keeping people out leaves to an officer: photos set aside, incidents, and letting go of who asks for it.

Never shows a photo that is set aside to anybody but the privacy officer, and decides nothing by itself.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from facewarden.domain.accounts import Role
from facewarden.domain.requests import IdentityCheck
from facewarden.errors import BadUseError
from facewarden.services.taking_out.quarantine import Answer
from facewarden.web.answers import jpeg
from facewarden.web.door import actor_of
from facewarden.web.forms import form_of
from facewarden.web.pages import page
from facewarden.web.site import installation_of

router = APIRouter(include_in_schema=False)

INCIDENT_WORDS = {
    "face_came_back": "A face that is kept out was in the gallery again. It was erased at once.",
    "bytes_left": "Something erased was there again. It was destroyed at once.",
    "ledger_lost": "The list of what was erased was damaged or cut short.",
}


@router.get("/set-aside")
def set_aside(request: Request) -> Response:
    """Photos with a face like one that is kept out, not like enough to tell; the one that ends first at the head."""
    actor, installation = actor_of(request), installation_of(request)
    sources = {source.source_id: source.name for source in installation.sources.all()}
    waiting = installation.ways_in.quarantine.waiting(actor)
    return page(request, "set_aside.html", waiting=waiting, sources=sources)


@router.get("/set-aside/{quarantine_id}/photo.jpg")
def set_aside_picture(request: Request, quarantine_id: str) -> Response:
    """The photo, decided and recorded."""
    content = installation_of(request).ways_in.quarantine.picture(actor_of(request), quarantine_id)
    return jpeg(content)


@router.post("/set-aside/{quarantine_id}")
def decide(request: Request, quarantine_id: str) -> Response:
    """The photo taken in again with the officer's word, or kept out."""
    answer = form_of(request).chosen("answer", Answer, "Say whether it is somebody else.")
    installation_of(request).ways_in.quarantine.decide(actor_of(request), quarantine_id, answer)
    return RedirectResponse("/set-aside", 303)


@router.get("/incidents")
def incidents(request: Request) -> Response:
    """What should not have happened: somebody kept out was found again, or erased bytes were."""
    actor = actor_of(request)
    found = installation_of(request).taking_out.incidents.all(actor)
    officer = actor.has(Role.PRIVACY_OFFICER)
    return page(request, "incidents.html", incidents=found, officer=officer, said=INCIDENT_WORDS)


@router.post("/incidents/{incident_id}/close")
def close_incident(request: Request, incident_id: str) -> Response:
    """The incident, looked into."""
    installation_of(request).taking_out.incidents.close(actor_of(request), incident_id)
    return RedirectResponse("/incidents", 303)


@router.post("/requests/{request_id}/let-go")
def let_go(request: Request, request_id: str) -> Response:
    """The person, kept out no more: at their own wish, after an identity check."""
    actor, method = actor_of(request), form_of(request).text("chosen")
    if method not in set(IdentityCheck):
        raise BadUseError("bad_identity_check", "That is no identity check.", next_step="Choose one from the list.")
    installation = installation_of(request)
    found = installation.request_desk.looking.find(actor, request_id)
    erasure = installation.request_desk.telling.erasure_of(found)
    if erasure is None or erasure.suppression_id is None:
        raise BadUseError("nobody_kept_out", "Nobody is kept out by this request.", next_step="Go back to the queue.")
    installation.taking_out.kept_out.lift(actor, erasure.suppression_id, method)
    return RedirectResponse(f"/requests/{request_id}?let_go=1", 303)
