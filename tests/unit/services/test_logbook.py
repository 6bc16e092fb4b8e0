"""The log is read by those the law lets read it, page by page, and each reading is an entry first."""

from datetime import UTC, datetime

import pytest

from facewarden.domain.accounts import AccountState, Actor, GovernmentLevel, Organisation, Role, Sector, User
from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.domain.ids import OrganisationId, SessionId, UserId, random_id
from facewarden.law.engine import LawEngine
from facewarden.law.loading import builtin_folder, load_packs
from facewarden.services.casework.examining import READS_LOG
from facewarden.services.gate import Gate
from facewarden.services.logbook import LogBook
from facewarden.services.refusal import RefusedError

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
LEADS = ("lead_" + "7" * 24, "lead_" + "3" * 24)
LAW = LawEngine(load_packs([builtin_folder() / "facewarden-base"]))


class Clock:
    def now(self):
        return NOW


class Log:
    verifier_key = "a key"

    def __init__(self, count):
        self.kept = [AuditEntry(AuditEvent.SIGNED_OUT, NOW) for _ in range(count)]

    def append(self, entries):
        self.kept += entries
        return list(range(len(self.kept) - len(entries), len(self.kept)))

    def size(self):
        return len(self.kept)

    def entries(self, start, stop):
        return iter(self.kept[start:stop])

    def checkpoint(self):
        return b"a note"


def actor(role):
    organisation = Organisation(
        OrganisationId(random_id("org")), "O", Sector.GOVERNMENT, GovernmentLevel.LOCAL, None, AccountState.ACTIVE, NOW
    )
    user = User(
        UserId(random_id("usr")),
        organisation.organisation_id,
        "u",
        "U",
        frozenset({role}),
        AccountState.ACTIVE,
        None,
        NOW,
    )
    return Actor(user, organisation, SessionId(random_id("ses")))


def book(log):
    return LogBook(log, Gate(LAW, log, Clock()), Clock())


def test_the_newest_entry_is_the_reading_itself():
    page = book(Log(3)).page(actor(Role.AUDITOR))
    assert [index for index, _ in page.entries] == [3, 2, 1, 0]
    assert page.entries[0][1].event is AuditEvent.LOG_READ
    assert (page.size, page.checkpoint, page.verifier_key, page.older_before) == (4, "a note", "a key", None)


def test_pages_lead_to_the_oldest_entry_and_miss_none():
    log, seen, before = Log(10), [], 10
    reader, who = book(log), actor(Role.AUDITOR)
    while before is not None:
        page = reader.page(who, before, count=4)
        seen += [index for index, _ in page.entries]
        before = page.older_before
    assert seen == list(range(9, -1, -1))


@pytest.mark.parametrize("before", [-5, 0])
def test_a_page_before_the_first_entry_is_empty(before):
    assert book(Log(3)).page(actor(Role.AUDITOR), before).entries == ()


def test_a_page_beyond_the_end_is_the_newest():
    assert len(book(Log(3)).page(actor(Role.AUDITOR), 10**9).entries) == 4


def test_an_investigator_is_refused_and_the_refusal_is_an_entry():
    log = Log(3)
    with pytest.raises(RefusedError) as refused:
        book(log).page(actor(Role.INVESTIGATOR))
    assert refused.value.decision.rules == ("base.read_log_role",)
    assert log.kept[refused.value.audit_index].verdict == "refuse"


def test_entries_that_hold_words_are_found_however_old_they_are_and_page_by_page():
    log = Log(300)
    log.kept[7] = AuditEntry(AuditEvent.LEAD_AGREED, NOW, subject=LEADS[0])
    log.kept[3] = AuditEntry(AuditEvent.LEAD_AGREED, NOW, subject=LEADS[1])
    read, auditor = book(log), actor(Role.AUDITOR)
    first = read.page(auditor, count=1, words="lead:agree 2026-11")
    assert ([index for index, _ in first.entries], first.older_before) == ([7], 7)
    second = read.page(auditor, first.older_before, 1, LEADS[1].upper())
    assert [index for index, _ in second.entries] == [3]
    assert read.page(auditor, words="nothing like it").entries == ()


def _may_read(role):
    try:
        book(Log(1)).page(actor(role))
    except RefusedError:
        return False
    return True


def test_whom_the_law_lets_read_the_log_is_whom_second_examination_keeps_out():
    assert {role for role in Role if _may_read(role)} == READS_LOG
