"""What bootstrap builds for users, their keys and sessions, from an opened installation.

Never opens keys or records of its own.
"""

from __future__ import annotations

from functools import cached_property

from facewarden.adapters.passwords import Argon2Passwords
from facewarden.bootstrap.ground import Ground
from facewarden.law.engine import LawEngine
from facewarden.law.placenames import load_place_names
from facewarden.services.people.account_orders import AccountOrders
from facewarden.services.people.accounts import Accounts
from facewarden.services.people.api_keys import ApiKeys
from facewarden.services.people.applying import Applying
from facewarden.services.people.customers.directory import Directory
from facewarden.services.people.customers.importing import CustomerImport
from facewarden.services.people.members import Members
from facewarden.services.people.organisations import Organisations
from facewarden.services.people.oversight import Oversight
from facewarden.services.people.second_factors import SecondFactorDesk
from facewarden.services.people.welcome import Welcome


class People:
    """The services about users, built when first used."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    @cached_property
    def members(self) -> Members:
        """Users as they change."""
        ground, records = self._ground, self._ground.records
        return Members(
            records.members,
            records.accounts,
            records.organisations,
            records.suspensions,
            ground.gate,
            ground.clock,
        )

    @cached_property
    def organisations(self) -> Organisations:
        """Organisations as they change."""
        ground, records = self._ground, self._ground.records
        return Organisations(
            records.organisations,
            records.accounts,
            records.customers,
            records.members,
            records.suspensions,
            records.setting_proposals,
            ground.mail,
            load_place_names(),
            ground.gate,
            ground.clock,
        )

    @cached_property
    def applying(self) -> Applying:
        """Applications for an account."""
        ground, records = self._ground, self._ground.records
        return Applying(
            records.applications,
            records.organisations,
            records.accounts,
            records.rates,
            ground.mail,
            load_place_names(),
            ground.gate,
            ground.clock,
        )

    @cached_property
    def directory(self) -> Directory:
        """The customer list for readers."""
        ground, records = self._ground, self._ground.records
        return Directory(records.accounts, records.customers, records.disclosures, ground.gate, ground.clock)

    @cached_property
    def welcome(self) -> Welcome:
        """Invitations, and second factors that people give themselves."""
        ground, records = self._ground, self._ground.records
        return Welcome(
            records.invitations,
            self.members,
            records.members,
            records.second_factors,
            Argon2Passwords(),
            ground.gate,
            ground.clock,
            ground.name,
            ground.second_factor_required,
        )

    @cached_property
    def oversight(self) -> Oversight:
        """How searching is used, for overseers."""
        ground, records = self._ground, self._ground.records
        return Oversight(records.use, records.accounts, ground.gate, ground.clock)

    @cached_property
    def api_keys(self) -> ApiKeys:
        """Keys of programs."""
        ground, records = self._ground, self._ground.records
        return ApiKeys(records.api_keys, records.members, ground.gate, ground.clock)

    @cached_property
    def accounts(self) -> Accounts:
        """Organisations and users."""
        ground = self._ground
        return Accounts(ground.records.accounts, Argon2Passwords(), ground.gate, ground.clock)

    @cached_property
    def second_factors(self) -> SecondFactorDesk:
        """Giving second factors out."""
        ground, records = self._ground, self._ground.records
        return SecondFactorDesk(records.second_factors, records.accounts, ground.gate, ground.clock, ground.name)

    @cached_property
    def customer_import(self) -> CustomerImport:
        """Taking in customer lists."""
        ground, records = self._ground, self._ground.records
        return CustomerImport(
            records.customers, records.accounts, load_place_names(), ground.gate, ground.log, ground.clock
        )

    @cached_property
    def account_orders(self) -> AccountOrders:
        """What documents say of accounts; an order is known by its pack, adopted or not."""
        ground, records = self._ground, self._ground.records

        def engine_of(pack_id: str) -> LawEngine:
            return LawEngine(ground.shelf.choose([pack_id]))

        return AccountOrders(
            records.accounts,
            records.customers,
            records.customers,
            ground.mail,
            engine_of,
            ground.gate,
            ground.log,
            ground.clock,
        )
