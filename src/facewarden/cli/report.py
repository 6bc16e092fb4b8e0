"""`facewarden report`: what leaves a case, and checking it offline.

Never trusts the key that a report brings.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import click

from facewarden.audit.report import SignedReport, verify_bundle, verify_report
from facewarden.bootstrap import stores as bootstrap_stores
from facewarden.cli.console import Context, common_options, pass_context
from facewarden.cli.files import check_new, read_bytes, write_bytes
from facewarden.cli.witnessing import named_witnesses, witness_options, witnessed
from facewarden.domain.audit import AuditEntry
from facewarden.domain.examinations import Release
from facewarden.errors import BadUseError

BUNDLE, PRINTED = "discovery.json", "discovery.pdf"
MEMBER_BYTES_MAX = 512 * 1024 * 1024  # a bundle of some 100,000 searches; more is no bundle of ours


@click.group()
def report() -> None:
    """Reports of leads and searches."""


@report.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", required=True, help="The log's verifier key, from a place that you trust.")
@click.option(
    "--log", type=click.Path(path_type=Path), help="An export of the log: is anything about the case left out?"
)
@witness_options
@common_options
@pass_context
def verify(
    context: Context, file: Path, key: str, log: Path | None, witnesses: tuple[str, ...], quorum: int | None
) -> None:
    """Check a lead report or a discovery bundle offline: needs no installation, no account and no network."""
    policy = named_witnesses(witnesses, quorum)
    content = read_bytes(file)
    if content.startswith(b"%PDF"):
        if policy is not None or log is not None:
            raise BadUseError("no_proofs", "A PDF holds no proofs.", next_step="Give the bundle, as a ZIP or JSON.")
        signed = verify_report(content, key)
        context.done(_signed_json(signed), _signed_lines(signed))
        return
    if content.startswith(b"PK"):
        text, printed = _unpacked(file, content)
        signed = verify_report(printed, key)
        told, entries = _checked(file, text, key)
        if told.get("release_id") != signed.release_id:
            raise BadUseError(
                "bundle_mixed",
                "The parts of this bundle are of two releases.",
                next_step="Ask for the bundle as it was handed out.",
            )
    else:
        told, entries = _checked(file, content, key)
    seen, lines = witnessed(told, key, policy)
    if log is not None:
        bootstrap_stores.check_left_out(log, key, told)
    result, holds = _held(told, len(entries))
    missing = "That the log has no other entry about this case is the signer's word: ask for an export, and use --log."
    complete = missing if log is None else "Complete: the exported log has no other entry about this case."
    context.done({**result, "complete": None if log is None else True, **seen}, [holds, complete, *lines])


def _held(told: dict[str, Any], entries: int) -> tuple[dict[str, Any], str]:
    """What a bundle that holds is made of, as JSON and in a line."""
    nobody = sum(bool(search.get("found_nobody")) for search in told["searches"])
    result = {
        "ok": True,
        "release_id": told["release_id"],
        "searches": len(told["searches"]),
        "found_nobody": nobody,
        "refused": len(told["refused"]),
        "examinations": len(told["examinations"]),
        "entries": entries,
    }
    return result, (
        f"It holds: {len(told['searches'])} searches ({nobody} found nobody), {len(told['refused'])} refusals,"
        f" {len(told['examinations'])} examinations, {entries} log entries proved."
    )


@report.command("lead")
@click.argument("lead_id")
@click.option("--to", "recipient", required=True, help="The office that gets it.")
@click.option("--mail", required=True, help="Where it is told if the lead is refuted.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The PDF file to write.")
@common_options
@pass_context
def lead(context: Context, lead_id: str, recipient: str, mail: str, out: Path) -> None:
    """Hand out the signed report of a lead on which two examiners agree."""
    reporting, actor = context.installation().casework.reporting, context.actor()
    check_new(out)
    file, release = reporting.lead_report(actor, lead_id, recipient, mail)
    _hand_out(context, out, file, release)


@report.command("discovery")
@click.option("--case", "case_id", required=True, help="The case's id or number.")
@click.option("--to", "recipient", required=True, help="Who gets it.")
@click.option("--mail", required=True, help="Where they are told.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The ZIP file to write.")
@common_options
@pass_context
def discovery(context: Context, case_id: str, recipient: str, mail: str, out: Path) -> None:
    """Hand out every search of a case, with proofs, for the defence."""
    installation, actor = context.installation(), context.actor()
    check_new(out)
    case = installation.cases.find(actor, case_id)
    file, release = installation.casework.reporting.discovery(actor, case, recipient, mail)
    _hand_out(context, out, file, release)


@report.command("refute")
@click.argument("lead_id")
@click.option("--because", required=True, help="What refutes it, in one line.")
@common_options
@pass_context
def refute(context: Context, lead_id: str, because: str) -> None:
    """Record that a lead is refuted, and tell everybody who received it."""
    refuted, told = context.installation().casework.reporting.refute(context.actor(), lead_id, because)
    context.done({"lead_id": refuted.lead_id, "state": refuted.state, "told": told}, [f"Refuted; {told} were told."])


def _checked(file: Path, text: bytes, key: str) -> tuple[dict[str, Any], list[AuditEntry]]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise BadUseError(
            "no_report", f"{file} is no report.", "It is neither PDF, ZIP nor JSON.", "Give it as it was handed out."
        ) from None
    return told, list(verify_bundle(told, key))


def _unpacked(file: Path, content: bytes) -> tuple[bytes, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in (BUNDLE, PRINTED):
                if archive.getinfo(name).file_size > MEMBER_BYTES_MAX:
                    raise KeyError(name)
            return archive.read(BUNDLE), archive.read(PRINTED)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, OSError):
        raise BadUseError(
            "no_bundle",
            f"{file} is no discovery bundle.",
            f"It lacks {BUNDLE} or {PRINTED}, or is damaged.",
            "Give it as it was handed out.",
        ) from None


def _hand_out(context: Context, path: Path, content: bytes, release: Release) -> None:
    write_bytes(
        path,
        content,
        new=True,
        all_the_same="The release is on record all the same.",
        next_step="Hand it out again to another file.",
    )
    context.done(
        {
            "release_id": release.release_id,
            "kind": release.kind,
            "sha256": release.file_sha256,
            "audit_index": release.audit_index,
        },
        [f"{path}: {release.release_id}, SHA-256 {release.file_sha256}"],
    )


def _signed_json(signed: SignedReport) -> dict[str, Any]:
    return {
        "ok": True,
        "release_id": signed.release_id,
        "decision_index": signed.decision_index,
        "sha256": signed.sha256,
    }


def _signed_lines(signed: SignedReport) -> list[str]:
    return [
        f"Signed and unchanged: {signed.release_id}, allowed by log entry {signed.decision_index}.",
        "It is a lead, not an identification.",
    ]
