"""`facewarden collect`: photos in as durable work, from a folder, an archive, a list, a web archive or a crawl.

Never takes anything in by itself: the gates are the service's.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from facewarden.cli.console import EXIT_DONE, EXIT_FAILED, Context, common_options, pass_context, table
from facewarden.cli.sources import LINE_EVERY_S, tell_troubles
from facewarden.domain.collections import Collection, CollectionKind, CollectionPurpose, Plan
from facewarden.domain.ids import CaseId, JobId
from facewarden.domain.jobs import JobState
from facewarden.errors import BadUseError
from facewarden.services.collecting.collections import Collecting, Progress
from facewarden.services.collecting.crawlplan import DELAY_S, DEPTH, PAGES, crawl_plan
from facewarden.services.collecting.intake_report import IngestReport

COLUMNS = ("photo", "person", "taken_on", "expunge_on", "url")

F = TypeVar("F", bound=Callable[..., Any])
_begin_only = click.option("--no-work", is_flag=True, help="Begin it and leave the work to others: collect work ID.")
_id = click.argument("job_id", metavar="ID")
_path = click.argument("path", type=click.Path(path_type=Path))


@click.group()
def collect() -> None:
    """Collect photos as durable work that can be paused, shared and gone on with."""


def _command(name: str) -> Callable[[F], click.Command]:
    """A subcommand with the options that every command takes."""

    def made(function: F) -> click.Command:
        return collect.command(name)(common_options(pass_context(function)))

    return made


def _way_in(name: str) -> Callable[[F], click.Command]:
    """A subcommand that begins a collection: from which source, and whether this process works on it."""
    source = click.option("--source", "name", required=True, help="The source that permits these photos.")

    def made(function: F) -> click.Command:
        return collect.command(name)(source(_begin_only(common_options(pass_context(function)))))

    return made


@_way_in("folder")
@_path
def from_folder(context: Context, path: Path, name: str, no_work: bool) -> int:
    """Every photo below the folder PATH."""
    return _begin(context, name, Plan(CollectionKind.FOLDER, {"path": _existing(path)}), no_work=no_work)


@_way_in("archive")
@_path
def from_archive(context: Context, path: Path, name: str, no_work: bool) -> int:
    """Every photo in the ZIP or tar archive PATH; nothing is unpacked to disk."""
    return _begin(context, name, Plan(CollectionKind.ARCHIVE, {"path": _existing(path)}), no_work=no_work)


@_way_in("csv")
@_path
@click.option("--encoding", help="If the list is not UTF-8: for example cp1252.")
@click.option("--column", "columns", multiple=True, metavar="NAME=HEADING", help="photo=IMAGE, person=BOOKING_NO, …")
def from_list(
    context: Context, path: Path, encoding: str | None, columns: tuple[str, ...], name: str, no_work: bool
) -> int:
    """The photos that the CSV list PATH names, with what it says of each: person, day taken, day of expungement."""
    where: dict[str, object] = {"path": _existing(path), "encoding": encoding, "columns": _columns(columns)}
    return _begin(context, name, Plan(CollectionKind.CSV, where), no_work=no_work)


@_way_in("warc")
@_path
def from_warc(context: Context, path: Path, name: str, no_work: bool) -> int:
    """The photos in the web archive PATH (.warc or .warc.gz) that come from the source's own hosts."""
    return _begin(context, name, Plan(CollectionKind.WARC, {"path": _existing(path)}), no_work=no_work)


