"""What an investigator does: cases, searches and candidates.

Never shows a candidate that the service does not show at this moment, and never names one anything but a candidate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from facewarden.domain.accounts import Actor
from facewarden.domain.cases import Case, CaseBasis, Purpose, SoughtFor
from facewarden.domain.examinations import Lead
from facewarden.domain.gallery import GalleryFace
from facewarden.domain.searches import SearchRecord
from facewarden.errors import BadUseError, Error
from facewarden.services.casework.cases import Stated
from facewarden.services.casework.probes import placed_in
from facewarden.services.casework.viewing import ShownCandidate, face_crop, gone
from facewarden.web.answers import jpeg
from facewarden.web.door import actor_of
from facewarden.web.forms import Form, form_of
from facewarden.web.frames import Frame, frame_of
from facewarden.web.pages import page
from facewarden.web.site import installation_of

router = APIRouter(include_in_schema=False)

FACE_SIDE_PX = 800  # a face beside another on a large screen; lists show the same picture smaller
PHOTO_SIDE_PX = 1_600


# -- cases ----------------------------------------------------------------------------------------------------


@router.get("/cases")
def cases(request: Request) -> Response:
    """The actor's cases, and the examinations that wait for them."""
    installation, actor = installation_of(request), actor_of(request)
    waiting = installation.casework.examining.waiting_for(actor)
    return page(request, "cases.html", cases=installation.cases.list(actor), waiting=waiting)


@router.get("/cases/new")
def new_case(request: Request) -> Response:
    """The form that opens a case."""
    return _case_form(request, Form(), None)


@router.post("/cases")
def open_case(request: Request) -> Response:
    """The opened case."""
    actor, form = actor_of(request), form_of(request)
    try:
        purpose = form.chosen("purpose", Purpose, "A case needs a purpose.")
        stated = Stated(
            form.text("offence_code"),
            form.chosen("sought_for", SoughtFor, "A case needs what about the person makes you search for them."),
            form.chosen("basis", CaseBasis, "A case needs a legal basis."),
            form.text("basis_reference"),
            form.day("basis_ends_on"),
            form.day("happened_on"),
            bool(form.text("reasonable_suspicion")),
        )
        if purpose is Purpose.INVESTIGATE_CRIME and not stated.offence_code:
            raise BadUseError(
                "no_offence", "Investigating a crime needs its offence.", next_step="Choose it from the list."
            )
        case = installation_of(request).cases.open(actor, form.text("number"), purpose, form.text("offence"), stated)
    except BadUseError as error:
        return _case_form(request, form, error)
    return RedirectResponse(f"/cases/{case.case_id}", 303)


def _case_form(request: Request, form: Form, error: BadUseError | None) -> Response:
    offences = installation_of(request).cases.offences(actor_of(request))
    return page(request, "case_new.html", form=form, error=error, offences=offences)


@router.get("/cases/{case_id}")
def case_page(request: Request, case_id: str) -> Response:
    """The case: what the law says to a search under it, the way to a search, and past searches."""
    return show_case(request, installation_of(request).cases.find(actor_of(request), case_id), None)


def show_case(request: Request, case: Case, error: Error | None) -> Response:
    """The case's page, with what went wrong if something did."""
    installation, actor = installation_of(request), actor_of(request)
    users = installation.cases.colleagues(actor)
    return page(
        request,
        "case.html",
        case=case,
        decision=installation.search.ask(actor, case),
        searches=installation.viewing.of_case(actor, case),
        leads=installation.casework.examining.of_case(actor, case),
        releases=installation.casework.reporting.releases(actor, case),
        people={user.user_id: user.display_name for user in users},
        colleagues=[user for user in users if user.user_id not in case.members],
        members=[user for user in users if user.user_id in case.members],
        error=error,
    )


@router.post("/cases/{case_id}/members")
def add_member(request: Request, case_id: str) -> Response:
    """The case with one more member."""
    return _staff(request, case_id, installation_of(request).cases.add_member)


@router.post("/cases/{case_id}/members/remove")
def remove_member(request: Request, case_id: str) -> Response:
    """The case with one member less."""
    return _staff(request, case_id, installation_of(request).cases.remove_member)


def _staff(request: Request, case_id: str, change: Callable[[Actor, Case, str], Case]) -> Response:
    actor, cases = actor_of(request), installation_of(request).cases
    case = cases.find(actor, case_id)
    try:
        change(actor, case, form_of(request).text("name"))
    except BadUseError as error:
        return show_case(request, cases.find(actor, case_id), error)
    return RedirectResponse(f"/cases/{case.case_id}", 303)


@router.post("/cases/{case_id}/close")
def close_case(request: Request, case_id: str) -> Response:
    """The closed case."""
    installation, actor = installation_of(request), actor_of(request)
    case = installation.cases.close(actor, installation.cases.find(actor, case_id))
    return RedirectResponse(f"/cases/{case.case_id}", 303)


