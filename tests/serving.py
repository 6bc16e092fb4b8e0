"""A server's own chores in this process, one of them without its pause: what they bring about is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from facewarden.bootstrap.installation import Installation
from facewarden.web import app, chores
from tests.processes import wait_until


def tend(
    installation: Installation, chore: Callable[..., bool], done: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app of that installation lives until `done`, and comes to that chore at once and again and again."""
    known = tuple(replace(one, every_s=0.05) if one.run is chore else one for one in chores.ONE_PROCESS)
    monkeypatch.setattr(app, "ONE_PROCESS", known)
    made = app.create_app(installation)

    async def live() -> None:
        async with made.router.lifespan_context(made):
            await asyncio.to_thread(wait_until, done)

    with ThreadPoolExecutor(1) as beside:  # a browser of other tests may have a loop in this thread
        beside.submit(asyncio.run, live()).result()
