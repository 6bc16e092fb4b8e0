"""One probe, one face, one case: decided first, recorded whatever comes of it, nothing kept that was not asked for."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from facewarden.domain.accounts import Role
from facewarden.domain.audit import AuditEvent
from facewarden.domain.cases import Purpose
from facewarden.errors import BadPhotoError, BadUseError, UnavailableError
from facewarden.services.refusal import RefusedError
from tests.unit.services.actors import actor_of
from tests.unit.web.builders import populated
from tests.unit.web.fakes import TURNS, drawn

ROLES_THAT_SEARCH = {Role.INVESTIGATOR, Role.EXAMINER}


@pytest.fixture
def installation():
    return populated()


def with_case(installation, name="investigator"):
    actor = actor_of(installation, name)
    return actor, installation.cases.open(actor, "HP-1", Purpose.INVESTIGATE_CRIME, "")


def events(installation, after=0):
    return [(entry.event, entry.verdict) for entry in list(installation.log.entries())[after:]]


def test_a_search_is_decided_before_and_its_outcome_recorded_after(installation):
    actor, case = with_case(installation)
    before = installation.log.size()
    result = installation.search.run(actor, case, drawn(2), None, 10)
    assert events(installation, before) == [
        (AuditEvent.SEARCH_DECIDED, "allow"),
        (AuditEvent.SEARCH_FINISHED, None),
    ]
    assert result.record.audit_index == before


@pytest.mark.parametrize(
    ("content", "face", "code"),
    [
        (b"not an image", None, "not_an_image"),
        (drawn(), None, "no_face"),
        (drawn(1, 2), None, "several_faces"),
        (drawn(1), 7, "no_such_face"),
    ],
)
def test_an_allowed_search_that_comes_to_nothing_is_on_record_as_failed(installation, content, face, code):
    actor, case = with_case(installation)
    before = installation.log.size()
    with pytest.raises((BadUseError, BadPhotoError)):
        installation.search.run(actor, case, content, face, 10)
    failed = list(installation.log.entries())[-1]
    assert events(installation, before) == [(AuditEvent.SEARCH_DECIDED, "allow"), (AuditEvent.SEARCH_FAILED, None)]
    assert failed.details == {"code": code, "decision_index": before}


def test_only_so_many_probes_are_worked_on_at_a_time_and_all_are_answered(installation):
    actor, case = with_case(installation)
    at_work, most = [], []
    detect = installation.engine.detect

    def watched(images):
        at_work.append(1)
        most.append(len(at_work))
        time.sleep(0.01)  # long enough for the others to come in, if nothing held them
        at_work.pop()
        return detect(images)

    installation.engine.detect = watched
    search, upload = installation.search.run, installation.search.upload
    with ThreadPoolExecutor(8) as crowd:
        asked = [crowd.submit(search, actor, case, drawn(2), None, 10) for _ in range(8)]
        asked += [crowd.submit(upload, actor, case, drawn(2)) for _ in range(8)]
    assert all(future.result() for future in asked)
    assert max(most) <= TURNS


def test_an_upload_that_holds_no_face_is_on_record_and_nothing_is_kept(installation):
    actor, case = with_case(installation)
    with pytest.raises(BadPhotoError):
        installation.search.upload(actor, case, drawn())
    assert events(installation)[-1] == (AuditEvent.SEARCH_FAILED, None)
    assert installation.probes.kept == {}


def test_nothing_is_decoded_while_the_log_cannot_be_written(installation):
    actor, case = with_case(installation)
    decoded = []
    installation.search._decoder.decode = lambda files: decoded.append(files) or []

    def broken(entries):
        raise UnavailableError("log_unavailable", "The log cannot be written.")

    installation.log.append = broken
    for act in (installation.search.upload, lambda *given: installation.search.run(*given, None, 10)):
        with pytest.raises(UnavailableError):
            act(actor, case, drawn(2))
    assert decoded == []
    assert installation.probes.kept == {}


def test_no_candidate_is_given_out_when_the_outcome_cannot_be_recorded(installation):
    actor, case = with_case(installation)
    append = installation.log.append

    def broken_at_the_end(entries):
        if any(entry.event is AuditEvent.SEARCH_FINISHED for entry in entries):
            raise UnavailableError("log_unavailable", "The log cannot be written.")
        return append(entries)

    installation.log.append = broken_at_the_end
    with pytest.raises(UnavailableError):
        installation.search.run(actor, case, drawn(2), None, 10)


@pytest.mark.parametrize("role", [role for role in Role if role not in ROLES_THAT_SEARCH])
def test_nobody_searches_whose_role_is_another(installation, role):
    _, case = with_case(installation)
    actor = actor_of(installation, role.value.replace("_", "-"))
    member = replace(case, members=case.members | {actor.user.user_id})
    for act in (installation.search.upload, lambda *given: installation.search.run(*given, None, 10)):
        with pytest.raises(RefusedError) as caught:
            act(actor, member, drawn(2))
        assert "base.search_role" in caught.value.decision.rules


def test_a_case_of_another_organisation_is_refused(installation):
    _, case = with_case(installation)
    other = installation.add_organisation("River Police")
    installation.add_user("stranger", Role.INVESTIGATOR, organisation=other)
    with pytest.raises(RefusedError):
        installation.search.run(actor_of(installation, "stranger"), case, drawn(2), None, 10)
    with pytest.raises(BadUseError):
        installation.cases.find(actor_of(installation, "stranger"), case.case_id)


def test_a_probe_is_its_uploaders_alone_and_of_its_case(installation):
    actor, case = with_case(installation)
    probe = installation.search.upload(actor, case, drawn(2))
    with pytest.raises(BadUseError) as caught:
        installation.search.probe(actor_of(installation, "examiner"), probe.probe_id)
    assert caught.value.code == "probe_gone"
    other = installation.cases.open(actor, "HP-2", Purpose.INVESTIGATE_CRIME, "")
    with pytest.raises(BadUseError) as caught:
        installation.search.run_uploaded(actor, other, probe.probe_id, 1, 10)
    assert caught.value.code == "probe_of_other_case"


def test_a_probe_is_gone_when_its_half_hour_is_over(installation):
    actor, case = with_case(installation)
    probe = installation.search.upload(actor, case, drawn(2))
    installation.clock.pass_time(minutes=30)
    with pytest.raises(BadUseError):
        installation.search.probe(actor, probe.probe_id)
    assert installation.search.destroy_expired() == 1
    assert installation.probes.kept == {}


def test_a_face_hidden_after_it_was_indexed_is_no_candidate(installation):
    actor, case = with_case(installation)
    best = installation.search.run(actor, case, drawn(2), None, 10).record.candidates[0]
    installation.gallery.hidden.add(best.face_number)
    again = installation.search.run(actor, case, drawn(2), None, 10).record.candidates
    assert best.face_number not in [candidate.face_number for candidate in again]
    assert [candidate.rank for candidate in again] == list(range(1, len(again) + 1))
