"""What the law needs to know about an act, gathered from what the records and the file say.

Never fills a gap: what was looked for and not found is undetermined.
"""

from __future__ import annotations

from datetime import datetime

from facewarden.domain.accounts import Actor, Organisation, Sector
from facewarden.domain.cases import Case
from facewarden.domain.faces import DetectedFace, PackCard
from facewarden.domain.sources import Source
from facewarden.law.facts import Fact, Value
from facewarden.law.schema import NO_LEVEL

FactDict = dict[str, Fact]


def _plain(origin: str, **values: Value) -> FactDict:
    return {name: Fact(value, origin) for name, value in values.items()}


def actor_facts(actor: Actor, now: datetime) -> FactDict:
    """Who asks: roles, states, the organisation's sector, level and base, and whether training is valid."""
    user, organisation = actor.user, actor.organisation
    expires = user.training_expires_at
    return {
        **_plain(
            "records: users",
            actor_roles=frozenset(role.value for role in user.roles),
            user_state=user.state.value,
            user_training="none" if expires is None else "valid" if expires > now else "expired",
        ),
        **organisation_facts(organisation),
        "duty": Fact("none", "a person acts"),
    }


def organisation_facts(organisation: Organisation) -> FactDict:
    """The organisation that acts, or that an account change is about."""
    office, exemption = organisation.office_place or organisation.place, organisation.exemption
    return {
        **_plain(
            "records: organisations",
            org_sector=organisation.sector.value if organisation.sector else None,
            org_level=_level(organisation),
            org_state=organisation.state.value,
            org_place=organisation.place,
        ),
        # Each office is recorded as an organisation of its own: where none is named, the base is the office.
        "office_place": Fact(office, "records: organisations, one for each office"),
        "office_setting": Fact(None, "records: no setting for this office"),
        "org_exemption": Fact(
            exemption.value if exemption else "none",
            "records: organisations, as stated" if exemption else "records: no exemption is recorded",
        ),
        "account_trial": Fact(False, "there are no trial accounts"),
        "employer_approved": Fact(None, "records: no approval is recorded"),
    }


def _level(organisation: Organisation) -> str | None:
    """The level of government, NO_LEVEL for a body that is no government, None where nobody could tell."""
    if organisation.sector in (Sector.PRIVATE, Sector.INDIVIDUAL):
        return NO_LEVEL
    return organisation.level.value if organisation.level else None


def case_facts(case: Case, actor: Actor) -> FactDict:
    """For what: the case's state and purpose, and what the actor has to do with it."""
    own = case.organisation_id == actor.organisation.organisation_id
    return _plain(
        "records: cases",
        case_state=case.state.value,
        case_purpose=case.purpose.value,
        case_org_same=own,
        acts_for_employer=own,
        case_member=actor.user.user_id in case.members,
    )


def source_facts(source: Source) -> FactDict:
    """From whom: the source's state, legal basis, permission and country."""
    return _plain(
        "records: sources",
        source_state=source.state.value,
        source_basis=source.basis.value,
        source_permission=source.permission_hash is not None,
        source_place=source.country,
    )


def gallery_facts(size: int, card: PackCard, accepted: bool) -> FactDict:
    """Against what: whether the gallery is larger than the face pack was measured for, and whether that is accepted."""
    size_class = "above" if size > card.measured_gallery else "within"
    return {
        "gallery_size_class": Fact(
            size_class, f"records: {size:,} faces; pack {card.pack_id}: {card.measured_gallery:,}"
        ),
        "size_acceptance": Fact("recorded" if accepted else "none", "records: acceptances"),
    }


def face_facts(face: DetectedFace) -> FactDict:
    """Which face: whether it passed every floor of quality."""
    return {"face_quality": Fact("failed" if face.quality.failing() else "passed", "measured")}
