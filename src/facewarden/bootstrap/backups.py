"""Backups and restores: data and keys apart, and nothing restored serves before the erasure ledger is replayed.

Never writes a key into a backup of data, and never opens a restored installation for anybody while it may show the
erased.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from facewarden.adapters.backups import folders
from facewarden.adapters.clock import SystemClock
from facewarden.adapters.durable import move_folder
from facewarden.adapters.erasure_ledger import file as ledger_file
from facewarden.adapters.identity_file import read_identity
from facewarden.audit.note import NoteSigner
from facewarden.bootstrap import law as bootstrap_law
from facewarden.bootstrap import opening
from facewarden.bootstrap.installation import Installation
from facewarden.bootstrap.key_backups import REGISTER, KeyBackups
from facewarden.bootstrap.stores import LEDGER, LEDGER_PURPOSE, LOG_PURPOSE, check_free, open_vault, verify_log_copy
from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.ids import random_id
from facewarden.domain.suppression import Incident, IncidentKind, IncidentState
from facewarden.errors import BadUseError, DamagedError, UnavailableError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.services.law.facts import actor_facts
from facewarden.services.taking_out.replaying import Replayed
from facewarden.settings import Settings


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was made: its folder, the keys' file apart from it (None: not asked for), files, the log's size."""

    folder: Path
    keys: Path | None
    files: int
    log_size: int


def make_backup(installation: Installation, actor: Actor, to: Path, keys_to: Path | None) -> BackedUp:
    """A backup in a new folder below `to`, decided and on record; the keys in a new file below `keys_to`, if given.

    Raises RefusedError unless the operator asks, and for keys in the same place as the data or their copy.
    """
    data, now = installation.data_dir, installation.clock.now()
    stamp = now.strftime("%Y%m%dT%H%M%S")
    folder = to.absolute() / f"facewarden-{stamp}"
    keys = None if keys_to is None else keys_to.absolute() / f"facewarden-keys-{stamp}.db"
    apart = keys is None or not (_within(keys, folder.parent) or _within(keys, data) or _within(folder, keys.parent))
    if _within(folder, data):
        raise BadUseError("backup_inside", "A backup cannot lie in the data folder.", next_step="Name another folder.")
    decided = _enter_backup(installation, actor, apart=apart, key_backups=int(keys is not None))
    size = installation.log.size()
    facts = {
        "installation_id": installation.installation_id,
        "made_at": now.isoformat(),
        "log_size": size,
        "checkpoint": installation.log.checkpoint().decode(),
    }
    if keys is not None:  # first: a key too many opens nothing
        _copy_keys(installation, keys, now)
    manifest = folders.copy_data(data, folder, facts)
    details: dict[str, str | int] = {"entries": size, "decision_index": decided}
    subject = installation.installation_id
    installation.gate.note(AuditEvent.DATA_BACKED_UP, actor=actor.user.user_id, subject=subject, details=details)
    return BackedUp(folder, keys, len(manifest["files"]), size)


def _copy_keys(installation: Installation, keys: Path, now: datetime) -> None:
    """The keys in that file, and it in the register of those that end."""
    # Keys of the installation that nobody needed yet must be among them, or what they seal later is lost with it.
    installation.records.photo_sources.warm()
    _ = installation.taking_out.ledger
    KeyBackups(installation.data_dir / REGISTER).add(keys, now)
    folders.copy_keys(installation.data_dir / "keys.db", keys)


def _enter_backup(installation: Installation, actor: Actor, *, apart: bool, key_backups: int) -> int:
    """The index of the decision that this backup may be made; `apart`: no key is copied to where data lies."""
    passage = installation.gate.enter(
        Action.BACK_UP,
        {
            **actor_facts(actor, installation.clock.now()),
            "backup_change": Fact("make", "the command"),
            "keys_apart": Fact(apart, "the folders that were named"),
            "newest_ledger": Fact("not_needed", "nothing is restored"),
        },
        AuditEvent.BACKUP_DECIDED,
        actor=actor.user.user_id,
        subject=installation.installation_id,
        details={"action": "make", "key_backups": key_backups},
    )
    return passage.audit_index


def restore_backup(
    settings: Settings, backup: Path, keys: Path, ledger: Path | None, log: Path | None, *, ledger_lost: bool = False
) -> Replayed:
    """What the replay came to, once the backup is an installation again at `settings.data_dir`, and may serve.

    `ledger` is the newest ledger's folder; without it only `ledger_lost` goes on, with what the backup itself knows,
    and that is on record. `log` is the newest log's folder, None to go on from the backup's. 1. the backup is checked;
    2. the files are put beside the place, marked as not to be served; 3. moved there; 4. the ledger replayed; 5. the
    mark taken away. After a crash `resume_restore` goes on at 4. BadUseError, DamagedError.
    """
    if ledger is None and not ledger_lost:
        raise _ledger_missing()
    opening.check_not_restoring(settings.data_dir)
    manifest = folders.read_manifest(backup)  # 1
    check_free(target := settings.data_dir)
    unfinished = target.with_name(f".{target.name}.restoring")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:  # 2
        names = [name for name in manifest["files"] if log is None or not name.startswith("log/")]
        folders.put_back(backup, unfinished, names)
        folders.copy_keys(keys, unfinished / "keys.db")
        if log is not None:
            shutil.copytree(log, unfinished / "log", dirs_exist_ok=True)
        _newest_ledger(unfinished / LEDGER, ledger)
        folders.write_json(unfinished / opening.RESTORING, {"ledger_lost": ledger_lost})
        _check_log(settings, unfinished, manifest)
        move_folder(unfinished, target)  # 3: an empty folder there gives way
    except OSError as error:
        raise UnavailableError(
            "restore_failed",
            "The backup could not be put back.",
            f"The system says: {folders.reason_of(error)}.",
            "Check the folder and the space on its disk, then do it again: nothing was left half done.",
        ) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return resume_restore(settings)


