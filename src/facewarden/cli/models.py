"""`facewarden models`: list, build and verify face packs."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from facewarden.bootstrap import faces as bootstrap_faces
from facewarden.cli.console import Context, common_options, pass_context, table
from facewarden.settings import MODELS_VARIABLE, default_models_dir


@click.group()
def models() -> None:
    """Face packs: list, build, verify."""


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


@models.command("build")
@directory
@common_options
@pass_context
def build(context: Context, models_dir: Path) -> None:
    """Build the default pack from weights in pinned packages, once."""
    build_pack(models_dir)
    (card,) = [c for c in bootstrap_faces.list_packs(models_dir) if c.pack_id == bootstrap_faces.DEFAULT_PACK]
    context.done({"pack_id": card.pack_id, "version": card.version}, [f"Pack {card.pack_id} {card.version} is ready."])


def build_pack(models_dir: Path) -> None:
    """Builds the default pack unless it is there and verifies, with a progress bar on a terminal."""
    bar = Progress(TextColumn("{task.description}"), BarColumn(), console=Console(stderr=True))
    live = sys.stderr.isatty()
    task = bar.add_task("Face pack", total=1.0)

    def step(what: str, share: float) -> None:
        bar.update(task, description=what, completed=share)

    if live:
        bar.start()
    try:
        bootstrap_faces.ensure_default_pack(models_dir, step)
    finally:
        if live:
            bar.stop()


@models.command("verify")
@directory
@common_options
@pass_context
def verify(context: Context, models_dir: Path) -> None:
    """Recompute the sha256 of every file of every pack."""
    names = bootstrap_faces.verify_packs(models_dir)
    context.done({"verified": names}, [f"{name} verifies." for name in names] or ["No packs."])
