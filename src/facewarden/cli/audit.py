"""`facewarden audit` and `facewarden verify`: recompute the log, prove an entry, check a proof without trusting us.

Asks nobody to sign in: the log holds no personal data, and whoever holds its files may check them.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import click

from facewarden.audit.checker import VerifyReport
from facewarden.audit.proof import CONSISTENCY_FORMAT, verify_consistency_bundle, verify_proof_bundle
from facewarden.audit.witnesses import NOBODY, Standing, Witnessed, WitnessPolicy
from facewarden.bootstrap import stores as bootstrap_stores
from facewarden.bootstrap import witnesses as bootstrap_witnesses
from facewarden.cli.console import EXIT_DONE, EXIT_FAILED, Context, common_options, pass_context
from facewarden.cli.files import read_json, read_text, write_bytes
from facewarden.cli.witnessing import named_witnesses, witness_options
from facewarden.errors import BadUseError


@click.group()
def audit() -> None:
    """The audit log: verify, prove, export, checkpoint, witnesses."""


@audit.command("verify")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="An older checkpoint that the log must extend.")
@click.option("--log", "folder", type=click.Path(path_type=Path), help="A copy of a log, checked by --key.")
@click.option("--key", help="The log's verifier key, from a place that you trust.")
@witness_options
@common_options
@pass_context
def verify_log(
    context: Context,
    checkpoint: Path | None,
    folder: Path | None,
    key: str | None,
    witnesses: tuple[str, ...],
    quorum: int | None,
) -> int:
    """Recompute the whole log from its entries and name the first thing that is wrong.

    With --log and --key anybody checks a copy, offline: no installation, no account, no secret. With --witness, from a
    place that you trust, it must bear the cosignatures of these witnesses.
    """
    policy = named_witnesses(witnesses, quorum)
    remembered = [read_text(checkpoint).encode()] if checkpoint else []
    if (folder is None) != (key is None):
        raise BadUseError(
            "log_and_key", "A copy of a log is checked by its key.", next_step="Give both --log and --key, or neither."
        )
    if folder is not None and key is not None:
        report = bootstrap_stores.verify_log_copy(folder, key, remembered)
    else:
        settings = context.settings()
        report = bootstrap_stores.verify_own_log(settings, remembered)
        policy = policy or bootstrap_witnesses.read_policy(settings.witnesses)
        folder, key = bootstrap_stores.log_folder(settings), str(bootstrap_stores.own_log_key(settings))
    if policy is None or not report.ok:
        context.done(report.to_json(), _report_lines(report))
        return EXIT_DONE if report.ok else EXIT_FAILED
    seen = bootstrap_stores.witnessed_copy(folder, key, policy)
    is_seen = seen.size is not None or policy.quorum == NOBODY
    told = {"witnesses": [_standing_json(standing) for standing in seen.standings], "witnessed_size": seen.size}
    lines = [*map(_standing_line, seen.standings), _witnessed_line(policy, seen, report.size)]
    context.done({**report.to_json(), **told, "ok": is_seen}, [*_report_lines(report), *lines])
    return EXIT_DONE if is_seen else EXIT_FAILED


def _report_lines(report: VerifyReport) -> list[str]:
    if not report.ok:
        faults = [f"  {fault.place}: {fault.what}" for fault in report.faults]
        return [f"The log does NOT verify ({report.size:,} entries):", *faults]
    lines = [f"The log of {report.size:,} entries verifies. Root {report.root.hex() if report.root else '-'}."]
    if report.back_dated:
        late = ", ".join(map(str, report.back_dated))
        lines.append(f"Dated more than an hour before entries that it already had: {late}. Ask why.")
    return lines


def _standing_json(standing: Standing) -> dict[str, object]:
    return {"name": standing.name, "size": standing.size, "at": _day(standing.at)}


def _standing_line(standing: Standing) -> str:
    if standing.size is None or standing.at is None:
        return f"  {standing.name}: no cosignature of it verifies."
    return f"  {standing.name}: cosigned {standing.size:,} entries, {standing.at:%Y-%m-%d %H:%M} UTC."


def _witnessed_line(policy: WitnessPolicy, seen: Witnessed, size: int) -> str:
    if seen.size is None:
        return f"NOT witnessed: no checkpoint here bears the cosignatures of {policy.quorum_words}."
    rest = f"; the {size - seen.size:,} newest are the operator's word alone" if size > seen.size else ""
    return f"Witnessed by {policy.quorum_words}: the first {seen.size:,} entries{rest}."


@audit.command("witnesses")
@click.option("--ask", is_flag=True, help="Ask them now to cosign the newest checkpoint.")
@common_options
@pass_context
def witnesses_of_log(context: Context, ask: bool) -> int:
    """Show who watches this log from outside, how far each cosigned it, and what is wrong."""
    installation = context.installation()
    if ask:
        installation.witnessing.run(installation.clock.now())
    view = installation.witnessing.view()
    if view is None:
        nobody = "Nobody is named: FACEWARDEN_WITNESSES, see docs/design/witnesses.md."
        context.done({"ok": True, "witnesses": [], "quorum_size": None, "problem": None}, [nobody])
        return EXIT_DONE
    told = [
        {
            "name": line.name,
            "key": line.key,
            "size": line.state.size,
            "at": _day(line.state.at),
            "problem": line.problem,
        }
        for line in view.lines
    ]
    lines = [_standing_line(Standing(line.name, line.state.size, line.state.at)) for line in view.lines]
    lines += [f"  {line.name}: {line.problem}" for line in view.lines if line.problem]
    lines.append(view.words)
    result = {"ok": view.problem is None, "witnesses": told, "quorum_size": view.size, "problem": view.problem}
    context.done(result, lines)
    return EXIT_DONE if view.problem is None else EXIT_FAILED


def _day(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


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


@audit.command("checker")
@click.argument("to", type=click.Path(path_type=Path))
@common_options
@pass_context
def checker(context: Context, to: Path) -> None:
    """Write to the file TO the checker that strangers run by itself: Python and its package cryptography are enough."""
    content = (files("facewarden.audit") / "check.py").read_bytes()
    write_bytes(to, content)
    digest = hashlib.sha256(content).hexdigest()
    context.done({"ok": True, "file": str(to), "sha256": digest}, [f"Written: {to}, SHA-256 {digest}."])


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
