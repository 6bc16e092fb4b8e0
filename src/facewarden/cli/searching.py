"""`facewarden search`: one probe, one face, one case."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from facewarden.cli.console import Context, common_options, pass_context, table
from facewarden.cli.days import DAY
from facewarden.cli.files import read_bytes
from facewarden.domain.searches import ProbeKind, ProbeOrigin
from facewarden.matching.figures import lookalikes
from facewarden.services.casework.policy import LIMIT_DEFAULT, LIMIT_MAX, LIMIT_MIN
from facewarden.services.casework.search import SearchResult
from facewarden.services.shapes import search_json


@click.command()
@click.argument("photo", type=click.Path(path_type=Path))
@click.option("--case", "case_id", required=True, help="The case's id or number.")
@click.option("--face", type=int, help="Which face, from 1, the largest first.")
@click.option("--limit", type=int, default=LIMIT_DEFAULT, help=f"{LIMIT_MIN} to {LIMIT_MAX} candidates.")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in ProbeKind]),
    default=ProbeKind.PHOTO.value,
    help="What PHOTO is. Whoever leaves it out states, on record, that it is a photo as it was taken.",
)
@click.option("--taken-on", type=DAY, help="The day on which it was taken.")
@click.option("--protected-activity", is_flag=True, help="It shows a protest, a service or a political meeting.")
@common_options
@pass_context
def search(
    context: Context,
    photo: Path,
    case_id: str,
    face: int | None,
    limit: int,
    kind: str,
    taken_on: date | None,
    protected_activity: bool,
) -> None:
    """Search the gallery for a face in PHOTO. A candidate is a lead, not an identification."""
    installation, actor = context.installation(), context.actor()
    case = installation.cases.find(actor, case_id)
    origin = ProbeOrigin(
        ProbeKind(kind),
        "stated by using the command line",
        taken_on=taken_on,
        protected_activity=protected_activity,
    )
    result = installation.search.run(actor, case, read_bytes(photo), face, limit, origin)
    context.done(search_json(result), _lines(result))


def _lines(result: SearchResult) -> list[str]:
    record = result.record
    if not record.candidates:
        return [
            f"No reliable lead: none of the {record.gallery_size:,} faces reaches the threshold of "
            f"{record.threshold:.3f}.",
            f"The search is on record (log entry {record.audit_index}).",
        ]
    rows = [
        (
            candidate.rank,
            f"{candidate.similarity:.3f}",
            "-" if candidate.group in (None, candidate.rank) else str(candidate.group),
            lookalikes(candidate.expected_lookalikes),
            candidate.captured_at.date() if candidate.captured_at else "-",
            candidate.source,
            candidate.photo_id,
        )
        for candidate in record.candidates
    ]
    return [
        *table(("rank", "similarity", "seems same as", "look-alikes expected", "taken", "source", "photo"), rows),
        f"Candidates are leads, not identifications. Gallery: {record.gallery_size:,} faces. Log entry "
        f"{record.audit_index}.",
    ]
