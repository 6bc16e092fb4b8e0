"""A demo installation of a bench's own, filled up with made-up faces, in a folder that goes when the bench ends."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from facewarden.bench import latency
from facewarden.cli.console import Context
from facewarden.cli.demonstration import prepare
from facewarden.domain.accounts import Actor
from facewarden.settings import MODELS_VARIABLE


@dataclass(frozen=True, slots=True)
class FilledDemo:
    """Its data folder, the environment that names its keys and models, who may sign in, its officer, its faces."""

    context: Context
    data: Path
    environment: dict[str, str]
    passwords: dict[str, str]
    officer: Actor
    gallery: int


@contextmanager
def filled_demo(
    models_dir: Path, folder: Path | None, people: int, faces: int, **settings: str
) -> Iterator[FilledDemo]:
    """A demo of that many drawn people with that many made-up faces beside them, open; `settings` by variable."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        os.environ.update({"HOME": scratch, "XDG_CONFIG_HOME": scratch, MODELS_VARIABLE: str(models_dir), **settings})
        context, data = Context(), Path(scratch) / "data"
        context.data = str(data)
        passwords = {entry["name"]: entry["password"] for entry in prepare(context, context.settings(), people)}
        with closing(context):
            installation = context.installation()
            officer = installation.sign_in.actor_of(installation.sign_in.sign_in("privacy", passwords["privacy"]))
            size = latency.fill(installation, officer, faces, lambda stored: _tell(stored, faces))
            yield FilledDemo(context, data, dict(os.environ), passwords, officer, size)


def _tell(stored: int, faces: int) -> None:
    sys.stderr.write(f"\r{stored:,} of {faces:,} faces ")
