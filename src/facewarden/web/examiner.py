"""What examiners do: conclude on candidates, first and second, and what becomes of a lead.

Never shows the second examiner a score, a rank, the list or the first's conclusion while they are at work.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from facewarden.domain.cases import Case
from facewarden.domain.examinations import FEATURES, Comparison, Conclusion, Finding, Lead, LeadState
from facewarden.errors import BadUseError, Error
from facewarden.services.casework.examining import Sitting
from facewarden.web.answers import attachment, jpeg
from facewarden.web.door import actor_of
from facewarden.web.forms import Form, form_of
from facewarden.web.frames import frame_of
from facewarden.web.investigator import FACE_SIDE_PX, frame_of_face, show_candidate, show_case
from facewarden.web.leadwords import life_of
from facewarden.web.pages import page
from facewarden.web.site import installation_of

router = APIRouter(include_in_schema=False)

DRAFT_FIELD = re.compile(rf"f\d{{1,3}}_(notes|conclusion|{'|'.join(FEATURES)})")
OPEN_STATES = (LeadState.AWAITING_SECOND, LeadState.SECOND_AT_WORK)


@router.post("/searches/{search_id}/candidates/{rank}/examine")
def examine(request: Request, search_id: str, rank: int) -> Response:
    """The first examiner's conclusion, recorded."""
    form, actor = form_of(request), actor_of(request)
    try:
        made = _comparison(form, "")
        lead = installation_of(request).casework.examining.first(actor, search_id, rank, made)
    except BadUseError as error:
        if error.code in ("unknown_search", "not_a_candidate"):
            raise
        return show_candidate(request, search_id, rank, form, error)
    return RedirectResponse(f"/leads/{lead.lead_id}", 303)


@router.get("/leads/{lead_id}")
def lead_page(request: Request, lead_id: str) -> Response:
    """Where a lead stands; what was concluded is shown once nobody is to examine it blindly any more."""
    lead, case = installation_of(request).casework.examining.find(actor_of(request), lead_id)
    return _lead_page(request, lead, case, Form(), None)


def _lead_page(request: Request, lead: Lead, case: Case, form: Form, error: Error | None) -> Response:
    installation, actor = installation_of(request), actor_of(request)
    examining = installation.casework.examining
    at_work = lead.second is not None and lead.second.by == actor.user.user_id
    second = lead.state in OPEN_STATES and (at_work or examining.may_be_second(actor, lead))
    colleagues = installation.cases.colleagues(actor)
    people = {user.user_id: user.display_name for user in colleagues}
    return page(
        request,
        "lead.html",
        lead=lead,
        case=case,
        form=form,
        error=error,
        may_be_second=second,
        at_work=at_work,
        show_first=not second,
        people=people,
        seconds=sorted(user.display_name for user in examining.who_may_be_second(lead, case, colleagues)),
        life=life_of(lead, installation.casework.reporting.releases(actor, case), people),
    )


@router.post("/leads/{lead_id}/second/begin")
def begin(request: Request, lead_id: str) -> Response:
    """The second examination, begun by this actor."""
    actor = actor_of(request)
    examining = installation_of(request).casework.examining
    try:
        examining.begin_second(actor, lead_id)
    except BadUseError as error:
        return _not_taken(request, lead_id, error)
    return RedirectResponse(f"/leads/{lead_id}/second", 303)


@router.get("/leads/{lead_id}/second")
def second_page(request: Request, lead_id: str) -> Response:
    """The faces that the second examiner compares, with what they filled in before."""
    sitting = installation_of(request).casework.examining.sitting(actor_of(request), lead_id)
    draft = sitting.lead.second.draft if sitting.lead.second else None
    return _second_page(request, sitting, Form(dict(draft or {})), None)


@router.post("/leads/{lead_id}/second/draft")
def keep_draft(request: Request, lead_id: str) -> Response:
    """What was filled in so far, kept; nothing for the page's own script, which asks with `quiet`."""
    form, actor = form_of(request), actor_of(request)
    examining = installation_of(request).casework.examining
    filled = {name: value for name, value in form.fields.items() if value and DRAFT_FIELD.fullmatch(name)}
    try:
        examining.keep_draft(actor, lead_id, filled)
    except BadUseError as error:
        return _not_taken(request, lead_id, error)
    return Response(status_code=204) if form.text("quiet") else RedirectResponse(f"/leads/{lead_id}", 303)


def _not_taken(request: Request, lead_id: str, error: BadUseError) -> Response:
    """The lead's page with why nothing was taken and what was sent; raises BadUseError for a lead not theirs."""
    found = installation_of(request).casework.examining.find(actor_of(request), lead_id)
    return _lead_page(request, *found, form_of(request), error)


