"""A probe in the browser: sent, looked at, turned, cropped or made lighter, one face of it picked and searched.

Never shows a probe to anybody but whoever sent it.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from facewarden.domain.cases import Case
from facewarden.domain.searches import Edit, EditKind, ProbeKind, ProbeOrigin
from facewarden.errors import BadPhotoError, BadUseError, Error
from facewarden.services.casework.policy import LIMIT_DEFAULT
from facewarden.services.casework.probes import pick
from facewarden.web.answers import jpeg
from facewarden.web.door import actor_of
from facewarden.web.forms import Form, form_of
from facewarden.web.investigator import show_case
from facewarden.web.pages import page
from facewarden.web.site import installation_of

router = APIRouter(include_in_schema=False)

PROBE_SIDE_PX = 1_600  # what a large screen shows of a whole photo
LIMITS_OFFERED = (5, 10, 20, 50)


@router.post("/cases/{case_id}/probes")
def upload(request: Request, case_id: str) -> Response:
    """The page on which the probe's face is picked."""
    installation, actor = installation_of(request), actor_of(request)
    case, form = installation.cases.find(actor, case_id), form_of(request)
    try:
        photo = form.photo("photo")
        origin = ProbeOrigin(
            form.chosen("kind", ProbeKind, "Somebody has to say what this picture is."),
            "attested by whoever sent it",
            taken_on=form.day("taken_on"),
            protected_activity=bool(form.text("protected_activity")),
            sensitive=bool(form.text("sensitive")),
        )
        probe = installation.search.upload(actor, case, photo, origin)
    except (BadPhotoError, BadUseError) as error:
        return show_case(request, case, error)
    return RedirectResponse(f"/cases/{case.case_id}/probes/{probe.probe_id}", 303)


@router.post("/cases/{case_id}/probes/{probe_id}/edit")
def edit_probe(request: Request, case_id: str, probe_id: str) -> Response:
    """The probe, turned, cropped, lighter or darker."""
    installation, actor, form = installation_of(request), actor_of(request), form_of(request)
    case = installation.cases.find(actor, case_id)
    try:
        kind = form.chosen("kind", EditKind, "That cannot be done to a probe.")
        installation.search.edit(actor, probe_id, Edit(kind, _values(form, kind)))
    except (BadPhotoError, BadUseError) as error:
        if error.code == "probe_gone":
            raise
        return _pick_page(request, case, probe_id, 1, error)
    return RedirectResponse(f"/cases/{case.case_id}/probes/{probe_id}", 303)


@router.post("/cases/{case_id}/probes/{probe_id}/undo")
def undo_edit(request: Request, case_id: str, probe_id: str) -> Response:
    """The probe without its last edit."""
    installation, actor = installation_of(request), actor_of(request)
    case = installation.cases.find(actor, case_id)
    try:
        installation.search.undo(actor, probe_id)
    except BadPhotoError as error:
        return _pick_page(request, case, probe_id, 1, error)
    return RedirectResponse(f"/cases/{case.case_id}/probes/{probe_id}", 303)


def _values(form: Form, kind: EditKind) -> tuple[float, ...]:
    try:
        if kind is not EditKind.CROP:
            return (float(form.text("values")),)
        left, top, right, bottom = (float(form.text(side) or 0) / 100 for side in ("left", "top", "right", "bottom"))
    except ValueError as problem:
        raise BadUseError("bad_edit", "That is no number.", next_step="Give per cent as digits.") from problem
    return left, top, 1 - right, 1 - bottom


@router.get("/cases/{case_id}/probes/{probe_id}")
def pick_page(request: Request, case_id: str, probe_id: str, face: int = 1) -> Response:
    """The probe with its faces outlined, one of them picked."""
    installation, actor = installation_of(request), actor_of(request)
    return _pick_page(request, installation.cases.find(actor, case_id), probe_id, face, None)


def _pick_page(request: Request, case: Case, probe_id: str, face: int, error: Error | None) -> Response:
    installation, actor = installation_of(request), actor_of(request)
    picture = installation.search.picture(actor, probe_id)
    picked = face if 1 <= face <= len(picture.probe.faces) else 1
    longest = installation.search.policies.current().list_length
    limits = [limit for limit in LIMITS_OFFERED if limit < longest] + [longest]
    return page(
        request,
        "pick.html",
        case=case,
        picture=picture,
        picked=picked,
        step=len(picture.probe.origin.edits),
        now=installation.clock.now(),
        limits=limits,
        limit_default=min(LIMIT_DEFAULT, longest),
        error=error,
    )


@router.get("/cases/{case_id}/probes/{probe_id}/picture.jpg")
def probe_picture(request: Request, case_id: str, probe_id: str) -> Response:
    """The actor's own probe as a picture."""
    installation, actor = installation_of(request), actor_of(request)
    installation.cases.find(actor, case_id)
    return jpeg(installation.search.rendering(actor, probe_id, PROBE_SIDE_PX))


@router.post("/cases/{case_id}/probes/{probe_id}/search")
def run_search(request: Request, case_id: str, probe_id: str) -> Response:
    """The answer to the search for the picked face."""
    installation, actor, form = installation_of(request), actor_of(request), form_of(request)
    case = installation.cases.find(actor, case_id)
    face = form.number("face")
    limit = form.number("limit") if form.text("limit") else LIMIT_DEFAULT
    pick(installation.search.probe(actor, probe_id)[0].faces, face)
    result = installation.search.run_uploaded(actor, case, probe_id, face, limit)
    return RedirectResponse(f"/searches/{result.record.search_id}", 303)
