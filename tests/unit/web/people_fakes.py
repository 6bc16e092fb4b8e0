"""Passkeys in memory: what their ports do, and nothing more."""

from __future__ import annotations

from dataclasses import replace

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
