"""Kill -9 before and after every step of a run of orders, apply again: the same end, each answer once on record.

Positive controls: a program that does not go on with an interrupted run, and one that does not look for what the log
holds already, are both caught by the same check.
"""

from __future__ import annotations

import gc
import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from facewarden.adapters.records_sql.erasures import SqlErasures
from facewarden.adapters.records_sql.holds import SqlHolds
from facewarden.adapters.records_sql.order_runs import SqlOrderRuns
from facewarden.audit.order_proof import verify_order_proof
from facewarden.domain.audit import AuditEvent
from facewarden.services.gate import Gate
from facewarden.services.law.orders import ApplyOrders
from tests.unit.services.law_builders import SHELF, Memory

from .orders_house import NAVY_PIER, OFFICER, ROME, ST_LOUIS, OrdersHouse

EVERY_KILL = "FACEWARDEN_TEST_EVERY_KILL"
"""Set to anything, it has the run killed at every call of every step, and not at the first and the last alone."""
STEPS = (
    (Gate, "enter"),
    (Gate, "note"),
    (SqlOrderRuns, "begin"),
    (SqlOrderRuns, "note_things"),
    (SqlOrderRuns, "answer"),
    (SqlOrderRuns, "end"),
    (SqlHolds, "add"),
    (SqlErasures, "begin"),
    (SqlErasures, "destroy"),
    (SqlErasures, "close"),
)


def a_pack():
    """One pack with a duty of every verb that changes something."""
    filing, italy = SHELF.one("clearview-filing-2020"), SHELF.one("italy-garante-2022")
    deletion = next(duty for duty in italy.duties if duty.duty_id == "italy.delete")
    return replace(filing, duties=(*filing.duties, deletion))


def in_a_child(work: Callable[[], object]) -> int:
    """The signal that ended the work, 0 if it came to its end."""
    gc.collect()
    child = os.fork()
    if child == 0:
        gc.disable()  # a model that another test left would wait, on its collection, for threads of the parent
        code = 70
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the work failed by itself"
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def kill_at(owner: type, name: str, moment: str, turn: int) -> None:
    """From now on the process dies before or after that call, the given time that it comes."""
    whole = getattr(owner, name)
    calls = iter(range(1, 1_000))

    def killed(*arguments, **named):
        this = next(calls)
        if this == turn and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = whole(*arguments, **named)
        if this == turn:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, killed)


class Scene:
    """A folder with photos in it, and the facts of their admission, copied for each kill."""

    def __init__(self, folder: Path, migrated: Path) -> None:
        self.folder = folder / "scene"
        self.folder.mkdir()
        shutil.copyfile(migrated, self.folder / "records.db")
        house = OrdersHouse(self.folder)
        house.photos(ROME, ROME, ST_LOUIS, NAVY_PIER)
        self.kept = dict(house.memory.kept)
        house.close()
        self._copies = iter(range(10_000))

    def copy(self) -> Path:
        to = self.folder.parent / f"copy-{next(self._copies)}"
        shutil.copytree(self.folder, to)
        return to

    def open(self, folder: Path) -> OrdersHouse:
        house = OrdersHouse(folder)
        house.memory = Memory()
        house.memory.kept = dict(self.kept)
        house.orders = house.orders_with({})
        return house

    def apply(self, folder: Path) -> OrdersHouse:
        house, pack = self.open(folder), a_pack()
        house.orders.apply(OFFICER, pack, house.whole(pack))
        return house


@pytest.fixture
def scene(tmp_path: Path, migrated_records: Path) -> Scene:
    return Scene(tmp_path, migrated_records)


def end_of(house: OrdersHouse) -> dict[str, object]:
    """What a finished run leaves, but for ids and times."""
    runs = house.runs.find()
    log = list(house.log.entries())
    with house.database.reading() as connection:
        jobs = connection.exec_driver_sql("SELECT state FROM jobs WHERE kind = 'apply_order'").all()
    return {
        "photos": sorted(house.states().values()),
        "duties": [[(duty.duty_id, duty.state.value, dict(duty.counts)) for duty in run.duties] for run in runs],
        "answers": sorted(Counter(e.details["duty_id"] for e in log if e.event is AuditEvent.DUTY_ANSWERED).items()),
        "ends": sum(entry.event is AuditEvent.ORDER_FINISHED for entry in log),
        "holds": sorted((hold.kind.value, hold.photos) for hold in house.holds_kept.all()),
        "jobs": [row[0] for row in jobs],
        "unfinished": len(house.runs.find(running=True)),
        "proofs": [len(verify_order_proof(house.proofs.make(run, None), house.log.verifier_key)) for run in runs],
    }


