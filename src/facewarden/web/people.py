"""Users for those who answer for them: an administrator adds, changes and suspends, an overseer holds.

Never shows a user of another organisation to whoever oversees their own alone, and never a password.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from facewarden.domain.accounts import Actor, Organisation, Role, SuspensionCause, User
from facewarden.errors import BadUseError, Error
from facewarden.services.people.members import Members
from facewarden.services.people.welcome import INVITED_FOR, Welcome
from facewarden.web.door import actor_of, actor_with
from facewarden.web.forms import Form, day_in, form_of
from facewarden.web.pages import page
from facewarden.web.rooms import PEOPLE_ROLES
from facewarden.web.site import installation_of, site_of

router = APIRouter(prefix="/people", include_in_schema=False)

ADMINISTRATORS = (Role.ORG_ADMINISTRATOR, Role.OPERATOR)
ATTESTERS = (Role.ORG_ADMINISTRATOR, Role.OVERSEER)
DONE = {
    "roles": "The roles were changed. Sessions and keys of this user have ended.",
    "training": "The certificate is on record.",
    "suspend": "The account is suspended. Sessions and keys have ended.",
    "hold": "The account is held until an overseer lifts it. Sessions and keys have ended.",
    "reinstate": "The account is active again.",
    "end": "The account has ended, for good.",
}
CAUSES = {
    SuspensionCause.LEAVER: "left the organisation",
    SuspensionCause.IDLE: "not signed in for ninety days",
    SuspensionCause.OVERSEER: "held by an overseer",
    SuspensionCause.ADMINISTRATOR: "suspended by an administrator",
    SuspensionCause.ATTESTATION: "the yearly statement is missing",
    SuspensionCause.LAW: "by law",
}


def _members(request: Request) -> Members:
    return installation_of(request).people.members


def _welcome(request: Request) -> Welcome:
    return installation_of(request).people.welcome


@router.get("")
def people(request: Request, done: str = "") -> Response:
    """The users that the actor answers for."""
    actor = actor_with(request, *PEOPLE_ROLES)
    installation = installation_of(request)
    return page(
        request,
        "people.html",
        users=installation.accounts.users(actor),
        bodies=installation.people.directory.names(actor),
        now=installation.clock.now(),
        attests=actor.organisation.attestation_due_at if actor.has(*ATTESTERS) else None,
        done="The yearly statement is on record." if done else "",
        may_add=actor.has(*ADMINISTRATORS),
    )


@router.post("/attest")
def attest(request: Request) -> Response:
    """The yearly statement that what is recorded of the actor's own organisation still holds."""
    installation_of(request).people.organisations.attest(actor_with(request, *ATTESTERS))
    return RedirectResponse("/people?done=attested", 303)


# -- a new user ----------------------------------------------------------------------------------------------


@router.get("/new")
def new_person(request: Request, organisation: str = "") -> Response:
    """The form for a new user of the actor's own organisation, or of the one that the operator chose."""
    actor = actor_with(request, *ADMINISTRATORS)
    return _new_form(request, _organisation(request, actor, organisation), Form(), None)


@router.post("")
def add_person(request: Request) -> Response:
    """The new user's invitation, shown this once."""
    actor, form = actor_with(request, *ADMINISTRATORS), form_of(request)
    installation = installation_of(request)
    body = _organisation(request, actor, form.text("organisation"))
    try:
        until = _last_moment(form.text("training_until")) if form.text("training_until") else None
        roles = _roles(form)
        user = installation.accounts.add_user(
            actor, body, form.text("sign_in_name"), form.text("display_name"), roles, None, until
        )
    except BadUseError as error:
        return _new_form(request, body, form, error)
    return _invitation(request, actor, user)


def _organisation(request: Request, actor: Actor, organisation_id: str) -> Organisation:
    """The actor's own, unless the operator names another."""
    if not organisation_id or organisation_id == actor.organisation.organisation_id or not actor.has(Role.OPERATOR):
        return actor.organisation
    found: Organisation = installation_of(request).people.organisations.find(organisation_id)
    return found


def _new_form(request: Request, body: Organisation, form: Form, error: Error | None) -> Response:
    roles = _roles_to_give(actor_of(request))
    return page(request, "person_new.html", body=body, roles=roles, form=form, error=error)


