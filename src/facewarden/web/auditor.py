"""What an auditor sees: the log, its head, and how to check it without trusting this page.

Never shows an entry without the reading itself being on record.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from facewarden.web.door import actor_of
from facewarden.web.groundwords import ground_words
from facewarden.web.pages import page
from facewarden.web.site import installation_of

router = APIRouter(include_in_schema=False)


@router.get("/log")
def log_page(request: Request, before: int | None = None, q: str = "") -> Response:
    """Some entries of the log, those that hold the words looked for, newest first, under its signed checkpoint."""
    installation = installation_of(request)
    read = installation.logbook.page(actor_of(request), before, words=q)
    said = ground_words(installation.law.packs)
    return page(request, "log.html", log=read, before=before, q=q, said=said, witnesses=installation.witnessing.view())
