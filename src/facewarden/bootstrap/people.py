"""What bootstrap builds for users, their keys and sessions, from an opened installation.

Never opens keys or records of its own.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from facewarden.adapters.records_sql.api_keys import SqlApiKeys
from facewarden.adapters.records_sql.members import SqlMembers, SqlSuspensions, SqlUserSessions
from facewarden.adapters.records_sql.organisations import SqlOrganisations
from facewarden.adapters.records_sql.second_factors import SqlSecondFactors
from facewarden.services.api_keys import ApiKeys
from facewarden.services.limits import RequestLimits
from facewarden.services.members import Members
from facewarden.services.signin import SignInParts

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
    def api_keys(self) -> ApiKeys:
        """Keys of programs."""
        of = self._of
        return ApiKeys(SqlApiKeys(of.database), SqlMembers(of.database), of.gate, of.clock)
