"""What leaves a case: only what two examiners agree on, signed, on record, and called back when it is refuted."""

import io
import json
import zipfile

import pytest

from facewarden.audit.report import verify_bundle, verify_report
from facewarden.domain.audit import AuditEvent
from facewarden.domain.examinations import LeadState
from facewarden.errors import BadUseError, DamagedError
from facewarden.services.casework.named import named
from facewarden.services.refusal import RefusedError
from tests.unit.services.actors import actor_of
from tests.unit.services.casework.test_examining import OTHER, SAME, concluded, proposed
from tests.unit.web.builders import populated
from tests.unit.web.fakes import drawn

TO = ("County prosecutor", "leads@prosecutor.example.org")


@pytest.fixture
def installation():
    return populated()


@pytest.fixture
def reporting(installation):
    return installation.casework.reporting


def agreed(installation):
    investigator, examiner, case, lead = proposed(installation)
    return investigator, case, concluded(installation.casework.examining, examiner, lead)


def test_a_lead_that_two_agree_on_leaves_as_a_signed_report(installation, reporting):
    investigator, case, lead = agreed(installation)
    file, release = reporting.lead_report(investigator, lead.lead_id, *TO)
    assert file.startswith(b"%PDF")
    signed = verify_report(file, installation.log.verifier_key)
    assert signed.release_id == release.release_id
    decision = list(installation.log.entries())[signed.decision_index]
    assert (decision.event, decision.verdict) == (AuditEvent.RELEASE_DECIDED, "allow")
    sent = list(installation.log.entries())[release.audit_index]
    assert sent.details["report_hash"] == release.file_sha256
    assert reporting.releases(investigator, case) == [release]


@pytest.mark.parametrize("at", [10, 2_000, -400, -5])
def test_a_report_of_which_a_byte_changed_does_not_verify(installation, reporting, at):
    investigator, _, lead = agreed(installation)
    file, _ = reporting.lead_report(investigator, lead.lead_id, *TO)
    changed = bytearray(file)
    changed[at] ^= 1
    with pytest.raises(DamagedError):
        verify_report(bytes(changed), installation.log.verifier_key)


def test_no_report_leaves_before_a_second_agreed(installation, reporting):
    investigator, examiner, _, lead = proposed(installation)
    before = len(installation.casework.release_records.known)
    with pytest.raises(RefusedError) as caught:
        reporting.lead_report(investigator, lead.lead_id, *TO)
    assert caught.value.decision.rules == ("base.release_agreed",)
    concluded(installation.casework.examining, examiner, lead, of_candidate=OTHER)
    with pytest.raises(RefusedError):
        reporting.lead_report(investigator, lead.lead_id, *TO)
    assert len(installation.casework.release_records.known) == before


@pytest.mark.parametrize("mail", ["", "nobody", "a b@example.org"])
def test_nothing_leaves_to_somebody_who_cannot_be_told_later(installation, reporting, mail):
    investigator, _, lead = agreed(installation)
    with pytest.raises(BadUseError) as caught:
        reporting.lead_report(investigator, lead.lead_id, "Somebody", mail)
    assert caught.value.code == "no_recipient"


def test_there_is_no_report_of_a_candidate_who_was_erased(installation, reporting):
    investigator, _, lead = agreed(installation)
    installation.gallery.hidden.add(lead.real_place.face_number)
    with pytest.raises(BadUseError) as caught:
        reporting.lead_report(investigator, lead.lead_id, *TO)
    assert caught.value.code == "not_a_candidate"


class Reading:
    """The press, which also keeps what it printed."""

    def __init__(self, press):
        self._press, self.papers = press, []

    def print(self, paper):
        self.papers.append(paper)
        return self._press.print(paper)


def test_the_report_says_who_examined_and_the_log_does_not(installation, reporting):
    investigator, case, lead = agreed(installation)
    reporting._press = reading = Reading(reporting._press)
    reporting.lead_report(investigator, lead.lead_id, *TO)
    told = str(reading.papers[0])
    for user_id in lead.examiners:
        user = next(user for user in installation.account_records.users() if user.user_id == user_id)
        assert f"{user.display_name} (" in told
        assert user_id in told, "so that the log's entries can be told to be theirs"
        assert user.display_name not in str([entry.details for entry in installation.log.entries()])
    assert "trained until" in told
    bundle, _ = bundle_of(reporting.discovery(investigator, case, *TO)[0])
    assert {person["user_id"] for person in bundle["people"]} == set(lead.examiners)
    assert all(person["name"] and person["roles"] and person["organisation"] for person in bundle["people"])
    assert bundle["people"][0]["name"] in str(reading.papers[1])


