"""The words of a lead report. Never says more of a candidate than that two examiners found support, and how much the
numbers can tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from facewarden.domain.cases import Case
from facewarden.domain.examinations import Comparison, Conclusion, Lead
from facewarden.domain.faces import PackCard
from facewarden.domain.papers import Facts, Grid, Heading, Paper, Part, Pictures, Words
from facewarden.domain.searches import Candidate, Edit, EditKind, ProbeOrigin, SearchRecord
from facewarden.law.decision import Decision
from facewarden.law.offences import list_named
from facewarden.matching import figures
from facewarden.matching.calibration import Calibration
from facewarden.services.casework.named import Named

CONCLUSIONS = {
    Conclusion.SUPPORTS_SAME: "support for one person in both pictures",
    Conclusion.LIMITED_SAME: "limited support for one person in both pictures",
    Conclusion.INSUFFICIENT: "insufficient: these pictures allow no conclusion",
    Conclusion.LIMITED_DIFFERENT: "limited support for two different people",
    Conclusion.SUPPORTS_DIFFERENT: "support for two different people",
}
NOT_AN_IDENTIFICATION = (
    "This is not an identification, and not probable cause. It is a lead: a reason to look for evidence that does not"
    " come from a face search. Nobody may be arrested, charged or put into a lineup on the strength of it."
)


@dataclass(frozen=True, slots=True)
class LeadPaper:
    """Everything that a lead report says."""

    release_id: str
    made_at: datetime
    agency: str
    made_by: str
    recipient: str
    installation: str
    verifier_key: str
    case: Case
    lead: Lead
    record: SearchRecord
    candidate: Candidate
    candidate_taken: datetime | None
    probe_jpeg: bytes
    candidate_jpeg: bytes
    decision: Decision
    decision_index: int
    calibration: Calibration
    card: PackCard
    people: Mapping[str, Named]


def lead_paper(told: LeadPaper) -> Paper:
    """The report."""
    parts: list[Part] = [
        Words(NOT_AN_IDENTIFICATION, warning=True),
        _pictures(told),
        *_conclusions(told.lead, told.people),
        *_numbers(told),
        *_needed(),
        *_origins(told),
        *_limits(told),
        *_proof(told),
    ]
    return Paper(
        "Lead report",
        f"{told.agency}, case {told.case.number}",
        tuple(parts),
        f"{told.release_id}   a lead, not an identification, not probable cause",
        told.made_at.date().isoformat(),
    )


def _pictures(told: LeadPaper) -> Pictures:
    origin = told.record.basis.origin if told.record.basis else ProbeOrigin()
    probe = f"Probe, taken {day(origin.taken_on)}"
    candidate = f"Candidate, photo of {day(told.candidate_taken)}, from {told.candidate.source}"
    return Pictures(((told.probe_jpeg, probe), (told.candidate_jpeg, candidate)))


def _conclusions(lead: Lead, people: Mapping[str, Named]) -> list[Part]:
    second, real = lead.second, lead.real_place
    made = second.comparisons[real.place] if second and second.comparisons and real else None
    faces = len(second.comparisons) if second and second.comparisons else 0
    rows = [
        ("First examiner", f"{people[lead.first_by]}, {moment(lead.first_at)}: {CONCLUSIONS[lead.first.conclusion]}")
    ]
    if second and made and second.at:
        rows.append(
            (
                "Second examiner",
                f"{people[second.by]}, {moment(second.at)}: {CONCLUSIONS[made.conclusion]}. They saw {faces} faces in"
                " random order, the candidate among look-alikes, without score, rank or the first conclusion.",
            )
        )
    return [
        Heading("What two examiners concluded, each without the other"),
        Facts(tuple(rows)),
        _features(lead.first, made),
        Words(f"Notes of the first: {lead.first.notes or 'none'}"),
        Words(f"Notes of the second: {(made.notes if made else '') or 'none'}"),
    ]


def _features(first: Comparison, second: Comparison | None) -> Grid:
    names = sorted(set(first.findings) | set(second.findings if second else ()))
    rows = tuple(
        (
            name.replace("_", " "),
            first.findings[name].value.replace("_", " ") if name in first.findings else "not compared",
            second.findings[name].value.replace("_", " ") if second and name in second.findings else "not compared",
        )
        for name in names
    )
    header = ("Feature (FISWG list)", "First", "Second")
    return Grid(header, rows or (("none was noted", "", ""),))


def _numbers(told: LeadPaper) -> list[Part]:
    candidate, record = told.candidate, told.record
    return [
        Heading("What the numbers say"),
        Facts(
            (
                ("Similarity", f"{candidate.similarity:.4f}; the threshold was {record.threshold:.4f}"),
                ("False match rate", share(candidate.fmr)),
                ("Look-alikes expected", f"{people(candidate.expected_lookalikes)} in {record.gallery_size:,} faces"),
                ("Rank", f"{candidate.rank} of {len(record.candidates) + record.redacted} candidates"),
                ("Measured on", told.calibration.set_name),
                ("Face models", f"{record.pack_id} {record.basis.pack_version if record.basis else ''}"),
            )
        ),
        Words(
            "A similarity says nothing by itself, and none of these numbers is the probability that the candidate is"
            " the person: nobody knows how probable that was before the search."
        ),
    ]


def _needed() -> list[Part]:
    return [
        Heading("What is needed before anybody acts on it"),
        Words(
            "Evidence that does not come from a face search and was not obtained because of this lead alone: a witness"
            " who was shown no picture from this search, a document, a location, a trace, property, a recording. A"
            " lineup straight after this lead is no such evidence: a look-alike was chosen for it. Record the evidence"
            " with the lead. A lead that is refuted is to be recorded as such, and is then called back from everybody"
            " who has it."
        ),
    ]


def _origins(told: LeadPaper) -> list[Part]:
    basis = told.record.basis
    origin = basis.origin if basis else ProbeOrigin()
    details = told.case.details
    legal = f"{details.basis.value}, {details.basis_reference}" if details.basis else "not recorded"
    return [
        Heading("Where the pictures come from"),
        Facts(
            (
                (
                    "Probe",
                    f"{origin.kind.value.replace('_', ' ') if origin.kind else 'not attested'}; {origin.attested}",
                ),
                ("Probe's file", f"SHA-256 {origin.original_sha256 or 'not recorded'}"),
                ("Edits of the probe", edits(origin.edits)),
                ("Years between", gap(origin.taken_on, told.candidate_taken)),
                ("Candidate's source", told.candidate.source),
                ("Candidate's page", told.candidate.url or "none: a file given by the source"),
                ("Candidate's photo", told.candidate.photo_id),
                ("Offence", _offence(told.case)),
                ("Purpose", told.case.purpose.value.replace("_", " ")),
                ("Legal basis", legal),
            )
        ),
    ]


def _offence(case: Case) -> str:
    """By its list and in the words of the statute, as far as it was stated."""
    listed = list_named(case.details.offence_list)
    found = listed.find(case.details.offence_code) if listed else None
    words = "" if found and case.offence == found.code else case.offence
    return ", ".join(part for part in (found.name if found else "", words) if part) or "none stated"


def _limits(told: LeadPaper) -> list[Part]:
    size = f"Measured with galleries of up to {told.card.measured_gallery:,} faces; this one had"
    size += f" {told.record.gallery_size:,}."
    if told.card.evaluation_only:
        size += " These models are for evaluation."
    limits = (size, *told.calibration.limits, "Relatives look alike: a gallery with families has more look-alikes.")
    return [Heading("Limits"), *(Words(limit) for limit in limits), Words(f"Training data: {told.card.training_data}")]


def _proof(told: LeadPaper) -> list[Part]:
    packs = ", ".join(f"{name} {version}" for name, version in told.decision.packs.items())
    return [
        Heading("How to check this report"),
        Facts(
            (
                ("Report", told.release_id),
                ("Made", f"{moment(told.made_at)} by {told.made_by}, for {told.recipient}"),
                ("Search", f"{told.record.search_id}, log entry {told.record.audit_index}"),
                ("Lead", f"{told.lead.lead_id}, log entry {told.lead.first_index}"),
                ("Allowed by", f"log entry {told.decision_index}; {packs}"),
                ("Log", told.installation),
                ("Verifier key", told.verifier_key),
                ("Check", "facewarden report verify FILE --key KEY, with a key from somewhere else than this page"),
            )
        ),
    ]


def day(value: date | datetime | None) -> str:
    """A day, or that nobody knows it."""
    return "on a day not known" if value is None else f"{value.day} {value:%B %Y}"


def moment(value: datetime) -> str:
    """A moment to the minute."""
    return f"{value:%Y-%m-%d %H:%M} UTC"


def share(fmr: tuple[float, float] | None) -> str:
    """A false match rate as a range of shares."""
    if fmr is None:
        return f"{figures.UNTOLD}: too few of the measured pairs of different people score so high"
    return f"{figures.false_match_rate(fmr)} pairs of different people scores at least as high"


def people(expected: tuple[float, float] | None) -> str:
    """A number of people as a range."""
    return figures.lookalikes(expected) + ("" if expected is None else " other people")


def edits(done: tuple[Edit, ...]) -> str:
    """What was done to a probe, in order."""
    words = {
        EditKind.ROTATE: lambda v: f"turned by {v[0]:.0f} degrees",
        EditKind.CROP: lambda v: "cropped to " + ", ".join(f"{share:.1%}" for share in v),
        EditKind.EXPOSURE: lambda v: f"exposure {v[0]:+.1f} stops",
    }
    return "; ".join(words[edit.kind](edit.values) for edit in done) or "none"


def gap(probe: date | None, candidate: datetime | None) -> str:
    """The years between two pictures, or that they cannot be told."""
    if probe is None or candidate is None:
        return "cannot be told: a day is not known"
    years = abs((candidate.date() - probe).days) / 365.25
    return "less than one" if years < 1 else f"about {years:.0f}"