@_way_in("crawl")
@click.argument("addresses", metavar="URL...", nargs=-1, required=True)
@click.option("--purpose", type=click.Choice([purpose.value for purpose in CollectionPurpose]), help="What it is for.")
@click.option("--subject", help="The person or group that it is about; kept sealed. Needed where the site is European.")
@click.option("--case", "case_id", metavar="ID", help="The case that it is for. Needed where the site is European.")
@click.option("--contact", envvar="FACEWARDEN_CRAWL_CONTACT", help="A page or address for the site's owner.")
@click.option("--pages", type=click.IntRange(1, 1_000_000), default=PAGES, help="How many pages at most.")
@click.option("--depth", type=click.IntRange(0, 100), default=DEPTH, help="How many clicks from the first.")
@click.option("--delay", type=click.FloatRange(0, 86_400), default=DELAY_S, help="Least seconds between two requests.")
def from_crawl(
    context: Context,
    addresses: tuple[str, ...],
    purpose: str | None,
    subject: str | None,
    case_id: str | None,
    contact: str | None,
    pages: int,
    depth: int,
    delay: float,
    name: str,
    no_work: bool,
) -> int:
    """The pictures on the source's own hosts, from the pages URL on; robots.txt, the law and the host's pace decide."""
    plan = crawl_plan(
        addresses,
        contact,
        CollectionPurpose(purpose) if purpose else None,
        subject,
        CaseId(case_id) if case_id else None,
        pages=pages,
        depth=depth,
        delay_s=delay,
    )
    return _begin(context, name, plan, addresses, no_work=no_work)


@_command("list")
def list_collections(context: Context) -> None:
    """The collections, newest first, with how far each is."""
    context.actor()
    collecting = context.installation().ways_in.collecting
    rows, result = [], []
    for collection in collecting.all():
        progress = collecting.progress(collection)
        result.append(collection_json(collection, progress))
        rows.append(
            (
                collection.job_id,
                collection.plan.kind,
                collection.state,
                f"{progress.photos:,}",
                f"{progress.admitted:,}",
                f"{progress.refused.total():,}",
                _left(progress),
            )
        )
    header = ("id", "kind", "state", "photos", "admitted", "refused", "left")
    context.done({"collections": result}, table(header, rows) if rows else ["No collections."])


@_command("show")
@_id
def show(context: Context, job_id: str) -> None:
    """One collection: counts by ground, and every file that could not be used with where it is."""
    context.actor()
    collecting = context.installation().ways_in.collecting
    collection = collecting.find(job_id)
    progress, troubles = collecting.progress(collection), collecting.troubles(collection)
    errors = [{"file": t.name, "code": t.code, "what": t.what, "next_step": t.next_step} for t in troubles]
    lines = [*_lines(collection, progress), *(f"  {t.name}: {t.what} ({t.code})" for t in troubles)]
    context.done({**collection_json(collection, progress), "errors": errors}, lines)


@_command("work")
@_id
def work(context: Context, job_id: str) -> int:
    """Work on a collection, beside whoever works on it already."""
    context.actor()
    return _work(context, context.installation().ways_in.collecting.find(job_id))


@_command("pause")
@_id
def pause(context: Context, job_id: str) -> None:
    """Pause a collection; nothing that was taken in is lost."""
    collecting = context.installation().ways_in.collecting
    _told(context, collecting.pause(context.actor(), job_id))


@_command("resume")
@_id
@_begin_only
def resume(context: Context, job_id: str, no_work: bool) -> int:
    """Go on with a collection where it stands, and work on it."""
    collection = context.installation().ways_in.collecting.resume(context.actor(), job_id)
    if no_work:
        _told(context, collection)
        return EXIT_DONE
    return _work(context, collection)


@_command("cancel")
@_id
def cancel(context: Context, job_id: str) -> None:
    """Give a collection up; what was admitted stays."""
    collecting = context.installation().ways_in.collecting
    _told(context, collecting.cancel(context.actor(), job_id))


def _begin(context: Context, name: str, plan: Plan, first: tuple[str, ...] = (), *, no_work: bool) -> int:
    installation, actor = context.installation(), context.actor()
    if plan.kind is not CollectionKind.CRAWL:
        installation.ways_in.examine(plan)
    collection = installation.ways_in.collecting.start(actor, installation.sources.named(name), plan, first)
    if no_work:
        _told(context, collection)
        return EXIT_DONE
    print(f"Collection {collection.job_id}", file=sys.stderr)
    return _work(context, collection)


