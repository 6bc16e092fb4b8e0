"""Who searched and who examined, by the names that their organisations recorded, for papers that a court reads.

Never puts a name into the log: there, and in the records of a case, people stay random ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from facewarden.domain.ids import UserId
from facewarden.ports import AccountRecords


@dataclass(frozen=True, slots=True)
class Named:
    """One person as recorded on the day of the paper. `roles` are words; `trained_until` is None for no training."""

    user_id: str
    name: str
    roles: tuple[str, ...]
    organisation: str
    trained_until: date | None

    def __str__(self) -> str:
        """Name, roles, organisation, training, and the id that stands in the log."""
        trained = f"trained until {self.trained_until.isoformat()}" if self.trained_until else "no training recorded"
        return f"{self.name} ({', '.join(self.roles) or 'no role'}; {self.organisation}; {trained}; {self.user_id})"


def named(accounts: AccountRecords, user_ids: Iterable[str]) -> Mapping[str, Named]:
    """Each of these people by id, in the order of their names; who is not recorded any more is named by the id."""
    bodies = {body.organisation_id: body.name for body in accounts.organisations()}
    known = {user.user_id: user for user in accounts.users()}
    found = []
    for user_id in set(user_ids):
        user = known.get(UserId(user_id))
        if user is None:
            found.append(Named(user_id, "somebody who is not recorded any more", (), "not recorded", None))
            continue
        trained = user.training_expires_at.date() if user.training_expires_at else None
        roles = tuple(sorted(role.value.replace("_", " ") for role in user.roles))
        body = bodies.get(user.organisation_id, "not recorded")
        found.append(Named(user_id, user.display_name or user.sign_in_name, roles, body, trained))
    return {person.user_id: person for person in sorted(found, key=lambda person: (person.name, person.user_id))}
