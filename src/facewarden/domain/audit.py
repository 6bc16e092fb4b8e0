"""What an entry of the audit log may say: which event, when, who, about what, and why.

It never lets personal data in: an entry holds random ids, keyed hashes, rule names, counts and words of closed
lists, and whatever does not look like one of those is refused here, before anything is written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from types import MappingProxyType

from facewarden.errors import BadUseError


class AuditEvent(StrEnum):
    """The closed list of events, `source:subject:action`. A name is never reused for another meaning."""

    INSTALLATION_CREATED = "installation:data:create"
    SCHEMA_MIGRATED = "installation:data:migrate"
    LETTERS_ENDED = "installation:letters:end"
    BACKUP_DECIDED = "installation:backup:decide"
    DATA_BACKED_UP = "installation:data:backup"
    DATA_RESTORED = "installation:data:restore"
    INCIDENT_FOUND = "optout:incident:find"
    INCIDENT_CLOSED = "optout:incident:close"
    INCIDENTS_READ = "optout:incident:read"
    QUARANTINE_READ = "collect:quarantine:read"
    QUARANTINE_DECIDED = "collect:quarantine:decide"
    ACCESS_ANSWERED = "optout:access:answer"
    SEAL_SET = "case:seal:set"
    DEMO_CREATED = "installation:demo:create"
    SERVER_STARTED = "installation:server:start"
    SERVER_STOPPED = "installation:server:stop"
    MODELS_ACCEPTED = "installation:models:accept"
    ACCEPTANCE_DECIDED = "installation:gallery:decide"
    POLICY_DECIDED = "installation:policy:decide"
    POLICY_SET = "installation:policy:set"
    INDEX_REBUILT = "installation:index:rebuild"
    DAILY_ROUND_FINISHED = "installation:round:finish"
    LOG_READ = "audit:log:read"
    WITNESSES_SET = "audit:witnesses:set"
    WITNESS_COSIGNED = "audit:witness:cosign"
    WITNESS_FAILED = "audit:witness:fail"
    SIGN_IN_SUCCEEDED = "account:session:open"
    SIGN_IN_FAILED = "account:session:fail"
    SIGN_IN_LOCKED = "account:session:lock"
    SIGNED_OUT = "account:session:close"
    ORGANISATION_DECIDED = "account:organisation:decide"
    ORGANISATION_ADDED = "account:organisation:add"
    ORGANISATION_CHANGED = "account:organisation:change"
    USER_DECIDED = "account:user:decide"
    USER_ADDED = "account:user:add"
    USER_CHANGED = "account:user:change"
    CREDENTIALS_CHANGED = "account:credentials:change"
    LIMIT_REACHED = "account:limit:reach"
    TURNED_AWAY = "account:room:refuse"
    APPLICATION_RECEIVED = "account:application:receive"
    APPLICATION_DECIDED = "account:application:decide"
    AGREEMENT_RECORDED = "account:agreement:record"
    CONTACT_READ = "account:contact:read"
    CUSTOMERS_LISTED = "account:customers:list"
    CUSTOMERS_EXPORTED = "account:customers:export"
    KEY_MADE = "account:key:make"
    KEY_REVOKED = "account:key:revoke"
    USE_REVIEWED = "account:use:review"
    CASE_DECIDED = "case:file:decide"
    CASE_OPENED = "case:file:open"
    CASE_CHANGED = "case:file:change"
    CASE_CLOSED = "case:file:close"
    SOURCE_DECIDED = "source:permission:decide"
    SOURCE_PROPOSED = "source:permission:propose"
    SOURCE_ACTIVATED = "source:permission:activate"
    SOURCE_SUSPENDED = "source:permission:suspend"
    SOURCE_ENDED = "source:permission:end"
    HOST_PERMISSION_DECIDED = "source:host:decide"
    TAKEDOWN_DECIDED = "source:takedown:decide"
    TAKEDOWN_FINISHED = "source:takedown:finish"
    EXPUNGEMENT_DECIDED = "source:records:decide"
    PHOTOS_WITHDRAWN = "source:photos:withdraw"
    COPY_REVIEWED = "source:copy:decide"
    ORIGINS_READ = "source:origins:read"
    LAW_PACK_LOADED = "law:pack:load"
    LAW_PACK_CHANGED = "law:pack:change"
    LAW_UNAVAILABLE = "law:pack:fail"
    ORDER_DECIDED = "law:order:decide"
    DUTY_ANSWERED = "law:duty:answer"
    DUTY_CHECKED = "law:duty:check"
    ORDER_FINISHED = "law:order:finish"
    PRECEDENCE_DECIDED = "law:precedence:decide"
    HOLD_DECIDED = "law:hold:decide"
    HOLD_SET = "law:hold:set"
    HOLD_LIFTED = "law:hold:lift"
    INGEST_STARTED = "collect:ingest:start"
    PHOTO_COLLECT_DECIDED = "collect:photo:decide"
    INGEST_FINISHED = "collect:ingest:finish"
    COLLECTION_BEGUN = "collect:job:begin"
    COLLECTION_CHANGED = "collect:job:change"
    PROBE_RECEIVED = "search:probe:receive"
    PROBE_EDITED = "search:probe:edit"
    SEARCH_DECIDED = "search:gallery:decide"
    SEARCH_FINISHED = "search:gallery:finish"
    SEARCH_FAILED = "search:gallery:fail"
    SEARCH_VIEW_DECIDED = "review:search:decide"
    PHOTO_VIEW_DECIDED = "review:photo:decide"
    REVIEW_DECIDED = "review:candidate:decide"
    REVIEW_RECORDED = "review:candidate:record"
    REVIEW_BEGUN = "review:candidate:begin"
    LEAD_STOPPED = "review:lead:stop"
    LEAD_AGREED = "review:lead:agree"
    LEAD_SUPPORTED = "review:lead:support"
    LEAD_REFUTED = "review:lead:refute"
    RELEASE_DECIDED = "release:report:decide"
    RELEASED = "release:report:send"
    RECALLED = "release:report:recall"
    ERASE_DECIDED = "erase:face:decide"
    PHOTO_ERASED = "erase:photo:finish"
    SUPPRESSION_DECIDED = "optout:face:decide"
    FACE_SUPPRESSED = "optout:face:suppress"
    SUPPRESSION_LIFTED = "optout:face:lift"
    OPT_OUT_RECEIVED = "optout:form:receive"
    OPT_OUT_REVIEWED = "optout:form:review"
    OPT_OUT_CLOSED = "optout:form:close"
    OPT_OUT_LIMITED = "optout:form:limit"
    OPT_OUT_REPEATED = "optout:form:repeat"
    OPT_OUT_CONFIRMED = "optout:form:confirm"
    OPT_OUT_FORGED = "optout:form:forge"
    OPT_OUT_EXPIRED = "optout:form:expire"
    OPT_OUT_EXTENDED = "optout:form:extend"
    OPT_OUT_OVERDUE = "optout:form:overdue"
    OPT_OUT_HURRIED = "optout:form:hurry"
    OPT_OUT_SUSPECTED = "optout:face:suspect"
    OPT_OUT_CLEARED = "optout:face:clear"
    OPT_OUT_CASES_ASKED = "optout:case:ask"
    IDENTITY_CHECKED = "optout:identity:check"
    PERSON_TOLD = "optout:person:tell"
    LETTER_SENT = "optout:letter:send"


class _Kind(Enum):
    """What the value of a detail looks like."""

    COUNT = "a whole number from 0 to 2^53"
    ID = "a random id such as ph_0123456789abcdef01234567"
    HASH = "64 lower-case hexadecimal digits"
    WORD = "a word of a closed list: lower-case letters, digits, `_`, `-`, at most 40"
    VERSION = "a version or pack id: letters, digits and . + _ - at most 64"
    DAY = "a date, YYYY-MM-DD"


MAX_COUNT = 2**53  # what every reader of JSON holds exactly
MAX_GROUNDS = 64
MAX_PACKS = 64
MAX_DETAILS = 48
# With these caps the largest entry has some 17,000 bytes: an entry bundle allows 65,535.

_PATTERNS: Mapping[_Kind, re.Pattern[str]] = {
    _Kind.ID: re.compile(r"(?:[a-z]{1,8}_)?(?:[0-9a-f]{16,64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"),
    _Kind.HASH: re.compile(r"[0-9a-f]{64}"),
    _Kind.WORD: re.compile(r"[a-z][a-z0-9_-]{0,39}"),
    _Kind.VERSION: re.compile(r"[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}"),
    _Kind.DAY: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
}
_RULE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,79}")
_VERDICTS = frozenset({"allow", "refuse", "quarantine"})


def _keys(kind: _Kind, names: str) -> dict[str, _Kind]:
    return dict.fromkeys(names.split(), kind)


DETAIL_KINDS: Mapping[str, _Kind] = MappingProxyType(
    _keys(
        _Kind.COUNT,
        "photos admitted refused faces suppressed duplicates failed seconds candidates gallery_size"
        " face_number limit views users organisations cases sources rules packs_loaded entries"
        " tree_size generation sequence size_bytes retain_days step decision_index width_px height_px held"
        " sessions keys work letters quarantined burnt duties accounts left hosts"
        " withdrawn kept reviews expunged bits key_backups incidents",
    )
    | _keys(
        _Kind.ID,
        "organisation_id user_id session_id case_id source_id photo_id probe_id search_id job_id key_id request_id"
        " incident_id receipt_id erasure_id suppression_id lead_id release_id hold_id takedown_id",
    )
    | _keys(
        _Kind.HASH,
        "photo_hash probe_hash permission_hash name_hash report_hash letter_hash",
    )
    | _keys(
        _Kind.WORD,
        "purpose role sector state conclusion action reason channel outcome stage basis format kind code room",
    )
    | _keys(_Kind.VERSION, "version pack_id pack_version schema_version duty_id hold_pack hold_duty")
    | _keys(_Kind.DAY, "as_of effective expires due")
)
"""Every key that a detail may have, with what its value must look like. A hash of something personal (a photo,
a name) is always keyed: a plain one can be guessed from a list. Besides these, `refused.<rule>` counts refusals."""

REFUSED_BY_RULE = "refused."


def _refuse(what: str, why: str) -> BadUseError:
    """The error for an entry that may not be written; never quotes the value, which may be personal."""
    return BadUseError(
        "audit_entry_invalid", what, why, "Log a random id, a keyed hash, a count or a word of a closed list."
    )


def _check(kind: _Kind, name: str, value: object) -> str | int:
    if kind is _Kind.COUNT:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_COUNT:
            raise _refuse(f"{name} of an audit entry is not {kind.value}.", "It may be anything else but a count.")
        return int(value)
    if not isinstance(value, str) or not _PATTERNS[kind].fullmatch(str(value)):
        raise _refuse(f"{name} of an audit entry is not {kind.value}.", "Other text could be personal data.")
    return str(value)


def _checked_details(details: Mapping[str, str | int]) -> Mapping[str, str | int]:
    if len(details) > MAX_DETAILS:
        raise _refuse(f"An audit entry has more than {MAX_DETAILS} details.", "Entries are short.")
    checked: dict[str, str | int] = {}
    for key, value in details.items():
        kind = DETAIL_KINDS.get(key)
        if kind is None and key.startswith(REFUSED_BY_RULE) and _RULE.fullmatch(key[len(REFUSED_BY_RULE) :]):
            kind = _Kind.COUNT
        if kind is None:
            raise _refuse("A detail of an audit entry has a key that is not on the list.", "The list is closed.")
        checked[str(key)] = _check(kind, str(key), value)
    return MappingProxyType(checked)


def _checked_packs(packs: Mapping[str, str]) -> Mapping[str, str]:
    if len(packs) > MAX_PACKS:
        raise _refuse(f"An audit entry names more than {MAX_PACKS} packs.", "Name those that spoke.")
    checked = {
        str(_check(_Kind.VERSION, "a pack id", name)): str(_check(_Kind.VERSION, "a pack version", version))
        for name, version in packs.items()
    }
    return MappingProxyType(checked)


def _checked_grounds(grounds: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(grounds, tuple) or len(grounds) > MAX_GROUNDS:
        raise _refuse(f"The grounds of an audit entry are not at most {MAX_GROUNDS} rule names.", "")
    if not all(isinstance(ground, str) and _RULE.fullmatch(ground) for ground in grounds):
        raise _refuse("A ground of an audit entry is not the name of a rule.", "Texts stay in the pack.")
    return tuple(str(ground) for ground in grounds)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that happened, or was refused.

    `at` is aware and UTC. `actor` is the random id of who acted, None where nobody is signed in or the program acts
    by itself. `subject` is the random id, or the 64-digit keyed hash, of what it was about, None where there is
    nothing more to name. `verdict` is "allow", "refuse" or "quarantine" where the law decided (an enum with these
    values will do), else None. `grounds` are names of rules, `packs` maps the ids of the law packs asked to their
    versions, `details` has keys of `DETAIL_KINDS` alone.
    Raises BadUseError `audit_entry_invalid` for anything else; its text never repeats the value.
    """

    event: AuditEvent
    at: datetime
    actor: str | None = None
    subject: str | None = None
    verdict: str | None = None
    grounds: tuple[str, ...] = ()
    packs: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, str | int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.event, AuditEvent):
            raise _refuse("The event of an audit entry is not on the list.", "The list of events is closed.")
        if self.at.utcoffset() != timedelta(0):
            raise _refuse("The time of an audit entry is not UTC.", "Local time is ambiguous once a year.")
        if self.verdict is not None and self.verdict not in _VERDICTS:
            raise _refuse("The verdict of an audit entry is none of allow, refuse, quarantine.", "")
        actor = None if self.actor is None else str(_check(_Kind.ID, "the actor", self.actor))
        subject = None if self.subject is None else str(_check(_Kind.ID, "the subject", self.subject))
        for name, value in (
            ("at", self.at.astimezone(UTC)),
            ("actor", actor),
            ("subject", subject),
            ("verdict", None if self.verdict is None else str(self.verdict)),
            ("grounds", _checked_grounds(self.grounds)),
            ("packs", _checked_packs(self.packs)),
            ("details", _checked_details(self.details)),
        ):
            object.__setattr__(self, name, value)
