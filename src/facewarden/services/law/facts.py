"""What the law needs to know about an act, gathered from what the records and the file say.

Never fills a gap: what was looked for and not found is undetermined.
"""

from __future__ import annotations

from datetime import date, datetime

from facewarden.domain.accounts import AccountBasis, Actor, Organisation, Sector
from facewarden.domain.cases import Case, CaseDetails
from facewarden.domain.faces import DetectedFace, PackCard
from facewarden.domain.searches import ProbeOrigin
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
        "key_scopes": Fact(frozenset(scope.value for scope in actor.scopes), "the session or the API key"),
        "actor_runs_installation": Fact(runs_installation(organisation), "records: organisations"),
        **organisation_facts(organisation, now),
        "duty": Fact("none", "a person acts"),
        "examination_stage": Fact("none", "this act is no examination"),
        "blind_duty": Fact(False, "records: leads, asked where a search is looked at"),
        "case_member": Fact(False, "this act is about no case"),
    }


def runs_installation(organisation: Organisation) -> bool:
    """Whether this is the body that runs the installation, and no part of it that has an account of its own."""
    return organisation.basis is AccountBasis.OWN and organisation.parent_id is None


def organisation_facts(organisation: Organisation, now: datetime | None = None) -> FactDict:
    """The organisation that acts, or that an account change is about; `now` None leaves open what hangs on a day."""
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
        "office_setting": Fact(
            organisation.office_setting.value if organisation.office_setting else None,
            "records: set by two people" if organisation.office_setting else "records: no setting for this office",
        ),
        **_standing(organisation, now),
        "org_exemption": Fact(
            exemption.value if exemption else "none",
            "records: organisations, as stated" if exemption else "records: no exemption is recorded",
        ),
        "account_trial": Fact(False, "there are no trial accounts"),
        "employer_approved": Fact(None, "records: no approval is recorded"),
    }


def _standing(organisation: Organisation, now: datetime | None) -> FactDict:
    """What the organisation's account rests on: agreement, officers, the yearly statement."""
    begins, until, due = organisation.agreement_from, organisation.agreement_until, organisation.attestation_due_at
    two = organisation.administrator_id and organisation.overseer_id
    agreement: str | None
    if organisation.basis is AccountBasis.OWN:
        agreement, officers = "own", "own"
    else:
        officers = "named" if two and organisation.administrator_id != organisation.overseer_id else "missing"
        if begins is None or until is None:
            agreement = "none"
        elif now is None:
            agreement = None
        else:
            agreement = "not_yet" if now < begins else "in_force" if now <= until else "expired"
    attested = "none" if due is None else None if now is None else "current" if now < due else "overdue"
    return _plain(
        "records: organisations, agreements, statements",
        org_agreement=agreement,
        org_officers=officers,
        org_attestation=attested,
    )


def _level(organisation: Organisation) -> str | None:
    """The level of government, NO_LEVEL for a body that is no government, None where nobody could tell."""
    if organisation.sector in (Sector.PRIVATE, Sector.INDIVIDUAL):
        return NO_LEVEL
    return organisation.level.value if organisation.level else None


def case_facts(case: Case, actor: Actor, now: datetime) -> FactDict:
    """For what: the case's state, purpose, offence and legal basis, and what the actor has to do with it."""
    own, details = case.organisation_id == actor.organisation.organisation_id, case.details
    return _plain(
        "records: cases",
        case_state=case.state.value,
        case_purpose=case.purpose.value,
        case_org_same=own,
        acts_for_employer=own,
        case_member=actor.user.user_id in case.members,
        offence_class=details.offence_class,
        case_basis=details.basis.value if details.basis else None,
        case_basis_state=_basis_state(details, now),
        sought_for=details.sought_for.value if details.sought_for else None,
        reasonable_suspicion=details.reasonable_suspicion,
    )


def _basis_state(details: CaseDetails, now: datetime) -> str | None:
    if details.basis is None:
        return None
    if details.basis_ends_on is None:
        return "no_end"
    return "in_force" if now.date() <= details.basis_ends_on else "ended"


def probe_facts(origin: ProbeOrigin) -> FactDict:
    """With what: what somebody attested of the probe; None before there is one."""
    by = origin.attested or "there is no probe yet"
    return {
        "probe_kind": Fact(origin.kind.value if origin.kind else None, by),
        "probe_protected_activity": Fact(origin.protected_activity, by),
    }


def source_facts(source: Source, day: date | None = None) -> FactDict:
    """From whom: the source's state (on that day, if one is given), legal basis, permission and country."""
    state = source.state if day is None else source.state_on(day)
    return _plain(
        "records: sources",
        source_state=state.value,
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
