"""Orders on accounts: whom a document ends on a day and why, ending them, and not lifting it while it stands.

Never ends an account that the document does not certainly reach: what cannot be told is listed for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from facewarden.domain.accounts import AccountBasis, AccountState, Actor, GovernmentLevel, Organisation, Sector
from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.domain.customers import Cut, Ending
from facewarden.domain.ids import random_id
from facewarden.law.actions import Action
from facewarden.law.decision import LAW_ERROR, Decision, Ground
from facewarden.law.engine import LawEngine
from facewarden.law.facts import Fact
from facewarden.ports import AccountRecords, AuditLog, Clock, CustomerRecords, EndingRecords, MailBox
from facewarden.services.gate import Gate
from facewarden.services.law.facts import FactDict, organisation_facts
from facewarden.services.people.account_facts import change_facts
from facewarden.services.refusal import RefusedError

ATTESTATION_PERIOD = timedelta(days=365)
"""How long an activated body has until it must state that what is recorded of it still holds."""
SETTLED = frozenset({"office_setting", "org_exemption"})
"""Facts whose absence is an answer: no setting is recorded, no exemption was shown."""


class Reach(StrEnum):
    """Whether a document ends an account."""

    ENDS = "ends"
    STAYS = "stays"
    UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one document says of one account on one day. `grounds` are that document's alone, every one.

    `told`: of what a customer list brought of the body, the value of each thing and the words that told it.
    """

    organisation: Organisation
    reach: Reach
    grounds: tuple[Ground, ...]
    told: Mapping[str, tuple[str | None, str]] = field(default_factory=dict)

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of the rules that end it, or that would if what they ask for were known."""
        return tuple(ground.rule for ground in self.grounds)

    @property
    def missing(self) -> tuple[str, ...]:
        """The facts that nobody could tell and on which it hangs; empty unless undetermined."""
        if self.reach is not Reach.UNDETERMINED:
            return ()
        open_facts = {name for ground in self.grounds for name in ground.undetermined}
        if self.organisation.sector is None:
            open_facts.add("org_sector")
        elif self.organisation.sector is Sector.GOVERNMENT and self.organisation.level is None:
            open_facts.add("org_level")
        return tuple(sorted(open_facts - SETTLED))


@dataclass(frozen=True, slots=True)
class Ended:
    """What ending accounts did: the outcomes by which, what was cut with them, and how many letters went out."""

    outcomes: tuple[Outcome, ...]
    cut: Cut
    letters: int

    @property
    def counts(self) -> Mapping[str, int]:
        """What was cut, and how many letters went out."""
        return {
            "sessions": self.cut.sessions,
            "keys": self.cut.keys,
            "work": self.cut.work,
            "letters": self.letters,
        }

    def to_json(self) -> dict[str, Any]:
        """Plain data for a proof bundle: each account by its random id with the rules that ended it, and the counts."""
        return {
            "ended": [
                {"organisation_id": o.organisation.organisation_id, "rules": list(o.rules)} for o in self.outcomes
            ],
            "sessions_cut": self.cut.sessions,
            "keys_revoked": self.cut.keys,
            "work_stopped": self.cut.work,
            "letters": self.letters,
        }


def assess(engine: LawEngine, pack_id: str, organisation: Organisation, as_of: date | datetime) -> Outcome:
    """What that pack of the engine says of giving this organisation an account on that day.

    Where sector or level are not known, every one that it could have is asked about: the account ends if a rule of the
    pack certainly bars it under each, stays if none does under any, and is undetermined otherwise. A law that cannot be
    evaluated leaves it undetermined.
    """
    certain: list[bool] = []
    found: dict[str, Ground] = {}
    for facts in _possible(organisation):
        decision = engine.decide(Action.ACCOUNT, facts, as_of)
        grounds = [ground for ground in decision.grounds if ground.pack == pack_id or ground.rule == LAW_ERROR]
        certain.append(any(g.rule != LAW_ERROR and set(g.undetermined) <= SETTLED for g in grounds))
        found |= {ground.rule: ground for ground in grounds if ground.rule not in found}
    if certain and all(certain):
        sure = tuple(ground for ground in found.values() if set(ground.undetermined) <= SETTLED)
        return Outcome(organisation, Reach.ENDS, sure)
    return Outcome(organisation, Reach.UNDETERMINED if found else Reach.STAYS, tuple(found.values()))


class AccountOrders:
    """Carries orders out on the installation's accounts."""

    def __init__(
        self,
        accounts: AccountRecords,
        customers: CustomerRecords,
        endings: EndingRecords,
        mail: MailBox,
        engine_of: Callable[[str], LawEngine],
        gate: Gate,
        log: AuditLog,
        clock: Clock,
    ) -> None:
        """`engine_of` gives an engine of one pack with what it requires."""
        self._accounts = accounts
        self._customers = customers
        self._endings = endings
        self._mail = mail
        self._engine_of = engine_of
        self._gate = gate
        self._log = log
        self._clock = clock

    def would_end(self, actor: Actor, pack_id: str, as_of: date | datetime) -> tuple[Outcome, ...]:
        """Every organisation but the actor's own with what the pack says of it on that day; nothing is changed.

        Reading the list is on record; raises RefusedError for whoever may not.
        """
        facts = change_facts(self._gate, actor, actor.organisation, "list_organisation", self._clock.now())
        event, subject = AuditEvent.ORGANISATION_DECIDED, random_id("lst")
        details = {"pack_id": pack_id}
        self._gate.enter(Action.ACCOUNT, facts, event, actor=actor.user.user_id, subject=subject, details=details)
        told = self._customers.told()
        outcomes = self._outcomes(actor, pack_id, as_of)
        return tuple(replace(known, told=told.get(known.organisation.organisation_id, {})) for known in outcomes)

    def end(self, actor: Actor, pack_id: str) -> Ended:
        """Ends every account that the pack ends today; what ended before under it stays so, its letter too.

        1. Each ending is decided and durable in the log. 2. States, sessions and running work change in one
        transaction. 3. The outcome is logged. 4. The letters go out, each once whatever happens between.
        """
        now = self._clock.now()
        outcomes = tuple(o for o in self._outcomes(actor, pack_id, now) if o.reach is Reach.ENDS)
        fresh = tuple(o for o in outcomes if not self._ended_by(o.organisation, pack_id))
        decisions = [self._decided(actor, outcome, now) for outcome in fresh]
        decided = zip(fresh, decisions, strict=True)
        indexes = self._log.append([self._entry(actor, outcome, pack_id, now, d) for outcome, d in decided])
        endings = [
            Ending(outcome.organisation.organisation_id, pack_id, outcome.rules, now, index)
            for outcome, index in zip(fresh, indexes, strict=True)
        ]
        cut = self._customers.end(endings) if endings else Cut()
        self._log.append([self._changed(actor, ending, AccountState.ENDED) for ending in endings])
        return Ended(fresh, cut, self._write(outcomes, pack_id))

    def activate(self, actor: Actor, organisation: Organisation) -> None:
        """Makes the account active; raises RefusedError while an order that ended it, adopted or not, still bars it."""
        now = self._clock.now()
        facts = change_facts(self._gate, actor, organisation, "activate_organisation", now)
        event, subject = AuditEvent.ORGANISATION_DECIDED, organisation.organisation_id
        for ending in self._endings.of(organisation.organisation_id):
            decision = self._engine_of(ending.pack_id).decide(Action.ACCOUNT, facts, now)
            if not decision.allowed:
                index = self._log.append([self._gate.entry(decision, event, actor.user.user_id, subject)])[0]
                raise RefusedError(decision, index)
        self._gate.enter(Action.ACCOUNT, facts, event, actor=actor.user.user_id, subject=subject)
        other = organisation.basis is AccountBasis.AGREEMENT
        self._customers.reinstate(organisation.organisation_id, now + ATTESTATION_PERIOD if other else None)
        details = {"state": AccountState.ACTIVE.value}
        self._gate.note(AuditEvent.ORGANISATION_CHANGED, actor=actor.user.user_id, subject=subject, details=details)

    def _outcomes(self, actor: Actor, pack_id: str, as_of: date | datetime) -> tuple[Outcome, ...]:
        engine, own = self._engine_of(pack_id), actor.organisation.organisation_id
        others = [known for known in self._accounts.organisations() if known.organisation_id != own]
        asked: dict[tuple[object, ...], Outcome] = {}  # thousands of bodies, a few hundred different questions
        outcomes = []
        for body in others:
            question = _asked_of(body)
            if question not in asked:
                asked[question] = assess(engine, pack_id, body, as_of)
            outcomes.append(replace(asked[question], organisation=body))
        return tuple(outcomes)

    def _ended_by(self, organisation: Organisation, pack_id: str) -> bool:
        if organisation.state is not AccountState.ENDED:
            return False
        return any(ending.pack_id == pack_id for ending in self._endings.of(organisation.organisation_id))

    def _decided(self, actor: Actor, outcome: Outcome, now: datetime) -> Decision:
        facts = change_facts(self._gate, actor, outcome.organisation, "end_organisation", now)
        decision = self._gate.decide(Action.ACCOUNT, facts)
        if not decision.allowed:
            event, subject = AuditEvent.ORGANISATION_DECIDED, outcome.organisation.organisation_id
            index = self._log.append([self._gate.entry(decision, event, actor.user.user_id, subject)])[0]
            raise RefusedError(decision, index)
        return decision

    def _entry(self, actor: Actor, outcome: Outcome, pack_id: str, now: datetime, decision: Decision) -> AuditEntry:
        return AuditEntry(
            AuditEvent.ORGANISATION_DECIDED,
            now,
            actor=actor.user.user_id,
            subject=outcome.organisation.organisation_id,
            verdict=decision.verdict.value,
            grounds=outcome.rules,
            packs=dict(decision.packs),
            details={"state": AccountState.ENDED.value, "pack_id": pack_id},
        )

    def _changed(self, actor: Actor, ending: Ending, state: AccountState) -> AuditEntry:
        details: dict[str, str | int] = {"state": state.value, "decision_index": ending.audit_index}
        subject = ending.organisation_id
        return AuditEntry(
            AuditEvent.ORGANISATION_CHANGED, ending.ended_at, actor=actor.user.user_id, subject=subject, details=details
        )

    def _write(self, outcomes: Iterable[Outcome], pack_id: str) -> int:
        """Sends each administrator the reason and the citation; a letter that went out before is not sent again."""
        sent = 0
        for outcome in outcomes:
            contact = self._customers.contact(outcome.organisation.organisation_id)
            if contact is None or "@" not in contact.email:
                continue
            letter_id = f"{outcome.organisation.organisation_id}-{pack_id}"
            sent += self._mail.send(letter_id, contact.email, "Your account has ended", _letter(outcome))
        return sent


