"""Kill -9 before and after every step of an erasure, start again: the same end, once on record.

Positive control: a start that does not resume leaves the erasure undone, and the same check says so.
"""

from __future__ import annotations

import importlib
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from facewarden.bootstrap import opening
from facewarden.bootstrap.erasing import TakingOut
from facewarden.bootstrap.installation import Installation
from facewarden.cli.main import main
from facewarden.domain.audit import AuditEvent
from facewarden.domain.erasing import ErasureState
from facewarden.web import chores
from tests.conftest import Shell
from tests.integration.erasing.conftest import Office
from tests.processes import outcome_of
from tests.serving import tend

pytestmark = pytest.mark.slow

STEPS = {
    "decided": ("facewarden.services.gate", "Gate.enter"),
    "hidden": ("facewarden.adapters.records_sql.erasures", "SqlErasures.begin"),
    "in the ledger": ("facewarden.adapters.erasure_ledger.file", "FileLedger.write"),
    "files unlinked": ("facewarden.adapters.blobs.files", "EncryptedBlobs.delete"),
    "destroyed": ("facewarden.adapters.records_sql.withdrawal", "SqlWithdrawals.finish"),
    "facts forgotten": ("facewarden.adapters.decision_facts.store", "DecisionFacts.forget"),
    "index key made anew": ("facewarden.adapters.index_faiss.index", "FaissIndex.save"),
    "keys rotated": ("facewarden.adapters.keys.vault", "KeyVault.rotate"),
    "logged": ("facewarden.services.taking_out.erasing", "Erasing._logged"),
    "closed": ("facewarden.adapters.records_sql.erasures", "SqlErasures.close"),
}
MOMENTS = ("before", "after") if os.environ.get("FACEWARDEN_EVERY_KILL") else ("after",)
"""After one step is before the next, nearly; FACEWARDEN_EVERY_KILL=1 tries both, which takes two minutes more."""


def _erase_and_die(module: str, path: str, moment: str, photo_id: str) -> None:
    owner_name, name = path.split(".")
    owner = getattr(importlib.import_module(module), owner_name)
    whole = getattr(owner, name)

    def killed(*arguments: object, **named: object) -> None:
        if moment == "after":
            whole(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, killed)
    main(["erase", photo_id, "--reason", "officer"])


def _opened(shell: Shell) -> Installation:
    return opening.open_installation(shell.settings)


def _photo(shell: Shell) -> str:
    installation = _opened(shell)
    try:
        return next(iter(installation.records.gallery.showable([1]).values())).photo.photo_id
    finally:
        installation.close()


def _kill(shell: Shell, step: str, moment: str, photo_id: str) -> None:
    code = outcome_of(shell.environment, _erase_and_die, *STEPS[step], moment, photo_id)
    assert code == -signal.SIGKILL, step


def _state(installation: Installation, photo_id: str) -> list[str]:
    """What is wrong; empty means that the photo is gone whole, once on record, and everything else is in order."""
    found = []
    if any(erasure.state is not ErasureState.DONE for erasure in installation.records.erasures.unfinished()):
        found.append("an erasure is unfinished")
    if installation.vault.get_many([photo_id]) or list(installation.data_dir.rglob(photo_id)):
        found.append("the photo's key or file is there")
    if 1 in installation.records.gallery.showable([1]) or installation.vault.get_many([1]):
        found.append("the face or its key is there")
    outcomes = [entry for entry in installation.log.entries() if entry.event is AuditEvent.PHOTO_ERASED]
    if len(outcomes) != 1:
        found.append(f"{len(outcomes)} outcomes on record")
    installation.index_keeper.check()
    if 1 in installation.index._gallery.slots.numbers:
        found.append("the index holds the face")
    found += [f"{check.name}: {check.detail}" for check in installation.examine() if check.problem is not None]
    return found


@pytest.fixture
def copies(office: Office, tmp_path: Path) -> Callable[[str], Shell]:
    """Copies of one installation with photos in it."""
    office.ingest()
    made = iter(range(1_000))
    return lambda name: office.shell.copied(tmp_path / f"copy-{next(made)}-{name.replace(' ', '-')}")


def test_every_kill_ends_the_same(copies: Callable[[str], Shell]) -> None:
    photo_id = _photo(copies("first"))  # the same in every copy
    for step in STEPS:
        for moment in MOMENTS:
            shell = copies(step)
            _kill(shell, step, moment, photo_id)
            installation = _opened(shell)
            try:
                begun = 1 not in installation.records.gallery.showable([1])
                assert begun == (
                    (step, moment) not in {("decided", "before"), ("decided", "after"), ("hidden", "before")}
                )
            finally:
                installation.close()
            if not begun:  # nothing had happened but, at most, the decision: asked again, it happens
                shell.json("erase", photo_id, "--reason", "officer")
            installation = _opened(shell)
            try:
                assert _state(installation, photo_id) == [], f"killed {moment}: {step}"
            finally:
                installation.close()
            shutil.rmtree(shell.data.parent)


def test_the_control_a_start_that_does_not_resume_is_caught(
    copies: Callable[[str], Shell], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = copies("control")
    photo_id = _photo(shell)
    _kill(shell, "destroyed", "before", photo_id)
    monkeypatch.setattr(TakingOut, "resume", lambda self: 0)
    installation = _opened(shell)
    try:
        assert "an erasure is unfinished" in _state(installation, photo_id)
        assert "the photo's key or file is there" in _state(installation, photo_id)
    finally:
        installation.close()


def test_a_running_server_ends_what_was_interrupted(
    copies: Callable[[str], Shell], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = copies("served")
    photo_id, installation = _photo(shell), _opened(shell)
    try:
        _kill(shell, "hidden", "after", photo_id)
        assert "an erasure is unfinished" in _state(installation, photo_id)
        unfinished = installation.records.erasures.unfinished
        tend(installation, chores._end_interrupted_erasures, lambda: not unfinished(), monkeypatch)
        assert _state(installation, photo_id) == []
    finally:
        installation.close()
