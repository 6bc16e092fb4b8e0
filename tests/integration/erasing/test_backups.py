"""A backup restored after an erasure serves without the erased, who stay out; the control: without the replay it would.

Keys and data apart, half a restore never served, the newest ledger asked for, old backups of keys ended.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from facewarden.bootstrap import backups, opening
from facewarden.bootstrap.backups import BackedUp
from facewarden.bootstrap.installation import Installation
from facewarden.bootstrap.key_backups import KeyBackups
from facewarden.domain.audit import AuditEvent
from facewarden.domain.erasing import ErasureReason, NewSuppression
from facewarden.domain.gallery import GalleryFace
from facewarden.domain.ids import FaceNumber, random_id
from facewarden.domain.suppression import IncidentKind
from facewarden.errors import BadUseError, DamagedError, Error, UnavailableError
from facewarden.services.refusal import RefusedError
from facewarden.services.taking_out.replaying import Replaying
from facewarden.settings import Settings
from tests.conftest import OPERATOR_PASSWORD, Shell
from tests.integration.erasing.conftest import Office, altered, beside

pytestmark = pytest.mark.slow
ALONE = 3  # a face that is alone in its photo


@dataclass
class Lost:
    """An installation that was backed up, then erased somebody, and is lost; a place to restore it in."""

    settings_before: Settings
    made: BackedUp
    alone: GalleryFace
    burnt: GalleryFace
    stays: GalleryFace
    template: np.ndarray
    place: Path

    @property
    def ledger(self) -> Path:
        return self.settings_before.data_dir / "ledger"

    def settings(self) -> Settings:
        """The same, with a data folder elsewhere."""
        return replace(self.settings_before, data_dir=self.place / "again")

    def restore(self, **named: object) -> Installation:
        given = {"ledger": self.ledger, "log": None, "backup": self.made.folder} | named
        assert self.made.keys is not None
        backups.restore_backup(self.settings(), keys=self.made.keys, **given)  # type: ignore[arg-type]
        return opening.open_installation(self.settings())


def _shown(installation: Installation) -> dict[int, GalleryFace]:
    return dict(installation.records.gallery.showable([FaceNumber(number) for number in range(1, 100)]))


@pytest.fixture(scope="module")
def _lost_template(_office_template: Path, models_dir: Path, population, tmp_path_factory) -> Lost:
    """Made once: no test changes anything of it."""
    place = tmp_path_factory.mktemp("lost")
    shutil.copytree(_office_template, place / "office", symlinks=True)
    home = place / "office" / "agency" / "home"
    shell = Shell(place / "office" / "agency" / "data", home, models_dir)
    settings = Settings(
        shell.data, models_dir, home / ".config" / "facewarden", None, None, None, 1, ("CPUExecutionProvider",)
    )
    with closing(opening.open_installation(settings)) as installation:
        office = Office(shell, place / "office" / "few", lambda: installation, taken_in=True)
        known = set(_shown(installation))
        couple = beside(*(altered(population.photo(person, 0).content, "as it is") for person in (1, 2)))
        assert office.bring(installation, {"couple.jpg": couple}).faces == 2
        shown = _shown(installation)
        left, right = sorted((shown[n] for n in set(shown) - known), key=lambda face: face.face.box.left)
        template = installation.records.gallery.templates([FaceNumber(ALONE)])[1][0].copy()
        operator = installation.sign_in.actor_of(installation.sign_in.sign_in("operator", OPERATOR_PASSWORD))
        with pytest.raises(RefusedError) as another:
            backups.make_backup(installation, office.officer(installation), place / "no", None)
        assert another.value.decision.rules == ("base.back_up_operator",)
        for data, keys in ((place / "x", place / "x" / "keys"), (place / "x", shell.data / "keys")):
            with pytest.raises(RefusedError) as beside_data:
                backups.make_backup(installation, operator, data, keys)
            assert beside_data.value.decision.rules == ("base.back_up_keys_apart",)
        assert not (place / "no").exists()
        assert not (place / "x").exists(), "refused before a byte is copied"
        made = backups.make_backup(installation, operator, place / "elsewhere", place / "safe")
        erasure = installation.taking_out.erasing.erase(
            office.officer(installation),
            [],
            ErasureReason.OPT_OUT,
            face_numbers=[FaceNumber(ALONE), left.face_number],
            suppression=NewSuppression(random_id("sup"), template, installation.card.pack_id),
        )
        day = (installation.clock.now() + timedelta(days=30)).date().isoformat()
        receipt = installation.taking_out.receipts.make(erasure, tell_what=True)
        assert [left["until"] for left in receipt["not_reached"]] == [day, None], "the last backup of keys ends then"
    return Lost(settings, made, shown[ALONE], left, right, template, place)


@pytest.fixture
def lost(_lost_template: Lost, tmp_path: Path) -> Lost:
    return replace(_lost_template, place=tmp_path)


def _left(installation: Installation, lost: Lost) -> list[str]:
    """What is there of the erased."""
    shown = _shown(installation)
    found = []
    for gone in (lost.alone, lost.burnt):
        if gone.face_number in shown or installation.vault.get_many([gone.face_number]):
            found.append(f"face {gone.face_number}")
        if installation.vault.get_many([gone.photo.photo_id]) or list(installation.data_dir.rglob(gone.photo.photo_id)):
            found.append(f"photo of face {gone.face_number}")
    installation.index_keeper.check()
    if {lost.alone.face_number, lost.burnt.face_number} & set(installation.index._gallery.slots.numbers.tolist()):
        found.append("index")
    return found


def test_a_restored_backup_holds_nothing_of_who_was_erased_since(lost: Lost) -> None:
    with closing(lost.restore()) as installation:
        assert _left(installation, lost) == []
        shown = _shown(installation)
        assert lost.stays.face_number in shown, "who stays in the burnt photo is there again"
        pixels = installation.decoder.decode(
            [installation.records.gallery.photo_content(shown[lost.stays.face_number].photo.photo_id)]
        )[0].pixels
        assert len(installation.engine.detect([pixels])[0]) == 1
        assert installation.records.suppressions.size() == 1
        vault = installation.records.suppressions.templates(installation.card.pack_id)
        assert np.array_equal(vault[0], lost.template)
        assert installation.records.suppressions.barred([lost.alone.photo.content_hash])
        entries = list(installation.log.entries())
        (done,) = [e for e in entries if e.event is AuditEvent.DATA_RESTORED]
        assert done.details["photos"] == 1
        decided = entries[int(done.details["decision_index"])]
        assert (decided.event, decided.verdict, decided.details["action"]) == (
            AuditEvent.BACKUP_DECIDED,
            "allow",
            "restore",
        )
        acts = [(e.details["action"], e.verdict) for e in entries if e.event is AuditEvent.BACKUP_DECIDED]
        assert acts[-2:] == [("make", "allow"), ("restore", "allow")]
        assert {verdict for _, verdict in acts[:-2]} == {"refuse"}, "what was refused is on record too"
        assert all(check.problem is None for check in installation.examine())
        again = installation.taking_out.replaying.run()
        assert (again.photos, again.burnt, again.kept_out) == (0, 0, 0), "a replay can be repeated"
        assert _left(installation, lost) == []


def test_the_control_without_the_replay_they_would_be_there_again(lost: Lost, monkeypatch) -> None:
    none = type("None", (), {"counts": lambda self: {}})()
    monkeypatch.setattr(Replaying, "run", lambda self: none)
    with closing(lost.restore()) as installation:
        assert len(_left(installation, lost)) == 5
        assert installation.records.suppressions.size() == 0


def test_a_restore_that_is_interrupted_serves_nobody_until_it_went_on(lost: Lost, monkeypatch) -> None:
    def fails(self: Replaying) -> None:
        raise UnavailableError("disk_full", "The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(Replaying, "run", fails)
        with pytest.raises(UnavailableError):
            lost.restore()
    with pytest.raises(UnavailableError) as refused:
        opening.open_installation(lost.settings())
    assert refused.value.code == "restore_unfinished"
    backups.resume_restore(lost.settings())
    with closing(opening.open_installation(lost.settings())) as installation:
        assert _left(installation, lost) == []
    with pytest.raises(BadUseError) as nothing:
        backups.resume_restore(lost.settings())
    assert nothing.value.code == "no_restore"


def _forged(folder: Path, to: Path, change: Callable[[list[str]], list[str]]) -> Path:
    shutil.copytree(folder, to)
    lines = (to / "erasures.jsonl").read_text().splitlines()
    (to / "erasures.jsonl").write_text("".join(f"{line}\n" for line in change(lines)))
    return to


@pytest.mark.parametrize(
    ("how", "code"), [("none", "ledger_missing"), ("changed", "ledger_damaged"), ("another's", "ledger_damaged")]
)
def test_only_the_true_ledger_is_replayed(lost: Lost, how: str, code: str) -> None:
    changes = {
        "changed": lambda lines: [line.replace("opt_out", "officer") for line in lines],
        "another's": lambda lines: [*lines, json.dumps({**json.loads(lines[-1]), "number": len(lines)})],
    }
    ledger = _forged(lost.ledger, lost.place / "forged", changes[how]) if how in changes else None
    with pytest.raises(Error) as refused:
        lost.restore(ledger=ledger)
    assert refused.value.code == code


def test_a_restore_without_the_newest_ledger_is_an_incident_and_on_record(lost: Lost) -> None:
    with closing(lost.restore(ledger=None, ledger_lost=True)) as installation:
        assert lost.alone.face_number in _shown(installation), "nobody can know any more that they were erased"
        assert [incident.kind for incident in installation.records.incidents.all()] == [IncidentKind.LEDGER_LOST]
        (entry,) = [e for e in installation.log.entries() if e.event is AuditEvent.DATA_RESTORED]
        assert entry.details["code"] == "ledger_lost"


def test_a_changed_backup_and_a_ledger_older_than_it_are_refused(lost: Lost) -> None:
    changed = lost.place / "changed"
    shutil.copytree(lost.made.folder, changed)
    with (changed / "records.db").open("r+b") as file:
        file.seek(5_000)
        file.write(b"x")
    with pytest.raises(DamagedError) as damaged:
        lost.restore(backup=changed)
    assert damaged.value.code == "backup_damaged"
    later = lost.place / "later"
    shutil.copytree(lost.made.folder, later)
    shutil.copytree(lost.ledger, later / "ledger")
    manifest = json.loads((later / "backup.json").read_text())
    for path in (later / "ledger").iterdir():
        manifest["files"][f"ledger/{path.name}"] = sha256(path.read_bytes()).hexdigest()
    (later / "backup.json").write_text(json.dumps(manifest))
    (lost.place / "empty").mkdir()
    with pytest.raises(DamagedError) as older:
        lost.restore(backup=later, ledger=lost.place / "empty")
    assert older.value.code == "ledger_older"
    assert not lost.settings().data_dir.exists()


def test_a_backup_holds_no_key_and_no_index(lost: Lost) -> None:
    names = {path.name for path in lost.made.folder.rglob("*")}
    assert "records.db" in names
    assert not [name for name in names if name.startswith("keys") or name.endswith(".faces")]


def test_backups_of_keys_end_after_thirty_days(tmp_path: Path) -> None:
    made, away = tmp_path / "keys.db", tmp_path / "disk" / "keys.db"
    made.write_bytes(b"keys")
    key_backups, now = KeyBackups(tmp_path / "backups.json"), datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert key_backups.last_until(now) is None
    key_backups.add(made, now)
    key_backups.add(away, now - timedelta(days=1))
    assert key_backups.last_until(now) == now + timedelta(days=30)
    assert key_backups.last_until(now - timedelta(hours=1)) == now + timedelta(days=29)
    assert key_backups.end(now + timedelta(days=28)) == {"removed": 0, "unreached": 0}
    assert key_backups.end(now + timedelta(days=30)) == {"removed": 1, "unreached": 1}, "one disk is away"
    assert not made.exists()
    away.parent.mkdir()
    assert key_backups.end(now + timedelta(days=31)) == {"removed": 1, "unreached": 0}
    assert key_backups.last_until(now) is None
