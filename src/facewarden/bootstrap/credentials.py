"""What bootstrap builds for passkeys and for signing in with one. Never opens keys or records of its own."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from facewarden.adapters.records_sql.passkeys import SqlCeremonies, SqlPasskeys
from facewarden.adapters.webauthn import WebAuthnQuestions
from facewarden.bootstrap.accounts import account_orders
from facewarden.services.people.account_orders import AccountOrders
from facewarden.services.people.own_factors import OwnFactors
from facewarden.services.people.passkeys import Passkeys
from facewarden.services.people.second_step import SecondStep

if TYPE_CHECKING:
    from facewarden.bootstrap.installation import Installation


class Credentials:
    """What people sign in with, beside their password."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    @cached_property
    def passkeys(self) -> Passkeys:
        """Passkeys of all users."""
        of = self._installation
        questions = WebAuthnQuestions()
        return Passkeys(SqlPasskeys(of.database), SqlCeremonies(of.database), questions, of.gate, of.clock)

    @cached_property
    def account_orders(self) -> AccountOrders:
        """What documents say of accounts."""
        return account_orders(self._installation)

    @cached_property
    def own_factors(self) -> OwnFactors:
        """Changing one's own passkeys."""
        return OwnFactors(self._installation.sign_in, self.passkeys)

    @cached_property
    def second_step(self) -> SecondStep:
        """Signing in in two steps."""
        return SecondStep(self._installation.sign_in, self.passkeys, self._installation.records.accounts)