def _question(organisation: Organisation) -> FactDict:
    """Whether this organisation could be given an account today, everything else in order."""
    origin = "taken as in order: the question is the organisation alone"
    return {
        **organisation_facts(organisation),
        **_change("activate_organisation"),
        "actor_roles": Fact(frozenset({"operator"}), origin),
        "user_state": Fact("active", origin),
        "duty": Fact("none", origin),
    }


def _asked_of(organisation: Organisation) -> tuple[object, ...]:
    """All that the question reads of an organisation: two with the same have the same answer."""
    facts = organisation_facts(organisation)
    return (organisation.sector, organisation.level, *((name, facts[name].value) for name in sorted(facts)))


def _possible(organisation: Organisation) -> Iterator[FactDict]:
    """The question for each sector and level that the organisation could have."""
    for sector in [organisation.sector] if organisation.sector else list(Sector):
        governing = sector is Sector.GOVERNMENT
        levels = list(GovernmentLevel) if governing and organisation.level is None else [organisation.level]
        for level in levels:
            yield _question(replace(organisation, sector=sector, level=level if governing else None))


def _change(change: str) -> FactDict:
    return {"account_change": Fact(change, "given"), "target_org_same": Fact(False, "another organisation")}


def _letter(outcome: Outcome) -> str:
    lines = [f"The account of {outcome.organisation.name} has ended. Nobody can sign in with it any more.", ""]
    lines += _reasons(outcome.grounds)
    return "\n".join([*lines, "", "If what is recorded of your organisation is wrong, write to the operator."])


def _reasons(grounds: Sequence[Ground]) -> list[str]:
    lines: list[str] = []
    for ground in grounds:
        until = f", in force until {ground.expires}" if ground.expires else ""
        lines += [f"- {ground.text}", f"  {ground.rule}: {ground.citation}{until}"]
        lines += [] if ground.verified else ["  (This rule was not checked against its source.)"]
    return lines
