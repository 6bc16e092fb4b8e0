"""`facewarden policy`: how long lists may be, how alike a candidate must be, how large a gallery is accepted."""

from __future__ import annotations

from typing import Any

import click

from facewarden.cli.console import Context, common_options, pass_context
from facewarden.services.casework.policy import LIMIT_MAX, LIMIT_MIN, Policies, Policy


@click.group()
def policy() -> None:
    """See and set what searches may give."""


@policy.command("show")
@common_options
@pass_context
def show(context: Context) -> None:
    """Show the policy in force."""
    context.actor()
    _told(context, context.installation().search.policies)


@policy.command("set")
@click.option("--list-length", type=int, help=f"The longest list, {LIMIT_MIN} to {LIMIT_MAX}.")
@click.option("--candidate-fmr", type=float, help="The false match rate that a candidate's similarity stands for.")
@common_options
@pass_context
def set_policy(context: Context, list_length: int | None, candidate_fmr: float | None) -> None:
    """Set the policy for the whole installation; only the operator may."""
    policies = context.installation().search.policies
    now = policies.current()
    wanted = Policy(
        now.list_length if list_length is None else list_length,
        now.candidate_fmr if candidate_fmr is None else candidate_fmr,
    )
    policies.set(context.actor(), wanted)
    _told(context, policies)


@policy.command("accept-gallery")
@click.argument("faces", type=int)
@common_options
@pass_context
def accept_gallery(context: Context, faces: int) -> None:
    """Accept, on record, that galleries of up to FACES are searched although the face pack was measured for fewer.

    A privacy officer or an overseer does this. Above the measured size nothing is claimed of what a search finds.
    """
    policies = context.installation().search.policies
    policies.accept(context.actor(), faces)
    _told(context, policies)


def _told(context: Context, policies: Policies) -> None:
    now, accepted = policies.current(), policies.accepted()
    threshold = policies.threshold(now)
    told: dict[str, Any] = {
        "list_length": now.list_length,
        "candidate_fmr": now.candidate_fmr,
        "threshold": round(threshold, 4),
        "accepted_gallery": accepted,
    }
    size = "none accepted" if accepted is None else f"up to {accepted:,} faces accepted"
    lines = [
        f"Lists: at most {now.list_length} candidates.",
        f"Candidates: similarity of {threshold:.4f} at least, a false match rate of {now.candidate_fmr:g} in the"
        " easiest group measured.",
        f"Galleries larger than measured: {size}.",
    ]
    context.done(told, lines)
