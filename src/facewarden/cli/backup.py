"""`facewarden backup` and `facewarden restore`: data and keys apart, and nothing back that was erased.

Never serves a restored installation before the erasure ledger is replayed.
"""

from __future__ import annotations

from pathlib import Path

import click

from facewarden.bootstrap import backups
from facewarden.cli.console import Context, common_options, pass_context
from facewarden.errors import BadUseError
from facewarden.services.taking_out.receipts import KEY_BACKUP_DAYS

FOLDER = click.Path(path_type=Path)


@click.command()
@click.argument("to", type=FOLDER)
@click.option("--keys", "keys_to", type=FOLDER, help="Back up the keys too, into a folder of another disk.")
@common_options
@pass_context
def backup(context: Context, to: Path, keys_to: Path | None) -> None:
    """Back up the data folder into a new folder below TO, while the server runs. Without keys it opens for nobody.

    The index is left out: a restore makes it anew. A backup of keys lives 30 days; the daily round ends it.
    """
    made = backups.make_backup(context.installation(), context.actor(), to, keys_to)
    lines = [f"Backup: {made.folder} ({made.files:,} files, {made.log_size:,} log entries)."]
    if made.keys is None:
        lines.append("Keys were not backed up: without keys.db and the master key a backup opens nothing.")
    else:
        lines.append(f"Keys: {made.keys}, to be destroyed after {KEY_BACKUP_DAYS} days at the latest.")
    context.done(
        {
            "backup": str(made.folder),
            "keys": None if made.keys is None else str(made.keys),
            "files": made.files,
            "log_size": made.log_size,
        },
        lines,
    )


@click.command()
@click.argument("backup", type=FOLDER, required=False)
@click.option("--keys", type=FOLDER, help="The file of keys: keys.db as it was, or its newest backup.")
@click.option("--ledger", type=FOLDER, help="The folder of the newest erasure ledger.")
@click.option("--log", type=FOLDER, help="The folder of the newest audit log, if it was saved.")
@click.option(
    "--ledger-lost", is_flag=True, help="There is no newer ledger than the backup's own; this goes on record."
)
@click.option("--resume", is_flag=True, help="Go on with a restore that was interrupted.")
@common_options
@pass_context
def restore(
    context: Context,
    backup: Path | None,
    keys: Path | None,
    ledger: Path | None,
    log: Path | None,
    ledger_lost: bool,
    resume: bool,
) -> None:
    """Restore a BACKUP into the data folder, which must be empty or absent, and erase again what was erased since."""
    settings = context.settings()
    if resume:
        replayed = backups.resume_restore(settings)
    elif backup is None or keys is None:
        raise BadUseError(
            "bad_use", "Name the backup, and its keys with --keys.", next_step="See: facewarden restore --help"
        )
    else:
        replayed = backups.restore_backup(settings, backup, keys, ledger, log, ledger_lost=ledger_lost)
    context.done(
        {"ok": True, **replayed.counts()},
        [
            f"Restored, and {replayed.lines:,} erasures of the ledger done again: {replayed.photos:,} photos whole,"
            f" {replayed.burnt:,} burnt, {replayed.keys:,} keys, {replayed.kept_out:,} faces kept out again.",
            "Everybody signs in anew where their session ended meanwhile. Check it: facewarden doctor",
        ],
    )
