"""Passkeys of one's own: adding, naming, removing and using them.

Never takes an answer of a device twice, nor for another question than the one that it was asked.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from facewarden.domain.accounts import Actor, User
from facewarden.domain.audit import AuditEvent
from facewarden.domain.ids import UserId, random_id
from facewarden.domain.passkeys import Ceremony, CeremonyPurpose, Passkey, PasskeyId, Site
from facewarden.errors import BadUseError, NotPermittedError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import Clock
from facewarden.ports.passkeys import Ceremonies, DeviceQuestions, PasskeyRecords
from facewarden.services.gate import Gate
from facewarden.services.law.facts import actor_facts
from facewarden.services.lines import printable_line

CEREMONY_LIMIT = timedelta(minutes=5)  # WebAuthn level 2, section 15.1, recommends up to ten where a person is asked
MOST_PASSKEYS = 10  # a person has a few devices and a spare
NAME_MAX = 60
TICKET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Question:
    """What the browser asks the device: `options` is JSON for WebAuthn, `ticket` must come back with the answer."""

    ticket: str = field(repr=False)
    options: str


class Passkeys:
    """Passkeys of all users, each theirs alone."""

    def __init__(
        self,
        records: PasskeyRecords,
        ceremonies: Ceremonies,
        questions: Callable[[], DeviceQuestions],
        gate: Gate,
        clock: Clock,
    ) -> None:
        self._records = records
        self._ceremonies = ceremonies
        self._questions = questions
        self._gate = gate
        self._clock = clock

    def of(self, user_id: UserId) -> Sequence[Passkey]:
        """The user's passkeys, oldest first."""
        return self._records.of(user_id)

    def has(self, user_id: UserId) -> bool:
        """Whether the user has any, for whichever address."""
        return bool(self._records.of(user_id))

    # -- one's own -------------------------------------------------------------------------------------------

    def ask_to_add(self, actor: Actor, site: Site) -> Question:
        """The question by which a device makes a passkey; raises BadUseError if there are too many."""
        own = self._records.of(actor.user.user_id)
        if len(own) >= MOST_PASSKEYS:
            raise BadUseError(
                "too_many_passkeys",
                f"You have {len(own)} passkeys already.",
                "Each is a way into your account.",
                "Remove one that you no longer use.",
            )
        known = [key.credential_id for key in own if key.site_host == site.host]
        ticket, challenge = self._begin(actor.user.user_id, CeremonyPurpose.ADD)
        # The handle is the user's random id: it stays on the device and must say nothing (WebAuthn, section 14.6.1).
        handle = actor.user.user_id.encode()
        return Question(
            ticket,
            self._questions().creation_options(site, challenge, handle, actor.user.sign_in_name, known),
        )

    def add(self, actor: Actor, site: Site, ticket: str, answer: str, name: str) -> Passkey:
        """The passkey that the device made; raises NotPermittedError, RefusedError, BadUseError."""
        ceremony = self._take(ticket, CeremonyPurpose.ADD)
        if ceremony.user_id != actor.user.user_id:
            raise _stale()
        made = self._questions().check_creation(site, ceremony.challenge, answer)
        passkey = Passkey(
            PasskeyId(random_id("pky")),
            actor.user.user_id,
            _checked_name(name),
            site.host,
            made.credential_id,
            made.public_key,
            made.sign_count,
            self._clock.now(),
        )
        self._enter(actor)
        self._records.add(passkey)
        self._noted(actor, "passkey_added")
        return passkey

    def rename(self, actor: Actor, passkey_id: str, name: str) -> None:
        """Gives one's own passkey another name; raises BadUseError `unknown_passkey`."""
        self._records.rename(self._own(actor, passkey_id).passkey_id, _checked_name(name))

    def remove(self, actor: Actor, passkey_id: str) -> None:
        """Deletes one's own passkey; raises BadUseError `unknown_passkey`, RefusedError."""
        passkey = self._own(actor, passkey_id)
        self._enter(actor)
        self._records.remove(passkey.passkey_id)
        self._noted(actor, "passkey_removed")

    # -- signing in ------------------------------------------------------------------------------------------

    def ask_to_sign_in(self, user: User, site: Site) -> Question:
        """The question to the user's devices; without any passkey for this site its `options` are ""."""
        own = [key.credential_id for key in self._records.of(user.user_id) if key.site_host == site.host]
        ticket, challenge = self._begin(user.user_id, CeremonyPurpose.SIGN_IN)
        return Question(ticket, self._questions().request_options(site, challenge, own) if own else "")

    def close(self, ticket: str) -> Ceremony:
        """The question that the ticket stands for, good for this one try; raises NotPermittedError `step_stale`."""
        return self._take(ticket, CeremonyPurpose.SIGN_IN)

    def check(self, site: Site, ceremony: Ceremony, answer: str) -> None:
        """Nothing; raises NotPermittedError unless one of that user's passkeys for this site answered the question."""
        own = self._records.of(ceremony.user_id)
        used, count = self._questions().check_request(site, ceremony.challenge, answer, own)
        if not self._records.note_use(used.passkey_id, count, self._clock.now()):
            raise _copied()

    # -- inside ----------------------------------------------------------------------------------------------

    def _begin(self, user_id: UserId, purpose: CeremonyPurpose) -> tuple[str, bytes]:
        ticket, now = secrets.token_urlsafe(TICKET_BYTES), self._clock.now()
        challenge = self._questions().new_challenge()
        self._ceremonies.begin(_hash(ticket), Ceremony(user_id, purpose, challenge, now, now + CEREMONY_LIMIT))
        return ticket, challenge

    def _take(self, ticket: str, purpose: CeremonyPurpose) -> Ceremony:
        found = self._ceremonies.take(_hash(ticket))
        if found is None or found.purpose is not purpose or self._clock.now() >= found.expires_at:
            raise _stale()
        return found

    def _own(self, actor: Actor, passkey_id: str) -> Passkey:
        for passkey in self._records.of(actor.user.user_id):
            if passkey.passkey_id == passkey_id:
                return passkey
        raise BadUseError("unknown_passkey", "You have no such passkey.", next_step="See Settings for those you have.")

    def _enter(self, actor: Actor) -> None:
        facts = {
            **actor_facts(actor, self._clock.now()),
            "account_change": Fact("change_credentials", "given: passkeys of one's own"),
            "target_org_same": Fact(True, "one's own account"),
        }
        user_id = actor.user.user_id
        self._gate.enter(Action.ACCOUNT, facts, AuditEvent.USER_DECIDED, actor=user_id, subject=user_id)

    def _noted(self, actor: Actor, action: str) -> None:
        user_id = actor.user.user_id
        self._gate.note(AuditEvent.CREDENTIALS_CHANGED, actor=user_id, subject=user_id, details={"action": action})


def _hash(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode(errors="surrogatepass")).digest()


def _checked_name(name: str) -> str:
    line = printable_line(name, NAME_MAX)
    if not line:
        raise BadUseError(
            "bad_passkey_name",
            "That name cannot be used for a passkey.",
            f"It needs 1 to {NAME_MAX} printable characters.",
            "Give another, such as the name of the device.",
        )
    return line


def _stale() -> NotPermittedError:
    return NotPermittedError(
        "step_stale",
        "This step ran out or was taken before.",
        f"It is good for one try within {CEREMONY_LIMIT.seconds // 60} minutes.",
        "Begin again.",
    )


def _copied() -> NotPermittedError:
    return NotPermittedError(
        "passkey_copied",
        "This passkey is not accepted any more.",
        "Its device counted less often than it was used here: somebody may hold a copy of it.",
        "Sign in another way, remove this passkey under Settings, and tell your organisation's administrator.",
    )
