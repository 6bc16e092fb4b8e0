"""Pages: one environment of templates, one way to render, the navigation of each role.

Never renders a value unescaped, and never a template with a missing value.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache, partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from facewarden.domain.accounts import Actor, Role
from facewarden.errors import Error, UnavailableError
from facewarden.matching import figures
from facewarden.services.people.signin import IDLE_LIMIT
from facewarden.web import casewords, words
from facewarden.web.lists import Listed
from facewarden.web.rooms import CASE_ROLES, COLLECTION_ROLES, LOG_ROLES, PEOPLE_ROLES
from facewarden.web.statuses import status_of


@cache
def environment() -> Environment:
    """The templates' environment, built on first use."""
    made = Environment(
        loader=PackageLoader("facewarden.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(day=words.day, moment=words.moment, rounded=figures.rounded)
    made.globals.update(
        words=words, purposes=words.PURPOSES, bases=words.BASES, role_names=words.ROLES, is_moment=_is_moment
    )
    made.globals.update(casewords=casewords, figures=figures)
    return made


def page(
    request: Request, template: str, /, *, error: Error | None = None, form_key: str | None = None, **context: Any
) -> HTMLResponse:
    """The rendered template with what every page needs, with the status of the error that it tells of.

    `form_key` is what its forms must bring back, None for the key of the visitor's session.
    """
    seen = getattr(request.state, "visitor", None)
    actor: Actor | None = seen.actor if seen else None
    body = (
        environment()
        .get_template(template)
        .render(
            actor=actor,
            navigation=navigation(actor) if actor else (),
            home=home(actor) if actor else "/sign-in",
            form_key=form_key if form_key is not None else seen.form_key if seen else "",
            installation_name=request.app.state.installation.name,
            path=request.url.path,
            listed=partial(Listed, request.query_params),
            again=partial(_again, request),
            idle_limit_s=int(IDLE_LIMIT.total_seconds()),
            rendered_at=_rendered_at(request),
            error=error,
            **context,
        )
    )
    return HTMLResponse(body, status_of(error) if error else 200)


def _rendered_at(request: Request) -> datetime | None:
    """Now; None by a clock that is wrong, which the page that says so must not rest on."""
    try:
        moment: datetime = request.app.state.installation.clock.now()
    except UnavailableError:
        return None
    return moment


def navigation(actor: Actor) -> tuple[tuple[str, str], ...]:
    """The addresses and names of the pages that are this actor's."""
    pages: list[tuple[str, str]] = []
    if actor.has(*CASE_ROLES):
        pages.append(("/cases", "Cases"))
    if actor.has(Role.OPERATOR):
        pages.append(("/operator", "Overview"))
    if actor.has(Role.PRIVACY_OFFICER):
        pages.append(("/requests", "Requests"))
    if actor.has(Role.OVERSEER):
        pages.append(("/oversight", "Use"))
    if actor.has(*PEOPLE_ROLES):
        pages.append(("/people", "People"))
    if actor.has(*LOG_ROLES):
        pages.append(("/log", "Log"))
    if actor.has(*COLLECTION_ROLES):
        pages.append(("/collections", "Collections"))
    if actor.has(Role.AUDITOR) and not actor.has(Role.OVERSEER):
        pages.append(("/oversight", "Use"))
    if actor.has(Role.AUDITOR):
        pages.append(("/incidents", "Incidents"))
    return (*pages, ("/sources", "Sources"), ("/law", "Law"), ("/models", "Models"))


def home(actor: Actor) -> str:
    """Where this actor starts."""
    return navigation(actor)[0][0]


def _again(request: Request, act: str, name: str) -> str:
    """What was sent in that field to an address that ends so: a page with an error on it gives it back."""
    form = getattr(request.state, "form", None)
    return form.text(name) if form is not None and request.url.path.endswith(f"/{act}") else ""


def _is_moment(value: object) -> bool:
    return isinstance(value, datetime)
