"""Real logs and real witnesses, without a network between them: what is sent, kept, believed and said."""

from datetime import timedelta

import pytest

from facewarden.adapters.log_tiles.tile_log import TileLog
from facewarden.adapters.witnesses.book import WitnessBook
from facewarden.adapters.witnesses.memory import WitnessFile
from facewarden.audit.cosigning import SIZE_TYPE, Answer
from facewarden.audit.proof import verify_consistency_bundle
from facewarden.audit.witnesses import Group, Witness, WitnessPolicy, weigh_notes
from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.domain.witnesses import WitnessProblem
from facewarden.errors import DamagedError, UnavailableError
from facewarden.law.actions import Action
from facewarden.services.gate import Gate
from facewarden.services.witnessing import STALE_AFTER, Witnessing, WitnessTerm
from facewarden.testing.gallery import SettableClock

SEED, ORIGIN = bytes(range(32)), "agency.example"


class Reached:
    """Witnesses reached without a network; an address without one is silent."""

    def __init__(self):
        self.books, self.asked = {}, []

    def add_checkpoint(self, url, request):
        self.asked.append(url)
        found = self.books.get(url)
        if found is None:
            raise UnavailableError("witness_silent", "The witness does not answer.")
        return found.add_checkpoint(request)


class Says:
    """A witness that gives this answer to everything."""

    def __init__(self, status, body=b"", content_type="text/plain"):
        self.answer = Answer(status, body, content_type)

    def add_checkpoint(self, request):
        return self.answer


class House:
    """One installation's log, and two witnesses who both must cosign."""

    def __init__(self, folder, needed=2):
        self.folder, self.clock, self.reached = folder, SettableClock(), Reached()
        self.log = TileLog.create(folder / "log", SEED, ORIGIN)
        self.books = [WitnessBook.create(folder / name, name, self.now_s) for name in ("w1", "w2")]
        for book in self.books:
            book.watch(self.log.verifier_key)
            self.reached.books[f"https://{book.verifier_key.name}"] = book
        witnesses = {
            b.verifier_key.name: Witness(b.verifier_key.name, b.verifier_key, f"https://{b.verifier_key.name}")
            for b in self.books
        }
        self.policy = WitnessPolicy(witnesses, {"q": Group(needed, ("w1", "w2"))}, "q")
        self.memory = WitnessFile(folder / "witnesses.json")
        self.open()

    def now_s(self):
        return int(self.clock.now().timestamp())

    def open(self):
        self.witnessing = Witnessing(self.policy, self.log, self.reached, self.memory, self.gate(), self.clock)

    def gate(self, halt=lambda action: None):
        return Gate(None, self.log, self.clock, halt=halt)  # it notes; the law is never asked

    def grow(self, count=1):
        entry = AuditEntry(AuditEvent.LOG_READ, self.clock.now(), subject="org_" + "0" * 24)
        self.log.append([entry] * count)

    def run(self):
        return self.witnessing.run(self.clock.now())

    def problems(self):
        return [line.state.problem for line in self.witnessing.view().lines]

    def events(self):
        return [entry.event for entry in self.log.entries() if "witness" in entry.event]


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    made.grow(3)
    return made


def test_growth_is_cosigned_by_all_and_proofs_begin_there(house):
    assert house.witnessing.is_due()
    assert house.run() == {"keys": 2, "kept": 2, "failed": 0}
    view = house.witnessing.view()
    assert (view.problem, view.size) == (None, 4)  # the three, and that witnesses were named
    seen = weigh_notes(house.log.cosigned(), house.log.verifier_key, house.policy)
    assert seen.size == 4
    bundles, witnessed = house.log.prove_all([0, 4])
    assert verify_consistency_bundle(witnessed, house.log.verifier_key) == (4, house.log.size())
    assert {bundle["checkpoint"] for bundle in bundles} == {witnessed["new_checkpoint"]}
    assert weigh_notes([witnessed["old_checkpoint"].encode()], house.log.verifier_key, house.policy).size == 4


def test_asking_comes_to_rest_although_it_is_on_record(house):
    rounds = 0
    while house.witnessing.is_due():
        house.run()
        rounds += 1
        assert rounds < 5
    size = house.log.size()
    assert house.events() == [AuditEvent.WITNESSES_SET, AuditEvent.WITNESS_COSIGNED, AuditEvent.WITNESS_COSIGNED]
    house.clock.advance(timedelta(hours=13))
    assert house.witnessing.is_due()
    house.run()
    assert house.log.size() == size  # nothing new to tell


def test_a_dead_witness_is_named_and_the_other_counts_alone(house):
    house.reached.books.pop("https://w2")
    house.run()
    assert house.problems() == [None, WitnessProblem.SILENT]
    assert house.witnessing.view().problem == "Never yet did 2 of 2 witnesses cosign one checkpoint."
    with pytest.raises(UnavailableError, match=r"w2: It does not answer"):
        house.witnessing.detail()
    assert house.log.prove_all([0])[1] is None  # no quorum, nothing that proofs could begin from
    house.reached.books["https://w2"] = house.books[1]
    house.run()
    assert "2 of 2 witnesses cosigned" in house.witnessing.detail()
    assert house.events()[-1] is AuditEvent.WITNESS_COSIGNED


def test_what_was_not_cosigned_within_a_day_is_said(house):
    house.run()
    house.reached.books.clear()
    house.clock.advance(STALE_AFTER + timedelta(seconds=1))
    house.run()
    assert (
        house.witnessing.view().problem == "Not since 2026-06-01 12:00 UTC did 2 of 2 witnesses cosign one checkpoint."
    )


