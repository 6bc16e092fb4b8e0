"""Reports signed for strangers: files with one line after their end that says which log entry allowed them, and bundles
of JSON with the proof of every log entry that they quote.

It never believes a report whose bytes changed, and never a key that came with it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from facewarden.audit.note import NoteSigner, VerifierKey, open_note, signed_note
from facewarden.audit.signed_json import SignedJson
from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.errors import DamagedError

REPORT_FORMAT = "facewarden-report/1"
DISCOVERY_FORMAT = "facewarden-discovery/1"
DATED_WITHIN = timedelta(hours=1)
_MARK = b"\n%facewarden-report "
"""Begins the line after the file's end: in PDF a comment, which readers pass over."""


@dataclass(frozen=True, slots=True)
class SignedReport:
    """What a signature says of a report: its release, the log entry that allowed it, the SHA-256 of its bytes."""

    release_id: str
    decision_index: int
    sha256: str


def sign_report(content: bytes, release_id: str, decision_index: int, signer: NoteSigner) -> bytes:
    """The file with its signature as one more line: a signed note (C2SP signed-note), base64."""
    text = _report_text(SignedReport(release_id, decision_index, hashlib.sha256(content).hexdigest()))
    note = signed_note(text, signer.verifier_key, signer.sign(text))
    return content + _MARK + base64.b64encode(note) + b"\n"


def verify_report(content: bytes, verifier_key: VerifierKey | str) -> SignedReport:
    """What the signature says, after the file's bytes were found unchanged; raises DamagedError."""
    key = VerifierKey.parse(verifier_key) if isinstance(verifier_key, str) else verifier_key
    body, mark, line = content.rpartition(_MARK)
    if not mark:
        raise _invalid("It bears no signature of facewarden.")
    try:
        note = base64.b64decode(line.strip(), validate=True)
    except (binascii.Error, ValueError) as problem:
        raise _invalid("Its signature cannot be read.") from problem
    text = open_note(note, key).text
    told = text.splitlines()
    if len(told) != 4 or told[0] != REPORT_FORMAT or not told[2].isdecimal():
        raise _invalid("Its signature is of another format.")
    found = SignedReport(told[1], int(told[2]), hashlib.sha256(body).hexdigest())
    if _report_text(found) != text:
        raise _invalid("It was changed after it was signed.")
    return found


def sign_bundle(body: Mapping[str, Any], signer: NoteSigner) -> dict[str, Any]:
    """The bundle: the body with its signature, a signed note over the SHA-256 of its canonical JSON."""
    return _BUNDLE.sign(body, signer)


def verify_bundle(bundle: Mapping[str, Any], verifier_key: VerifierKey | str) -> Sequence[AuditEntry]:
    """The log entries that the bundle rests on, after its signature and every proof were checked and each search in it
    was found to have the entries that it names. Raises DamagedError."""
    entries = _BUNDLE.open(bundle, verifier_key)
    lists = {name: bundle.get(name) for name in ("searches", "refused", "came_to_nothing", "examinations")}
    for name, items in lists.items():
        if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
            raise _invalid(f"Its list {name} is missing, or holds something that is no object.")
    case = bundle.get("case")
    case_id = case.get("case_id") if isinstance(case, Mapping) else None
    _check_searches(bundle["searches"], entries, case_id)
    refused = [index for index, entry in entries.items() if entry.verdict == "refuse"]
    failed = [index for index, entry in entries.items() if entry.event is AuditEvent.SEARCH_FAILED]
    for told, logged in ((bundle["refused"], refused), (bundle["came_to_nothing"], failed)):
        if [item.get("log_entry") for item in told] != sorted(logged):
            raise _invalid("It does not list the refusals and failures that the log states.")
    for told in bundle["refused"]:
        entry = entries[told["log_entry"]]
        said = told.get("event"), str(told.get("at"))[:19], told.get("by"), told.get("rules")
        if said != (entry.event.value, entry.at.isoformat()[:19], entry.actor, list(entry.grounds)):
            raise _invalid("One of its refusals is told otherwise than the log states it.")
    reviewed = {entry.subject for entry in entries.values() if entry.event is AuditEvent.REVIEW_RECORDED}
    if not reviewed <= {item.get("lead_id") for item in bundle["examinations"]}:
        raise _invalid("An examination that the log states is missing from its list.")
    return [entries[index] for index in sorted(entries)]


def left_out(bundle: Mapping[str, Any], entries: Sequence[AuditEntry]) -> list[int]:
    """The indexes of the entries of a whole log that are about the bundle's case and that it does not quote.

    `bundle` was verified before; `entries` are those of its own log, up to the size of its proofs.
    """
    case_id = bundle["case"]["case_id"]
    names = {case_id, *(told["search_id"] for told in bundle["searches"])}
    names |= {told["lead_id"] for told in bundle["examinations"]}
    quoted = {proof["index"] for proof in bundle["log"]}
    return [
        index
        for index, entry in enumerate(entries)
        if index not in quoted and (entry.subject in names or entry.details.get("case_id") == case_id)
    ]


def _check_searches(searches: Sequence[Any], entries: Mapping[int, AuditEntry], case_id: object) -> None:
    """Each search has its decision and its outcome in the log, and neither says anything else of it."""
    finished = {e.subject: e for e in entries.values() if e.event is AuditEvent.SEARCH_FINISHED}
    for told in searches:
        entry = finished.pop(told.get("search_id"), None)
        shown = told.get("candidates"), told.get("erased_since")
        if entry is None or not isinstance(shown[0], list) or not isinstance(shown[1], int):
            raise _invalid("One of its searches has no log entry in it.")
        if entry.details.get("candidates") != len(shown[0]) + shown[1]:
            raise _invalid("One of its searches lists another number of candidates than the log states.")
        if told.get("found_nobody") is not (entry.details["candidates"] == 0):
            raise _invalid("One of its searches says otherwise than the log whether it found anybody.")
        if not _is_near(told.get("searched_at"), entry.at):
            raise _invalid("One of its searches is dated otherwise than the log dates it.")
        index = told.get("audit_index")
        decided = entries.get(index) if isinstance(index, int) else None
        if decided is None or decided.event is not AuditEvent.SEARCH_DECIDED or decided.verdict != "allow":
            raise _invalid("One of its searches lacks the decision that allowed it.")
        said = index, told.get("gallery_size"), told.get("searched_by"), told.get("searched_by"), case_id
        details = entry.details
        logged = details.get("decision_index"), details.get("gallery_size"), entry.actor, decided.actor
        if said != (*logged, details.get("case_id")) or told.get("law_packs", decided.packs) != decided.packs:
            raise _invalid("One of its searches says otherwise than the log who searched, under which law, or where.")
    if finished:
        raise _invalid("A search that the log states is missing from its list.")


def _is_near(told: object, at: datetime) -> bool:
    """Whether that is the moment that the log noted: an outcome is noted just after it came about."""
    try:
        return abs(datetime.fromisoformat(f"{str(told)[:19]}+00:00") - at) < DATED_WITHIN
    except ValueError:
        return False


def _report_text(report: SignedReport) -> str:
    return f"{REPORT_FORMAT}\n{report.release_id}\n{report.decision_index}\n{report.sha256}\n"


def _invalid(why: str) -> DamagedError:
    return DamagedError(
        "report_invalid", "The report does not hold.", why, "Do not rely on it; ask the agency for a fresh one."
    )


_BUNDLE = SignedJson(DISCOVERY_FORMAT, _invalid)
