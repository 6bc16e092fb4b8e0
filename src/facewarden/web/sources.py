"""The register of sources: whom photos come from, what permits it, and the two people who open one.

Never shows a photo, and never lets whoever proposed a source approve it: the law is asked, whatever a page offers.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from facewarden.domain.accounts import Actor, Role
from facewarden.domain.sources import LegalBasis, Source, SourceKind, SourceState
from facewarden.errors import BadUseError, Error
from facewarden.web.answers import TOLD_ON_FORMS
from facewarden.web.door import actor_of, actor_with
from facewarden.web.forms import Form, form_of
from facewarden.web.pages import page
from facewarden.web.rooms import LOG_ROLES, SOURCE_ROLES
from facewarden.web.site import installation_of
from facewarden.web.words import KINDS

router = APIRouter(include_in_schema=False)

CLOSERS = (Role.OPERATOR, Role.PRIVACY_OFFICER)
HOSTS_MAX = 50


@router.get("/sources")
def sources(request: Request) -> Response:
    """Whom the gallery's photos come from, and what permits it."""
    actor = actor_of(request)
    service = installation_of(request).sources
    return page(
        request,
        "sources.html",
        sources=service.all(),
        counts=service.counts(),
        may_propose=actor.has(Role.OPERATOR),
        may_read=actor.has(*LOG_ROLES),
    )


@router.get("/sources/propose")
def propose_form(request: Request) -> Response:
    """The form for a new source."""
    actor_with(request, Role.OPERATOR)
    return _form(request, Form())


@router.post("/sources/propose")
def propose(request: Request) -> Response:
    """The source, proposed; another person approves it."""
    actor, form = actor_with(request, Role.OPERATOR), form_of(request)
    try:
        source = installation_of(request).sources.add(
            actor,
            form.text("name"),
            form.chosen("basis", LegalBasis, "A source needs what permits it."),
            form.text("contact"),
            form.text("country").upper() or None,
            form.text("hosts").split()[:HOSTS_MAX],
            form.files.get("permission"),
            form.chosen("kind", SourceKind, "A source needs the way its photos come."),
            form.day("starts_on"),
            form.day("ends_on"),
        )
    except TOLD_ON_FORMS as error:
        return _form(request, form, error)
    return RedirectResponse(f"/sources/of/{source.source_id}", 303)


@router.get("/sources/of/{source_id}")
def source_page(request: Request, source_id: str) -> Response:
    """One source, and what this person may do about it."""
    return _page(request, actor_of(request), _found(request, source_id))


@router.post("/sources/of/{source_id}/document")
def document(request: Request, source_id: str) -> Response:
    """A new document in place of the one before; the source is proposed anew."""
    actor, form, sources = actor_with(request, Role.OPERATOR), form_of(request), installation_of(request).sources
    document = form.files.get("permission", b"")

    def record(source: Source) -> object:
        return sources.record_permission(actor, source.name, document, form.day("starts_on"), form.day("ends_on"))

    return _do(request, source_id, record)


@router.post("/sources/of/{source_id}/{act}")
def change(request: Request, source_id: str, act: str) -> Response:
    """The source approved, suspended, proposed anew or ended."""
    actor, service = actor_of(request), installation_of(request).sources
    acts = {"approve": service.approve, "suspend": service.suspend, "resume": service.resume, "end": service.end}
    if act not in acts:
        raise BadUseError("unknown_act", "A source cannot be changed so.", next_step="Go back to the source.")
    return _do(request, source_id, lambda source: acts[act](actor, source.name))


def _do(request: Request, source_id: str, act: Callable[[Source], object]) -> Response:
    source = _found(request, source_id)
    try:
        act(source)
    except TOLD_ON_FORMS as error:
        return _page(request, actor_of(request), source, error)
    return RedirectResponse(f"/sources/of/{source_id}", 303)


def _page(request: Request, actor: Actor, source: Source, error: Error | None = None) -> Response:
    installation = installation_of(request)
    known = installation.accounts.users(actor) if _runs(actor) else []
    people: dict[str | None, str] = {user.user_id: user.display_name for user in known}
    today = installation.clock.now().date()
    proposed, active = source.state is SourceState.PROPOSED, source.state is SourceState.ACTIVE
    mine = source.proposed_by == actor.user.user_id
    may_close = actor.has(*CLOSERS)
    return page(
        request,
        "source.html",
        source=source,
        counts=installation.sources.counts().get(source.source_id, (0, 0)),
        state_today=source.state_on(today),
        kind=KINDS[source.kind],
        proposer=people.get(source.proposed_by, "somebody else" if not mine else actor.user.display_name),
        approver=people.get(source.approved_by, "another person"),
        mine=mine,
        may_approve=proposed and not mine and actor.has(*SOURCE_ROLES),
        may_suspend=active and may_close,
        may_resume=source.state is SourceState.SUSPENDED and actor.has(Role.OPERATOR),
        may_end=source.state is not SourceState.ENDED and may_close,
        may_document=actor.has(Role.OPERATOR),
        error=error,
    )


def _runs(actor: Actor) -> bool:
    return actor.has(Role.OPERATOR) or actor.has(Role.OVERSEER)


def _form(request: Request, form: Form, error: Error | None = None) -> Response:
    return page(request, "source_new.html", form=form, error=error, kinds=KINDS)


def _found(request: Request, source_id: str) -> Source:
    for source in installation_of(request).sources.all():
        if source.source_id == source_id:
            return source
    raise BadUseError("unknown_source", "There is no such source.", next_step="Go back to the list of sources.")
