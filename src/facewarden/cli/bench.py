"""`facewarden bench`: what this installation and its models do, measured."""

from __future__ import annotations

import click


@click.group()
def bench() -> None:
    """Measure accuracy and speed."""
