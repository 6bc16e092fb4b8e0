"""The HTTP API, version 1: sign in, cases, one search, sources, the log's checkpoint. JSON in DESIGN.md's shapes.

Never takes a cookie: a program brings its bearer token.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from facewarden.domain.accounts import Scope
from facewarden.domain.cases import CaseBasis, Purpose, SoughtFor
from facewarden.domain.searches import ProbeKind, ProbeOrigin
from facewarden.services.casework.cases import Stated
from facewarden.services.casework.policy import LIMIT_DEFAULT, LIMIT_MAX, LIMIT_MIN
from facewarden.services.people.signin import ABSOLUTE_LIMIT, IDLE_LIMIT
from facewarden.services.shapes import case_json, search_json, source_json
from facewarden.web.door import actor_in_scope, actor_of, visitor
from facewarden.web.forms import MAX_UPLOAD_BYTES, MIB, Form, read_form
from facewarden.web.site import address_of, installation_of

router = APIRouter(prefix="/api/v1")

_SEARCH_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["photo"],
                    "properties": {
                        "photo": {
                            "type": "string",
                            "format": "binary",
                            "description": f"JPEG, PNG or WebP, up to {MAX_UPLOAD_BYTES // MIB} MB",
                        },
                        "face": {"type": "integer", "description": "which face, from 1, the largest first"},
                        "limit": {"type": "integer", "minimum": LIMIT_MIN, "maximum": LIMIT_MAX},
                        "kind": {
                            "type": "string",
                            "enum": [kind.value for kind in ProbeKind],
                            "description": "what it is; leaving it out states that it is a photo as it was taken",
                        },
                        "taken_on": {"type": "string", "format": "date"},
                        "protected_activity": {"type": "boolean", "description": "shows a protest, service, meeting"},
                    },
                }
            }
        },
    }
}


class Credentials(BaseModel):
    """Name, password, and the one-time code where one is needed."""

    name: str = Field(max_length=200)
    password: str = Field(max_length=1_000)
    code: str = Field("", max_length=20)


class NewCase(BaseModel):
    """A case to open."""

    number: str = Field(description="the agency's own reference")
    purpose: Purpose
    offence: str = Field("", description="in the words of the statute, or its code in the list for your place")
    sought_for: SoughtFor | None = Field(None, description="what about the person makes you search for them")
    basis: CaseBasis | None = Field(None, description="what permits searching")
    basis_reference: str = Field("", description="the section, the warrant's number, the paper with the consent")
    basis_ends_on: date | None = None
    happened_on: date | None = None
    reasonable_suspicion: bool | None = None


@router.post("/sign-in", summary="A bearer token for a name and a password", tags=["session"])
def sign_in(request: Request, credentials: Credentials) -> JSONResponse:
    """Send it in the header “Authorization: Bearer TOKEN”. It ends when idle, when its time is over, or by sign-out."""
    service, address = installation_of(request).sign_in, address_of(request)
    token = service.sign_in(credentials.name, credentials.password, credentials.code, address)
    return JSONResponse(
        {
            "token": token,
            "idle_limit_s": int(IDLE_LIMIT.total_seconds()),
            "time_limit_s": int(ABSOLUTE_LIMIT.total_seconds()),
        }
    )


@router.post("/sign-out", summary="The end of this token", tags=["session"])
def sign_out(request: Request) -> JSONResponse:
    """The token is worth nothing afterwards."""
    token = visitor(request).token
    if token is not None:
        installation_of(request).sign_in.sign_out(token)
    return JSONResponse({"signed_out": True})


@router.get("/cases", summary="Your cases, newest first", tags=["cases"])
def cases(request: Request) -> JSONResponse:
    """The cases that you may work on."""
    actor = actor_in_scope(request, Scope.CASES, Scope.SEARCH)
    return JSONResponse({"cases": [case_json(case) for case in installation_of(request).cases.list(actor)]})


@router.post("/cases", status_code=201, summary="Open a case", tags=["cases"])
def open_case(request: Request, case: NewCase) -> JSONResponse:
    """The reason for a search, stated before it. Refused with grounds if the law bars it."""
    stated = Stated(
        sought_for=case.sought_for,
        basis=case.basis,
        basis_reference=case.basis_reference,
        basis_ends_on=case.basis_ends_on,
        happened_on=case.happened_on,
        reasonable_suspicion=case.reasonable_suspicion,
    )
    opened = installation_of(request).cases.open(actor_of(request), case.number, case.purpose, case.offence, stated)
    return JSONResponse(case_json(opened), 201)


@router.get("/cases/{case_id}/law", summary="What the law says to a search under this case", tags=["cases"])
def ask(request: Request, case_id: str) -> JSONResponse:
    """The decision, with every ground, before any photo is sent. Nothing is done or recorded."""
    installation, actor = installation_of(request), actor_in_scope(request, Scope.CASES, Scope.SEARCH)
    return JSONResponse(installation.search.ask(actor, installation.cases.find(actor, case_id)).to_json())


@router.post("/cases/{case_id}/search", summary="Search one face", tags=["search"], openapi_extra=_SEARCH_BODY)
def search(request: Request, case_id: str, form: Annotated[Form, Depends(read_form)]) -> JSONResponse:
    """The candidates above the threshold, or none: then there is no reliable lead. The photo is not kept."""
    installation, actor = installation_of(request), actor_of(request)
    case = installation.cases.find(actor, case_id)
    face = form.number("face") if form.text("face") else None
    limit = form.number("limit") if form.text("limit") else LIMIT_DEFAULT
    origin = ProbeOrigin(
        form.chosen("kind", ProbeKind, "A probe is one of a few things.") if form.text("kind") else ProbeKind.PHOTO,
        "stated by using the API",
        taken_on=form.day("taken_on"),
        protected_activity=form.text("protected_activity") in ("yes", "true", "1"),
    )
    result = installation.search.run(actor, case, form.photo("photo"), face, limit, origin)
    return JSONResponse(search_json(result))


@router.get("/sources", summary="Whom the gallery's photos come from", tags=["gallery"])
def sources(request: Request) -> JSONResponse:
    """Each source with what permits it and its counts."""
    actor_of(request)
    service = installation_of(request).sources
    counts = service.counts()
    known = [source_json(source, counts.get(source.source_id, (0, 0))) for source in service.all()]
    return JSONResponse({"sources": known})


@router.get("/log/checkpoint", summary="The log's signed head, open to everybody", tags=["log"])
def checkpoint(request: Request) -> JSONResponse:
    """A C2SP tlog-checkpoint. Keep it: a log that was rewritten later cannot be proved consistent with it."""
    log = installation_of(request).log
    return JSONResponse(
        {"checkpoint": log.checkpoint().decode(), "size": log.size(), "verifier_key": str(log.verifier_key)}
    )