# -- searches and candidates ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """One past search as it may be shown now."""

    record: SearchRecord
    case: Case
    shown: tuple[ShownCandidate, ...]

    @property
    def withdrawn(self) -> int:
        """How many candidates were found and may no longer be shown."""
        return len(self.record.candidates) - len(self.shown)


def _answer(request: Request, search_id: str) -> Answer:
    installation, actor = installation_of(request), actor_of(request)
    record, shown = installation.viewing.search(actor, search_id)
    return Answer(record, installation.cases.find(actor, record.case_id), shown)


def _leads(request: Request, answer: Answer) -> list[Lead]:
    """Those of the search's candidates whom somebody examined."""
    leads = installation_of(request).casework.examining.of_case(actor_of(request), answer.case)
    return [lead for lead in leads if lead.search_id == answer.record.search_id]


@router.get("/searches/{search_id}")
def results(request: Request, search_id: str) -> Response:
    """The candidates of a search, or no reliable lead."""
    installation, actor = installation_of(request), actor_of(request)
    answer = _answer(request, search_id)
    return page(
        request,
        "results.html",
        answer=answer,
        probe_kept=installation.search.searched_face(actor, search_id) is not None,
        leads={lead.rank: lead for lead in _leads(request, answer)},
        by_chance=installation.calibration.expected_lookalikes(answer.record.threshold, answer.record.gallery_size),
        calibration=installation.calibration,
        card=installation.card,
        probe_taken_on=_taken_on(answer.record),
    )


def _taken_on(record: SearchRecord) -> date | None:
    return record.basis.origin.taken_on if record.basis else None


@router.get("/searches/{search_id}/probe.jpg")
def searched_face(request: Request, search_id: str) -> Response:
    """The face that was searched for, while it is kept."""
    content = installation_of(request).search.searched_face(actor_of(request), search_id)
    if content is None:
        raise BadUseError(
            "probe_gone",
            "This probe is no longer here.",
            "Its time is over and it was destroyed.",
            "Search again to compare side by side.",
        )
    return jpeg(content)


@router.get("/searches/{search_id}/candidates/{rank}")
def candidate_page(request: Request, search_id: str, rank: int) -> Response:
    """One candidate, large, beside the probe."""
    return show_candidate(request, search_id, rank, Form(), None)


def show_candidate(request: Request, search_id: str, rank: int, form: Form, error: Error | None) -> Response:
    """The candidate's page, with what an examiner filled in if it could not be taken."""
    installation, actor = installation_of(request), actor_of(request)
    answer = _answer(request, search_id)
    item = _ranked(answer.shown, rank)
    ranks = [other.candidate.rank for other in answer.shown]
    at = ranks.index(rank)
    kept = installation.search.searched_picture(actor, search_id)
    return page(
        request,
        "candidate.html",
        answer=answer,
        form=form,
        error=error,
        lead=next((lead for lead in _leads(request, answer) if lead.rank == rank), None),
        probe_taken_on=_taken_on(answer.record),
        item=item,
        probe_frame=frame_of(kept.probe.faces[0], kept.width_px, kept.height_px) if kept else None,
        candidate_frame=frame_of_face(item.face),
        previous=ranks[at - 1] if at else None,
        following=ranks[at + 1] if at + 1 < len(ranks) else None,
        calibration=installation.calibration,
        card=installation.card,
    )


def frame_of_face(face: GalleryFace) -> Frame:
    """Where a face of the gallery lies in the picture that is cut out for it."""
    left, top, right, bottom = crop = face_crop(face)
    inside = placed_in(crop, face.face, max(right - left, bottom - top))
    return frame_of(inside, right - left, bottom - top)


@router.get("/searches/{search_id}/candidates/{rank}/face.jpg")
def candidate_face(request: Request, search_id: str, rank: int) -> Response:
    """The candidate's face."""
    return _candidate_picture(request, search_id, rank, crop=True)


@router.get("/searches/{search_id}/candidates/{rank}/photo.jpg")
def candidate_photo(request: Request, search_id: str, rank: int) -> Response:
    """The whole photo that the candidate's face is in."""
    return _candidate_picture(request, search_id, rank, crop=False)


def _candidate_picture(request: Request, search_id: str, rank: int, *, crop: bool) -> Response:
    side_px = FACE_SIDE_PX if crop else PHOTO_SIDE_PX
    viewing = installation_of(request).viewing
    return jpeg(viewing.photo(actor_of(request), search_id, rank, crop=crop, max_side_px=side_px))


def _ranked(shown: tuple[ShownCandidate, ...], rank: int) -> ShownCandidate:
    found = next((item for item in shown if item.candidate.rank == rank), None)
    if found is None:
        raise gone()
    return found
