"""Making an installation, opening one, and bringing its records up to a newer schema.

Never leaves half an installation behind.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from facewarden.adapters.clock import SystemClock
from facewarden.adapters.durable import sync
from facewarden.adapters.identity_file import check_installation_name, read_identity, write_identity
from facewarden.adapters.keys.master import new_master_key_file, read_master_key
from facewarden.adapters.keys.vault import KeyVault
from facewarden.adapters.log_tiles.tile_log import TileLog
from facewarden.adapters.passwords import Argon2Passwords
from facewarden.adapters.records_sql.accounts import SqlAccountRecords
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.second_factors import SqlSecondFactors
from facewarden.bootstrap import law as bootstrap_law
from facewarden.bootstrap.installation import Installation
from facewarden.bootstrap.stores import (
    LOG_PURPOSE,
    check_free,
    check_not_exposed,
    default_key_file,
    folders_made,
    log_folder,
    open_vault,
    records_file,
)
from facewarden.domain.accounts import GovernmentLevel, Organisation, Role, Sector
from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.domain.ids import random_id
from facewarden.errors import UnavailableError
from facewarden.services.people.accounts import check_password, new_organisation, new_user
from facewarden.settings import Settings

RESTORING = "restoring.json"
"""The mark of a restored data folder in which the erasure ledger is not replayed yet."""


@dataclass(frozen=True, slots=True)
class Created:
    """A new installation: its id, and where its master key is (None: in the environment)."""

    installation_id: str
    master_key_file: Path | None


def create_installation(
    settings: Settings,
    name: str,
    organisation: str,
    operator: str,
    password: str,
    packs: Mapping[str, str] | None = None,
    place: str | None = None,
    operator_secret: bytes | None = None,
) -> Created:
    """A new installation under `settings.data_dir`, whole or not at all; raises BadUseError if something is there.

    `place` is where the operator's organisation is, ISO 3166, None if unknown: then a rule about places speaks.
    `operator_secret` is the operator's second factor: with one nobody signs in without one, None asks nobody for it.
    """
    choices = bootstrap_law.new_choices(packs)
    check_free(target := settings.data_dir)
    check_password(password, operator)
    check_installation_name(name)
    body = new_organisation(organisation, Sector.GOVERNMENT, GovernmentLevel.LOCAL, place, SystemClock().now())
    new_user(body, operator, operator, [Role.OPERATOR], None, body.added_at)  # refused here, before anything is made
    installation_id = random_id("ins")
    required = "required" if operator_secret else "optional"
    identity = {"installation_id": installation_id, "name": name, "packs": choices, "second_factor": required}
    master, key_file = _master_key(settings, installation_id)
    unfinished = target.with_name(f".{target.name}.new-{installation_id}")
    try:
        with folders_made(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished.mkdir(mode=0o700)
        _build(unfinished, identity, body, operator, password, master, operator_secret)
        unfinished.rename(target)  # an empty folder there gives way
        sync(target.parent)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        if key_file is not None:
            key_file.unlink(missing_ok=True)
        raise
    return Created(installation_id, key_file)


def _master_key(settings: Settings, installation_id: str) -> tuple[bytes, Path | None]:
    """The key that the environment gives; else a new one and the file that it is in now."""
    if settings.master_key:
        return read_master_key(encoded=settings.master_key), None
    key_file = settings.master_key_file or default_key_file(settings, installation_id)
    with folders_made(key_file.parent):
        key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return new_master_key_file(key_file), key_file


def _build(
    folder: Path,
    identity: Mapping[str, object],
    body: Organisation,
    operator: str,
    password: str,
    master: bytes,
    operator_secret: bytes | None,
) -> None:
    clock = SystemClock()
    vault = KeyVault(folder / "keys.db", master, clock)
    database = Database(folder / "records.db", clock)
    try:
        database.migrate()
        log = TileLog.create(folder / "log", vault.derive(LOG_PURPOSE), str(identity["name"]))
        log.append([AuditEntry(AuditEvent.INSTALLATION_CREATED, clock.now(), subject=str(identity["installation_id"]))])
        user = new_user(body, operator, operator, [Role.OPERATOR], None, clock.now())
        log.append(
            [
                AuditEntry(AuditEvent.ORGANISATION_ADDED, clock.now(), subject=body.organisation_id),
                AuditEntry(AuditEvent.USER_ADDED, clock.now(), subject=user.user_id),
            ]
        )
        accounts = SqlAccountRecords(database)
        accounts.add_organisation(body)
        accounts.add_user(user, Argon2Passwords().hash(password))
        if operator_secret:
            SqlSecondFactors(database, vault).issue(user.user_id, operator_secret, clock.now())
    finally:
        database.close()
        vault.close()
    write_identity(folder / bootstrap_law.IDENTITY_FILE, identity)


def open_installation(settings: Settings, *, restoring: bool = False) -> Installation:
    """The installation under `settings.data_dir`; raises BadUseError if there is none, or what does not verify.

    UnavailableError `restore_unfinished` while a restore is under way there, for everybody but the restore itself.
    """
    identity = read_identity(settings.data_dir / bootstrap_law.IDENTITY_FILE)
    if not restoring:
        check_not_restoring(settings.data_dir)
    check_not_exposed(settings.data_dir)
    clock = SystemClock()
    vault = open_vault(settings, identity, clock)
    try:
        installation = Installation(settings, identity, vault, clock)
        if not restoring:
            installation.seen.check(installation.log)
        installation.taking_out.resume()
        installation.source_desk.resume()
    except BaseException:
        vault.close()
        raise
    return installation


def check_not_restoring(folder: Path) -> None:
    """Nothing; raises UnavailableError `restore_unfinished` where a restored folder may not serve yet."""
    if (folder / RESTORING).exists():
        raise UnavailableError(
            "restore_unfinished",
            "This installation is being restored.",
            "What was erased since the backup is not erased again yet.",
            "Wait for the restore, or go on with it: facewarden restore --resume",
        )


def migrate_installation(settings: Settings) -> str:
    """The schema that the records have now, brought up from an older one, on record; raises what `open` raises."""
    identity = read_identity(settings.data_dir / bootstrap_law.IDENTITY_FILE)
    clock = SystemClock()
    with closing(open_vault(settings, identity, clock)) as vault:
        log = TileLog(log_folder(settings), vault.derive(LOG_PURPOSE), str(identity["name"]))
        with closing(Database(records_file(settings), clock)) as database:
            schema = database.upgrade()
        subject = str(identity["installation_id"])
        details = {"schema_version": schema}
        log.append([AuditEntry(AuditEvent.SCHEMA_MIGRATED, clock.now(), subject=subject, details=details)])
    return schema
