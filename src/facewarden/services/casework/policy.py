"""What an installation decided about its searches: how long a list may be, how alike a candidate must be, and how large
a gallery an officer accepted.

Never lets a policy be laxer than the calibration allows, and never takes a larger gallery for granted.
"""

from __future__ import annotations

from dataclasses import dataclass

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.faces import PackCard
from facewarden.errors import BadUseError, UnavailableError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.matching.calibration import Calibration
from facewarden.ports import Acceptances, Clock
from facewarden.services.gate import Gate
from facewarden.services.law.facts import actor_facts

LIMIT_MIN, LIMIT_MAX = 2, 50  # FBI NGI-IPS gives 2 to 50 candidates (GAO-16-267)
LIMIT_DEFAULT = 20
CANDIDATE_FMR = 1e-3  # of the easiest cohort: an examiner then sees a look-alike or two in a gallery of some 1,000
GALLERY_ACCEPTED = "gallery_over_measured"
LIST_LENGTH, FALSE_RATE = "policy:list_length", "policy:candidate_fmr"


@dataclass(frozen=True, slots=True)
class Policy:
    """The longest list that is given, and the false match rate that a candidate's similarity stands for at most."""

    list_length: int = LIMIT_MAX
    candidate_fmr: float = CANDIDATE_FMR


class Policies:
    """Policies and acceptances on record."""

    def __init__(
        self, acceptances: Acceptances, calibration: Calibration, card: PackCard, gate: Gate, clock: Clock
    ) -> None:
        self._acceptances = acceptances
        self._calibration = calibration
        self._card = card
        self._gate = gate
        self._clock = clock

    def current(self) -> Policy:
        """The policy in force; the widest that is allowed where nothing was set."""
        told = self._acceptances.find(LIST_LENGTH, FALSE_RATE)
        return Policy(int(told.get(LIST_LENGTH, LIMIT_MAX)), float(told.get(FALSE_RATE, CANDIDATE_FMR)))

    def threshold(self, policy: Policy) -> float:
        """The similarity below which nobody is a candidate, by that policy; raises UnavailableError."""
        return threshold_at(self._calibration, policy.candidate_fmr)

    def set(self, actor: Actor, policy: Policy) -> Policy:
        """That policy, in force from now on; raises RefusedError, BadUseError for one that is laxer than allowed."""
        if not LIMIT_MIN <= policy.list_length <= LIMIT_MAX:
            raise BadUseError(
                "bad_limit",
                f"A list has {LIMIT_MIN} to {LIMIT_MAX} candidates.",
                next_step="Give a number between the two.",
            )
        if not 0 < policy.candidate_fmr <= CANDIDATE_FMR:
            raise BadUseError(
                "policy_too_lax",
                f"The false match rate of a candidate is above 0 and at most {CANDIDATE_FMR}.",
                "A higher one lists more strangers than anybody can examine.",
                "Give a lower rate: it makes lists shorter, and misses more people.",
            )
        threshold_at(self._calibration, policy.candidate_fmr)
        index = self._decide(actor, "set_policy", AuditEvent.POLICY_DECIDED)
        now, by = self._clock.now(), actor.user.user_id
        values = {LIST_LENGTH: str(policy.list_length), FALSE_RATE: repr(policy.candidate_fmr)}
        self._acceptances.record(values, by, now, index)
        self._gate.note(AuditEvent.POLICY_SET, actor=by, subject=None, details={"limit": policy.list_length})
        return policy

    def accepts(self, gallery_size: int) -> bool:
        """True if an officer accepted a gallery of that size for this face pack, or it was measured for so many."""
        return gallery_size <= max(self._card.measured_gallery, self.accepted() or 0)

    def accepted(self) -> int | None:
        """The size up to which an officer accepted a gallery for this face pack, None if nobody did."""
        subject = f"{GALLERY_ACCEPTED}:{self._card.pack_id}"
        told = self._acceptances.find(subject).get(subject, "")
        return int(told) if told.isdecimal() else None

    def accept(self, actor: Actor, gallery_size: int) -> int:
        """That size, accepted on record; raises RefusedError, BadUseError for one that needs no acceptance."""
        if gallery_size <= self._card.measured_gallery:
            raise BadUseError(
                "nothing_to_accept",
                f"Galleries of up to {self._card.measured_gallery:,} faces need no acceptance.",
                "The face pack was measured with so many.",
                "Give the number of faces that searches are to be allowed in.",
            )
        index = self._decide(actor, "accept_gallery", AuditEvent.ACCEPTANCE_DECIDED)
        subject = f"{GALLERY_ACCEPTED}:{self._card.pack_id}"
        self._acceptances.record({subject: str(gallery_size)}, actor.user.user_id, self._clock.now(), index)
        details: dict[str, str | int] = {"gallery_size": gallery_size, "pack_id": self._card.pack_id}
        self._gate.note(AuditEvent.MODELS_ACCEPTED, actor=actor.user.user_id, subject=None, details=details)
        return gallery_size

    def _decide(self, actor: Actor, change: str, event: AuditEvent) -> int:
        facts = {
            **actor_facts(actor, self._clock.now()),
            "account_change": Fact(change, "given"),
            "target_org_same": Fact(True, "the installation's own"),
        }
        subject = actor.organisation.organisation_id
        return self._gate.enter(Action.ACCOUNT, facts, event, actor=actor.user.user_id, subject=subject).audit_index


def candidate_threshold(calibration: Calibration) -> float:
    """The similarity below which nobody is a candidate: where the easiest cohort measured reaches CANDIDATE_FMR.

    Raises UnavailableError where the calibration is too small to tell.
    """
    return threshold_at(calibration, CANDIDATE_FMR)


def threshold_at(calibration: Calibration, fmr: float) -> float:
    """The similarity at which the easiest cohort measured reaches that false match rate.

    Raises UnavailableError where the calibration is too small to tell.
    """
    known = [calibration.threshold(fmr, cohort.name) for cohort in calibration.cohorts]
    told = [threshold for threshold in known if threshold is not None]
    if not told:
        raise UnavailableError(
            "calibration_too_small",
            f"The calibration holds too few pairs to tell a false match rate of {fmr}.",
            next_step="Calibrate the face pack with a larger set, or ask for a higher rate.",
        )
    return min(told)
