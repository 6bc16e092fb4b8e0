"""Passkeys, API keys and users as they change, in memory: what their ports do, and nothing more."""

from __future__ import annotations

from dataclasses import replace

from facewarden.domain.accounts import AccountState
from facewarden.domain.customers import Cut
from facewarden.errors import BadUseError


class Passkeys:
    def __init__(self):
        self.known = {}

    def add(self, passkey):
        if any(known.credential_id == passkey.credential_id for known in self.known.values()):
            raise BadUseError("passkey_known", "This passkey is stored already.")
        self.known[passkey.passkey_id] = passkey

    def of(self, user_id):
        return [key for key in self.known.values() if key.user_id == user_id]

    def note_use(self, passkey_id, sign_count, at):
        passkey = self.known[passkey_id]
        if not (sign_count > passkey.sign_count or sign_count == passkey.sign_count == 0):
            return False
        self.known[passkey_id] = replace(passkey, sign_count=sign_count, last_used_at=at)
        return True

    def rename(self, passkey_id, name):
        self.known[passkey_id] = replace(self.known[passkey_id], name=name)

    def remove(self, passkey_id):
        self.known.pop(passkey_id, None)


class Ceremonies:
    def __init__(self):
        self.open = {}

    def begin(self, ticket_hash, ceremony):
        self.open[ticket_hash] = ceremony

    def find(self, ticket_hash):
        return self.open.get(ticket_hash)

    def take(self, ticket_hash):
        return self.open.pop(ticket_hash, None)


class ApiKeys:
    def __init__(self, members):
        self._members, self.known = members, {}

    def add(self, key, token_hash):
        self.known[token_hash] = key

    def find(self, token_hash):
        key = self.known.get(token_hash)
        return key and (key, *self._members.user(key.user_id))

    def of_user(self, user_id):
        return [key for key in reversed(self.known.values()) if key.user_id == user_id]

    def use(self, key, at):
        self._change(key.key_id, last_used_at=at)

    def revoke(self, key_id, at):
        key = next((key for key in self.known.values() if key.key_id == key_id), None)
        if key is None or key.revoked_at is not None:
            return False
        self._change(key_id, revoked_at=at)
        return True

    def _change(self, key_id, **changes):
        self.known = {k: replace(key, **changes) if key.key_id == key_id else key for k, key in self.known.items()}


class Members:
    """Users as they change, over the fake accounts and sessions."""

    def __init__(self, accounts, sessions):
        self._accounts, self._sessions = accounts, sessions

    def user(self, user_id):
        found = next((user for user in self._accounts.users() if user.user_id == user_id), None)
        body = found and next(o for o in self._accounts.known if o.organisation_id == found.organisation_id)
        return found and (found, body)

    def change_user(self, user):
        self._accounts.people[user.sign_in_name] = (user, self._accounts.people[user.sign_in_name][1])

    def set_password(self, user_id, password_hash):
        user = self.user(user_id)[0]
        self._accounts.people[user.sign_in_name] = (user, password_hash)

    def add_certificate(self, user, title, document_hash, expires_at, by, at):
        self.change_user(replace(user, training_expires_at=expires_at))

    def cut(self, user_id, at):
        return Cut(sessions=self._sessions.end_all(user_id))


class Suspensions:
    def __init__(self, members):
        self._members, self.held = members, {}

    def hold_user(self, user_id, suspension, state=AccountState.SUSPENDED):
        self._members.change_user(replace(self._members.user(user_id)[0], state=state))
        self.held[user_id] = suspension
        return self._members.cut(user_id, suspension.since)

    def hold_organisation(self, organisation_id, suspension, state=AccountState.SUSPENDED):
        self.held[organisation_id] = suspension
        return Cut()

    def of(self, subject):
        return self.held.get(subject)

    def all(self):
        return list(self.held.values())

    def lift(self, subject):
        if self.held.pop(subject, None) is None:
            return False
        found = self._members.user(subject)
        if found:
            self._members.change_user(replace(found[0], state=AccountState.ACTIVE))
        return True


class Organisations:
    def __init__(self, accounts):
        self._accounts = accounts

    def find(self, organisation_id):
        return next((one for one in self._accounts.known if one.organisation_id == organisation_id), None)

    def change(self, organisation, before=None):
        known = self._accounts.known
        known[[one.organisation_id for one in known].index(organisation.organisation_id)] = organisation
        return True


class Use:
    """Nobody searched."""

    def searches(self, since):
        return []

    def cases(self, opened_before):
        return []


class Customers:
    """Nobody left a contact."""

    def contact(self, organisation_id):
        return None


class Disclosures:
    """Counts to whom the list was given out."""

    def __init__(self):
        self.noted = []

    def record(self, kind, to, reason, at, audit_index):
        self.noted.append((kind, to, reason))
        return "dis_" + "0" * 24
