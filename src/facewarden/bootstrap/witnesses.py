"""Who watches the audit log from outside: the policy that the settings name, how they are asked, what is known of them.

Never asks anybody when it is built.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from facewarden.adapters.clock import SystemClock
from facewarden.adapters.witnesses.client import HttpWitnesses, check_url
from facewarden.adapters.witnesses.memory import WitnessFile
from facewarden.audit.note import VerifierKey
from facewarden.audit.witnesses import WitnessPolicy, parse_policy
from facewarden.errors import BadUseError
from facewarden.ports import Clock, CosignedLog
from facewarden.services.gate import Gate
from facewarden.services.witnessing import Witnessing, WitnessTerm, WitnessView, witness_view
from facewarden.settings import Settings

KNOWN = "witnesses.json"
"""What is known of the witnesses, in the data folder."""


def read_policy(path: Path | None) -> WitnessPolicy | None:
    """The policy in that file, None for none. Raises BadUseError `bad_witness_policy` where it cannot be used."""
    if path is None:
        return None
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise BadUseError(
            "bad_witness_policy",
            "The file that names the witnesses cannot be read.",
            f"{path}: {getattr(problem, 'strerror', None) or 'it is no text'}.",
            "Name a file that this account may read, or leave FACEWARDEN_WITNESSES out.",
        ) from problem
    policy = parse_policy(text)
    for witness in policy.witnesses.values():
        if witness.url:
            check_url(witness.url)
    return policy


def policy_of_keys(keys: tuple[str, ...], needed: int | None) -> WitnessPolicy:
    """A policy of the witnesses with these verifier keys; raises BadUseError."""
    return WitnessPolicy.of_keys([VerifierKey.parse(key) for key in keys], needed)


def witness_term(settings: Settings, clock: Clock) -> WitnessTerm:
    """What lets acts go on; raises BadUseError where a term is set and nobody is named who could keep it."""
    if settings.witnesses_term_h is not None and settings.witnesses is None:
        raise BadUseError(
            "bad_witness_policy",
            "Acts would wait for witnesses, and none is named.",
            next_step="Name them: FACEWARDEN_WITNESSES. Or leave FACEWARDEN_WITNESSES_TERM_H out.",
        )
    term = None if settings.witnesses_term_h is None else timedelta(hours=settings.witnesses_term_h)
    return WitnessTerm(WitnessFile(settings.data_dir / KNOWN), clock, term)


def known_view(settings: Settings) -> WitnessView | None:
    """How the witnesses stood when they were last asked, without opening the installation; None where none is named."""
    policy = read_policy(settings.witnesses)
    if policy is None:
        return None
    return witness_view(policy, WitnessFile(settings.data_dir / KNOWN).read(), SystemClock().now())


def witnessing(settings: Settings, log: CosignedLog, gate: Gate, clock: Clock) -> Witnessing:
    """The witnesses of an installation's log; raises BadUseError for a policy that cannot be used."""
    policy = read_policy(settings.witnesses)
    return Witnessing(policy, log, HttpWitnesses(), WitnessFile(settings.data_dir / KNOWN), gate, clock)
