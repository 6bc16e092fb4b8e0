"""Collections as the people who answer for them see them: how far each is, what was refused and why, and its reins.

Never shows a photo, and never begins, pauses or ends anything that the law was not asked about.
"""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from facewarden.domain.accounts import Actor
from facewarden.domain.collections import Collection, CollectionPurpose, Plan
from facewarden.domain.ids import CaseId
from facewarden.domain.jobs import JobState
from facewarden.domain.photos import OfferedFile
from facewarden.domain.sources import Source, SourceKind, SourceState
from facewarden.errors import BadUseError, Error
from facewarden.services.collecting.collections import OPEN_STATES
from facewarden.services.collecting.crawlplan import crawl_plan
from facewarden.services.collecting.intake_report import IngestReport
from facewarden.web.door import actor_of, actor_with
from facewarden.web.forms import Form, form_of
from facewarden.web.groundwords import ground_words
from facewarden.web.pages import page
from facewarden.web.rooms import COLLECTION_ROLES, KEEPER_ROLES
from facewarden.web.site import installation_of

router = APIRouter(include_in_schema=False)

SHOWN_TROUBLES = 100


@router.get("/collections")
def collections(request: Request) -> Response:
    """Every collection, newest first."""
    actor = actor_with(request, *COLLECTION_ROLES)
    collecting = installation_of(request).ways_in.collecting
    rows = [(item, collecting.source(item).name, collecting.progress(item)) for item in collecting.all()]
    return page(request, "collections.html", rows=rows, may_begin=actor.has(*KEEPER_ROLES))


@router.get("/collections/crawl")
def crawl_form(request: Request) -> Response:
    """The form that begins a crawl."""
    actor_with(request, *KEEPER_ROLES)
    return _crawl_page(request, Form(), None)


@router.post("/collections/crawl")
def crawl(request: Request) -> Response:
    """A crawl, begun; whoever serves this page works on it."""
    actor, form = actor_with(request, *KEEPER_ROLES), form_of(request)
    installation = installation_of(request)
    try:
        plan = _plan(form)
        source = installation.sources.named(form.text("source"))
        first = tuple(map(str, plan.where["first"])) if isinstance(plan.where["first"], list) else ()
        begun = installation.ways_in.collecting.start(actor, source, plan, first)
    except Error as error:
        return _crawl_page(request, form, error)
    return RedirectResponse(f"/collections/{begun.job_id}", 303)


def _plan(form: Form) -> Plan:
    purpose = form.text("purpose")
    if purpose and purpose not in set(CollectionPurpose):
        raise BadUseError("bad_purpose", "There is no such purpose.", next_step="Choose one from the list.")
    return crawl_plan(
        form.text("addresses").split(),
        form.text("contact"),
        CollectionPurpose(purpose) if purpose else None,
        form.text("subject") or None,
        CaseId(form.text("case_id")) if form.text("case_id") else None,
    )


def _crawl_page(request: Request, form: Form, error: Error | None) -> Response:
    sites = [source for source in _active(request) if source.kind is SourceKind.WEBSITE]
    purposes = [purpose.value for purpose in CollectionPurpose]
    return page(request, "collection_crawl.html", form=form, error=error, sites=sites, purposes=purposes)


def _active(request: Request) -> list[Source]:
    return [source for source in installation_of(request).sources.all() if source.state is SourceState.ACTIVE]


@router.get("/collections/photo")
def photo_form(request: Request) -> Response:
    """The form that takes one photo in."""
    actor_with(request, *KEEPER_ROLES)
    return _photo_page(request, Form(), None, None)


@router.post("/collections/photo")
def photo(request: Request) -> Response:
    """One photo, through the same gates as any other; what came of it is told at once."""
    actor, form = actor_with(request, *KEEPER_ROLES), form_of(request)
    installation = installation_of(request)
    try:
        content = form.photo("photo")
        source = installation.sources.named(form.text("source"))
        report = installation.ingest.run(actor, source, _OnePhoto(content))
    except Error as error:
        return _photo_page(request, form, None, error)
    return _photo_page(request, form, report, None)


@router.get("/collections/files")
def files_form(request: Request) -> Response:
    """The form that takes many photos, a folder or a ZIP archive."""
    actor_with(request, *KEEPER_ROLES)
    return _files_page(request, Form(), None)


@router.post("/collections/files")
def files(request: Request) -> Response:
    """A collection of what was handed over; whoever serves this page works on it."""
    actor, form = actor_with(request, *KEEPER_ROLES), form_of(request)
    installation = installation_of(request)
    try:
        source = installation.sources.named(form.text("source"))
        begun = installation.ways_in.uploading.begin(actor, source, form.uploads)
    except Error as error:
        return _files_page(request, form, error)
    return RedirectResponse(f"/collections/{begun.job_id}", 303)


def _files_page(request: Request, form: Form, error: Error | None) -> Response:
    return page(request, "collection_files.html", form=form, error=error, sources=_active(request))


class _OnePhoto:
    """An uploaded file, offered for collection."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def count(self) -> int:
        return 1

    def read(self) -> Iterable[OfferedFile]:
        return [OfferedFile("the photo", self._content)]


def _photo_page(request: Request, form: Form, report: IngestReport | None, error: Error | None) -> Response:
    return page(
        request,
        "collection_photo.html",
        form=form,
        report=report,
        error=error,
        sources=_active(request),
        said=ground_words(installation_of(request).law.packs),
    )


@router.get("/collections/{job_id}")
def collection(request: Request, job_id: str) -> Response:
    """One collection: how far, by which grounds photos were refused, which files could not be used."""
    actor = actor_with(request, *COLLECTION_ROLES)
    return _one(request, actor, installation_of(request).ways_in.collecting.find(job_id), None)


@router.post("/collections/{job_id}/{action}")
def change(request: Request, job_id: str, action: str) -> Response:
    """Paused, gone on with or given up."""
    actor = actor_of(request)
    collecting = installation_of(request).ways_in.collecting
    acts = {"pause": collecting.pause, "resume": collecting.resume, "cancel": collecting.cancel}
    if action not in acts:
        raise BadUseError("not_found", "There is nothing at this address.", next_step="Go back to the collections.")
    try:
        acts[action](actor, job_id)
    except BadUseError as error:
        return _one(request, actor, collecting.find(job_id), error)
    return RedirectResponse(f"/collections/{job_id}", 303)


def _one(request: Request, actor: Actor, found: Collection, error: Error | None) -> Response:
    installation = installation_of(request)
    collecting = installation.ways_in.collecting
    troubles = collecting.troubles(found)
    return page(
        request,
        "collection.html",
        collection=found,
        source=collecting.source(found),
        progress=collecting.progress(found),
        troubles=troubles[:SHOWN_TROUBLES],
        troubles_total=len(troubles),
        said=ground_words(installation.law.packs),
        error=error,
        running=found.state is JobState.RUNNING,
        may_change=actor.has(*KEEPER_ROLES) and found.state in OPEN_STATES,
    )
