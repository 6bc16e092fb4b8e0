"""The words of cases, probes and examinations, for people.

Never says of a candidate more than that it is one, and never of a lead more than what two people found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from facewarden.domain.cases import CaseBasis, CaseDetails, SoughtFor
from facewarden.domain.examinations import FEATURES, Finding, Lead, LeadState
from facewarden.domain.searches import Candidate, Edit, ProbeKind
from facewarden.law.offences import list_named
from facewarden.services.casework import leadpaper
from facewarden.services.casework.viewing import ShownCandidate

BASES = {
    CaseBasis.STATUTE: "A statute",
    CaseBasis.WARRANT: "A warrant",
    CaseBasis.CONSENT: "Consent of the person, or of whoever may give it",
}
SOUGHT = {
    SoughtFor.CONDUCT: "What they are suspected of having done",
    SoughtFor.NEED: "They are a victim, missing, dead, or accused and to be defended",
    SoughtFor.RELIGION: "Their religion or belief",
    SoughtFor.POLITICS: "Their politics",
    SoughtFor.PROTEST: "Taking part in a protest or a meeting",
    SoughtFor.ORIGIN: "Their origin or their right to stay",
    SoughtFor.PRIVATE_LIFE: "Their health, sexuality or another matter of private life",
}
KINDS = {
    ProbeKind.PHOTO: "A photograph, as it was taken",
    ProbeKind.VIDEO_STILL: "A frame of a recording or a video call",
    ProbeKind.SKETCH: "A drawing or a sketch",
    ProbeKind.COMPOSITE: "Put together from several pictures, or of somebody who looks similar",
    ProbeKind.EDITED: "Changed or made by a program: features added, an AI picture, a filter",
}
CONCLUSIONS = {conclusion: said[0].upper() + said[1:] for conclusion, said in leadpaper.CONCLUSIONS.items()}
"""In the words of the lead report: who reads both finds one scale."""
FINDINGS = {
    Finding.SIMILAR: "similar",
    Finding.DIFFERENT: "different",
    Finding.NOT_COMPARABLE: "not comparable",
}
FEATURE_NAMES = {
    **{feature: feature.replace("_", " ").capitalize() for feature in FEATURES},
    "outline": "Outline of face and head",
    "composition": "Composition: how the parts lie to each other",
    "hair": "Hair and hairline",
    "chin": "Chin and jawline",
    "mouth": "Mouth and lips",
    "facial_marks": "Moles, freckles, other marks",
    "alterations": "Tattoos, piercings, make-up",
    "other": "Anything else",
}
STATES = {
    LeadState.REJECTED: ("Not supported", "plain"),
    LeadState.AWAITING_SECOND: ("Waits for a second examiner", "warn"),
    LeadState.SECOND_AT_WORK: ("With the second examiner", "warn"),
    LeadState.STOPPED: ("Stopped: the two disagree", "bad"),
    LeadState.AGREED: ("Two examiners agree", "good"),
    LeadState.SUPPORTED: ("Supported by other evidence", "good"),
    LeadState.REFUTED: ("Refuted", "bad"),
}
EVIDENCE = {
    "witness": "A witness who saw no picture from this search",
    "statement": "A statement",
    "recording": "A recording",
    "document": "A document",
    "location": "Where somebody was",
    "forensic_trace": "A forensic trace",
    "property": "Property",
    "other_independent": "Something else that does not come from a face search",
}
UNKNOWN = {
    "probe_kind": "what the picture is, which you say when you send it",
    "probe_protected_activity": "whether it shows a protest or a service, which you say then too",
    "reasonable_suspicion": "whether a reasonable suspicion is on file",
    "office_setting": "what kind of office yours is",
}
DAYS_A_YEAR = 365.25
OLD_YEARS = 10  # the default pack's set holds few pairs of pictures taken further apart


def state_of(lead: Lead) -> tuple[str, str]:
    """The state as words and the tag's kind; a stopped lead whose candidate was erased says so."""
    return ("Stopped: the candidate was erased", "bad") if lead.outcome == "erased" else STATES[lead.state]


def offence(details: CaseDetails) -> str:
    """The offence by its list, empty if none was chosen."""
    listed = list_named(details.offence_list)
    found = listed.find(details.offence_code) if listed else None
    return found.name if found else ""


def age_gap(probe: date | None, candidate: datetime | None) -> str:
    """How far the two pictures lie apart in time, and what that costs."""
    if probe is None:
        return "not known: the probe’s day is not given"
    if candidate is None:
        return "not known: the photo’s day is not known"
    years = (probe - candidate.date()).days / DAYS_A_YEAR
    apart = "less than a year" if abs(years) < 1 else f"about {abs(years):.0f} year{'s' if abs(years) >= 1.5 else ''}"
    side = "" if abs(years) < 1 else " before the probe" if years > 0 else " after the probe"
    cost = ". So long a time changes a face: be slow to conclude" if abs(years) >= OLD_YEARS else ""
    return f"{apart}{side}{cost}"


@dataclass(frozen=True, slots=True)
class Group:
    """Candidates who seem to be one person: their ranks, and the spread of their numbers."""

    ranks: tuple[int, ...]
    similarity: tuple[float, float]
    years: tuple[int, int] | None

    @property
    def words(self) -> str:
        """The spread, as a sentence."""
        low, high = self.similarity
        times = "" if self.years is None else f", taken from {self.years[0]} to {self.years[1]}"
        if self.years is not None and self.years[0] == self.years[1]:
            times = f", taken in {self.years[0]}"
        return f"{len(self.ranks)} photos that seem to show this person, similarity {low:.3f} to {high:.3f}{times}."


def group_of(shown: Sequence[ShownCandidate], candidate: Candidate) -> Group | None:
    """The group that this candidate leads among those shown; None where it stands alone or follows another."""
    mine = [item.candidate for item in shown if item.candidate.group == candidate.group]
    if len(mine) < 2 or candidate.group is None or min(known.rank for known in mine) != candidate.rank:
        return None
    scores = [known.similarity for known in mine]
    years = [known.captured_at.year for known in mine if known.captured_at is not None]
    return Group(
        tuple(known.rank for known in mine), (min(scores), max(scores)), (min(years), max(years)) if years else None
    )


def leader_of(shown: Sequence[ShownCandidate], candidate: Candidate) -> int | None:
    """The rank of the candidate shown whose person this one seems to be; None for the first of its group."""
    mine = [item.candidate.rank for item in shown if item.candidate.group == candidate.group]
    return min(mine) if candidate.group is not None and mine and min(mine) != candidate.rank else None


def edits(done: tuple[Edit, ...]) -> str:
    """What was done to a probe, in order."""
    return leadpaper.edits(done)


def unknown(names: Sequence[str]) -> str:
    """Facts that nobody established, as a list in words."""
    return "; ".join(UNKNOWN.get(name, name.replace("_", " ")) for name in names)
