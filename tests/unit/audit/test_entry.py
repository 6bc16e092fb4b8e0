"""Entries: one spelling each, and no way in for anything personal."""

import json
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.audit.entry import decode_entry, encode_entry
from facewarden.audit.tiles import MAX_ENTRY_BYTES
from facewarden.domain import audit
from facewarden.domain.audit import DETAIL_KINDS, AuditEntry, AuditEvent
from facewarden.domain.ids import random_id
from facewarden.errors import BadUseError, DamagedError

NOW = datetime(2026, 11, 22, 3, 4, 5, 678, tzinfo=UTC)
HASH = "0f" * 32

ids = st.sampled_from(["us_", "ph_", "", "case_"]).flatmap(
    lambda prefix: st.binary(min_size=12, max_size=12).map(lambda raw: prefix + raw.hex())
)
details = st.dictionaries(
    st.sampled_from(["photos", "faces", "refused.us-il.bipa-15b", "gallery_size"]), st.integers(0, 2**53)
)
entries = st.builds(
    AuditEntry,
    event=st.sampled_from(AuditEvent),
    at=st.datetimes(timezones=st.just(UTC)),
    actor=st.none() | ids,
    subject=st.none() | ids,
    verdict=st.sampled_from([None, "allow", "refuse"]),
    grounds=st.lists(st.sampled_from(["law_error", "base.case_open", "US-IL/740-14-15"]), max_size=4).map(tuple),
    packs=st.dictionaries(st.sampled_from(["facewarden-base", "us-il"]), st.just("2026.11.0")),
    details=details,
)


@given(entries)
def test_an_entry_comes_back_as_it_was_and_has_one_spelling(entry):
    content = encode_entry(entry)
    assert decode_entry(content) == entry
    assert content.isascii()
    for other in (
        json.dumps(json.loads(content)).encode(),
        content + b"\n",
        content.replace(b'"v":1', b'"v":1.0'),
        content.replace(b'"v":1', b'"v":2'),
        content.replace(b'"v":1', b'"v":1,"x":1'),
    ):
        with pytest.raises(DamagedError):
            decode_entry(other)


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps).map(str.encode)
)
def test_any_other_bytes_are_damaged(content):
    with pytest.raises(DamagedError) as caught:
        decode_entry(content)
    assert caught.value.code == "audit_entry_malformed"


def test_the_encoding_is_fixed():
    entry = AuditEntry(AuditEvent.SEARCH_DECIDED, NOW, actor="us_" + "0a" * 12, verdict="allow", details={"faces": 2})
    assert encode_entry(entry) == (
        b'{"actor":"us_0a0a0a0a0a0a0a0a0a0a0a0a","at":"2026-11-22T03:04:05.000678Z","details":{"faces":2},'
        b'"event":"search:gallery:decide","v":1,"verdict":"allow"}'
    )


def test_random_ids_of_every_prefix_are_names_that_an_entry_takes():
    for prefix in ("us", "or", "ph", "se", "job", "session", "s"):
        assert AuditEntry(AuditEvent.USER_ADDED, NOW, actor=random_id(prefix)).actor is not None


def test_enums_of_the_law_are_taken_by_their_value():
    class Verdict(StrEnum):
        REFUSE = "refuse"

    entry = AuditEntry(AuditEvent.CASE_OPENED, NOW, verdict=Verdict.REFUSE, details={"purpose": Verdict.REFUSE})
    assert type(entry.verdict) is str
    assert type(entry.details["purpose"]) is str


@pytest.mark.parametrize(
    "fields",
    [
        {"actor": "jane.doe@agency.example"},
        {"actor": "Jane Doe"},
        {"actor": "jane_doe"},
        {"actor": ""},
        {"subject": "/photos/jane.jpg"},
        {"subject": "192.0.2.7"},
        {"subject": "+1 312 555 0100"},
        {"subject": "US_" + "0a" * 12},
        {"subject": "us_" + "0a" * 40},
        {"verdict": "matched"},
        {"grounds": ("because Jane Doe asked",)},
        {"grounds": "law_error"},
        {"grounds": ("x",) * 65},
        {"packs": {"us-il": "as told by Jane"}},
        {"packs": {f"p{at}": "1" for at in range(65)}},
        {"details": {"name": "x"}},
        {"details": {"file_name": HASH}},
        {"details": {"faces": "three"}},
        {"details": {"faces": True}},
        {"details": {"faces": -1}},
        {"details": {"faces": 2**53 + 1}},
        {"details": {"faces": 1.5}},
        {"details": {"photo_hash": "jane"}},
        {"details": {"photo_hash": HASH.upper()}},
        {"details": {"reason": "Jane Doe's complaint"}},
        {"details": {"reason": "x" * 41}},
        {"details": {"as_of": "today"}},
        {"details": {"refused.": 3}},
        {"details": {"refused.jane doe": 3}},
        {"details": {"refused.base.host": "3"}},
        {"at": datetime(2026, 11, 22)},  # noqa: DTZ001  that it has no zone is the point
        {"at": datetime(2026, 11, 22, tzinfo=timezone(timedelta(hours=1)))},
        {"event": "search:gallery:decide"},
    ],
)
def test_what_could_be_personal_or_is_ambiguous_is_refused_and_not_quoted(fields):
    with pytest.raises(BadUseError) as caught:
        AuditEntry(**({"event": AuditEvent.CASE_OPENED, "at": NOW} | fields))
    assert caught.value.code == "audit_entry_invalid"
    assert "ane" not in str(caught.value)
    assert "three" not in str(caught.value)


def test_the_largest_entry_fits_a_bundle():
    entry = AuditEntry(
        AuditEvent.SEARCH_FINISHED,
        NOW,
        actor="a" * 8 + "_" + "0" * 64,
        subject="0" * 64,
        verdict="quarantine",
        grounds=("x" * 80,) * audit.MAX_GROUNDS,
        packs={f"{at:0>64}": "v" * 64 for at in range(audit.MAX_PACKS)},
        details={f"refused.{at:0>80}": 2**53 for at in range(audit.MAX_DETAILS)},
    )
    assert len(encode_entry(entry)) < MAX_ENTRY_BYTES / 2


def test_an_entry_cannot_be_changed_through_what_it_was_made_of():
    details = {"faces": 1}
    entry = AuditEntry(AuditEvent.INGEST_FINISHED, NOW, details=details)
    details["faces"] = 2
    assert entry.details["faces"] == 1
    with pytest.raises(TypeError):
        entry.details["faces"] = 3


def test_events_are_named_source_subject_action_and_once():
    assert all(len(event.value.split(":")) == 3 for event in AuditEvent)
    assert len({event.value for event in AuditEvent}) == len(AuditEvent.__members__)


def test_no_key_of_a_detail_invites_free_text():
    assert not {"name", "email", "address", "note", "comment", "text", "ip"} & set(DETAIL_KINDS)
