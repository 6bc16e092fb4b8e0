"""`facewarden audit` and `facewarden verify`: recompute the log, prove an entry, check a proof without trusting us.

Asks nobody to sign in: the log holds no personal data, and whoever holds its files may check them.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from facewarden.audit.proof import CONSISTENCY_FORMAT, verify_consistency_bundle, verify_proof_bundle
from facewarden.bootstrap import stores as bootstrap_stores
from facewarden.cli.console import EXIT_DONE, EXIT_FAILED, Context, common_options, pass_context
from facewarden.cli.files import read_json, read_text
from facewarden.errors import BadUseError


@click.group()
def audit() -> None:
    """The audit log: verify, prove, export, checkpoint."""


@audit.command("verify")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="An older checkpoint that the log must extend.")
@click.option("--log", "folder", type=click.Path(path_type=Path), help="A copy of a log, checked by --key.")
@click.option("--key", help="The log's verifier key, from a place that you trust.")
@common_options
@pass_context
def verify_log(context: Context, checkpoint: Path | None, folder: Path | None, key: str | None) -> int:
    """Recompute the whole log from its entries and name the first thing that is wrong.

    With --log and --key anybody checks a copy, offline: no installation, no account, no secret.
    """
    remembered = [read_text(checkpoint).encode()] if checkpoint else []
    if (folder is None) != (key is None):
        raise BadUseError(
            "log_and_key", "A copy of a log is checked by its key.", next_step="Give both --log and --key, or neither."
        )
    if folder is not None and key is not None:
        report = bootstrap_stores.verify_log_copy(folder, key, remembered)
    else:
        report = bootstrap_stores.verify_own_log(context.settings(), remembered)
    lines = [f"The log of {report.size:,} entries verifies. Root {report.root.hex() if report.root else '-'}."]
    if not report.ok:
        lines = [f"The log does NOT verify ({report.size:,} entries):"]
        lines += [f"  {fault.place}: {fault.what}" for fault in report.faults]
    context.done(report.to_json(), lines)
    return EXIT_DONE if report.ok else EXIT_FAILED


@audit.command("prove")
@click.argument("index", type=int, required=False)
@click.option("--since", type=click.Path(path_type=Path), help="An older checkpoint: prove that the log only grew.")
@common_options
@pass_context
def prove(context: Context, index: int | None, since: Path | None) -> None:
    """Print a proof that entry INDEX is in the log, or that the log only grew, checkable offline: facewarden verify."""
    if index is not None and since is None:
        bundle = context.installation().log.prove(index)
    elif since is not None and index is None:
        bundle = context.installation().log.prove_since(read_text(since).encode())
    else:
        raise BadUseError(
            "bad_use", "One thing is proved at a time.", next_step="Give an entry's INDEX, or --since CHECKPOINT."
        )
    context.done(bundle, [json.dumps(bundle, indent=2, ensure_ascii=False)])


@audit.command("export")
@click.argument("folder", type=click.Path(path_type=Path))
@common_options
@pass_context
def export(context: Context, folder: Path) -> int:
    """Copy the whole log into FOLDER, for anybody: it holds no personal data. Checked: audit verify --log --key."""
    report = bootstrap_stores.export_log(context.settings(), folder)
    context.done(report.to_json(), [f"{report.size:,} entries are in {folder}. The copy {_verdict(report.ok)}."])
    return EXIT_DONE if report.ok else EXIT_FAILED


def _verdict(ok: bool) -> str:
    return "verifies" if ok else "does NOT verify, as the log itself does not: see facewarden audit verify"


@audit.command("checkpoint")
@common_options
@pass_context
def checkpoint(context: Context) -> None:
    """Print the signed checkpoint: give it to others, so that the log cannot be rewritten unnoticed."""
    log = context.installation().log
    note = log.checkpoint().decode()
    context.done(
        {"checkpoint": note, "size": log.size(), "verifier_key": str(log.verifier_key)},
        [note.rstrip("\n"), "", f"Verifier key: {log.verifier_key}"],
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", required=True, help="The log's verifier key, from a place that you trust.")
@common_options
@pass_context
def verify(context: Context, file: Path, key: str) -> None:
    """Check a proof FILE offline: needs no installation, no account and no network."""
    bundle = read_json(file)
    if isinstance(bundle, dict) and bundle.get("format") == CONSISTENCY_FORMAT:
        old, new = verify_consistency_bundle(bundle, key)
        context.done({"ok": True, "old": old, "new": new}, [f"The log of {new:,} entries begins with those {old:,}."])
        return
    verify_proof_bundle(bundle, key)
    entry = bundle["entry"]  # proved equal to the logged bytes above
    context.done({"ok": True, "entry": entry}, [f"The entry is in the log: {json.dumps(entry, ensure_ascii=False)}"])
