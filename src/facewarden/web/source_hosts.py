"""Hosts that asked to be left alone: the list, permissions of their owners by two people, and a site's other names.

Never lifts a bar on one person's word: the law is asked, whatever the page offers.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from facewarden.domain.accounts import Role
from facewarden.errors import Error
from facewarden.services.collecting.hostbars import HostBars
from facewarden.web.answers import TOLD_ON_FORMS
from facewarden.web.door import actor_of, actor_with
from facewarden.web.forms import Form, form_of
from facewarden.web.pages import page
from facewarden.web.rooms import SOURCE_ROLES
from facewarden.web.site import installation_of
from facewarden.web.sources import CLOSERS

router = APIRouter(include_in_schema=False)

PAGE = "/sources/hosts"


@router.get(PAGE)
def hosts(request: Request) -> Response:
    """The hosts from which nothing is collected, and what may be done about them."""
    return _page(request, Form())


@router.post(f"{PAGE}/permit")
def permit(request: Request) -> Response:
    """A permission of a host's owner, proposed; another person approves it."""
    actor, form = actor_with(request, Role.OPERATOR), form_of(request)
    document = form.files.get("permission", b"")
    return _do(request, lambda bars: bars.propose_permission(actor, form.text("host"), document))


@router.post(f"{PAGE}/approve")
def approve(request: Request) -> Response:
    """The permission in force, if another person proposed it."""
    actor, form = actor_with(request, *SOURCE_ROLES), form_of(request)
    return _do(request, lambda bars: bars.approve_permission(actor, form.text("host")))


@router.post(f"{PAGE}/mirror")
def mirror(request: Request) -> Response:
    """Two names noted as one site: a letter about one bars both."""
    actor, form = actor_with(request, *CLOSERS), form_of(request)
    return _do(request, lambda bars: bars.note_mirror(actor, form.text("host"), form.text("mirror")))


def _do(request: Request, act: Callable[[HostBars], object]) -> Response:
    try:
        act(_bars(request))
    except TOLD_ON_FORMS as error:
        return _page(request, form_of(request), error)
    return RedirectResponse(PAGE, 303)


def _page(request: Request, form: Form, error: Error | None = None) -> Response:
    actor, bars = actor_of(request), _bars(request)
    return page(
        request,
        "source_hosts.html",
        hosts=bars.all(),
        sites=bars.noted_sites(),
        form=form,
        error=error,
        may_permit=actor.has(Role.OPERATOR),
        may_approve=actor.has(*SOURCE_ROLES),
        may_note=actor.has(*CLOSERS),
        me=actor.user.user_id,
    )


def _bars(request: Request) -> HostBars:
    return installation_of(request).source_desk.bars
