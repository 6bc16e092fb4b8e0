"""The bytes of an audit entry: one canonical JSON form, so that an entry has one hash.

It never reads an entry that is not written exactly so: another spelling of the same entry is refused.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.errors import BadUseError, DamagedError

FORMAT = 1


def entry_to_json(entry: AuditEntry) -> dict[str, Any]:
    """The entry as plain data: `v` and `event` and `at` always, each other field where it says something."""
    plain: dict[str, Any] = {
        "v": FORMAT,
        "event": entry.event.value,
        "at": entry.at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z",
        "actor": entry.actor,
        "subject": entry.subject,
        "verdict": entry.verdict,
        "grounds": list(entry.grounds),
        "packs": dict(entry.packs),
        "details": dict(entry.details),
    }
    return {name: value for name, value in plain.items() if value not in (None, [], {})}


def canonical_json(plain: dict[str, Any]) -> bytes:
    """ASCII JSON with sorted keys and no spaces."""
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def encode_entry(entry: AuditEntry) -> bytes:
    """The entry's canonical bytes: what the log stores and hashes."""
    return canonical_json(entry_to_json(entry))


def decode_entry(content: bytes) -> AuditEntry:
    """The entry in these bytes. Raises DamagedError `audit_entry_malformed` unless they are its canonical form."""
    try:
        plain = json.loads(content)
        entry = AuditEntry(
            event=AuditEvent(plain["event"]),
            at=datetime.fromisoformat(plain["at"]),
            actor=plain.get("actor"),
            subject=plain.get("subject"),
            verdict=plain.get("verdict"),
            grounds=tuple(plain.get("grounds", ())),
            packs=plain.get("packs", {}),
            details=plain.get("details", {}),
        )
        canonical = encode_entry(entry)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, BadUseError) as error:
        raise _malformed("It is not an entry that this version of facewarden writes.") from error
    if canonical != content:
        raise _malformed("It is not written in the one allowed way.")
    return entry


def _malformed(why: str) -> DamagedError:
    return DamagedError("audit_entry_malformed", "An audit entry cannot be read.", why, "Run facewarden audit verify.")