def _work(context: Context, collection: Collection) -> int:
    """Works until it is done, paused or given up; what this process met is listed, what all did is counted."""
    ways_in = context.installation().ways_in
    report = ways_in.worker().run(JobId(collection.job_id), _progress_lines(ways_in.collecting, collection.job_id))
    now = ways_in.collecting.find(collection.job_id)
    progress = ways_in.collecting.progress(now)
    errors = [trouble.to_json() for trouble in report.troubles]
    seconds = {"seconds": round(report.seconds, 3), "steps": {k: round(v, 3) for k, v in sorted(report.steps.items())}}
    context.done({**collection_json(now, progress), **seconds, "errors": errors}, _lines(now, progress))
    tell_troubles(report)
    return EXIT_DONE if now.state is not JobState.FAILED else EXIT_FAILED


def _progress_lines(collecting: Collecting, job_id: JobId) -> Callable[[IngestReport], None]:
    live, last_s = sys.stderr.isatty(), time.monotonic()

    def line(_: IngestReport) -> None:
        nonlocal last_s
        if time.monotonic() - last_s < (1.0 if live else LINE_EVERY_S):
            return
        last_s = time.monotonic()
        progress = collecting.progress(collecting.find(job_id))
        planned = f"/{progress.planned:,}" if progress.planned is not None else ""
        text = (
            f"{progress.photos:,}{planned} photos, {progress.photos_a_second:.0f}/s,"
            f" {progress.admitted:,} admitted, {progress.refused.total():,} refused, {_left(progress)} left,"
            f" {progress.workers} at work"
        )
        print(text.ljust(100) if live else text, end="\r" if live else "\n", file=sys.stderr, flush=True)

    return line


def collection_json(collection: Collection, progress: Progress) -> dict[str, Any]:
    """A collection as one object; `refused` and `grounds` as an ingest's."""
    counts: Mapping[str, int] = collection.progress
    return {
        "collection": collection.job_id,
        "kind": collection.plan.kind,
        "state": collection.state,
        "failure": collection.failure,
        "photos": progress.photos,
        "planned": progress.planned,
        "admitted": progress.admitted,
        "refused": dict(sorted(progress.refused.items())),
        "grounds": _named(counts, "ground."),
        "undetermined": _named(counts, "undetermined."),
        "faces": progress.faces,
        "suppressed": counts.get("suppressed", 0),
        "quarantined": counts.get("quarantined", 0),
        "duplicates": progress.duplicates,
        "pages": progress.pages,
        "workers": progress.workers,
        "photos_a_second": round(progress.photos_a_second, 1),
        "left_s": None if progress.left_s is None else round(progress.left_s),
    }


def _named(counts: Mapping[str, int], prefix: str) -> dict[str, int]:
    return {name.removeprefix(prefix): n for name, n in sorted(counts.items()) if name.startswith(prefix)}


def _lines(collection: Collection, progress: Progress) -> list[str]:
    why = f" ({collection.failure})" if collection.failure else ""
    lines = [
        f"Collection {collection.job_id} from {collection.plan.kind}: {collection.state}{why}.",
        f"{progress.photos:,} photos: {progress.admitted:,} admitted with {progress.faces:,} faces,"
        f" {progress.duplicates:,} known already, {progress.refused.total():,} refused.",
    ]
    return lines + [f"  refused, {ground}: {count:,}" for ground, count in sorted(progress.refused.items())]


def _left(progress: Progress) -> str:
    if progress.left_s is None:
        return "-"
    return f"{progress.left_s / 60:.0f} min" if progress.left_s >= 120 else f"{progress.left_s:.0f} s"


def _told(context: Context, collection: Collection) -> None:
    progress = context.installation().ways_in.collecting.progress(collection)
    context.done(collection_json(collection, progress), _lines(collection, progress))


def _columns(given: tuple[str, ...]) -> dict[str, str]:
    pairs = dict(text.split("=", 1) for text in given if "=" in text)
    if len(pairs) != len(given) or not pairs.keys() <= set(COLUMNS):
        raise BadUseError(
            "bad_column",
            "A column is not named as it must be.",
            next_step=f"Write --column NAME=HEADING, where NAME is one of: {', '.join(COLUMNS)}.",
        )
    return pairs


def _existing(path: Path) -> str:
    """The path, absolute, as any worker on this machine finds it; raises BadUseError."""
    if not path.exists():
        raise BadUseError(
            "no_such_path",
            f"There is no file or folder {path}.",
            next_step="Give one that is there.",
        )
    return str(path.absolute())