def test_the_report_names_the_page_that_the_candidates_photo_is_from(installation, reporting):
    investigator, _, lead = agreed(installation)
    shown = installation.gallery.showable([lead.real_place.face_number])[lead.real_place.face_number]
    assert shown.photo.url
    reporting._press = reading = Reading(reporting._press)
    reporting.lead_report(investigator, lead.lead_id, *TO)
    assert shown.photo.url in str(reading.papers[0])


def test_somebody_who_is_not_recorded_any_more_keeps_the_id(installation):
    people = named(installation.account_records, ["usr_gone"])
    assert str(people["usr_gone"]).startswith("somebody who is not recorded any more (no role;")


def test_a_refuted_lead_is_called_back_once_from_everybody_who_has_it(installation, reporting):
    investigator, case, lead = agreed(installation)
    others = ("Public defender", "office@defender.example.org")
    releases = [reporting.lead_report(investigator, lead.lead_id, *to)[1] for to in (TO, others)]
    refuted, told = reporting.refute(investigator, lead.lead_id, "The person was in custody that day.")
    assert (refuted.state, told) == (LeadState.REFUTED, 2)
    letters = installation.casework.mail.letters
    assert {letter[0] for letter in letters.values()} == {TO[1], others[1]}
    assert all(release.file_sha256 in "".join(text for _, _, text in letters.values()) for release in releases)
    assert reporting.recall() == {"recalled": 0}
    assert all(release.recalled_at for release in reporting.releases(investigator, case))
    with pytest.raises(RefusedError):
        reporting.lead_report(investigator, lead.lead_id, *TO)


def test_whoever_has_a_bundle_that_tells_of_a_refuted_lead_is_told_once(installation, reporting):
    investigator, case, lead = agreed(installation)
    _, bundle = reporting.discovery(investigator, case, *TO)
    installation.clock.pass_time(minutes=1)
    assert reporting.refute(investigator, lead.lead_id, "Somebody else confessed.")[1] == 1
    ((to, _, text),) = installation.casework.mail.letters.values()
    assert to == TO[1]
    assert all(words in text for words in (bundle.release_id, lead.lead_id, bundle.file_sha256, "discovery bundle"))
    assert "Destroy" not in text
    installation.clock.pass_time(minutes=1)
    reporting.discovery(investigator, case, *TO)  # it says by itself that the lead is refuted
    assert reporting.recall() == {"recalled": 0}


def test_a_recall_that_was_interrupted_goes_on_where_it_stopped(installation, reporting):
    investigator, _, lead = agreed(installation)
    reporting.lead_report(investigator, lead.lead_id, *TO)
    send = installation.casework.mail.send
    installation.casework.mail.send = lambda *letter: (
        send(*letter) and (_ for _ in ()).throw(DamagedError("cut", "cut"))
    )
    with pytest.raises(DamagedError):
        reporting.refute(investigator, lead.lead_id, "Somebody else was found.")
    installation.casework.mail.send = send
    assert reporting.recall() == {"recalled": 1}
    assert len(installation.casework.mail.letters) == 1


def test_a_lead_is_supported_by_other_evidence_alone(installation, reporting):
    investigator, _, lead = agreed(installation)
    with pytest.raises(BadUseError) as caught:
        reporting.support(investigator, lead.lead_id, "lineup", "Picked from a lineup.")
    assert caught.value.code == "no_independent_evidence"
    assert reporting.support(investigator, lead.lead_id, "document", "Lease, file 7.").state is LeadState.SUPPORTED


def test_what_is_owed_does_not_end_with_the_case(installation, reporting):
    investigator, case, lead = agreed(installation)
    reporting.lead_report(investigator, lead.lead_id, *TO)
    case = installation.cases.close(investigator, case)
    with pytest.raises(RefusedError) as caught:
        reporting.lead_report(investigator, lead.lead_id, *TO)
    assert caught.value.decision.rules == ("base.release_case_open",)
    assert reporting.discovery(investigator, case, *TO)[0]
    assert reporting.refute(investigator, lead.lead_id, "Somebody else confessed.")[1] == 1


