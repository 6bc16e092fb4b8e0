"""`facewarden source` and `facewarden ingest`: where photos may come from, and taking them in."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from facewarden.adapters.folders import FolderFiles
from facewarden.cli import source_hosts, source_letters
from facewarden.cli.console import EXIT_DONE, EXIT_FAILED, Context, common_options, pass_context, table
from facewarden.cli.days import DAY
from facewarden.cli.files import read_bytes
from facewarden.domain.sources import LegalBasis, Source, SourceKind, SourceState
from facewarden.services.collecting.intake_report import IngestReport
from facewarden.services.shapes import source_json

LINE_EVERY_S = 5.0  # without a terminal one line of progress every five seconds is enough for a log
UNREADABLE = frozenset({"unreadable"})


@click.group()
def source() -> None:
    """Sources of photos: propose, approve, list, suspend, end; letters of sites' owners."""


starts_option = click.option("--starts", type=DAY, help="The permission's first day.")
ends_option = click.option("--ends", type=DAY, help="Its last day; then photos are erased.")


@source.command("add")
@click.argument("name")
@click.option("--basis", type=click.Choice([basis.value for basis in LegalBasis]), required=True)
@click.option(
    "--kind", type=click.Choice([kind.value for kind in SourceKind]), default=SourceKind.FILES.value, show_default=True
)
@click.option("--permission", type=click.Path(path_type=Path), help="The permission's document; kept and hashed.")
@click.option("--contact", default="", help="Whom to ask about the permission.")
@click.option("--country", metavar="CODE", help="ISO 3166, for example US or FR.")
@click.option("--host", "hosts", multiple=True, help="A host that belongs to the source.")
@starts_option
@ends_option
@common_options
@pass_context
def add_source(
    context: Context,
    name: str,
    basis: str,
    kind: str,
    permission: Path | None,
    contact: str,
    country: str | None,
    hosts: tuple[str, ...],
    starts: date | None,
    ends: date | None,
) -> None:
    """Propose the source NAME; nothing is collected until another person approves it."""
    document = read_bytes(permission) if permission else None
    added = context.installation().sources.add(
        context.actor(), name, LegalBasis(basis), contact, country, hosts, document, SourceKind(kind), starts, ends
    )
    _tell(context, added)


@source.command("approve")
@click.argument("name")
@common_options
@pass_context
def approve_source(context: Context, name: str) -> None:
    """Approve the source NAME, which another person proposed; from then on photos may come from it."""
    _tell(context, context.installation().sources.approve(context.actor(), name))


@source.command("document")
@click.argument("name")
@click.argument("permission", type=click.Path(path_type=Path))
@starts_option
@ends_option
@common_options
@pass_context
def record_document(context: Context, name: str, permission: Path, starts: date | None, ends: date | None) -> None:
    """Record PERMISSION as the document of the source NAME, which is proposed anew."""
    content = read_bytes(permission)
    changed = context.installation().sources.record_permission(context.actor(), name, content, starts, ends)
    _tell(context, changed)


@source.command("suspend")
@click.argument("name")
@common_options
@pass_context
def suspend_source(context: Context, name: str) -> None:
    """Suspend the source NAME: nothing more is collected from it, what was collected stays."""
    _tell(context, context.installation().sources.suspend(context.actor(), name))


@source.command("resume")
@click.argument("name")
@common_options
@pass_context
def resume_source(context: Context, name: str) -> None:
    """Propose the suspended source NAME anew."""
    _tell(context, context.installation().sources.resume(context.actor(), name))


@source.command("end")
@click.argument("name")
@common_options
@pass_context
def end_source(context: Context, name: str) -> None:
    """End the source NAME: its purpose is met, and the daily round erases what it alone permitted."""
    _tell(context, context.installation().sources.end(context.actor(), name), "Erased by: facewarden daily")


def _tell(context: Context, changed: Source, next_step: str = "") -> None:
    if changed.state is SourceState.PROPOSED:
        next_step = f"Another person approves it: facewarden source approve {shlex.quote(changed.name)}"
    lines = [f"Source {changed.name} is {changed.state}.", *([f"  {next_step}"] if next_step else [])]
    context.done({"source_id": changed.source_id, "name": changed.name, "state": changed.state}, lines)


