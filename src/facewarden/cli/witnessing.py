"""--witness and --quorum, for all that checks something offline. Never takes a witness from what is checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from facewarden.audit.witnessed import verify_witnessed
from facewarden.audit.witnesses import WitnessPolicy
from facewarden.bootstrap import witnesses as bootstrap_witnesses
from facewarden.cli.console import F
from facewarden.errors import BadUseError


def witness_options(function: F) -> F:
    """--witness and --quorum: who must have cosigned what is checked."""
    keys = click.option(
        "--witness", "witnesses", multiple=True, metavar="KEY", help="A witness's verifier key; may be given again."
    )
    quorum = click.option("--quorum", type=click.IntRange(1), help="How many of them must have cosigned (all).")
    return keys(quorum(function))


def named_witnesses(witnesses: tuple[str, ...], quorum: int | None) -> WitnessPolicy | None:
    """Who must have cosigned, None where nobody is named; raises BadUseError."""
    if not witnesses and quorum is not None:
        raise BadUseError("no_witnesses", "A quorum of nobody is none.", next_step="Name witnesses: --witness KEY")
    return bootstrap_witnesses.policy_of_keys(witnesses, quorum) if witnesses else None


def witnessed(told: Mapping[str, Any], key: str, policy: WitnessPolicy | None) -> tuple[dict[str, Any], list[str]]:
    """What the witnesses saw of what was handed out, as JSON and in lines; raises DamagedError `not_witnessed`."""
    if policy is None:
        return {}, ["Whether anybody outside saw this log is not checked: name witnesses with --witness."]
    seen = verify_witnessed(told, key, policy)
    lines = [f"  {name}: cosigned at {at:%Y-%m-%d %H:%M} UTC" for name, at in seen.cosigners.items()]
    rest = f" Newer than that, and the signer's word alone: {', '.join(map(str, seen.later))}." if seen.later else ""
    lines.append(f"Witnessed: the log's first {seen.size:,} entries.{rest}")
    return {"witnessed_size": seen.size, "witnesses": list(seen.cosigners), "not_witnessed": list(seen.later)}, lines
