"""The register of sources: two people open one, one closes it, and what asked to be left alone stays out."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from facewarden.domain.accounts import Role
from facewarden.domain.audit import AuditEvent
from facewarden.domain.hosts import BarReason, BarredHost
from facewarden.domain.sources import LegalBasis, SourceKind, SourceState
from facewarden.errors import BadUseError
from facewarden.services.collecting.hostbars import HostBars, StandingBars, barred_fact
from facewarden.services.collecting.photolaw import collect_facts, host_permission
from facewarden.services.collecting.sources import Sources
from facewarden.services.refusal import RefusedError
from tests.unit.services.actors import actor_of
from tests.unit.web.builders import populated
from tests.unit.web.fakes import Closings

DOCUMENT = b"Whoever signs here permits it."


class HostRecords:
    """Hosts and permissions in memory."""

    def __init__(self):
        self.hosts, self.kept, self.names = [], {}, {}

    def barred(self):
        return list(self.hosts)

    def permissions(self):
        return list(self.kept.values())

    def propose(self, permission, document, audit_index):
        self.kept[permission.host] = permission

    def approve(self, permission, approved_by, audit_index):
        self.kept[permission.host] = replace(permission, approved_by=approved_by)

    def mirrors(self):
        return self.names


@pytest.fixture
def installation():
    made = populated()
    made.host_records = HostRecords()
    made.bars = HostBars(made.host_records, made.host_records, made.gate, made.clock)
    made.sources = Sources(made.source_records, Closings(), made.bars, made.gate, made.clock)
    return made


def operator(installation):
    return actor_of(installation, "operator")


def officer(installation):
    return actor_of(installation, "privacy-officer")


def proposed(installation, name="Press", **given):
    wanted = {"basis": LegalBasis.LICENCE, "contact": "", "country": "US", "hosts": (), "permission": DOCUMENT}
    return installation.sources.add(operator(installation), name, **wanted | given)


def refused_by(act, *given):
    with pytest.raises(RefusedError) as caught:
        act(*given)
    return set(caught.value.decision.rules)


def test_a_source_is_only_proposed_until_another_person_approves_it(installation) -> None:
    source = proposed(installation)
    assert source.state is SourceState.PROPOSED
    active = installation.sources.approve(officer(installation), "Press")
    assert active.state is SourceState.ACTIVE
    assert active.proposed_by != active.approved_by
    assert [entry.event for entry in installation.log.entries(0)] == [
        AuditEvent.SOURCE_DECIDED,
        AuditEvent.SOURCE_PROPOSED,
        AuditEvent.SOURCE_DECIDED,
        AuditEvent.SOURCE_ACTIVATED,
    ]


def test_nobody_approves_what_they_proposed_whatever_roles_they_hold(installation) -> None:
    proposed(installation)
    assert refused_by(installation.sources.approve, operator(installation), "Press") == {"base.source_second_person"}
    both = operator(installation)
    both = replace(both, user=replace(both.user, roles=frozenset({Role.OPERATOR, Role.PRIVACY_OFFICER, Role.OVERSEER})))
    assert refused_by(installation.sources.approve, both, "Press") == {"base.source_second_person"}
    assert installation.sources.named("Press").state is SourceState.PROPOSED


def test_a_source_without_a_document_is_not_approved_until_it_has_one(installation) -> None:
    proposed(installation, permission=None)
    assert refused_by(installation.sources.approve, officer(installation), "Press") == {"base.source_document"}
    changed = installation.sources.record_permission(operator(installation), "Press", DOCUMENT)
    assert changed.permission_hash
    assert installation.sources.approve(officer(installation), "Press").state is SourceState.ACTIVE


def test_a_new_document_makes_an_active_source_wait_again(installation) -> None:
    proposed(installation)
    installation.sources.approve(officer(installation), "Press")
    renewed = installation.sources.record_permission(operator(installation), "Press", b"Another year.")
    assert (renewed.state, renewed.approved_by) == (SourceState.PROPOSED, None)


def test_one_person_suspends_and_two_resume(installation) -> None:
    proposed(installation)
    installation.sources.approve(officer(installation), "Press")
    assert installation.sources.suspend(officer(installation), "Press").state is SourceState.SUSPENDED
    assert refused_by(installation.sources.resume, officer(installation), "Press") == {"base.source_proposer"}
    assert installation.sources.resume(operator(installation), "Press").state is SourceState.PROPOSED
    assert refused_by(installation.sources.approve, operator(installation), "Press") == {"base.source_second_person"}
    assert installation.sources.approve(officer(installation), "Press").state is SourceState.ACTIVE


def test_an_investigator_changes_no_source(installation) -> None:
    proposed(installation)
    ana = actor_of(installation, "investigator")
    assert refused_by(installation.sources.approve, ana, "Press") == {"base.source_approver"}
    assert refused_by(installation.sources.end, ana, "Press") == {"base.source_closer"}
    assert refused_by(installation.sources.add, ana, "Mine", LegalBasis.LICENCE, "", None, (), DOCUMENT) == {
        "base.source_proposer"
    }


def test_an_ended_source_is_not_ended_twice_nor_suspended(installation) -> None:
    proposed(installation)
    ended = installation.sources.end(operator(installation), "Press")
    assert ended.state is SourceState.ENDED
    assert ended.ended_at == installation.clock.now()
    for act in (installation.sources.end, installation.sources.suspend, installation.sources.resume):
        with pytest.raises(BadUseError) as caught:
            act(operator(installation), "Press")
        assert caught.value.code == "source_state"


def test_a_permission_holds_from_its_first_to_its_last_day(installation) -> None:
    today = installation.clock.now().date()
    source = proposed(installation, starts_on=today, ends_on=today + timedelta(days=1), kind=SourceKind.WEBSITE)
    active = installation.sources.approve(officer(installation), source.name)
    states = [active.state_on(today + timedelta(days=days)) for days in (-1, 0, 1, 2)]
    assert states == [SourceState.PROPOSED, SourceState.ACTIVE, SourceState.ACTIVE, SourceState.ENDED]
    day_after = today + timedelta(days=2)
    assert collect_facts(active, None, day=day_after)["source_state"].value == "ended"
    assert installation.sources.end_overdue(today + timedelta(days=1)) == 0
    assert installation.sources.end_overdue(day_after) == 1
    assert installation.sources.named("Press").state is SourceState.ENDED
    assert installation.sources.end_overdue(day_after) == 0


def test_a_term_that_ends_before_it_begins_is_bad_use(installation) -> None:
    with pytest.raises(BadUseError) as caught:
        proposed(installation, starts_on=date(2027, 1, 2), ends_on=date(2027, 1, 1))
    assert caught.value.code == "bad_term"


@pytest.mark.parametrize("host", ["facebook.com", "m.facebook.com", "i.ytimg.com", "x.com"])
def test_a_host_that_asked_to_be_left_alone_is_barred_by_default(installation, host) -> None:
    proposed(installation, hosts=(host,))
    assert refused_by(installation.sources.approve, officer(installation), "Press") == {"base.source_host_barred"}
    source = installation.sources.named("Press")
    assert collect_facts(source, f"https://{host}/1.jpg")["host_barred"].value is True
    assert host_permission(source, f"https://{host}/1.jpg", StandingBars()).value is False


def test_a_host_that_only_looks_alike_is_not_barred() -> None:
    assert barred_fact(StandingBars(), ["notfacebook.com", "facebook.com.example"]).value is False


def test_a_bar_is_lifted_by_the_owners_permission_and_two_people(installation) -> None:
    bars = installation.bars
    proposed(installation, hosts=("m.facebook.com",))
    bars.propose_permission(operator(installation), "facebook.com", DOCUMENT)
    assert bars.bar_of("m.facebook.com") is not None
    assert refused_by(bars.approve_permission, operator(installation), "facebook.com") == {"base.source_second_person"}
    assert bars.bar_of("m.facebook.com") is not None
    bars.approve_permission(officer(installation), "facebook.com")
    assert bars.bar_of("m.facebook.com") is None
    assert bars.bar_of("fbcdn.net") is not None
    source = installation.sources.approve(officer(installation), "Press")
    assert host_permission(source, "https://m.facebook.com/1.jpg", bars).value is True
    assert host_permission(source, "https://www.facebook.com/1.jpg", bars).value is False


def test_only_a_barred_host_can_be_permitted(installation) -> None:
    with pytest.raises(BadUseError) as caught:
        installation.bars.propose_permission(operator(installation), "press.example.net", DOCUMENT)
    assert caught.value.code == "host_not_barred"


def test_a_host_barred_meanwhile_is_seen_within_seconds(installation) -> None:
    bars = installation.bars
    assert bars.bar_of("a.press.example.net") is None
    installation.host_records.hosts.append(
        BarredHost("press.example.net", BarReason.TAKEDOWN, installation.clock.now(), "ab" * 32)
    )
    installation.clock.pass_time(seconds=6)
    assert bars.bar_of("a.press.example.net").reason is BarReason.TAKEDOWN
    assert [bar.host for bar, _ in bars.all() if bar.reason is BarReason.TAKEDOWN] == ["press.example.net"]


def test_every_name_of_a_site_is_found_from_any_of_them(installation) -> None:
    installation.host_records.names = {"a.example": frozenset({"b.example"}), "b.example": frozenset({"c.example"})}
    assert installation.bars.family("a.example") == {"b.example", "c.example"}
    assert "twimg.com" in installation.bars.family("x.com")