def test_a_log_rolled_back_with_all_that_this_machine_remembers_is_seen_by_its_witnesses(house, tmp_path):
    """A copy of the machine's image brings the log, what was seen of it, and what is known of its witnesses."""
    house.run()
    earlier = TileLog.create(tmp_path / "image", SEED, ORIGIN)
    earlier.append(list(house.log.entries(0, 2)))
    house.log, house.memory = earlier, WitnessFile(tmp_path / "image.json")
    house.open()
    house.run()
    assert house.problems() == [WitnessProblem.AHEAD] * 2
    with pytest.raises(DamagedError, match="A witness saw another log than this one"):
        house.witnessing.detail()
    house.run()  # longer now than what they cosigned: the proof cannot be made up
    assert house.problems() == [WitnessProblem.OTHER_HISTORY] * 2


def test_a_log_written_anew_and_signed_with_the_same_key_is_seen_by_its_witnesses(house, tmp_path):
    house.run()
    house.log = TileLog.create(tmp_path / "anew", SEED, ORIGIN)
    house.open()
    house.grow(30)
    house.run()
    assert house.problems() == [WitnessProblem.OTHER_HISTORY] * 2
    assert house.events()[-1] is AuditEvent.WITNESS_FAILED


def test_a_witness_that_was_asked_by_another_process_meanwhile_is_asked_again(house):
    house.run()
    fresh = House.__new__(House)
    fresh.__dict__ = dict(house.__dict__) | {"memory": WitnessFile(house.folder / "none.json")}
    fresh.open()  # it does not know what was cosigned: the witness says
    assert fresh.run()["kept"] == 2


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Says(404), WitnessProblem.UNKNOWN_LOG),
        (Says(403), WitnessProblem.OTHER_KEY),
        (Says(422), WitnessProblem.OTHER_HISTORY),
        (Says(409), WitnessProblem.OTHER_HISTORY),
        (Says(409, b"0\n", SIZE_TYPE), WitnessProblem.BAD_ANSWER),
        (Says(409, b"1\n", SIZE_TYPE), WitnessProblem.BAD_ANSWER),
        (Says(409, b"999\n", SIZE_TYPE), WitnessProblem.AHEAD),
        (Says(500), WitnessProblem.BAD_ANSWER),
        (Says(302), WitnessProblem.BAD_ANSWER),
        (Says(200), WitnessProblem.BAD_ANSWER),
        (Says(200, b"\xff\xfe"), WitnessProblem.BAD_ANSWER),
        (Says(200, "— w1 AAAAAAAAAAAAAAAA\n".encode()), WitnessProblem.BAD_ANSWER),
    ],
)
def test_each_answer_that_is_no_cosignature_is_told_apart(house, answer, problem):
    house.reached.books["https://w1"] = answer
    house.run()
    assert house.problems() == [problem, None]


def test_one_witness_does_not_pass_for_two(house):
    house.reached.books["https://w2"] = house.books[0]
    house.run()
    assert house.problems() == [None, WitnessProblem.BAD_ANSWER]


def test_a_witness_whose_clock_is_wrong_counts_nothing(house):
    house.books[0]._now_s = lambda: house.now_s() + 7_200
    house.run()
    assert house.problems() == [WitnessProblem.CLOCK, None]
    assert weigh_notes(house.log.cosigned(), house.log.verifier_key, house.policy).size is None


def test_where_nobody_need_cosign_nobody_is_missed(house):
    house.policy = WitnessPolicy(dict(house.policy.witnesses))
    house.open()
    assert "no quorum is asked for" in house.witnessing.detail()
    house.reached.books.pop("https://w2")
    house.run()
    assert "whoever was asked cosigned" in house.witnessing.detail()


def test_another_policy_begins_anew_and_is_on_record(house):
    house.run()
    house.policy = WitnessPolicy(dict(house.policy.witnesses), {"q": Group(1, ("w1", "w2"))}, "q")
    house.open()
    house.reached.books.clear()
    house.run()
    assert house.events().count(AuditEvent.WITNESSES_SET) == 2
    assert house.witnessing.view().at is None


def test_where_nobody_is_named_nobody_is_asked_and_nothing_is_logged(house):
    house.policy = None
    house.open()
    size = house.log.size()
    assert (house.witnessing.is_due(), house.run(), house.witnessing.view()) == (False, {}, None)
    assert house.log.size() == size
    assert "none is named" in house.witnessing.detail()


@pytest.mark.parametrize("action", [Action.SEARCH, Action.COLLECT, Action.ENROL, Action.RELEASE])
def test_acts_wait_for_witnesses_only_where_the_operator_says_so(house, action):
    term = WitnessTerm(house.memory, house.clock, timedelta(hours=30))
    with pytest.raises(UnavailableError) as caught:
        house.gate(term.check).decide(action, {})
    assert caught.value.code == "witnesses_overdue"
    house.run()
    term.check(action)
    house.clock.advance(timedelta(hours=30, seconds=1))
    with pytest.raises(UnavailableError):
        term.check(action)
    for free in (Action.ERASE, Action.SUPPRESS, Action.READ_LOG, Action.ANSWER):
        term.check(free)
    WitnessTerm(house.memory, house.clock, None).check(action)


def test_what_is_known_survives_and_a_damaged_file_is_named(house):
    house.run()
    assert WitnessFile(house.folder / "witnesses.json").read() == house.memory.read()
    (house.folder / "witnesses.json").write_text("{}")
    with pytest.raises(DamagedError) as caught:
        house.memory.read()
    assert caught.value.code == "witness_file_damaged"
