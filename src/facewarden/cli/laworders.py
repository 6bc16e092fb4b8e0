"""`facewarden law apply, runs, proof, hold, precedence`: orders carried out, what proves it, and what is held.

Never carries anything out that a person did not ask for, and never believes a proof for the key that it brings.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from facewarden.audit.order_proof import verify_order_proof
from facewarden.cli.console import EXIT_DONE, EXIT_REFUSED, Context, common_options, pass_context, table
from facewarden.cli.files import read_json, write_json
from facewarden.domain.ids import PhotoId
from facewarden.domain.orders import DutyState, Hold, HoldKind, OrderRun, Yields


@click.command("apply")
@click.argument("name", metavar="PACK")
@click.option("--bundle", type=click.Path(path_type=Path), help="Write the signed proof of what was done to this file.")
@common_options
@pass_context
def apply(context: Context, name: str, bundle: Path | None) -> int:
    """Carry out what PACK orders, verb by verb; a verb without a service is refused by name.

    A run that was interrupted goes on where it was. The proof is checked offline with: facewarden law verify

    Exit code 0: everything done; 3: something is refused, open or waits.
    """
    of = context.installation()
    pack, whole = of.lawdesk.with_pack(name)
    run = of.order_desk.orders.apply(context.actor(), pack, whole)
    result = run_json(run)
    if bundle:
        proof = of.order_desk.proofs.make(run, pack)
        write_json(
            bundle,
            proof,
            all_the_same="The pack is carried out all the same.",
            next_step=f"Write the proof to another file: facewarden law proof {run.run_id} FILE",
        )
        result["bundle"] = str(bundle)
    context.done(result, run_lines(run))
    return EXIT_DONE if run.complete else EXIT_REFUSED


@click.command("runs")
@common_options
@pass_context
def runs(context: Context) -> None:
    """List the packs that were carried out here, the newest first."""
    found = context.installation().order_desk.proofs.every(context.actor())
    rows = [
        (
            run.run_id,
            run.pack_id,
            f"{run.begun_at:%Y-%m-%d %H:%M}",
            "running" if run.ended_at is None else "done" if run.complete else "parts open",
            f"{sum(duty.state is DutyState.DONE for duty in run.duties)} of {len(run.duties)}",
        )
        for run in found
    ]
    lines = table(("run", "pack", "begun", "state", "duties done"), rows) if rows else ["No pack was carried out."]
    context.done({"runs": [run_json(run) for run in found]}, lines)


@click.command("proof")
@click.argument("run_id", metavar="RUN")
@click.argument("file", type=click.Path(path_type=Path))
@common_options
@pass_context
def proof(context: Context, run_id: str, file: Path) -> None:
    """Write the signed proof of RUN (see: law runs) to FILE."""
    of, actor = context.installation(), context.actor()
    made = of.order_desk.proofs.of(actor, run_id, of.lawdesk.known)
    write_json(file, made)
    context.done({"run": run_id, "file": str(file)}, [f"The proof of {run_id} is in {file}."])


@click.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--key", required=True, help="The log's verifier key, got elsewhere than with the file.")
@common_options
@pass_context
def verify(context: Context, file: Path, key: str) -> None:
    """Check the proof in FILE offline: needs no installation, no account and no network."""
    document = read_json(file)
    entries = verify_order_proof(document, key)
    told = {
        "ok": True,
        "run": document["run"],
        "pack": document["pack"],
        "complete": document["complete"],
        "duties": len(document["duties"]),
        "entries": len(entries),
    }
    open_duties = [duty["id"] for duty in document["duties"] if duty["state"] != DutyState.DONE.value]
    lines = [f"The proof of {document['pack']['id']} holds: {len(entries)} log entries are what it says."]
    lines += [f"Not done, by its own word: {', '.join(open_duties)}."] if open_duties else ["Every duty is done."]
    context.done(told, lines)


@click.command("precedence")
@click.argument("delete_duty", metavar="DELETION")
@click.argument("hold_duty", metavar="HOLD")
@click.option("--yields", type=click.Choice([item.value for item in Yields]), required=True, help="Which gives way.")
@click.option("--reason", required=True, help="Why, in a sentence; it is kept.")
@common_options
@pass_context
def precedence(context: Context, delete_duty: str, hold_duty: str, yields: str, reason: str) -> None:
    """Decide which yields where the duty DELETION meets the duty HOLD (see: law orders). It is on record."""
    of = context.installation()
    orders = of.order_desk.orders
    word = orders.settle(context.actor(), of.lawdesk.shelf.packs, delete_duty, hold_duty, Yields(yields), reason)
    told = {"delete": delete_duty, "hold": hold_duty, "yields": yields, "audit_index": word.audit_index}
    context.done(told, [f"{yields} yields: {delete_duty} against {hold_duty} (log entry {word.audit_index})."])


@click.group("hold")
def hold() -> None:
    """Photos kept out of every search and from destruction: set, list, lift."""


@hold.command("set")
@click.option("--photo", "photos", multiple=True, metavar="PHOTO_ID", help="A photo; again for more.")
@click.option("--case", "case_id", help="A case: every photo that is or becomes a candidate there.")
@click.option("--authority", required=True, help="The letter, order or docket that demands it.")
@click.option("--reason", required=True, help="Why it covers what it covers, in a sentence.")
@click.option("--search-only", is_flag=True, help="Keep out of searches alone; destruction does not wait.")
@common_options
@pass_context
def set_hold(
    context: Context, photos: tuple[str, ...], case_id: str | None, authority: str, reason: str, search_only: bool
) -> None:
    """Hold photos, or a case: hidden from every search and kept from destruction until the hold is lifted."""
    made = context.installation().order_desk.holds.place(
        context.actor(),
        authority,
        reason,
        photo_ids=[PhotoId(photo) for photo in photos],
        case_id=case_id,
        kind=HoldKind.STOP_SEARCH if search_only else HoldKind.PRESERVE,
    )
    context.done(hold_json(made), [f"{made.hold_id} holds {made.photos:,} photos (log entry {made.decision_index})."])


@hold.command("list")
@click.option("--all", "every", is_flag=True, help="Show lifted ones too.")
@common_options
@pass_context
def list_holds(context: Context, every: bool) -> None:
    """List the holds that stand."""
    found = context.installation().order_desk.holds.every(context.actor(), standing=not every)
    rows = [
        (
            item.hold_id,
            item.kind.value,
            f"{item.photos:,}",
            f"{item.set_at:%Y-%m-%d}",
            "standing" if item.standing else "lifted",
            item.duty_id or item.case_id or "",
            item.authority[:60],
        )
        for item in found
    ]
    heads = ("hold", "kind", "photos", "since", "state", "for", "authority")
    context.done({"holds": [hold_json(item) for item in found]}, table(heads, rows) if rows else ["Nothing is held."])


@hold.command("lift")
@click.argument("hold_id", metavar="HOLD")
@click.option("--reason", required=True, help="Why it ends, in a sentence.")
@common_options
@pass_context
def lift_hold(context: Context, hold_id: str, reason: str) -> None:
    """Lift HOLD: its photos are searched again, and those whose erasure waited for it are erased."""
    lifted = context.installation().order_desk.holds.lift(context.actor(), hold_id, reason)
    told = {**hold_json(lifted.hold), "shown": lifted.shown, "erased": len(lifted.owed)}
    line = f"{hold_id} is lifted: {lifted.shown:,} photos are searched again, {len(lifted.owed):,} are erased."
    context.done(told, [line])


def run_json(run: OrderRun) -> dict[str, Any]:
    """A run as plain data."""
    return {
        "run": run.run_id,
        "pack": run.pack_id,
        "version": run.pack_version,
        "begun_at": run.begun_at.isoformat(),
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
        "complete": run.complete,
        "duties": [
            {
                "duty": duty.duty_id,
                "verb": duty.verb,
                "state": duty.state.value,
                "why": duty.why,
                "counts": dict(duty.counts),
                "audit_index": duty.audit_index,
            }
            for duty in run.duties
        ],
    }


def run_lines(run: OrderRun) -> list[str]:
    """A run for people."""
    rows = [(duty.state.value, duty.verb, duty.duty_id, duty.why) for duty in run.duties]
    if not rows:
        return [f"{run.pack_id} orders nothing today ({run.run_id})."]
    return [
        *table(("", "verb", "duty", "why"), rows),
        f"Run {run.run_id}. Its proof: facewarden law proof {run.run_id} FILE",
    ]


def hold_json(item: Hold) -> dict[str, Any]:
    """A hold as plain data."""
    return {
        "hold": item.hold_id,
        "kind": item.kind.value,
        "authority": item.authority,
        "reason": item.reason,
        "photos": item.photos,
        "case": item.case_id,
        "pack": item.pack_id,
        "duty": item.duty_id,
        "set_at": item.set_at.isoformat(),
        "decision_index": item.decision_index,
        "lifted_at": item.lifted_at.isoformat() if item.lifted_at else None,
        "lift_reason": item.lift_reason,
    }


COMMANDS = (apply, runs, proof, verify, precedence, hold)