def every_kill(scene: Scene) -> Iterator[tuple[type, str, str, int]]:
    """Each call of each step in a run that nothing interrupts, before and after."""
    counted: Counter[tuple[type, str]] = Counter()
    whole = {(owner, name): getattr(owner, name) for owner, name in STEPS}
    for (owner, name), method in whole.items():

        def counting(*arguments, _key=(owner, name), _method=method, **named):
            counted[_key] += 1
            return _method(*arguments, **named)

        setattr(owner, name, counting)
    try:
        scene.apply(scene.copy()).close()
    finally:
        for (owner, name), method in whole.items():
            setattr(owner, name, method)
    assert set(counted) == set(STEPS), "a step is never taken"
    for (owner, name), calls in counted.items():
        for turn in range(1, calls + 1):
            yield from ((owner, name, moment, turn) for moment in ("before", "after"))


def killed(scene: Scene, owner: type, name: str, moment: str, turn: int) -> Path:
    """A copy in which a run was killed there."""
    folder = scene.copy()

    def work() -> None:
        kill_at(owner, name, moment, turn)
        scene.apply(folder)

    assert in_a_child(work) == signal.SIGKILL, f"{owner.__name__}.{name} {moment} {turn} never came"
    return folder


def test_every_kill_ends_the_same(scene: Scene) -> None:
    house = scene.apply(scene.copy())
    expected = end_of(house)
    house.close()
    assert expected["ends"] == 1
    assert expected["photos"] == ["active", "held"]
    kills = list(every_kill(scene))
    assert len(kills) > 60
    if not os.environ.get(EVERY_KILL):  # the first and the last time that each step comes
        last = {kill[:3]: kill[3] for kill in kills}
        kills = [kill for kill in kills if kill[3] in (1, last[kill[:3]])]
    for owner, name, moment, turn in kills:
        folder = killed(scene, owner, name, moment, turn)
        house = scene.open(folder)
        ended = any(run.ended_at is not None for run in house.runs.find())
        house.erasures.destroy()  # what an interrupted erasure left: every start of the program does so
        house.close()
        house = scene.open(folder) if ended else scene.apply(folder)
        try:
            assert end_of(house) == expected, f"killed {moment} {owner.__name__}.{name}, call {turn}"
        finally:
            house.close()
        shutil.rmtree(folder)


def test_what_nobody_applies_again_the_nightly_look_brings_to_its_end(scene: Scene) -> None:
    folder = killed(scene, SqlOrderRuns, "answer", "after", 4)
    house = scene.open(folder)
    try:
        pack = a_pack()
        assert house.orders.resume(lambda _: pack, house.whole) == 1
        (run,) = house.runs.find()
        assert run.ended_at is not None
        by_program = [e for e in house.log.entries() if e.event is AuditEvent.ORDER_FINISHED]
        assert [entry.actor for entry in by_program] == [None]
        assert sorted(house.states().values()) == ["active", "held"]
        assert house.orders.resume(lambda _: pack, house.whole) == 0
    finally:
        house.close()


def test_an_interrupted_run_of_another_version_is_ended_as_it_is_and_a_new_one_begun(scene: Scene) -> None:
    folder = killed(scene, SqlOrderRuns, "answer", "after", 2)
    house = scene.open(folder)
    try:
        newer = replace(a_pack(), version="2+000000000000")
        house.orders.apply(OFFICER, newer, house.whole(newer))
        versions = {run.pack_version: run.ended_at is not None for run in house.runs.find()}
        assert versions == {a_pack().version: True, "2+000000000000": True}
    finally:
        house.close()


def test_the_control_a_program_that_does_not_go_on_is_caught(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = end_of(scene.apply(scene.copy()))
    folder = killed(scene, SqlOrderRuns, "answer", "after", 3)
    monkeypatch.setattr(ApplyOrders, "_interrupted", lambda self, pack: None)
    house = scene.open(folder)
    pack = a_pack()
    house.orders.apply(OFFICER, pack, house.whole(pack))
    with house.database.reading() as connection:
        jobs = connection.exec_driver_sql("SELECT state FROM jobs WHERE kind = 'apply_order'").all()
    house.close()
    assert sorted(row[0] for row in jobs) != expected["jobs"]


def test_the_control_a_program_that_forgets_what_the_log_holds_is_caught(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = end_of(scene.apply(scene.copy()))
    folder = killed(scene, SqlOrderRuns, "answer", "before", 3)
    monkeypatch.setattr(ApplyOrders, "_logged", lambda self, run: {})
    found = end_of(scene.apply(folder))
    assert found["answers"] != expected["answers"]
