"""What bootstrap builds for signing in: passwords, passkeys, second steps. Never opens keys or records of its own."""

from __future__ import annotations

from functools import cached_property

from facewarden.adapters.passwords import Argon2Passwords
from facewarden.bootstrap.ground import Ground
from facewarden.ports.passkeys import DeviceQuestions
from facewarden.services.limits import RequestLimits
from facewarden.services.people.own_factors import OwnFactors
from facewarden.services.people.passkeys import Passkeys
from facewarden.services.people.second_step import SecondStep
from facewarden.services.people.signin import SignIn, SignInParts


class Credentials:
    """What people sign in with, and the services that ask for it."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    @cached_property
    def sign_in(self) -> SignIn:
        """Signing in and out."""
        ground, records = self._ground, self._ground.records
        return SignIn(
            records.accounts,
            records.sessions,
            records.sign_in_failures,
            Argon2Passwords(),
            ground.gate,
            ground.clock,
            second_factor_required=ground.second_factor_required,
            parts=SignInParts(
                records.second_factors,
                self.passkeys,
                records.api_keys,
                records.user_sessions,
                RequestLimits(ground.clock),
            ),
        )

    @cached_property
    def passkeys(self) -> Passkeys:
        """Passkeys of all users."""
        ground, records = self._ground, self._ground.records
        return Passkeys(records.passkeys, records.ceremonies, _device_questions, ground.gate, ground.clock)

    @cached_property
    def own_factors(self) -> OwnFactors:
        """Changing one's own passkeys."""
        return OwnFactors(self.sign_in, self.passkeys)

    @cached_property
    def second_step(self) -> SecondStep:
        """Signing in in two steps."""
        return SecondStep(self.sign_in, self.passkeys, self._ground.records.members)


def _device_questions() -> DeviceQuestions:
    from facewarden.adapters.webauthn import WebAuthnQuestions  # 0.2 s to load, and few commands ask a device

    return WebAuthnQuestions()
