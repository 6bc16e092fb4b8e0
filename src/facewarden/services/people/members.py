"""Users as they change: roles, training, suspended, held, reinstated, ended; each decided by law and recorded first.

Never lets anybody change themselves, and never suspends a user without cutting everything they have open.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from facewarden.domain.accounts import AccountState, Actor, Organisation, Role, Suspension, SuspensionCause, User
from facewarden.domain.audit import AuditEvent
from facewarden.domain.customers import Cut
from facewarden.domain.ids import UserId
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.ports import AccountRecords, Clock, MemberRecords, OrganisationRecords, SuspensionRecords
from facewarden.services.gate import Gate
from facewarden.services.lines import checked_reason, printable_line
from facewarden.services.people.account_facts import change_facts, upkeep_facts
from facewarden.services.people.accounts import sees_all

IDLE_DAYS = 90  # CJIS AC-2 as recalled in the notes: accounts that nobody uses are disabled
TITLE_MAX = 200
TRAINING_MAX = timedelta(days=3 * 366)  # no certificate is taken for longer: face comparison and the law change


class Members:
    """The users of organisations, as their administrators and overseers change them."""

    def __init__(
        self,
        members: MemberRecords,
        accounts: AccountRecords,
        organisations: OrganisationRecords,
        suspensions: SuspensionRecords,
        gate: Gate,
        clock: Clock,
    ) -> None:
        self._members = members
        self._accounts = accounts
        self._organisations = organisations
        self._suspensions = suspensions
        self._gate = gate
        self._clock = clock

    def find(self, actor: Actor, name: str) -> tuple[User, Organisation]:
        """The user of that id or sign-in name that the actor may know of; raises BadUseError `unknown_user`."""
        found = self._members.user(UserId(name))
        if found is None:
            record = self._accounts.sign_in_record(name.strip())
            found = record[:2] if record else None
        if found is None or not may_know(actor, found[0]):
            raise BadUseError(
                "unknown_user", "There is no user of that name.", next_step="List them with: facewarden user list"
            )
        return found

    def suspension(self, actor: Actor, name: str) -> Suspension | None:
        """What holds that user, None if nothing does."""
        return self._suspensions.of(self.find(actor, name)[0].user_id)

    # -- changes ---------------------------------------------------------------------------------------------

    def change_roles(self, actor: Actor, name: str, roles: Iterable[Role]) -> User:
        """The user with these roles and no other; every session of theirs ends. Raises RefusedError, BadUseError."""
        user, organisation = self.find(actor, name)
        chosen = frozenset(roles)
        if not chosen:
            raise BadUseError("no_role", "A user needs at least one role.", next_step="Give --role, once or more.")
        self._enter(actor, organisation, "change_user", user, roles=chosen)
        changed = replace(user, roles=chosen)
        self._members.change_user(changed)
        self._members.cut(user.user_id, self._clock.now())  # a key made with the old roles names them no longer
        self._changed(actor, user, "roles")
        return changed

    def record_training(
        self, actor: Actor, name: str, title: str, expires_at: datetime, document: bytes | None = None
    ) -> User:
        """The user with the certificate recorded; of the document only its SHA-256 is kept.

        Raises RefusedError, BadUseError for a day past, too far off, or no title.
        """
        user, organisation = self.find(actor, name)
        called, now = printable_line(title, TITLE_MAX), self._clock.now()
        if not called:
            raise BadUseError(
                "bad_certificate",
                "A training certificate needs a title.",
                f"What was learnt and who taught it: 1 to {TITLE_MAX} printable characters.",
                "Give it.",
            )
        if not now < expires_at <= now + TRAINING_MAX:
            raise BadUseError(
                "bad_certificate_day",
                "A training certificate ends on a day to come, at most three years off.",
                next_step="Give the day until which it holds.",
            )
        self._enter(actor, organisation, "change_user", user)
        digest = hashlib.sha256(document).hexdigest() if document is not None else None
        self._members.add_certificate(user, called, digest, expires_at, actor.user.user_id, now)
        self._changed(actor, user, "training")
        return replace(user, training_expires_at=expires_at)

    def suspend(self, actor: Actor, name: str, reason: str) -> Cut:
        """Suspends the user until an administrator reinstates them; what it cut. Raises RefusedError, BadUseError."""
        return self._hold(actor, name, reason, "suspend_user", SuspensionCause.ADMINISTRATOR)

    def hold(self, actor: Actor, name: str, reason: str) -> Cut:
        """Holds the account of a user whose use must be looked into; only an overseer lifts it."""
        return self._hold(actor, name, reason, "hold_user", SuspensionCause.OVERSEER)

    def reinstate(self, actor: Actor, name: str) -> None:
        """Makes the user active again; raises RefusedError, BadUseError `not_suspended`."""
        user, organisation = self.find(actor, name)
        if user.state is AccountState.ENDED:
            raise BadUseError("account_ended", "This account has ended.", next_step="Add the person anew.")
        known = self._suspensions.of(user.user_id)
        held = known is not None and known.cause is SuspensionCause.OVERSEER
        self._enter(actor, organisation, "reinstate_user", user, held=held)
        if not self._suspensions.lift(user.user_id):
            raise BadUseError("not_suspended", "This account is not suspended.", next_step="See: facewarden user list")
        self._changed(actor, user, AccountState.ACTIVE.value)

    def end(self, actor: Actor, name: str, reason: str) -> Cut:
        """Ends the account of somebody who left, for good; what it cut. Raises RefusedError, BadUseError."""
        user, organisation = self.find(actor, name)
        if user.user_id == actor.user.user_id:
            raise _oneself()
        self._check_last_operator(user)
        said = checked_reason(reason)
        passage = self._enter(actor, organisation, "end_user", user)
        held = Suspension(user.user_id, SuspensionCause.LEAVER, actor.user.user_id, said, self._clock.now(), passage)
        cut = self._suspensions.hold_user(user.user_id, held, AccountState.ENDED)
        self._unname(organisation, user)
        self._changed(actor, user, AccountState.ENDED.value, cut)
        return cut

    # -- once a day ------------------------------------------------------------------------------------------

    def suspend_idle(self, moment: datetime) -> Mapping[str, int]:
        """Suspends every active user who was not here for `IDLE_DAYS`; counts. The last operator stays, and is counted:
        an installation that nobody can operate could not even be put right."""
        limit, counts = moment - timedelta(days=IDLE_DAYS), {"users": 0, "kept": 0, "sessions": 0, "keys": 0}
        bodies = {body.organisation_id: body for body in self._accounts.organisations()}
        for user in self._accounts.users():
            if user.state is not AccountState.ACTIVE or (user.last_seen_at or user.added_at) > limit:
                continue
            if self._is_last_operator(user):
                counts["kept"] += 1
                continue
            facts = upkeep_facts(self._gate, bodies[user.organisation_id], "suspend_user", moment)
            event = AuditEvent.USER_DECIDED
            passage = self._gate.enter(Action.ACCOUNT, facts, event, actor=None, subject=user.user_id)
            reason = f"Not signed in for {IDLE_DAYS} days."
            held = Suspension(user.user_id, SuspensionCause.IDLE, None, reason, moment, passage.audit_index)
            cut = self._suspensions.hold_user(user.user_id, held)
            self._changed(None, user, AccountState.SUSPENDED.value, cut)
            counts["users"] += 1
            counts["sessions"] += cut.sessions
            counts["keys"] += cut.keys
        return counts

    # -- inside ----------------------------------------------------------------------------------------------

    def _hold(self, actor: Actor, name: str, reason: str, change: str, cause: SuspensionCause) -> Cut:
        user, organisation = self.find(actor, name)
        if user.user_id == actor.user.user_id:
            raise _oneself()
        said = checked_reason(reason)
        if user.state is AccountState.ENDED:
            raise BadUseError("account_ended", "This account has ended.", next_step="There is nothing to suspend.")
        known = self._suspensions.of(user.user_id)
        if known is not None and known.cause is SuspensionCause.OVERSEER and cause is not SuspensionCause.OVERSEER:
            raise BadUseError("account_held", "An overseer holds this account.", next_step="Ask the overseer.")
        self._check_last_operator(user)
        index = self._enter(actor, organisation, change, user)
        held = Suspension(user.user_id, cause, actor.user.user_id, said, self._clock.now(), index)
        cut = self._suspensions.hold_user(user.user_id, held)
        self._changed(actor, user, AccountState.SUSPENDED.value, cut)
        return cut

    def _enter(
        self,
        actor: Actor,
        organisation: Organisation,
        change: str,
        user: User,
        *,
        roles: Iterable[Role] = (),
        held: bool = False,
    ) -> int:
        now = self._clock.now()
        facts = change_facts(self._gate, actor, organisation, change, now, user=user, roles=roles, held=held)
        event = AuditEvent.USER_DECIDED
        subject = user.user_id
        passage = self._gate.enter(Action.ACCOUNT, facts, event, actor=actor.user.user_id, subject=subject)
        return passage.audit_index

    def _changed(self, actor: Actor | None, user: User, state: str, cut: Cut | None = None) -> None:
        details: dict[str, str | int] = {"state": state}
        if cut is not None:
            details |= {"sessions": cut.sessions, "keys": cut.keys, "work": cut.work}
        by = actor.user.user_id if actor else None
        self._gate.note(AuditEvent.USER_CHANGED, actor=by, subject=user.user_id, details=details)

    def _unname(self, organisation: Organisation, user: User) -> None:
        """Whoever left is no longer the named administrator or overseer."""
        known = self._organisations.find(organisation.organisation_id)
        if known is None or user.user_id not in (known.administrator_id, known.overseer_id):
            return
        administrator = None if known.administrator_id == user.user_id else known.administrator_id
        overseer = None if known.overseer_id == user.user_id else known.overseer_id
        self._organisations.change(replace(known, administrator_id=administrator, overseer_id=overseer))

    def _is_last_operator(self, user: User) -> bool:
        return Role.OPERATOR in user.roles and not self._other_operators(user)

    def _other_operators(self, user: User) -> Sequence[User]:
        return [
            known
            for known in self._accounts.users()
            if known.user_id != user.user_id and Role.OPERATOR in known.roles and known.state is AccountState.ACTIVE
        ]

    def _check_last_operator(self, user: User) -> None:
        if self._is_last_operator(user):
            raise BadUseError(
                "last_operator",
                "This is the only operator.",
                "An installation that nobody can operate could not even be put right.",
                "Add another operator first.",
            )


def may_know(actor: Actor, user: User) -> bool:
    """Whether the actor may know of that user: their own body's, or whoever oversees all."""
    return user.organisation_id == actor.organisation.organisation_id or sees_all(actor)


def _oneself() -> BadUseError:
    return BadUseError(
        "not_oneself", "Nobody suspends or ends their own account.", next_step="Sign out; ask another administrator."
    )
