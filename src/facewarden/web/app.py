"""The web app: every layer and router around one opened installation.

Never adds an address without the door in front of it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from facewarden import __version__
from facewarden.bootstrap.daily import daily
from facewarden.bootstrap.installation import Installation
from facewarden.errors import BadUseError, Error
from facewarden.services.daily import run_quietly
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
from facewarden.web.door import Door
from facewarden.web.edge import LOGGER, Edge
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
COLLECT_EVERY_S = 10.0  # a collection without a worker waits no longer than this, once its last is known to be gone
WITNESS_EVERY_S = 60.0  # what was logged a minute ago is cosigned, where witnesses are named
SWEEP_EVERY_S = 30.0  # a probe outlives its half hour by this at most
LOOK_EVERY_S = 300.0  # a day's rounds begin within five minutes of its first, and a failed one is tried again
API_DESCRIPTION = "Search one face under one case. A candidate is a lead, never an identification."


def create_app(installation: Installation) -> FastAPI:
    """The app, serving this installation; the caller closes the installation."""
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
    leaving = threading.Event()
    tasks = [
        asyncio.create_task(_destroy_expired_probes(app)),
        asyncio.create_task(_end_interrupted_erasures(app)),
        asyncio.create_task(_do_daily_rounds(app)),
        asyncio.create_task(_work_on_collections(app, leaving)),
        asyncio.create_task(_ask_witnesses(app)),
    ]
    try:
        yield
    finally:
        leaving.set()
        for task in tasks:
            task.cancel()


async def _work_on_collections(app: FastAPI, leaving: threading.Event) -> None:
    """Works on running collections that nobody else works on, one at a time, as long as the server runs."""
    while True:
        try:
            worked = await run_in_threadpool(app.state.installation.ways_in.work_left_alone, leaving.is_set)
        except Error as error:
            LOGGER.error("collections were not looked after: %s %s", error.code, error)
            worked = False
        await asyncio.sleep(0.0 if worked else COLLECT_EVERY_S)


async def _ask_witnesses(app: FastAPI) -> None:
    """Has the log's growth cosigned by whoever watches it from outside, as long as the server runs."""
    witnessing, clock = app.state.installation.witnessing, app.state.installation.clock
    while witnessing.policy is not None:
        await asyncio.sleep(WITNESS_EVERY_S)
        try:
            if await run_in_threadpool(witnessing.is_due):
                await run_in_threadpool(witnessing.run, clock.now())
        except Error as error:
            LOGGER.error("the witnesses were not asked: %s %s", error.code, error)


async def _destroy_expired_probes(app: FastAPI) -> None:
    """Destroys probes whose time is over, as long as the server runs."""
    while True:
        try:
            await run_in_threadpool(app.state.installation.search.destroy_expired)
        except Error as error:
            LOGGER.error("expired probes were not destroyed: %s %s", error.code, error)
        await asyncio.sleep(SWEEP_EVERY_S)


async def _end_interrupted_erasures(app: FastAPI) -> None:
    """Brings to their end what a full disk stopped, as long as the server runs: nobody starts it anew for one."""
    of = app.state.installation
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            await run_in_threadpool(lambda: of.taking_out.resume() + of.source_desk.resume())
        except Error as error:
            LOGGER.error("interrupted erasures were not brought to their end: %s %s", error.code, error)


async def _do_daily_rounds(app: FastAPI) -> None:
    """Runs what is due today, as long as the server runs; a failed round is due again at the next look."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            outcomes = await run_in_threadpool(run_quietly, daily(app.state.installation))
        except Error as error:
            LOGGER.error("the daily rounds did not run: %s %s", error.code, error)
            continue
        for outcome in outcomes:
            if outcome.error is not None:
                LOGGER.error("daily round %s failed: %s %s", outcome.name, outcome.error.code, outcome.error)


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