def _ledger_missing() -> BadUseError:
    return BadUseError(
        "ledger_missing",
        "A backup is not restored without the newest erasure ledger.",
        "What was erased after the backup would be there again.",
        "Name its folder with --ledger: in the old data folder, or where FACEWARDEN_LEDGER_COPY had it copied.",
    )


def resume_restore(settings: Settings) -> Replayed:
    """Steps 4 and 5 of a restore, from the beginning or after a crash, decided before anything is shown to anybody.

    BadUseError `no_restore` if there is none; RefusedError leaves it under way.
    """
    mark = settings.data_dir / opening.RESTORING
    if not mark.exists():
        raise BadUseError(
            "no_restore", "No restore is under way here.", next_step="Begin one: facewarden restore BACKUP"
        )
    told = json.loads(mark.read_text("utf-8"))
    with closing(opening.open_installation(settings, restoring=True)) as installation:
        decided = _enter_restored(installation, "lost" if told.get("ledger_lost") else "given")
        installation.rebuild_index()
        replayed = installation.taking_out.replaying.run()  # 4
        installation.source_desk.close_again()
        details: dict[str, str | int] = {**replayed.counts(), "outcome": "done", "decision_index": decided}
        if told.get("ledger_lost"):
            details["code"] = "ledger_lost"
            _note_lost_ledger(installation)
        installation.gate.note(
            AuditEvent.DATA_RESTORED, actor=None, subject=installation.installation_id, details=details
        )
        installation.seen.forget()
        mark.unlink()  # 5
    return replayed


def _enter_restored(installation: Installation, newest_ledger: str) -> int:
    """The index of the decision that this restore may go on; nobody is signed in: who restores has keys and backup."""
    nobody = "nobody is signed in: whoever restores has the backup, its keys and the master key"
    passage = installation.gate.enter(
        Action.BACK_UP,
        {
            "actor_roles": Fact(frozenset(), nobody),
            "key_scopes": Fact(frozenset(), nobody),
            "backup_change": Fact("restore", "the command"),
            "keys_apart": Fact(True, "a backup of data holds no key, and none is copied but into its own place"),
            "newest_ledger": Fact(newest_ledger, "the command"),
        },
        AuditEvent.BACKUP_DECIDED,
        actor=None,
        subject=installation.installation_id,
        details={"action": "restore"},
    )
    return passage.audit_index


def _note_lost_ledger(installation: Installation) -> None:
    """An incident for officers and auditors: what was erased after the backup may be there again."""
    incident_id, now = random_id("inc"), installation.clock.now()
    kind = IncidentKind.LEDGER_LOST
    installation.gate.note(AuditEvent.INCIDENT_FOUND, actor=None, subject=incident_id, details={"kind": kind.value})
    installation.records.incidents.add(Incident(incident_id, kind, IncidentState.OPEN, now, 0))


def _newest_ledger(folder: Path, newest: Path | None) -> None:
    """The newest ledger in the place of the backup's, which must be its beginning; DamagedError `ledger_older`."""
    if newest is None:
        return
    own, other = (_lines(path / ledger_file.LINES) for path in (folder, newest))
    if not other.startswith(own):
        raise DamagedError(
            "ledger_older",
            "This ledger does not go on from the backup's.",
            "It is older than the backup, or of another installation.",
            "Name the newest: in the old data folder, or where FACEWARDEN_LEDGER_COPY had it copied.",
        )
    folder.mkdir(mode=0o700, exist_ok=True)
    for name in ledger_file.NAMES:
        if (newest / name).exists():
            shutil.copyfile(newest / name, folder / name)


def _check_log(settings: Settings, data: Path, manifest: Mapping[str, Any]) -> None:
    """Nothing; DamagedError where the log does not verify, or does not go on from the backup's checkpoint."""
    identity = read_identity(data / bootstrap_law.IDENTITY_FILE)
    place = replace(settings, data_dir=data)
    with closing(open_vault(place, identity, SystemClock(), stores=("keys.db",))) as vault:
        key = str(NoteSigner(str(identity["name"]), vault.derive(LOG_PURPOSE)).verifier_key)
        vault.derive(LEDGER_PURPOSE)
    report = verify_log_copy(data / "log", key, [str(manifest["checkpoint"]).encode()])
    if not report.ok:
        fault = report.faults[0]
        raise DamagedError("log_damaged", fault.what, f"At {fault.place}.", "Use another backup or another log.")


def _lines(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _within(path: Path, folder: Path) -> bool:
    return path == folder or folder in path.parents
