"""API keys: made for one purpose, shown once, within the roles of whoever made them, and worth nothing after their day.

Never keeps a key's token, and never gives a key more than its owner may do.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from facewarden.domain.accounts import Actor, ApiKey, Role, Scope
from facewarden.domain.audit import AuditEvent
from facewarden.domain.ids import ApiKeyId, UserId, random_id
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.ports import ApiKeyRecords, Clock, MemberRecords
from facewarden.services.gate import Gate
from facewarden.services.lines import printable_line
from facewarden.services.people.account_facts import change_facts
from facewarden.services.people.signin import KEY_PREFIX, TOKEN_BYTES, hash_token

DAYS_DEFAULT, DAYS_MAX = 90, 366  # a key that nobody renews for a year belongs to a program that nobody looks after
KEYS_MAX = 20  # one for each purpose: more are lost track of
NAME_MAX, PURPOSE_MAX = 60, 200
_KEY_ID = re.compile(r"key_[0-9a-f]{24}")
ROLES_OF: Mapping[Scope, frozenset[Role]] = {
    Scope.SEARCH: frozenset({Role.INVESTIGATOR, Role.EXAMINER}),
    Scope.CASES: frozenset({Role.INVESTIGATOR, Role.EXAMINER, Role.ORG_ADMINISTRATOR}),
    Scope.COLLECT: frozenset({Role.OPERATOR, Role.PRIVACY_OFFICER, Role.ORG_ADMINISTRATOR}),
    Scope.LOG: frozenset({Role.AUDITOR, Role.OVERSEER, Role.PRIVACY_OFFICER, Role.OPERATOR}),
}
"""Each scope with the roles that may do what it is for; another's key with it could do nothing."""


class ApiKeys:
    """The keys of users."""

    def __init__(self, records: ApiKeyRecords, members: MemberRecords, gate: Gate, clock: Clock) -> None:
        self._records = records
        self._members = members
        self._gate = gate
        self._clock = clock

    def of(self, actor: Actor) -> Sequence[ApiKey]:
        """The actor's own keys, newest first, those expired or revoked included."""
        return self._records.of_user(actor.user.user_id)

    def scopes_for(self, actor: Actor) -> list[Scope]:
        """What a key of the actor could be for."""
        return [scope for scope, roles in ROLES_OF.items() if roles & actor.user.roles]

    def make(
        self, actor: Actor, name: str, purpose: str, scopes: Iterable[Scope], days: int = DAYS_DEFAULT
    ) -> tuple[ApiKey, str]:
        """The key and its token, which nobody can show again; raises RefusedError, BadUseError.

        `days` is how long it lasts, 1 to `DAYS_MAX`.
        """
        wanted = frozenset(scopes)
        called, told = self._checked(actor, name, purpose, wanted, days)
        now = self._clock.now()
        key = ApiKey(
            ApiKeyId(random_id("key")), actor.user.user_id, called, told, wanted, now, now + timedelta(days=days)
        )
        facts = change_facts(self._gate, actor, actor.organisation, "make_key", now, user=actor.user)
        event, user_id = AuditEvent.USER_DECIDED, actor.user.user_id
        self._gate.enter(Action.ACCOUNT, facts, event, actor=user_id, subject=key.key_id)
        token = f"{KEY_PREFIX}{secrets.token_urlsafe(TOKEN_BYTES)}"
        self._records.add(key, hash_token(token))
        self._gate.note(AuditEvent.KEY_MADE, actor=user_id, subject=key.key_id)
        return key, token

    def revoke(self, actor: Actor, key_id: str, of: str | None = None) -> None:
        """Makes the key worth nothing; `of` is its owner's user id, None for the actor's own.

        Raises RefusedError, BadUseError `unknown_key` in one wording for absent, revoked, and not theirs.
        """
        owner = self._members.user(UserId(of or actor.user.user_id))
        known = self._records.of_user(owner[0].user_id) if owner and _KEY_ID.fullmatch(key_id) else ()
        key = next((key for key in known if key.key_id == key_id), None)
        if key is None or owner is None:
            raise _unknown_key()
        facts = change_facts(self._gate, actor, owner[1], "revoke_key", self._clock.now(), user=owner[0])
        event, user_id = AuditEvent.USER_DECIDED, actor.user.user_id
        self._gate.enter(Action.ACCOUNT, facts, event, actor=user_id, subject=key.key_id)
        if not self._records.revoke(key.key_id, self._clock.now()):
            raise _unknown_key()
        self._gate.note(AuditEvent.KEY_REVOKED, actor=user_id, subject=key.key_id)

    def _checked(self, actor: Actor, name: str, purpose: str, scopes: frozenset[Scope], days: int) -> tuple[str, str]:
        called, told = printable_line(name, NAME_MAX), printable_line(purpose, PURPOSE_MAX)
        if not called or not told:
            raise BadUseError(
                "bad_key_name",
                "A key needs a name and a purpose.",
                f"Each in one line of printable characters: the name at most {NAME_MAX}, the purpose {PURPOSE_MAX}.",
                "Say which program it is for, and what that does.",
            )
        if not scopes or not scopes <= set(self.scopes_for(actor)):
            own = ", ".join(scope.value for scope in self.scopes_for(actor)) or "none"
            raise BadUseError(
                "bad_scope",
                "A key is for something that its owner may do.",
                f"With your roles: {own}.",
                "Choose one or more of these.",
            )
        if not 1 <= days <= DAYS_MAX:
            raise BadUseError(
                "bad_key_days", f"A key lasts 1 to {DAYS_MAX} days.", next_step=f"Leave it out for {DAYS_DEFAULT}."
            )
        now = self._clock.now()
        live = [k for k in self._records.of_user(actor.user.user_id) if k.revoked_at is None and k.expires_at > now]
        if len(live) >= KEYS_MAX:
            raise BadUseError(
                "too_many_keys", f"You have {len(live)} keys already.", next_step="Revoke those that nothing uses."
            )
        return called, told


def _unknown_key() -> BadUseError:
    return BadUseError("unknown_key", "There is no such key in use.", next_step="List them: facewarden key list")
