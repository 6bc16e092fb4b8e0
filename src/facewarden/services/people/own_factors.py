"""Changing one's own second factors: the password once more, and never without a way in that is left.

Never lets a session that somebody left open add a way into the account.
"""

from __future__ import annotations

from facewarden.domain.accounts import Actor
from facewarden.domain.passkeys import Passkey, Site
from facewarden.errors import BadUseError
from facewarden.services.people.passkeys import Passkeys, Question
from facewarden.services.people.signin import SignIn


class OwnFactors:
    """Passkeys of whoever acts."""

    def __init__(self, sign_in: SignIn, passkeys: Passkeys) -> None:
        self._sign_in = sign_in
        self._passkeys = passkeys

    def ask_to_add(self, actor: Actor, site: Site, password: str, origin: str = "") -> Question:
        """The question by which a device makes a passkey; raises NotPermittedError for a wrong password."""
        self._sign_in.confirm(actor, password, origin)
        return self._passkeys.ask_to_add(actor, site)

    def add(self, actor: Actor, site: Site, ticket: str, answer: str, name: str) -> Passkey:
        """The passkey, stored; every other session of the user ends: whoever opened one must use it, too."""
        added = self._passkeys.add(actor, site, ticket, answer, name)
        self._sign_in.sign_out_everywhere(actor, stay=True)
        return added

    def remove(self, actor: Actor, passkey_id: str, password: str, origin: str = "") -> None:
        """Deletes one's own passkey; raises NotPermittedError, BadUseError `last_factor` where one must be left."""
        self._sign_in.confirm(actor, password, origin)
        left = [key for key in self._passkeys.of(actor.user.user_id) if key.passkey_id != passkey_id]
        only = not left and "code" not in self._sign_in.factors_of(actor.user.user_id)
        if only and self._sign_in.second_factor_required:
            raise BadUseError(
                "last_factor",
                "This is your only second factor.",
                "This installation lets nobody in without one.",
                "Add another passkey or a one-time code first.",
            )
        self._passkeys.remove(actor, passkey_id)