def _second_page(request: Request, sitting: Sitting, form: Form, error: Error | None) -> Response:
    probe = sitting.probe
    return page(
        request,
        "second.html",
        sitting=sitting,
        frames={place: frame_of_face(face) for place, face in sitting.places.items()},
        probe_frame=frame_of(probe.probe.faces[0], probe.width_px, probe.height_px),
        form=form,
        error=error,
        erased=False,
    )


@router.get("/leads/{lead_id}/probe.jpg")
def probe(request: Request, lead_id: str) -> Response:
    """The probe's face kept for this lead."""
    content = installation_of(request).casework.examining.probe_face(actor_of(request), lead_id)
    return jpeg(content)


@router.get("/leads/{lead_id}/faces/{place}.jpg")
def face(request: Request, lead_id: str, place: int) -> Response:
    """One face of the second examiner's set."""
    content = installation_of(request).casework.examining.face(actor_of(request), lead_id, place, FACE_SIDE_PX)
    return jpeg(content)


@router.post("/leads/{lead_id}/second")
def conclude(request: Request, lead_id: str) -> Response:
    """The second examiner's conclusions, recorded."""
    form, actor = form_of(request), actor_of(request)
    examining = installation_of(request).casework.examining
    try:
        sitting = examining.sitting(actor, lead_id)
    except BadUseError as error:
        return _not_taken(request, lead_id, error)
    try:
        made = {place: _comparison(form, f"f{place}_") for place in sitting.places}
        examining.conclude_second(actor, lead_id, made)
    except BadUseError as error:
        if error.code in ("unknown_lead", "not_at_work", "not_waiting"):
            return _not_taken(request, lead_id, error)
        return _second_page(request, sitting, form, error)
    return RedirectResponse(f"/leads/{lead_id}", 303)


# -- what becomes of a lead -----------------------------------------------------------------------------------


@router.post("/leads/{lead_id}/report")
def report(request: Request, lead_id: str) -> Response:
    """The signed lead report."""
    form, actor = form_of(request), actor_of(request)
    reporting = installation_of(request).casework.reporting
    try:
        file, release = reporting.lead_report(actor, lead_id, form.text("recipient"), form.text("mail"))
    except BadUseError as error:
        return _not_taken(request, lead_id, error)
    return attachment(file, f"lead-report-{release.release_id}.pdf", "application/pdf")


@router.post("/leads/{lead_id}/support")
def support(request: Request, lead_id: str) -> Response:
    """The lead, supported by evidence that does not come from a face search."""
    form, actor = form_of(request), actor_of(request)
    reporting = installation_of(request).casework.reporting
    return _became(
        request, lead_id, lambda: reporting.support(actor, lead_id, form.text("evidence"), form.text("words"))
    )


@router.post("/leads/{lead_id}/refute")
def refute(request: Request, lead_id: str) -> Response:
    """The lead, refuted, and called back."""
    form, actor = form_of(request), actor_of(request)
    reporting = installation_of(request).casework.reporting
    return _became(request, lead_id, lambda: reporting.refute(actor, lead_id, form.text("words")))


def _became(request: Request, lead_id: str, act: Callable[[], object]) -> Response:
    try:
        act()
    except BadUseError as error:
        return _not_taken(request, lead_id, error)
    return RedirectResponse(f"/leads/{lead_id}", 303)


@router.post("/cases/{case_id}/discovery")
def discovery(request: Request, case_id: str) -> Response:
    """The bundle for the defence."""
    form, actor = form_of(request), actor_of(request)
    installation = installation_of(request)
    case = installation.cases.find(actor, case_id)
    reporting = installation.casework.reporting
    try:
        file, release = reporting.discovery(actor, case, form.text("recipient"), form.text("mail"))
    except BadUseError as error:
        return show_case(request, case, error)
    return attachment(file, f"discovery-{release.release_id}.zip", "application/zip")


def _comparison(form: Form, prefix: str) -> Comparison:
    conclusion = form.choice(f"{prefix}conclusion", Conclusion)
    if conclusion is None:
        raise BadUseError(
            "conclusion_missing",
            "A conclusion is missing.",
            "“Insufficient” is a full answer.",
            "Choose one for each face and send it again; what you filled in is still here.",
        )
    noted = {feature: form.choice(prefix + feature, Finding) for feature in FEATURES}
    findings = {feature: finding for feature, finding in noted.items() if finding is not None}
    return Comparison(findings, form.text(f"{prefix}notes"), conclusion)
