"""A backup restored after an erasure serves without the erased, who stay out; the control: without the replay it would.

Keys and data apart, half a restore never served, the newest ledger asked for, old backups of keys ended.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from facewarden.bootstrap import backups, opening
from facewarden.bootstrap.backups import BackedUp
from facewarden.bootstrap.installation import Installation
from facewarden.domain.audit import AuditEvent
from facewarden.domain.erasing import ErasureReason, NewSuppression
from facewarden.domain.gallery import GalleryFace
from facewarden.domain.ids import random_id
from facewarden.errors import BadUseError, DamagedError, Error, NotPermittedError, UnavailableError
from facewarden.services.replaying import Replaying
from facewarden.settings import Settings
from tests.conftest import OPERATOR_PASSWORD
from tests.integration.erasing.conftest import Office, altered, beside

pytestmark = pytest.mark.slow
ALONE = 3  # a face that is alone in its photo


@dataclass
class Lost:
    """An installation that was backed up, then erased somebody, and is about to be lost."""

    installation: Installation
    made: BackedUp
    alone: GalleryFace
    burnt: GalleryFace
    stays: GalleryFace
    template: object
    place: Path

    def settings(self) -> Settings:
        """The same, with a data folder elsewhere."""
        return replace(self.installation.settings, data_dir=self.place / "again")

    def restore(self, **named: object) -> Installation:
        given = {"ledger": self.installation.data_dir / "ledger", "log": None} | named
        assert self.made.keys is not None
        backups.restore_backup(self.settings(), self.made.folder, self.made.keys, **given)  # type: ignore[arg-type]
        return opening.open_installation(self.settings())


def _shown(installation: Installation) -> dict[int, GalleryFace]:
    return dict(installation.records.gallery.showable(list(range(1, 100))))


@pytest.fixture
def lost(office: Office, population, tmp_path: Path) -> Lost:
    installation = office.open()
    known = set(_shown(installation))
    couple = beside(*(altered(population.photo(person, 0).content, "as it is") for person in (1, 2)))
    assert office.bring(installation, {"couple.jpg": couple}).faces == 2
    shown = _shown(installation)
    left, right = sorted((shown[n] for n in set(shown) - known), key=lambda face: face.face.box.left)
    alone = shown[ALONE]
    template = installation.records.gallery.templates([ALONE])[1][0].copy()
    operator = installation.sign_in.actor_of(installation.sign_in.sign_in("operator", OPERATOR_PASSWORD))
    made = backups.make_backup(installation, operator, tmp_path / "elsewhere", tmp_path / "safe")
    suppression = NewSuppression(random_id("sup"), template, installation.card.pack_id)
    installation.taking_out.erasing.erase(
        office.officer(installation),
        [],
        ErasureReason.OPT_OUT,
        face_numbers=[ALONE, left.face_number],
        suppression=suppression,
    )
    return Lost(installation, made, alone, left, right, template, tmp_path)


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


def test_a_restored_backup_holds_nothing_of_who_was_erased_since(lost: Lost, office: Office) -> None:
    assert lost.made.keys is not None
    assert _left(lost.installation, lost) == []
    lost.installation.close()
    with closing(lost.restore()) as installation:
        assert _left(installation, lost) == []
        shown = _shown(installation)
        assert lost.stays.face_number in shown, "who stays in the burnt photo is there again"
        pixels = installation.decoder.decode(
            [installation.records.gallery.photo_content(shown[lost.stays.face_number].photo.photo_id)]
        )[0].pixels
        assert len(installation.engine.detect([pixels])[0]) == 1
        assert installation.records.suppressions.size() == 1
        zones = installation.taking_out.suppression.zones(lost.template[None])  # type: ignore[index]
        assert [zone.value for zone in zones] == ["barred"]
        assert installation.records.suppressions.barred([lost.alone.photo.content_hash])
        entry = [e for e in installation.log.entries() if e.event is AuditEvent.DATA_RESTORED]
        assert [e.details["photos"] for e in entry] == [1]
        assert all(check.problem is None for check in installation.examine())


def test_the_control_without_the_replay_they_would_be_there_again(lost: Lost, monkeypatch) -> None:
    lost.installation.close()
    none = type("None", (), {"counts": lambda self: {}})()
    monkeypatch.setattr(Replaying, "run", lambda self: none)
    with closing(lost.restore()) as installation:
        assert len(_left(installation, lost)) == 5
        assert installation.records.suppressions.size() == 0


def test_a_restore_that_is_interrupted_serves_nobody_until_it_went_on(lost: Lost, monkeypatch) -> None:
    lost.installation.close()

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


def test_a_replay_can_be_repeated(lost: Lost) -> None:
    lost.installation.close()
    with closing(lost.restore()) as installation:
        again = installation.taking_out.replaying.run()
        assert (again.photos, again.burnt, again.kept_out) == (0, 0, 0)
        assert _left(installation, lost) == []


def _forged(folder: Path, to: Path, change: Callable[[list[str]], list[str]]) -> Path:
    shutil.copytree(folder, to)
    lines = (to / "erasures.jsonl").read_text().splitlines()
    (to / "erasures.jsonl").write_text("".join(f"{line}\n" for line in change(lines)))
    return to


@pytest.mark.parametrize(
    ("how", "code"), [("none", "ledger_missing"), ("changed", "ledger_damaged"), ("another's", "ledger_damaged")]
)
def test_only_the_true_ledger_is_replayed(lost: Lost, how: str, code: str) -> None:
    folder = lost.installation.data_dir / "ledger"
    changes = {
        "changed": lambda lines: [line.replace("opt_out", "officer") for line in lines],
        "another's": lambda lines: [*lines, json.dumps({**json.loads(lines[-1]), "number": len(lines)})],
    }
    ledger = _forged(folder, lost.place / "forged", changes[how]) if how in changes else None
    lost.installation.close()
    with pytest.raises(Error) as refused:
        lost.restore(ledger=ledger)
    assert refused.value.code == code


def test_a_ledger_older_than_the_backups_is_refused(lost: Lost, office: Office) -> None:
    operator = office.officer(lost.installation)
    with pytest.raises(NotPermittedError):
        backups.make_backup(lost.installation, operator, lost.place / "no", None)
    token = lost.installation.sign_in.sign_in("operator", OPERATOR_PASSWORD)
    later = backups.make_backup(
        lost.installation, lost.installation.sign_in.actor_of(token), lost.place / "later", None
    )
    empty = lost.place / "empty"
    empty.mkdir()
    assert lost.made.keys is not None
    with pytest.raises(DamagedError) as refused:
        backups.restore_backup(lost.settings(), later.folder, lost.made.keys, empty, None)
    assert refused.value.code == "ledger_older"
    assert not lost.settings().data_dir.exists()


def test_a_changed_backup_is_refused(lost: Lost) -> None:
    lost.installation.close()
    with (lost.made.folder / "records.db").open("r+b") as file:
        file.seek(5_000)
        file.write(b"x")
    with pytest.raises(DamagedError) as refused:
        lost.restore()
    assert refused.value.code == "backup_damaged"


def test_a_backup_holds_no_key_and_no_index_and_keys_are_refused_beside_it(lost: Lost) -> None:
    names = {path.name for path in lost.made.folder.rglob("*")}
    assert "records.db" in names
    assert not [name for name in names if name.startswith("keys") or name.endswith(".faces")]
    token = lost.installation.sign_in.sign_in("operator", OPERATOR_PASSWORD)
    with pytest.raises(BadUseError) as refused:
        backups.make_backup(
            lost.installation, lost.installation.sign_in.actor_of(token), lost.place / "x", lost.place / "x" / "keys"
        )
    assert refused.value.code == "keys_beside_data"


def test_backups_of_keys_end_after_thirty_days_and_the_receipt_names_the_day(lost: Lost) -> None:
    installation, key_backups = lost.installation, lost.installation.taking_out.key_backups
    now = installation.clock.now()
    until = key_backups.last_until(now)
    assert until is not None
    assert timedelta(days=29) < until - now <= timedelta(days=30)
    assert key_backups.end(now + timedelta(days=29)) == {"removed": 0, "unreached": 0}
    assert lost.made.keys is not None
    assert lost.made.keys.exists()
    assert key_backups.end(now + timedelta(days=30)) == {"removed": 1, "unreached": 0}
    assert not lost.made.keys.exists()
    assert key_backups.last_until(now) is None