def bundle_of(file):
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        return json.loads(archive.read("discovery.json")), archive.read("discovery.pdf")


def test_the_defence_gets_every_search_whatever_it_found(installation, reporting):
    investigator, examiner, case, lead = proposed(installation)
    concluded(installation.casework.examining, examiner, lead, of_candidate=OTHER)
    installation.search._threshold = 1.01
    installation.search.run(investigator, case, drawn(4), None, 10)
    with pytest.raises(RefusedError):
        installation.search.run(actor_of(installation, "auditor"), case, drawn(4), None, 10)
    file, release = reporting.discovery(investigator, case, *TO)
    bundle, printed = bundle_of(file)
    assert [told["found_nobody"] for told in bundle["searches"]] == [False, True]
    assert next(told["rules"] for told in bundle["refused"])[0].startswith("base.")
    assert bundle["examinations"][0]["state"] == "stopped"
    assert bundle["models"]["pack_id"] == installation.card.pack_id
    assert all(told["threshold"] and told["law_packs"] for told in bundle["searches"])
    entries = verify_bundle(bundle, installation.log.verifier_key)
    assert len([e for e in entries if e.event is AuditEvent.SEARCH_FINISHED]) == 2
    assert verify_report(printed, installation.log.verifier_key).release_id == release.release_id


def test_the_printed_bundle_holds_every_candidate_and_what_both_examiners_wrote(installation, reporting):
    investigator, case, lead = agreed(installation)
    reporting._press = reading = Reading(reporting._press)
    bundle, _ = bundle_of(reporting.discovery(investigator, case, *TO)[0])
    told = str(reading.papers[0])
    (search,) = bundle["searches"]
    assert search["candidates"]
    assert all(candidate["photo_id"] in told for candidate in search["candidates"])
    assert SAME.notes in told
    assert "support for one person" in told
    assert "support for two different people" in told, "what the second said of the look-alikes"
    assert bundle["case"]["searched_for_because_of"] is None
    assert search["probe"]["sha256"] in told
    assert lead.lead_id in told


def test_a_bundle_with_a_search_left_out_does_not_verify(installation, reporting):
    investigator, _, case, _ = proposed(installation)
    bundle, _ = bundle_of(reporting.discovery(investigator, case, *TO)[0])
    key = installation.log.verifier_key
    verify_bundle(bundle, key)
    with pytest.raises(DamagedError):
        verify_bundle({**bundle, "searches": []}, key)
    with pytest.raises(DamagedError):
        verify_bundle({**bundle, "case": {**bundle["case"], "number": "other"}}, key)
    with pytest.raises(DamagedError):
        verify_bundle({**bundle, "log": bundle["log"][1:]}, key)


def test_the_operator_cannot_sign_a_bundle_that_hides_a_search(installation, reporting):
    from facewarden.audit.report import sign_bundle

    investigator, _, case, _ = proposed(installation)
    bundle, _ = bundle_of(reporting.discovery(investigator, case, *TO)[0])
    body = {name: value for name, value in bundle.items() if name != "signature"}
    hidden = sign_bundle({**body, "searches": []}, installation.log.signer)
    with pytest.raises(DamagedError, match="missing from its list"):
        verify_bundle(hidden, installation.log.verifier_key)
    fewer = [{**told, "candidates": []} for told in body["searches"]]
    with pytest.raises(DamagedError, match="another number"):
        verify_bundle(sign_bundle({**body, "searches": fewer}, installation.log.signer), installation.log.verifier_key)


def test_a_report_never_says_more_than_a_lead(installation, reporting):
    from facewarden.services.casework.leadpaper import NOT_AN_IDENTIFICATION

    assert "not an identification" in NOT_AN_IDENTIFICATION
    assert "not probable cause" in NOT_AN_IDENTIFICATION
    investigator, _, lead = agreed(installation)
    first, _ = reporting.lead_report(investigator, lead.lead_id, *TO)
    assert b"JavaScript" not in first
    assert SAME.notes
