"""Orders carried out on real records and a real log: what each verb does, what it leaves, and what proves it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from facewarden.audit.note import NoteSigner
from facewarden.audit.order_proof import sign_order_proof, verify_order_proof
from facewarden.domain.accounts import Role
from facewarden.domain.orders import DutyState, HoldKind, Yields
from facewarden.errors import BadUseError, DamagedError
from facewarden.law.duties import Verb
from facewarden.services.law.order_verbs import SERVED, due_day, due_words
from facewarden.services.refusal import RefusedError
from tests.unit.services.law_builders import SHELF, actor

from .orders_house import KEY, NAVY_PIER, OFFICER, ROME, ST_LOUIS

DONE, OPEN, WAITING, REFUSED = DutyState.DONE, DutyState.OPEN, DutyState.WAITING, DutyState.REFUSED
ITALY, FILING, CONSENT = "italy-garante-2022", "clearview-filing-2020", "clearview-consent-order-2022"


def test_a_deletion_takes_what_it_surely_reaches_and_counts_what_nobody_can_tell(open_orders_house):
    house = open_orders_house()
    rome, arch, nowhere = house.photos(ROME, ST_LOUIS, None)
    state, why = house.apply(ITALY)["italy.delete"]
    assert house.states() == {arch: "active", nowhere: "active"}
    # St. Louis stays, but nobody can tell that its page is not Italian: the order asks to set such photos aside
    assert (state, why) == (OPEN, "1 photos erased; of 2 others it cannot be told.")
    assert rome not in house.states()


def test_it_is_done_where_every_photo_could_be_told(open_orders_house):
    house = open_orders_house()
    london, arch = house.photos((51.5074, -0.1278), ST_LOUIS)
    assert house.apply("uk-ico-2022")["uk.delete"][0] is DONE
    assert house.states() == {arch: "active"}
    again = house.apply("uk-ico-2022")["uk.delete"]
    assert again == (DONE, "0 photos erased; of every other it is known that it stays.")
    assert london not in house.states()


def test_photos_whose_facts_nobody_kept_keep_it_open(open_orders_house):
    house = open_orders_house()
    house.photos(ST_LOUIS, ST_LOUIS)
    house.memory.kept.popitem()
    state, why = house.apply("uk-ico-2022")["uk.delete"]
    assert (state, "of 1 others" in why) == (OPEN, True)


def test_a_verb_without_a_service_is_refused_by_name_and_none_is_skipped(open_orders_house):
    house = open_orders_house()
    pack = SHELF.one(ITALY)
    answers = house.apply(ITALY)
    assert set(answers) == {duty.duty_id for duty in pack.duties}
    assert answers["italy.representative"][0] is REFUSED
    assert "appoint_representative" in answers["italy.representative"][1]


def test_what_is_said_to_have_a_service_has_one_and_nothing_else_has(open_orders_house):
    assert open_orders_house().orders.services.keys() == SERVED


def test_rules_filter_only_where_their_pack_is_adopted(open_orders_house):
    assert open_orders_house().apply(ITALY)["italy.stop_collect"][0] is OPEN
    assert open_orders_house(ITALY).apply(ITALY)["italy.stop_collect"][0] is DONE


def test_a_letter_about_one_site_deletes_what_came_from_there_and_nothing_else(open_orders_house):
    house = open_orders_house()
    house.photos(None, None, None)
    for item, page in zip(
        list(house.memory.kept.values()), ("twitter.com", "facebook.com", "example.org"), strict=True
    ):
        document = json.loads(item.document)
        document["facts"]["url_domains"] = [[page], "address"]
        house.memory.kept[item.audit_index] = replace(item, document=json.dumps(document).encode())
    pack = SHELF.one("cease-and-desists-2020")
    alone = replace(pack, duties=tuple(duty for duty in pack.duties if duty.verb is Verb.DELETE))
    run = house.orders.apply(OFFICER, alone, house.whole(alone))
    assert [(duty.state, duty.counts["photos"]) for duty in run.duties] == [(DONE, 1)]
    assert len(house.states()) == 2


def test_what_is_owed_to_who_asks_is_not_done_to_everybody(open_orders_house):
    house = open_orders_house()
    (vienna,) = house.photos((48.2082, 16.3738))
    assert house.apply("austria-dsb-2023")["austria.delete"][0] is REFUSED
    assert house.states() == {vienna: "active"}


def test_a_duty_about_templates_alone_is_refused(open_orders_house):
    house = open_orders_house()
    assert house.apply("bipa-15")["bipa.a_destroy"][0] is REFUSED


def test_stopped_searches_hide_and_leave_the_way_to_erasure_open(open_orders_house):
    house = open_orders_house()
    pier, arch = house.photos(NAVY_PIER, ST_LOUIS)
    house.apply(FILING)
    assert house.states() == {pier: "held", arch: "active"}
    stop = house.holds.standing(FILING, "filing.stop_search_illinois")
    assert (stop.kind, stop.photos) == (HoldKind.STOP_SEARCH, 1)
    preserve = house.holds.standing(FILING, "filing.preserve")
    assert (preserve.kind, preserve.photos) == (HoldKind.PRESERVE, 1)
    assert house.erase(OFFICER, [pier], False).held == 1
    house.holds_kept.lift(preserve.hold_id, None, "for the test", house.clock.now())
    assert house.states()[pier] == "held"  # the other hold still hides it
    assert house.erase(OFFICER, [pier], False).photos == 1  # and does not stop its destruction


def test_accounts_end_and_those_nobody_can_tell_keep_the_duty_open(open_orders_house):
    house = open_orders_house()
    house.unsure_accounts = 2
    answers = house.apply(FILING)
    assert answers["filing.end_non_government"] == (OPEN, "1 accounts ended; of 2 others it cannot be told.")
    assert house.ended == house.accounts


def test_a_pack_without_a_rule_on_accounts_ends_none_and_says_so(open_orders_house):
    house = open_orders_house()
    state, why = house.apply("canada-opc-2021")["canada.stop_service"]
    assert (state, house.ended) == (OPEN, [])
    assert "1 are where the duty holds: a person decides" in why
    house.accounts = []
    assert house.apply("canada-opc-2021")["canada.stop_service"][0] is DONE


def test_the_way_out_is_kept_while_it_is_open(open_orders_house):
    house = open_orders_house()
    assert house.apply(CONSENT)["consent.opt_out_form"][0] is DONE
    house.way_out.trouble = "Nobody can answer."
    assert house.apply(CONSENT)["consent.opt_out_form"] == (OPEN, "Nobody can answer.")
    house.way_out.trouble, house.way_out.late = None, 3
    assert house.apply(CONSENT)["consent.opt_out_form"] == (OPEN, "3 requests are past their day.")


def test_a_deletion_waits_until_who_asked_is_answered(open_orders_house):
    house = open_orders_house()
    (paris,) = house.photos((48.8566, 2.3522))
    house.asking = 1
    answers = house.apply("france-cnil-2022")
    assert answers["france.answer_access"][0] is OPEN
    assert answers["france.delete"][0] is WAITING
    assert answers["france.prove"][0] is OPEN
    assert paris in house.states()
    house.asking = 0
    answers = house.apply("france-cnil-2022")
    assert (answers["france.delete"][0], paris in house.states()) == (DONE, False)


def test_a_proof_is_due_by_its_clock_and_told_late(open_orders_house):
    pack = SHELF.one("france-cnil-2022")
    duty = next(duty for duty in pack.duties if duty.verb is Verb.PROVE_BY)
    assert due_day(pack, duty) == date(2022, 12, 17)
    assert due_words(due_day(pack, duty), date(2022, 12, 7)) == "Due 2022-12-17, in 10 days."
    assert "1 days ago" in due_words(due_day(pack, duty), date(2022, 12, 18))
    assert due_day(pack, replace(duty, due=date(2027, 1, 1))) == date(2027, 1, 1)
    assert due_day(pack, replace(duty, within_days=None)) is None
    assert due_words(None, date(2027, 1, 1)) == "The duty states no day."
    house = open_orders_house()
    state, why = house.apply("france-cnil-2022")["france.prove"]
    assert (state, "Due 2022-12-17" in why) == (OPEN, True)


def test_a_proof_is_done_when_everything_else_is(open_orders_house):
    house = open_orders_house()
    pack = SHELF.one("france-cnil-2022")
    told = replace(
        pack, duties=tuple(duty for duty in pack.duties if duty.duty_id in ("france.delete", "france.prove"))
    )
    run = house.orders.apply(OFFICER, told, house.whole(pack))
    assert run.complete
    assert [duty.verb for duty in run.duties] == ["delete", "prove_by"]


# -- deletion against hold ------------------------------------------------------------------------------------


def test_a_deletion_that_meets_a_hold_stays_open_until_a_person_decides(open_orders_house):
    house = open_orders_house(FILING, "cease-and-desists-2020")
    answers = house.apply("cease-and-desists-2020")
    assert answers["letters.delete"][0] is OPEN
    assert "law precedence letters.delete filing.preserve" in answers["letters.delete"][1]


@pytest.mark.parametrize(("yields", "state"), [(Yields.DELETE, WAITING), (Yields.HOLD, DONE)])
def test_what_a_person_decided_holds_and_is_on_record(open_orders_house, yields, state):
    house = open_orders_house(FILING, "cease-and-desists-2020")
    word = house.orders.settle(
        OFFICER, house.law.packs, "letters.delete", "filing.preserve", yields, "the court said so"
    )
    assert house.apply("cease-and-desists-2020")["letters.delete"][0] is state
    entry = house.log.entry(word.audit_index)
    assert (entry.event, entry.details["outcome"]) == ("law:precedence:decide", f"{yields.value}_yields")
    assert house.duties.settled()[0].reason == "the court said so"


def test_a_hold_that_gave_way_does_not_stop_the_deletion_and_another_one_does(open_orders_house):
    house = open_orders_house("facewarden-photos")
    pack = SHELF.one(ITALY)
    hold = replace(next(d for d in SHELF.one(FILING).duties if d.verb is Verb.HOLD), places=frozenset({"IT"}))
    holding = replace(SHELF.one(FILING), duties=(hold,))
    first, second = house.photos(ROME, ROME)
    house.orders.apply(OFFICER, holding, house.whole(holding))
    assert house.states() == {first: "held", second: "held"}
    house.holds.place(OFFICER, "docket 1", "asked for by the defence", photo_ids=[second])
    whole = [*house.whole(pack), holding]
    house.orders.settle(OFFICER, whole, "italy.delete", hold.duty_id, Yields.HOLD, "the later order wins")
    run = house.orders.apply(OFFICER, pack, whole)
    deletion = next(duty for duty in run.duties if duty.duty_id == "italy.delete")
    assert house.states() == {second: "held"}
    assert (deletion.state, deletion.counts) == (OPEN, {"photos": 1, "held": 1, "left": 1})


def test_only_who_may_decides_and_only_where_two_duties_meet(open_orders_house):
    house = open_orders_house(FILING, "cease-and-desists-2020")
    names = ("letters.delete", "filing.preserve", Yields.HOLD, "because")
    with pytest.raises(RefusedError):
        house.orders.settle(actor(Role.OPERATOR), house.law.packs, *names)
    house.orders.settle(actor(Role.OVERSEER), house.law.packs, *names)
    for wrong in (("italy.delete", *names[1:]), (names[0], "filing.none", *names[2:])):
        with pytest.raises(BadUseError) as raised:
            house.orders.settle(OFFICER, house.law.packs, *wrong)
        assert raised.value.code == "no_conflict"
    with pytest.raises(BadUseError) as raised:
        house.orders.settle(OFFICER, house.law.packs, *names[:3], " \n")
    assert raised.value.code == "bad_reason"


# -- who applies, and what the log holds --------------------------------------------------------------------------


def test_an_investigator_applies_nothing_and_the_refusal_is_on_record(open_orders_house):
    house = open_orders_house()
    with pytest.raises(RefusedError):
        house.apply(ITALY, actor(Role.INVESTIGATOR))
    assert house.events() == ["law:order:decide"]
    assert not house.runs.find()


def test_the_log_holds_the_decision_every_answer_and_the_end_and_the_job_is_done(open_orders_house):
    house = open_orders_house()
    house.photos(ROME)
    house.apply(ITALY)
    (run,) = house.runs.find()
    assert house.events() == ["law:order:decide", *["law:duty:answer"] * len(run.duties), "law:order:finish"]
    assert [duty.audit_index for duty in run.duties] == list(range(1, len(run.duties) + 1))
    with house.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT kind, state, progress FROM jobs").all()
    assert rows == [("apply_order", "done", json.dumps({"duties": 4, "answered": 4}))]


# -- proofs -----------------------------------------------------------------------------------------------------


def no_pack(_pack_id):
    return None


def proof_of(house):
    (run,) = house.runs.find()
    return house.proofs.make(run, SHELF.one(run.pack_id))


def test_the_proof_names_what_was_done_to_what_and_holds_for_every_duty(open_orders_house):
    house = open_orders_house()
    house.photos(ROME, ST_LOUIS)
    house.apply(ITALY)
    proof = proof_of(house)
    entries = verify_order_proof(proof, house.log.verifier_key)
    assert len(entries) == len(proof["duties"]) + 2
    duty = next(duty for duty in proof["duties"] if duty["id"] == "italy.delete")
    assert duty["counts"] == {"photos": 1, "held": 0, "left": 1}
    assert len(duty["things"]) == 1
    assert {len(thing) for thing in duty["things"]} == {64}


@pytest.mark.parametrize(
    "change",
    [
        lambda proof: proof["duties"][0].update(state="done"),
        lambda proof: proof["duties"][1]["counts"].update(photos=9),
        lambda proof: proof["duties"][1]["things"].clear(),
        lambda proof: proof["duties"].pop(),
        lambda proof: proof["log"].pop(),
        lambda proof: proof["log"].pop(0),
        lambda proof: proof.update(run="ord_" + "0" * 24),
        lambda proof: proof.update(format="other/1"),
        lambda proof: proof.pop("signature"),
    ],
)
def test_a_proof_that_says_more_than_the_log_does_not_hold_even_signed(open_orders_house, change):
    house = open_orders_house()
    house.photos(ROME, ST_LOUIS)
    house.apply(ITALY)
    proof = proof_of(house)
    change(proof)
    with pytest.raises(DamagedError):
        verify_order_proof(proof, house.log.verifier_key)
    if "signature" in proof and proof["format"].startswith("facewarden"):
        forged = sign_order_proof(
            {name: value for name, value in proof.items() if name != "signature"},
            NoteSigner("example.org/orders", KEY),
        )
        with pytest.raises(DamagedError):
            verify_order_proof(forged, house.log.verifier_key)


def test_a_proof_is_made_for_whom_the_law_lets_read_and_of_a_run_that_ended(open_orders_house):
    house = open_orders_house()
    house.apply(ITALY)
    (run,) = house.runs.find()
    assert house.proofs.of(OFFICER, run.run_id, no_pack)["pack"]["title"] is None
    assert house.proofs.every(OFFICER) == [run]
    with pytest.raises(RefusedError):
        house.proofs.of(actor(Role.INVESTIGATOR), run.run_id, no_pack)
    with pytest.raises(BadUseError) as raised:
        house.proofs.of(OFFICER, "ord_none", no_pack)
    assert raised.value.code == "run_unknown"
    with pytest.raises(BadUseError) as raised:
        house.proofs.make(replace(run, ended_at=None), None)
    assert raised.value.code == "run_unfinished"


# -- the nightly look ----------------------------------------------------------------------------------------------


def test_what_a_duty_reaches_anew_is_done_at_night_where_its_pack_is_adopted(open_orders_house):
    house = open_orders_house()
    house.apply(FILING)
    house.law = type(house.law)(SHELF.choose(["facewarden-photos", FILING]))
    (pier,) = house.photos(None)
    index = max(house.memory.kept)
    kept = house.memory.kept[index]
    house.memory.kept[index] = replace(
        kept, document=kept.document.replace(b'"metadata_text":[""', b'"metadata_text":["chicago"')
    )
    counts = house.watch.run(house.clock.now())
    assert house.states() == {pier: "held"}
    checks = {check.duty_id: check for check in house.duties.checks()}
    assert checks["filing.stop_search_illinois"].kept
    assert counts["broken"] == sum(not check.kept for check in checks.values())


def test_of_a_pack_that_is_not_adopted_a_broken_duty_is_told_and_nothing_done(open_orders_house):
    house = open_orders_house()
    house.apply(ITALY)
    (rome,) = house.photos(ROME)
    counts = house.watch.run(house.clock.now())
    assert house.states() == {rome: "active"}
    (check,) = [check for check in house.duties.checks() if check.duty_id == "italy.delete"]
    assert (check.kept, check.left) == (False, 1)
    assert counts["broken"] >= 1
    told = [entry for entry in house.log.entries() if entry.event == "law:duty:check"]
    assert {"italy.delete"} <= {entry.details["duty_id"] for entry in told}
    live = {item.duty.duty_id: item for item in house.watch.live()}
    assert live["italy.delete"].check.left == 1


def test_a_duty_that_is_due_soon_is_warned_of(open_orders_house):
    house = open_orders_house()
    house.clock.moment = house.clock.moment.replace(year=2022, month=12, day=1)
    house.apply("france-cnil-2022")
    assert house.watch.run(house.clock.now())["due_soon"] == 1
    house.clock.moment = house.clock.moment.replace(month=11, day=1)
    assert house.watch.run(house.clock.now())["due_soon"] == 0


def test_a_duty_ends_with_its_order(open_orders_house):
    house = open_orders_house()
    house.apply(CONSENT)
    house.clock.moment += timedelta(days=171)  # 2027-05-12, the day after
    house.watch.run(house.clock.now())
    assert "consent.filter_illinois" not in {check.duty_id for check in house.duties.checks()}