@source.command("list")
@common_options
@pass_context
def list_sources(context: Context) -> None:
    """List the sources with how many photos each brought and how many were refused."""
    context.actor()
    sources = context.installation().sources
    counts, every = sources.counts(), sources.all()
    rows = [
        (
            s.name,
            s.state,
            s.kind,
            s.basis,
            s.country or "-",
            *counts.get(s.source_id, (0, 0)),
            s.ends_on or "-",
            (s.permission_hash or "-")[:12],
        )
        for s in every
    ]
    result = [source_json(s, counts.get(s.source_id, (0, 0))) for s in every]
    header = ("name", "state", "kind", "basis", "country", "photos", "refused", "ends", "permission")
    context.done({"sources": result}, table(header, rows) if rows else ["No sources."])


for command in (
    source_hosts.list_hosts,
    source_hosts.permit_host,
    source_hosts.approve_host,
    source_hosts.note_mirror,
    source_letters.takedown,
    source_letters.takedowns,
    source_letters.reviews,
    source_letters.review,
    source_letters.expunge,
    source_letters.origins,
):
    source.add_command(command)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--source", "name", required=True, help="The source that permits these photos.")
@common_options
@pass_context
def ingest(context: Context, path: Path, name: str) -> int:
    """Take in the photos below PATH, or the one photo PATH."""
    installation, actor = context.installation(), context.actor()
    chosen = installation.sources.named(name)
    files = FolderFiles(path)
    with _progress(files.count()) as on_batch:
        report = installation.ingest.run(actor, chosen, files, on_batch)
    context.done(report_json(report), _report_lines(report))
    tell_troubles(report)
    return EXIT_FAILED if UNREADABLE & set(report.refused) else EXIT_DONE


def report_json(report: IngestReport) -> dict[str, object]:
    """The ingest's JSON; `errors` names each file that could not be used, with what to do."""
    return {
        "photos": report.photos,
        "admitted": report.admitted,
        "refused": dict(sorted(report.refused.items())),
        "grounds": dict(sorted(report.grounds.items())),
        "undetermined": dict(sorted(report.undetermined.items())),
        "faces": report.faces,
        "suppressed": report.suppressed,
        "quarantined": report.quarantined,
        "duplicates": report.duplicates,
        "seconds": round(report.seconds, 3),
        "errors": [trouble.to_json() for trouble in report.troubles],
    }


def tell_troubles(report: IngestReport) -> None:
    """Prints each file that could not be used, with what to do, on standard error."""
    for trouble in report.troubles:
        print(f"{trouble.name}: {trouble.error.what} {trouble.error.next_step} ({trouble.error.code})", file=sys.stderr)


def _report_lines(report: IngestReport) -> list[str]:
    if not report.photos:
        return ["There is no file there to take in. Give a folder with photos, or one photo."]
    rate = report.photos / report.seconds if report.seconds else 0.0
    lines = [
        f"{report.photos:,} photos in {report.seconds:.1f} s ({rate:.0f} a second): {report.admitted:,} admitted with "
        f"{report.faces:,} faces, {report.duplicates:,} known already, {report.refused.total():,} refused."
    ]
    return lines + [f"  refused, {ground}: {count:,}" for ground, count in sorted(report.refused.items())]


@contextmanager
def _progress(total: int) -> Iterator[Callable[[IngestReport], None]]:
    """Shows how far it is, on standard error: a bar on a terminal, else a line every few seconds."""
    if not sys.stderr.isatty():
        yield _lines_now_and_then(total)
        return
    columns = (
        TextColumn("Taking in"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:.0f}/s"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[refused]} refused"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=total, rate=0.0, refused=0)

        def update(report: IngestReport) -> None:
            rate = report.photos / report.seconds if report.seconds else 0.0
            bar.update(task, completed=report.photos, rate=rate, refused=report.refused.total())

        yield update


def _lines_now_and_then(total: int) -> Callable[[IngestReport], None]:
    last_s = time.monotonic()

    def line(report: IngestReport) -> None:
        nonlocal last_s
        if time.monotonic() - last_s < LINE_EVERY_S:
            return
        last_s = time.monotonic()
        rate = report.photos / report.seconds
        told = f"{report.photos}/{total} photos, {rate:.0f}/s, {(total - report.photos) / rate:.0f} s left"
        print(f"{told}, {report.refused.total()} refused", file=sys.stderr)

    return line
