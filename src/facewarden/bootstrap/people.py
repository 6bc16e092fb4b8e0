"""What bootstrap builds for users, their keys and sessions, from an opened installation.

Never opens keys or records of its own.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from facewarden.adapters.passwords import Argon2Passwords
from facewarden.adapters.records_sql.api_keys import SqlApiKeys
from facewarden.adapters.records_sql.applications import SqlApplications
from facewarden.adapters.records_sql.customers import SqlCustomerRecords
from facewarden.adapters.records_sql.invitations import SqlInvitations
from facewarden.adapters.records_sql.members import SqlMembers, SqlSuspensions, SqlUserSessions
from facewarden.adapters.records_sql.organisations import SqlDisclosures, SqlOrganisations, SqlSettingProposals
from facewarden.adapters.records_sql.oversight import SqlUse
from facewarden.adapters.records_sql.rates import SqlRates
from facewarden.adapters.records_sql.second_factors import SqlSecondFactors
from facewarden.bootstrap.mail import mail_box
from facewarden.law.placenames import load_place_names
from facewarden.ports import MailBox
from facewarden.services.limits import RequestLimits
from facewarden.services.people.api_keys import ApiKeys
from facewarden.services.people.applying import Applying
from facewarden.services.people.customers.directory import Directory
from facewarden.services.people.members import Members
from facewarden.services.people.organisations import Organisations
from facewarden.services.people.oversight import Oversight
from facewarden.services.people.signin import SignInParts
from facewarden.services.people.welcome import Welcome

if TYPE_CHECKING:
    from facewarden.bootstrap.installation import Installation


class People:
    """The services about users, built when first used."""

    def __init__(self, installation: Installation) -> None:
        self._of = installation

    @cached_property
    def sign_in_parts(self) -> SignInParts:
        """What signing in has beside passwords."""
        of = self._of
        return SignInParts(
            SqlSecondFactors(of.database, of.vault),
            of.credentials.passkeys,
            SqlApiKeys(of.database),
            SqlUserSessions(of.database),
            RequestLimits(of.clock),
        )

    @cached_property
    def members(self) -> Members:
        """Users as they change."""
        of = self._of
        return Members(
            SqlMembers(of.database),
            of.records.accounts,
            SqlOrganisations(of.database, of.vault),
            SqlSuspensions(of.database, of.vault),
            of.gate,
            of.clock,
        )

    @cached_property
    def organisations(self) -> Organisations:
        """Organisations as they change."""
        of, records = self._of, SqlOrganisations(self._of.database, self._of.vault)
        return Organisations(
            records,
            of.records.accounts,
            SqlCustomerRecords(of.database, of.vault),
            SqlMembers(of.database),
            SqlSuspensions(of.database, of.vault),
            SqlSettingProposals(of.database, of.vault),
            self._mail,
            load_place_names(),
            of.gate,
            of.clock,
        )

    @cached_property
    def applying(self) -> Applying:
        """Applications for an account."""
        of = self._of
        return Applying(
            SqlApplications(of.database, of.vault),
            SqlOrganisations(of.database, of.vault),
            of.records.accounts,
            SqlRates(of.database, of.vault),
            self._mail,
            load_place_names(),
            of.gate,
            of.clock,
        )

    @cached_property
    def directory(self) -> Directory:
        """The customer list for readers."""
        of = self._of
        customers, disclosures = SqlCustomerRecords(of.database, of.vault), SqlDisclosures(of.database, of.vault)
        return Directory(of.records.accounts, customers, disclosures, of.gate, of.clock)

    @cached_property
    def welcome(self) -> Welcome:
        """Invitations, and second factors that people give themselves."""
        of = self._of
        return Welcome(
            SqlInvitations(of.database, of.vault),
            self.members,
            SqlMembers(of.database),
            SqlSecondFactors(of.database, of.vault),
            Argon2Passwords(),
            of.gate,
            of.clock,
            of.name,
            of.second_factor_required,
        )

    @cached_property
    def oversight(self) -> Oversight:
        """How searching is used, for overseers."""
        of = self._of
        return Oversight(SqlUse(of.database), of.records.accounts, of.gate, of.clock)

    @property
    def _mail(self) -> MailBox:
        return mail_box(self._of.settings, self._of.clock)

    @cached_property
    def api_keys(self) -> ApiKeys:
        """Keys of programs."""
        of = self._of
        return ApiKeys(SqlApiKeys(of.database), SqlMembers(of.database), of.gate, of.clock)
