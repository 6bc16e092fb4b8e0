"""What leaves a case: the report of a lead on which two examiners agree, and the discovery bundle for the defence.

Never lets anything out that the law did not allow and the log does not hold first, never calls a lead an
identification, and never keeps a report: only its hash, and to whom it went.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from facewarden.audit.note import NoteSigner
from facewarden.audit.report import DISCOVERY_FORMAT, sign_bundle, sign_report
from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.domain.cases import Case
from facewarden.domain.examinations import Lead, LeadState, Recall, Release, ReleaseId, ReleaseKind
from facewarden.domain.faces import PackCard
from facewarden.domain.ids import random_id
from facewarden.domain.searches import Candidate, SearchRecord
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.matching.calibration import Calibration
from facewarden.ports import (
    AccountRecords,
    Clock,
    GalleryRecords,
    LeadRecords,
    Looks,
    MailBox,
    PhotoDecoder,
    Press,
    ProvingLog,
    ReleaseRecords,
    SearchRecords,
)
from facewarden.services.casework.discovery import discovery_json, people_in, people_json, zipped
from facewarden.services.casework.discoverypaper import discovery_paper
from facewarden.services.casework.examining import Examining
from facewarden.services.casework.leadpaper import LeadPaper, lead_paper
from facewarden.services.casework.named import named
from facewarden.services.casework.viewing import face_crop
from facewarden.services.gate import Gate, Passage
from facewarden.services.law.facts import actor_facts, case_facts
from facewarden.services.lines import printable_line

FACE_SIDE_PX = 900
RECIPIENT_MAX = 120
MAIL_ADDRESS = re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]{1,190}")
REASON_MAX = 400
EVIDENCE = (
    "witness",
    "statement",
    "recording",
    "document",
    "location",
    "forensic_trace",
    "property",
    "other_independent",
)
"""Kinds of evidence that do not come from a face search."""
RELEASE_BASIS = {"statute": "law", "warrant": "warrant", "consent": "consent"}


class Reporting:
    """Reports, bundles, and calling them back."""

    def __init__(
        self,
        examining: Examining,
        searches: SearchRecords,
        leads: LeadRecords,
        looks: Looks,
        releases: ReleaseRecords,
        accounts: AccountRecords,
        gallery: GalleryRecords,
        decoder: PhotoDecoder,
        press: Press,
        log: ProvingLog,
        signer: NoteSigner,
        mail: MailBox,
        calibration: Calibration,
        card: PackCard,
        gate: Gate,
        clock: Clock,
    ) -> None:
        self._examining = examining
        self._searches = searches
        self._leads = leads
        self._looks = looks
        self._releases = releases
        self._accounts = accounts
        self._gallery = gallery
        self._decoder = decoder
        self._press = press
        self._log = log
        self._signer = signer
        self._mail = mail
        self._calibration = calibration
        self._card = card
        self._gate = gate
        self._clock = clock

    # -- the lead --------------------------------------------------------------------------------------------

    def lead_report(self, actor: Actor, lead_id: str, recipient: str, mail: str) -> tuple[bytes, Release]:
        """The signed report as PDF, and its release; raises RefusedError unless two examiners agree.

        BadUseError where the recipient cannot be told later, the candidate is gone or the probe's face destroyed.
        """
        lead, case = self._examining.find(actor, lead_id)
        to, now = _recipient(recipient, mail), self._clock.now()
        passage = self._enter(actor, case, lead)
        record, candidate, face = self._shown(lead)
        content = self._gallery.photo_content(candidate.photo_id)
        picture = self._decoder.render(content, max_side_px=FACE_SIDE_PX, crop=face_crop(face))
        release_id = ReleaseId(random_id("rel"))
        paper = lead_paper(
            LeadPaper(
                release_id=release_id,
                made_at=now,
                agency=actor.organisation.name,
                made_by=actor.user.display_name,
                recipient=to[0],
                installation=self._signer.verifier_key.name,
                verifier_key=str(self._signer.verifier_key),
                case=case,
                lead=lead,
                record=record,
                candidate=candidate,
                candidate_taken=face.photo.captured_at,
                probe_jpeg=self._examining.probe_face(actor, lead_id),
                candidate_jpeg=picture,
                decision=passage.decision,
                decision_index=passage.audit_index,
                calibration=self._calibration,
                card=self._card,
                people=named(self._accounts, lead.examiners),
            )
        )
        file = sign_report(self._press.print(paper), release_id, passage.audit_index, self._signer)
        return file, self._released(actor, case, lead, ReleaseKind.LEAD, release_id, to, file, now)

    def support(self, actor: Actor, lead_id: str, evidence: str, words: str) -> Lead:
        """The lead, supported by evidence that does not come from a face search; raises BadUseError.

        Nothing else makes a lead more than a lead: no second search, no lineup that follows from it.
        """
        lead, case = self._examining.find(actor, lead_id)
        if evidence not in EVIDENCE:
            raise BadUseError(
                "no_independent_evidence",
                "A lead is supported only by evidence that does not come from a face search.",
                "A lineup or a second search made because of the lead is none.",
                f"Name one of: {', '.join(EVIDENCE).replace('_', ' ')}.",
            )
        told = _reason(words, "Say where this evidence is kept.")
        return self._ended(actor, case, lead, LeadState.SUPPORTED, f"{evidence}: {told}", AuditEvent.LEAD_SUPPORTED)

    def refute(self, actor: Actor, lead_id: str, words: str) -> tuple[Lead, int]:
        """The lead, refuted, and how many recipients were told at once; the daily round tells the others."""
        lead, case = self._examining.find(actor, lead_id)
        told = _reason(words, "Say what refutes it.")
        refuted = self._ended(actor, case, lead, LeadState.REFUTED, told, AuditEvent.LEAD_REFUTED)
        return refuted, self.recall()["recalled"]

    def recall(self) -> Mapping[str, int]:
        """How many recipients of refuted leads were told just now; each is told once, whatever interrupts this."""
        due = self._releases.to_recall()
        for recall in due:
            release, is_bundle = recall.release, recall.release.lead_id is None
            subject, text = _recall_letter(recall, self._signer.verifier_key.name)
            letter_id = f"recall-{release.release_id}" + (f"-{recall.lead_id}" if is_bundle else "")
            self._mail.send(letter_id, release.recipient_mail, subject, text)
            details: dict[str, str | int] = {"case_id": release.case_id, "lead_id": recall.lead_id}
            self._gate.note(AuditEvent.RECALLED, actor=None, subject=release.release_id, details=details)
            # A bundle tells of many leads: whatever is refuted after this one is called back by itself.
            self._releases.recalled(release.release_id, recall.refuted_at if is_bundle else self._clock.now())
        return {"recalled": len(due)}

    def releases(self, actor: Actor, case: Case) -> Sequence[Release]:
        """What left of a case that the actor is a member of, newest first."""
        return self._releases.of_case(case.case_id) if actor.user.user_id in case.members else ()

    # -- discovery -------------------------------------------------------------------------------------------

    def discovery(self, actor: Actor, case: Case, recipient: str, mail: str) -> tuple[bytes, Release]:
        """The bundle for the defence as a ZIP, and its release; raises RefusedError.

        It holds every search of the case, those that found nobody and those that were refused too, every examination,
        and the proof of each log entry about them. No picture: the lead reports have them. Whoever takes it has seen
        every list of the case, and is second examiner to nothing that is in one.
        """
        to, now = _recipient(recipient, mail), self._clock.now()  # whatever is refuted from now on is called back
        passage = self._enter(actor, case, None)
        searches = sorted(self._searches.of_case(case.case_id), key=lambda record: record.audit_index)
        leads = sorted(self._leads.of_case(case.case_id), key=lambda lead: lead.first_index)
        names = {case.case_id} | {record.search_id for record in searches} | {lead.lead_id for lead in leads}
        entries = [(at, entry) for at, entry in enumerate(self._log.entries(0)) if _about(entry, case, names)]
        release_id = ReleaseId(random_id("rel"))
        proofs, witnessed = self._log.prove_all([index for index, _ in entries])
        body = {
            "format": DISCOVERY_FORMAT,
            "release_id": release_id,
            "installation": self._signer.verifier_key.name,
            "made_at": now.isoformat(),
            **discovery_json(case, searches, leads, entries, self._calibration, self._card),
            "people": people_json(named(self._accounts, people_in(searches, leads, entries))),
            "log": proofs,
            "witnessed": witnessed,
        }
        for record in searches:
            self._looks.note(record.search_id, actor.user.user_id, now)
        signed = sign_bundle(body, self._signer)
        paper = discovery_paper(signed, actor.organisation.name, str(self._signer.verifier_key))
        printed = sign_report(self._press.print(paper), release_id, passage.audit_index, self._signer)
        file = zipped(signed, printed)
        return file, self._released(actor, case, None, ReleaseKind.DISCOVERY, release_id, to, file, now)

    # -- inside ----------------------------------------------------------------------------------------------

    def _enter(self, actor: Actor, case: Case, lead: Lead | None) -> Passage:
        now = self._clock.now()
        facts = {
            **actor_facts(actor, now),
            **case_facts(case, actor, now),
            "photo_was_candidate": Fact(lead is not None, "records: leads"),
            "release_purpose": Fact("lead" if lead else "discovery", "given"),
            "examination_state": Fact(_examined(lead), "records: leads"),
            "independent_evidence": Fact(
                lead is not None and lead.state is LeadState.SUPPORTED, "records: evidence noted for this lead"
            ),
            "release_basis": Fact(
                RELEASE_BASIS[case.details.basis.value] if case.details.basis else None, "records: cases"
            ),
            "paid_access": Fact(False, "this program has no price for a release"),
        }
        subject = lead.lead_id if lead else case.case_id
        details = {"kind": "lead" if lead else "discovery", "case_id": case.case_id}
        return self._gate.enter(
            Action.RELEASE,
            facts,
            AuditEvent.RELEASE_DECIDED,
            actor=actor.user.user_id,
            subject=subject,
            details=details,
        )

    def _shown(self, lead: Lead) -> tuple[SearchRecord, Candidate, Any]:
        record = self._searches.find(lead.search_id)
        found = [c for c in record.candidates if c.rank == lead.rank] if record else []
        shown = self._gallery.showable([candidate.face_number for candidate in found])
        if record is None or not found or found[0].face_number not in shown:
            raise BadUseError(
                "not_a_candidate",
                "This candidate can no longer be shown.",
                "Its photo was erased or is held since the examination: there is no report of it any more.",
                "Tell whoever waits for the report that the lead is gone.",
            )
        face = shown[found[0].face_number]
        # Searches keep no address: it is sealed with the photo.
        return record, replace(found[0], url=face.photo.url), face

    def _released(
        self,
        actor: Actor,
        case: Case,
        lead: Lead | None,
        kind: ReleaseKind,
        release_id: ReleaseId,
        to: tuple[str, str],
        file: bytes,
        at: datetime,
    ) -> Release:
        digest = hashlib.sha256(file).hexdigest()
        details: dict[str, str | int] = {"report_hash": digest, "kind": kind.value, "case_id": case.case_id}
        if lead is not None:
            details["lead_id"] = lead.lead_id
        index = self._gate.note(AuditEvent.RELEASED, actor=actor.user.user_id, subject=release_id, details=details)
        release = Release(
            release_id,
            kind,
            case.case_id,
            lead.lead_id if lead else None,
            *to,
            digest,
            actor.user.user_id,
            at,
            index,
        )
        self._releases.add(release)
        return release

    def _ended(self, actor: Actor, case: Case, lead: Lead, state: LeadState, words: str, event: AuditEvent) -> Lead:
        if lead.state not in (LeadState.AGREED, LeadState.SUPPORTED):
            raise BadUseError(
                "not_a_lead",
                "Only a lead on which two examiners agree is supported or refuted.",
                f"This one is {lead.state.value.replace('_', ' ')}.",
                "See the case for where it stands.",
            )
        # A closed case's lead may still turn out wrong: this is decided as a change of the case, not as a review.
        facts = {
            **actor_facts(actor, self._clock.now()),
            "account_change": Fact("change_case", "given"),
            "target_org_same": Fact(case.organisation_id == actor.organisation.organisation_id, "records: cases"),
            "case_member": Fact(actor.user.user_id in case.members, "records: cases"),
        }
        self._gate.enter(
            Action.ACCOUNT,
            facts,
            AuditEvent.CASE_DECIDED,
            actor=actor.user.user_id,
            subject=case.case_id,
            details={"lead_id": lead.lead_id, "state": state.value},
        )
        ended = replace(lead, state=state, outcome=words, outcome_at=self._clock.now())
        if not self._leads.change(lead, ended):
            raise BadUseError(
                "lead_changed",
                "Somebody changed this lead in the meantime.",
                next_step="Open it again and see where it stands.",
            )
        self._gate.note(event, actor=actor.user.user_id, subject=lead.lead_id, details={"case_id": case.case_id})
        return ended


def _examined(lead: Lead | None) -> str:
    if lead is None:
        return "none"
    states = {
        LeadState.AGREED: "agreed",
        LeadState.SUPPORTED: "agreed",
        LeadState.STOPPED: "disagreed",
        LeadState.REFUTED: "refuted",
        LeadState.REJECTED: "disagreed",
    }
    return states.get(lead.state, "pending")


def _about(entry: AuditEntry, case: Case, names: set[Any]) -> bool:
    return entry.subject in names or entry.details.get("case_id") == case.case_id


def _recipient(recipient: str, mail: str) -> tuple[str, str]:
    name, address = printable_line(recipient, RECIPIENT_MAX), mail.strip()
    if not name or not MAIL_ADDRESS.fullmatch(address):
        raise BadUseError(
            "no_recipient",
            "Whatever leaves needs a recipient with an e-mail address.",
            "A lead that is refuted later is called back from everybody who received it.",
            "Give the recipient's office and an address at which it is told.",
        )
    return name, address


def _reason(words: str, ask: str) -> str:
    told = printable_line(words, REASON_MAX)
    if not told:
        raise BadUseError("no_reason", "A reason is missing.", f"One line of at most {REASON_MAX} characters.", ask)
    return told


def _recall_letter(recall: Recall, installation: str) -> tuple[str, str]:
    release = recall.release
    given, copies = "a lead from a face search", "Destroy your copies, tell"
    if release.lead_id is None:
        given, copies = "the discovery bundle of a case, which tells of this lead", "Tell"
    return (
        f"Recall of a face search lead: {release.release_id}",
        f"To {release.recipient}\n\n"
        f"On {release.released_at:%Y-%m-%d} you were given {given}:\n\n"
        f"  release  {release.release_id}\n  lead     {recall.lead_id}\n  SHA-256  {release.file_sha256}\n\n"
        "The lead has been refuted: what two examiners took for support was wrong. Do not rely on it, or on anything\n"
        f"that was obtained because of it without other grounds. {copies} everybody to whom you passed it\n"
        "on, and, where somebody was accused, tell the court and the defence.\n\n"
        f"{installation}\n",
    )
