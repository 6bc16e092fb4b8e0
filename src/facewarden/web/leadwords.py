"""A lead's life in sentences: what became of it, when and by whom, and who has it.

Never for whoever is to examine it blindly: the page leaves it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from facewarden.domain.examinations import Lead, LeadState, Release
from facewarden.domain.ids import UserId

GONE = "somebody who left"
CONCLUDED = {
    LeadState.AGREED: "They agree.",
    LeadState.SUPPORTED: "They agree.",
    LeadState.REFUTED: "They agreed.",
    LeadState.STOPPED: "There is no lead.",
}


def life_of(lead: Lead, releases: Sequence[Release], people: Mapping[UserId, str]) -> list[tuple[datetime, str]]:
    """When what happened to the lead, oldest first; `releases` are those of its case, `people` names by user id."""

    def name(user_id: UserId) -> str:
        return people.get(user_id, GONE)

    told = [(lead.first_at, f"{name(lead.first_by)} examined it first, log entry {lead.first_index:,}.")]
    second = lead.second
    if second is not None:
        told.append((second.began_at, f"{name(second.by)} began the second examination."))
    if second is not None and second.at is not None:
        said = CONCLUDED.get(lead.state, "")
        told.append((second.at, f"{name(second.by)} concluded. {said}".strip() + _entry(second.audit_index)))
    for release in releases:
        if release.lead_id == lead.lead_id:
            given = f"{name(release.released_by)} gave the report to {release.recipient}.{_entry(release.audit_index)}"
            told.append((release.released_at, given))
            if release.recalled_at is not None:
                told.append((release.recalled_at, f"Called back from {release.recipient}."))
    if lead.outcome_at is not None:
        told.append(
            (lead.outcome_at, "Refuted." if lead.state is LeadState.REFUTED else "Supported by other evidence.")
        )
    return sorted(told, key=lambda event: event[0])


def _entry(index: int | None) -> str:
    return "" if index is None else f" Log entry {index:,}."