def _invitation(request: Request, actor: Actor, user: User) -> Response:
    token = _welcome(request).invite(actor, user.user_id)
    address = installation_of(request).settings.office.address or site_of(request).origin
    link = f"{address.rstrip('/')}/welcome?token={token}"
    return page(request, "invitation.html", user=user, link=link, hours=int(INVITED_FOR.total_seconds() // 3600))


# -- one user ------------------------------------------------------------------------------------------------


@router.get("/{user_id}")
def person(request: Request, user_id: str, done: str = "") -> Response:
    """One user, and what may be changed."""
    return _person(request, user_id, None, done)


@router.post("/{user_id}/invite")
def invite(request: Request, user_id: str) -> Response:
    """Another invitation, for somebody who lost password or second factor."""
    actor = actor_with(request, *ADMINISTRATORS)
    try:
        return _invitation(request, actor, _members(request).find(actor, user_id)[0])
    except BadUseError as error:
        return _person(request, user_id, error)


@router.post("/{user_id}/roles")
def change_roles(request: Request, user_id: str) -> Response:
    """Other roles."""
    actor, form = actor_with(request, *ADMINISTRATORS), form_of(request)
    return _do(request, user_id, "roles", lambda: _members(request).change_roles(actor, user_id, _roles(form)))


@router.post("/{user_id}/training")
def record_training(request: Request, user_id: str) -> Response:
    """A certificate on record."""
    actor, form = actor_with(request, *ADMINISTRATORS), form_of(request)

    def record() -> object:
        until, document = _last_moment(form.text("until")), form.files.get("document")
        return _members(request).record_training(actor, user_id, form.text("title"), until, document)

    return _do(request, user_id, "training", record)


@router.post("/{user_id}/suspend")
def suspend(request: Request, user_id: str) -> Response:
    """Suspended by an administrator."""
    actor, reason = actor_with(request, *ADMINISTRATORS), form_of(request).text("reason")
    return _do(request, user_id, "suspend", lambda: _members(request).suspend(actor, user_id, reason))


@router.post("/{user_id}/hold")
def hold(request: Request, user_id: str) -> Response:
    """Held by an overseer, because of how they used it."""
    actor, reason = actor_with(request, Role.OVERSEER), form_of(request).text("reason")
    return _do(request, user_id, "hold", lambda: _members(request).hold(actor, user_id, reason))


@router.post("/{user_id}/reinstate")
def reinstate(request: Request, user_id: str) -> Response:
    """Active again."""
    actor = actor_with(request, *PEOPLE_ROLES)
    return _do(request, user_id, "reinstate", lambda: _members(request).reinstate(actor, user_id))


@router.post("/{user_id}/end")
def end(request: Request, user_id: str) -> Response:
    """Ended, because they left."""
    actor, reason = actor_with(request, *ADMINISTRATORS), form_of(request).text("reason")
    return _do(request, user_id, "end", lambda: _members(request).end(actor, user_id, reason))


def _do(request: Request, user_id: str, done: str, change: Callable[[], object]) -> Response:
    try:
        change()
    except BadUseError as error:
        return _person(request, user_id, error)
    return RedirectResponse(f"/people/{user_id}?done={done}", 303)


def _person(request: Request, user_id: str, error: Error | None, done: str = "") -> Response:
    actor, installation = actor_with(request, *PEOPLE_ROLES), installation_of(request)
    user, body = _members(request).find(actor, user_id)
    return page(
        request,
        "person.html",
        user=user,
        body=body,
        suspension=_members(request).suspension(actor, user.user_id),
        causes=CAUSES,
        roles=_roles_to_give(actor),
        now=installation.clock.now(),
        administers=actor.has(*ADMINISTRATORS),
        oversees=actor.has(Role.OVERSEER),
        oneself=user.user_id == actor.user.user_id,
        done=DONE.get(done, ""),
        error=error,
    )


def _roles_to_give(actor: Actor) -> list[Role]:
    """What the form offers: the operator's role is an operator's to give."""
    return [role for role in Role if role is not Role.OPERATOR or actor.has(Role.OPERATOR)]


def _roles(form: Form) -> list[Role]:
    return [role for role in Role if form.text(f"role-{role.value}")]


def _last_moment(text: str) -> datetime:
    """The last moment of that day, UTC; raises BadUseError."""
    return datetime.combine(day_in(text), time.max, UTC)
