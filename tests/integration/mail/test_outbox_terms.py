"""A letter that nobody sends does not lie in the outbox for good: told of, destroyed by law, never written anew."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from facewarden.adapters.backups import folders
from facewarden.adapters.mail.outbox import FileOutbox
from facewarden.adapters.mail.smtp import SmtpMailBox, mail_server
from facewarden.bootstrap.law import packs_of
from facewarden.domain.audit import AuditEvent
from facewarden.errors import UnavailableError
from facewarden.law.engine import LawEngine
from facewarden.services.gate import Gate
from facewarden.services.letters import LETTER_LIFE, Letters
from facewarden.testing.gallery import SettableClock
from tests.unit.services.law_builders import Log

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ADDRESS = "person@example.org"


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def gate(log: Log) -> Gate:
    return Gate(LawEngine(packs_of(None, ["facewarden-base"])), log, SettableClock(NOON))


def _outbox(folder: Path) -> FileOutbox:
    return FileOutbox(folder, "office <office@test.example>", SettableClock(NOON))


def _aged(path: Path, at: datetime) -> None:
    os.utime(path, (at.timestamp(), at.timestamp()))


def test_a_letter_that_nobody_took_in_its_time_is_destroyed_and_never_written_anew(tmp_path: Path, gate, log) -> None:
    outbox = _outbox(tmp_path)
    letters = Letters(outbox, gate)
    for name in ("old", "young"):
        assert outbox.send(name, ADDRESS, "Your request", "It is done.")
    (tmp_path / "half.eml.part").write_text(ADDRESS)
    _aged(tmp_path / "young.eml", NOON - LETTER_LIFE)
    for name in ("old.eml", "half.eml.part"):
        _aged(tmp_path / name, NOON - LETTER_LIFE - timedelta(seconds=1))
    assert [letter.letter_id for letter in letters.waiting()] == ["half.eml.part", "old.eml", "young.eml"]
    assert letters.detail().startswith("3 wait, the oldest since 2026-10-23")
    assert letters.run(NOON) == {"carried": 0, "ended": 2}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.ended", "young.eml"]
    assert (tmp_path / "old.ended").read_bytes() == b"", "neither words nor address"
    (entry,) = [entry for entry in log.written if entry.event is AuditEvent.LETTERS_ENDED]
    assert (entry.verdict, entry.details["letters"]) == ("allow", 2)
    assert letters.run(NOON) == {"carried": 0, "ended": 0}
    assert len(log.written) == 1, "nothing to decide where nothing ends"
    assert not outbox.send("old", ADDRESS, "Your request", "It is done."), "once is once"


def test_what_a_mail_server_never_took_ends_too_though_the_server_is_away(tmp_path: Path, gate) -> None:
    box = SmtpMailBox(_outbox(tmp_path), tmp_path, mail_server("smtp://localhost:9", None))  # nobody listens there
    assert box.send("old", ADDRESS, "Your request", "It is done.")
    assert box.send("young", ADDRESS, "Your request", "It is done.")
    _aged(tmp_path / "old.eml", NOON - LETTER_LIFE - timedelta(days=1))
    _aged(tmp_path / "young.eml", NOON)
    with pytest.raises(UnavailableError) as away:
        Letters(box, gate).run(NOON)
    assert away.value.code == "mail_unreachable"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.ended", "young.eml"]


def test_no_letter_is_copied_into_a_backup(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert _outbox(data / "outbox").send("one", ADDRESS, "Your request", "It is done.")
    (data / "other.json").write_text("{}")
    manifest = folders.copy_data(data, tmp_path / "backup", {})
    assert list(manifest["files"]) == ["other.json"]
    assert not [path for path in (tmp_path / "backup").rglob("*") if path.is_file() and ADDRESS in path.read_text()]
