"""The web app: every layer and router around one opened installation.

Never adds an address without the door in front of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from facewarden import __version__
from facewarden.bootstrap.installation import Installation
from facewarden.errors import BadUseError, Error
from facewarden.web import (
    api,
    api_pages,
    applying,
    auditor,
    collections,
    everybody,
    examiner,
    investigator,
    keeping_out,
    law,
    modelcard,
    operator,
    optout,
    organisation,
    organisations,
    oversight,
    people,
    probes,
    public,
    receipt_check,
    requests_desk,
    settings_codes,
    settings_keys,
    settings_pages,
    source_hosts,
    source_letters,
    sources,
    welcome,
)
from facewarden.web.answers import error_answer
from facewarden.web.chores import EVERY_PROCESS, ONE_PROCESS, Chores
from facewarden.web.door import Door
from facewarden.web.edge import Edge
from facewarden.web.forms import guard_forms

MODULES = (
    api,  # first: routes are tried in order, and programs call most
    public,
    investigator,
    probes,
    operator,
    organisations,
    auditor,
    collections,
    everybody,
    examiner,
    modelcard,
    settings_pages,
    settings_keys,
    optout,
    applying,
    requests_desk,
    people,
    oversight,
    welcome,
    settings_codes,
    keeping_out,
    receipt_check,
    organisation,
    law,
    api_pages,
    source_hosts,
    source_letters,
    sources,
)
API_DESCRIPTION = "Search one face under one case. A candidate is a lead, never an identification."


def create_app(installation: Installation, *, tends: bool = True) -> FastAPI:
    """The app, serving this installation; the caller closes the installation. One that `tends` does what is due beside
    answering: of several processes, one does."""
    app = FastAPI(
        title="facewarden",
        version=__version__,
        description=API_DESCRIPTION,
        docs_url=None,  # FastAPI's own page loads its scripts from elsewhere; /api is made here
        redoc_url=None,
        dependencies=[Depends(guard_forms)],
        lifespan=_lifespan,
    )
    app.state.installation = installation
    app.state.tends = tends
    app.add_exception_handler(Error, _on_error)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    for module in MODULES:
        app.include_router(module.router)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    app.add_middleware(Door, sign_in=installation.sign_in, gate=installation.gate)
    app.add_middleware(Edge)  # added last: outermost
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    with Chores(app.state.installation, EVERY_PROCESS + (ONE_PROCESS if app.state.tends else ())):
        yield


def _on_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, Error):
        raise error
    if request.url.path.startswith(optout.router.prefix):  # the public is answered in its language
        return optout.error_page(request, error)
    return error_answer(request, error)


def _on_http_exception(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    if status == 400:
        answer = BadUseError("bad_request", "The request cannot be read.", next_step="See /api for what it takes.")
    elif status == 405:
        answer = BadUseError(
            "no_such_method", "This address is not used that way.", next_step="Use the links and forms of the pages."
        )
    else:
        answer = BadUseError(
            "not_found",
            "There is nothing at this address.",
            "It may have been mistyped, or what was here is gone.",
            "Go back to your own pages.",
        )
    return error_answer(request, answer)


def _on_validation_error(request: Request, error: Exception) -> Response:
    problems = error.errors() if isinstance(error, RequestValidationError) else []
    # A place in the body that is a number is an offset into JSON that is none.
    names = ", ".join(sorted({p["loc"][-1] for p in problems if isinstance(p["loc"][-1], str)})) or "the body"
    why, next_step = "A value is missing, of another kind, or not JSON at all.", "See /api for what this address takes."
    return error_answer(request, BadUseError("bad_request", f"Not understood: {names}.", why, next_step))
