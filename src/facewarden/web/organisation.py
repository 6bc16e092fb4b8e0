"""One organisation on the operator's desk: verified, agreed with, its people named, activated, suspended, corrected.

Never shows a contact or a signer unasked: each such reading is on record.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from facewarden.domain.accounts import (
    Actor,
    GovernmentLevel,
    OfficeSetting,
    Organisation,
    OrganisationKind,
    Role,
    Sector,
    User,
)
from facewarden.domain.customers import Contact
from facewarden.errors import BadUseError, Error
from facewarden.services.people.organisations import Organisations
from facewarden.web.answers import attachment
from facewarden.web.applying import OPTIONS
from facewarden.web.door import actor_with
from facewarden.web.forms import day_in, form_of
from facewarden.web.pages import page
from facewarden.web.site import installation_of

router = APIRouter(prefix="/operator/organisations", include_in_schema=False)

DONE = {
    "verify": "The organisation is verified.",
    "activate": "The account is active.",
    "suspend": "The account is suspended. Sessions and keys of its people have ended.",
    "agreements": "The agreement is on record.",
    "officers": "The administrator and the overseer are named.",
    "correct": "What is recorded was changed.",
    "contact": "The contact was changed.",
    "setting": "The setting is proposed. It holds once another person confirms it.",
    "confirm": "The setting holds.",
    "attest": "The yearly statement is on record.",
}


def _service(request: Request) -> Organisations:
    return installation_of(request).people.organisations


@router.post("/export")
def export(request: Request) -> Response:
    """The whole list with its contacts as CSV, for a reason that is kept."""
    actor = actor_with(request, Role.OPERATOR)
    content = installation_of(request).people.directory.export(actor, form_of(request).text("reason"))
    return attachment(content, "organisations.csv", "text/csv; charset=utf-8")


@router.get("/{organisation_id}")
def organisation(request: Request, organisation_id: str, done: str = "") -> Response:
    """What is recorded of it, and what may be done."""
    return _page(request, organisation_id, done=done)


@router.get("/{organisation_id}/contact")
def contact(request: Request, organisation_id: str) -> Response:
    """Whom to write to, and who signed: the reading is on record."""
    actor = actor_with(request, Role.OPERATOR)
    found = _service(request).find(organisation_id)
    known = installation_of(request).people.directory.contact(actor, found)
    agreements = _service(request).agreements(actor, organisation_id)
    return page(request, "organisation_contact.html", body=found, contact=known, agreements=agreements)


@router.post("/{organisation_id}/verify")
def verify(request: Request, organisation_id: str) -> Response:
    """Somebody looked at what it says of itself."""
    return _do(request, organisation_id, "verify", lambda actor: _service(request).verify(actor, organisation_id))


@router.post("/{organisation_id}/activate")
def activate(request: Request, organisation_id: str) -> Response:
    """Active, unless the law or an order in force bars it."""
    orders = installation_of(request).people.account_orders
    find = _service(request).find
    return _do(request, organisation_id, "activate", lambda actor: orders.activate(actor, find(organisation_id)))


@router.post("/{organisation_id}/suspend")
def suspend(request: Request, organisation_id: str) -> Response:
    """Suspended: nobody of it acts from now on."""
    reason = form_of(request).text("reason")
    change = _service(request).suspend
    return _do(request, organisation_id, "suspend", lambda actor: change(actor, organisation_id, reason))


@router.post("/{organisation_id}/agreements")
def record_agreement(request: Request, organisation_id: str) -> Response:
    """What another body signed; of the document its hash alone is kept."""
    form = form_of(request)

    def record(actor: Actor) -> object:
        days = [day_in(form.text(name)) for name in ("signed_on", "begins_on", "ends_on")]
        document = form.files.get("document", b"")
        return _service(request).record_agreement(actor, organisation_id, document, form.text("signed_by"), *days)

    return _do(request, organisation_id, "agreements", record)


@router.post("/{organisation_id}/officers")
def name_officers(request: Request, organisation_id: str) -> Response:
    """Who administers its accounts, and who watches over their use."""
    form = form_of(request)

    def name(actor: Actor) -> object:
        named = [_user(request, actor, form.text(field)) for field in ("administrator", "overseer")]
        return _service(request).name_officers(actor, organisation_id, *named)

    return _do(request, organisation_id, "officers", name)


@router.post("/{organisation_id}/correct")
def correct(request: Request, organisation_id: str) -> Response:
    """What is given takes the place of what was recorded."""
    form = form_of(request)

    def change(actor: Actor) -> object:
        domains = form.text("email_domains").replace(",", " ").split()
        return _service(request).correct(
            actor,
            organisation_id,
            sector=form.choice("sector", Sector),
            level=form.choice("level", GovernmentLevel),
            kind=form.choice("kind", OrganisationKind),
            place=form.text("place") or None,
            office_place=form.text("office_place") or None,
            email_domains=domains,
        )

    return _do(request, organisation_id, "correct", change)


@router.post("/{organisation_id}/contact")
def set_contact(request: Request, organisation_id: str) -> Response:
    """Whom to write to from now on."""
    form, change = form_of(request), _service(request).set_contact
    told = Contact(form.text("contact_name"), form.text("contact_email"))
    return _do(request, organisation_id, "contact", lambda actor: change(actor, organisation_id, told))


@router.post("/{organisation_id}/attest")
def attest_for(request: Request, organisation_id: str) -> Response:
    """The yearly statement of a suspended organisation, as one of its two people made it."""
    form, change = form_of(request), _service(request).attest_for

    def attest(actor: Actor) -> object:
        return change(actor, organisation_id, _user(request, actor, form.text("by")))

    return _do(request, organisation_id, "attest", attest)


@router.post("/{organisation_id}/setting")
def propose_setting(request: Request, organisation_id: str) -> Response:
    """The first of two people settles whether a federal office counts."""
    form, change = form_of(request), _service(request).propose_setting

    def propose(actor: Actor) -> object:
        value = form.chosen("value", OfficeSetting, "That is no setting.")
        return change(actor, organisation_id, value, form.text("reason"))

    return _do(request, organisation_id, "setting", propose)


@router.post("/{organisation_id}/confirm")
def confirm_setting(request: Request, organisation_id: str) -> Response:
    """The second person confirms it."""
    change = _service(request).confirm_setting
    return _do(request, organisation_id, "confirm", lambda actor: change(actor, organisation_id))


def _do(request: Request, organisation_id: str, done: str, change: Callable[[Actor], object]) -> Response:
    actor = actor_with(request, Role.OPERATOR)
    try:
        change(actor)
    except BadUseError as error:
        if error.code == "unknown_organisation":
            raise
        return _page(request, organisation_id, error)
    return RedirectResponse(f"/operator/organisations/{organisation_id}?done={done}", 303)


def _page(request: Request, organisation_id: str, error: Error | None = None, *, done: str = "") -> Response:
    actor, installation = actor_with(request, Role.OPERATOR), installation_of(request)
    found = _service(request).find(organisation_id)
    users = [user for user in installation.accounts.users(actor) if user.organisation_id == found.organisation_id]
    federal = found.level is GovernmentLevel.FEDERAL
    return page(
        request,
        "organisation.html",
        body=found,
        users=users,
        names={user.user_id: user.display_name for user in users},
        parent=_parent(request, found),
        proposal=_service(request).proposal(actor, organisation_id) if federal else None,
        federal=federal,
        settings=OfficeSetting,
        options=OPTIONS,
        own=found.organisation_id == actor.organisation.organisation_id,
        now=installation.clock.now(),
        done=DONE.get(done, ""),
        error=error,
    )


def _parent(request: Request, found: Organisation) -> Organisation | None:
    return _service(request).find(found.parent_id) if found.parent_id else None


def _user(request: Request, actor: Actor, name: str) -> User:
    user: User = installation_of(request).people.members.find(actor, name)[0]
    return user
