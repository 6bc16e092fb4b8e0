"""Applying for an account: the public form, and the operator's desk on which each application is decided.

Never says whether a body has an account, and never makes one: what is accepted is still to be verified.
"""

from __future__ import annotations

from dataclasses import fields

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from facewarden.domain.accounts import GovernmentLevel, OrganisationKind, Role, Sector
from facewarden.domain.customers import Application, ApplicationForm
from facewarden.errors import BadUseError, Error, NotPermittedError
from facewarden.services.people.applying import Applying
from facewarden.web.door import actor_with
from facewarden.web.forms import Form, form_of
from facewarden.web.open_pages import open_page
from facewarden.web.pages import page
from facewarden.web.site import address_of, installation_of

router = APIRouter(include_in_schema=False)

OPTIONS = {
    "sector": [
        (Sector.GOVERNMENT, "Government"),
        (Sector.PRIVATE, "Private company or association"),
        (Sector.INDIVIDUAL, "A single person"),
    ],
    "level": [
        (GovernmentLevel.LOCAL, "Local"),
        (GovernmentLevel.STATE, "State"),
        (GovernmentLevel.FEDERAL, "Federal"),
        (GovernmentLevel.TRIBAL, "Tribal"),
        (GovernmentLevel.FOREIGN, "Of another country"),
        (GovernmentLevel.DEFENDER, "Public defender"),
    ],
    "kind": [
        (OrganisationKind.LAW_ENFORCEMENT, "Law enforcement"),
        (OrganisationKind.PROSECUTOR, "Prosecutor"),
        (OrganisationKind.PUBLIC_DEFENDER, "Public defender"),
        (OrganisationKind.OTHER_AGENCY, "Other agency"),
    ],
}


def _applying(request: Request) -> Applying:
    return installation_of(request).people.applying


@router.get("/apply")
def apply_page(request: Request) -> Response:
    """The form for a body that wants an account."""
    return _form(request, Form(), None)


@router.post("/apply")
def apply(request: Request) -> Response:
    """The application's number, or the form with what to correct."""
    form = form_of(request)
    told = ApplicationForm(**{item.name: form.text(item.name) for item in fields(ApplicationForm)})
    try:
        number = _applying(request).apply(told, address_of(request))
    except (BadUseError, NotPermittedError) as error:
        return _form(request, form, error)
    return page(request, "applied.html", number=number)


def _form(request: Request, form: Form, error: Error | None) -> Response:
    wrong = error.code.removeprefix("bad_") if error else ""
    return open_page(request, "apply.html", form=form, error=error, wrong=wrong, options=OPTIONS)


# -- the operator's desk -------------------------------------------------------------------------------------


@router.get("/operator/applications")
def applications(request: Request, done: str = "") -> Response:
    """Those that wait for a decision, oldest first."""
    actor = actor_with(request, Role.OPERATOR)
    waiting = _applying(request).waiting(actor)
    said = {"declined": "Declined. Whoever applied is written to."}.get(done, "")
    return page(request, "applications.html", waiting=waiting, done=said)


@router.get("/operator/applications/{application_id}")
def application(request: Request, application_id: str) -> Response:
    """What one body says of itself."""
    return _one(request, application_id, None)


@router.post("/operator/applications/{application_id}/accept")
def accept(request: Request, application_id: str) -> Response:
    """The organisation that comes of it, still to be verified."""
    actor = actor_with(request, Role.OPERATOR)
    try:
        made = _applying(request).accept(actor, application_id)
    except BadUseError as error:
        return _one(request, application_id, error)
    return RedirectResponse(f"/operator/organisations/{made.organisation_id}", 303)


@router.post("/operator/applications/{application_id}/decline")
def decline(request: Request, application_id: str) -> Response:
    """Declined, and whoever applied is told why."""
    actor = actor_with(request, Role.OPERATOR)
    try:
        _applying(request).decline(actor, application_id, form_of(request).text("reason"))
    except BadUseError as error:
        return _one(request, application_id, error)
    return RedirectResponse("/operator/applications?done=declined", 303)


def _one(request: Request, application_id: str, error: Error | None) -> Response:
    actor = actor_with(request, Role.OPERATOR)
    found: Application = _applying(request).find(actor, application_id)
    return page(request, "application.html", application=found, error=error)
