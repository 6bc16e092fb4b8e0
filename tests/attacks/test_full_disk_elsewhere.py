"""A disk that takes no more while a backup is put back, keys are changed, or a photo comes in by the web; and one on
which there is room, but no file can be made.

FACEWARDEN_ATTACKS=1 fills disks of its own, page by page and file by file, where it may mount them.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from facewarden.bootstrap import opening
from facewarden.cli.main import main
from facewarden.errors import Error
from facewarden.settings import read_settings
from facewarden.web.addresses import SESSION_COOKIE
from tests.attacks.conftest import House, error_of
from tests.attacks.disks import PAGE_BYTES, filled, filled_with_files, long_only, mounted, no_larger_files
from tests.attacks.test_full_disk import ACTS, _faults, _judge, _without_limit, _words
from tests.conftest import Shell
from tests.processes import outcome_of
from tests.unit.web.builders import Browser

# -- a backup put back ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def backed_up(_house_template: House, tmp_path_factory: pytest.TempPathFactory) -> tuple[House, Path]:
    """The agency, and the folder in which its backup, its keys' and its ledger are."""
    place = tmp_path_factory.mktemp("backed-up")
    house = replace(_house_template, shell=_house_template.shell.copied(place / "agency"))
    house.sign_in("operator")
    house.shell.json("backup", place / "data", "--keys", place / "keys")
    (place / "ledger").mkdir()
    for path in (house.shell.data / "ledger").glob("*"):
        shutil.copyfile(path, place / "ledger" / path.name)
    return house, place


def _restored(place: Path, told: str, limit_kib: int | None) -> None:
    """What `restore` says, its data folder lost."""
    backup, keys = next((place / "data").iterdir()), next((place / "keys").iterdir())
    words = ["restore", str(backup), "--keys", str(keys), "--ledger", str(place / "ledger"), "--json"]
    said = io.StringIO()
    try:
        with no_larger_files(limit_kib), contextlib.redirect_stdout(said):
            main(words)
    finally:
        Path(told).write_text(said.getvalue())


def _judge_restore(shell: Shell, place: Path, code: int, told: Path) -> str:
    if code == 0:
        assert _faults(shell) == []
        return ""
    error = error_of(told.read_text())
    assert code == 1, error
    assert error["code"] != "unforeseen", error
    assert "None" not in str(error["why"]), error
    assert "space" in str(error["next_step"]), error
    if (shell.data / opening.RESTORING).exists():
        assert outcome_of(shell.environment, _restored, place, str(told), None) == 1
        assert "--resume" in str(error_of(told.read_text())["next_step"])
        shell.json("restore", "--resume")
    else:
        assert list(shell.data.parent.glob(".*")) == [], "half a restore"
        assert outcome_of(shell.environment, _restored, place, str(told), None) == 0, told.read_text()
    assert _faults(shell) == []
    return str(error["code"])


@pytest.mark.parametrize("limit_kib", [0, 300])
def test_a_restore_that_the_disk_does_not_take_can_be_done_again(
    backed_up: tuple[House, Path], tmp_path: Path, limit_kib: int
) -> None:
    house, place = backed_up
    (tmp_path / "new").mkdir()
    shell = replace(house.shell, data=tmp_path / "new" / "data")
    code = outcome_of(shell.environment, _restored, place, str(tmp_path / "told.json"), limit_kib)
    assert _judge_restore(shell, place, code, tmp_path / "told.json") == "backup_failed"


@long_only
def test_no_page_too_few_leaves_half_a_restore(backed_up: tuple[House, Path], tmp_path: Path) -> None:
    house, place = backed_up
    needed = sum(path.stat().st_size // PAGE_BYTES + 1 for path in next((place / "data").iterdir()).rglob("*"))
    with mounted(tmp_path / "disk", "size=24m") as disk:
        for pages in [*range(0, needed, needed // 8), *range(needed, needed + 700, 40)]:
            shell = replace(house.shell, data=disk / "data")
            with filled(disk, pages):
                code = outcome_of(shell.environment, _restored, place, str(tmp_path / "told.json"), None)
            _judge_restore(shell, place, code, tmp_path / "told.json")
            shutil.rmtree(disk / "data")


# -- keys changed ---------------------------------------------------------------------------------------------


def _keys_changed(told: str, limit_kib: int | None) -> None:
    said = "done"
    with contextlib.closing(opening.open_installation(read_settings(None, os.environ))) as installation:
        try:
            with no_larger_files(limit_kib):
                installation.vault.rotate(everything=True)
        except Error as error:
            said = error.code
    Path(told).write_text(said)


def _photos(shell: Shell) -> list[bytes]:
    with contextlib.closing(opening.open_installation(shell.settings)) as installation:
        gallery = installation.records.gallery
        return [gallery.photo_content(face.photo.photo_id) for face in gallery.showable(range(1, 49)).values()]


def test_keys_that_the_disk_does_not_take_are_the_old_ones(house: House, tmp_path: Path) -> None:
    before = _photos(house.shell)
    assert len(before) > 40
    assert outcome_of(house.shell.environment, _keys_changed, str(tmp_path / "told"), 28) == 0
    assert (tmp_path / "told").read_text() == "disk_full"
    assert _photos(house.shell) == before


@long_only
def test_no_page_too_few_loses_a_key(house: House, tmp_path: Path) -> None:
    before = _photos(house.shell)
    with mounted(tmp_path / "disk", "size=24m") as disk:
        shell = house.shell.copied(disk / "agency")
        for pages in (0, 1, 2, 4, 8, 16, 24, 32, 64, 128):
            with filled(disk, pages):
                assert outcome_of(shell.environment, _keys_changed, str(tmp_path / "told"), None) in (0, 1)
            assert _photos(shell) == before, pages
            assert _faults(shell) == []


# -- a photo by the web ---------------------------------------------------------------------------------------


def _send_probe(browser: Browser, photo: bytes) -> None:
    case_id = browser.get("/cases").text.split('href="/cases/case_')[1].split('"')[0]
    browser.get(f"/cases/case_{case_id}")
    browser.post(f"/cases/case_{case_id}/probes", {"kind": "photo"}, files={"photo": ("p.jpg", photo, "image/jpeg")})


def _send_request(browser: Browser, photo: bytes) -> None:
    notice = browser.get("/opt-out/take-me-out").text.split('name="notice" value="')[1].split('"')[0]
    words = {"behalf": "self", "place": "US-WA", "email": "me@mail.test", "notice": notice, "released": "yes"}
    browser.post("/opt-out/take-me-out", words, files={"photo": ("p.jpg", photo, "image/jpeg")})


SENDERS: Mapping[str, Callable[[Browser, bytes], None]] = {"probe": _send_probe, "request": _send_request}


def _sent(what: str, photo: str, told: str, limit_kib: int | None) -> None:
    """The page that somebody sees who sends that photo."""
    with contextlib.closing(opening.open_installation(read_settings(None, os.environ))) as installation:
        browser = Browser(installation)
        user = installation.records.accounts.sign_in_record("ana")[0]
        if what == "probe":
            browser.cookies.set(SESSION_COOKIE, installation.sign_in.open_session(user, "password"))
        installation.engine.detect([])
        installation.decoder.decode([Path(photo).read_bytes()])  # its processes are there before the disk is full
        with no_larger_files(limit_kib):
            SENDERS[what](browser, Path(photo).read_bytes())
        page = browser.last.text.partition("<main")[2]
        words = " ".join(re.sub("<[^>]*>", " ", page).split())
        answer = {"status": browser.last.status_code, "text": words, "path": browser.last.url.path}
    Path(told).write_text(json.dumps(answer))


def _judge_page(house: House, what: str, told: Path, code: int) -> str:
    assert code == 0
    answer = json.loads(told.read_text())
    if answer["status"] < 300:
        return "done"
    assert answer["status"] == 503, answer["text"][:1500]
    assert "inc_" not in answer["text"], answer
    told_so = "space" if what == "probe" else "not because of what you sent"
    assert told_so in answer["text"], answer["text"][:700]
    assert _faults(house.shell) == []
    assert outcome_of(house.shell.environment, _sent, what, str(house.probe), str(told), None) == 0
    assert json.loads(told.read_text())["status"] == 200
    return "full"


@pytest.mark.parametrize("what", SENDERS)
def test_a_photo_for_which_there_is_no_room_is_told_so_on_a_page(house: House, tmp_path: Path, what: str) -> None:
    told = tmp_path / "told.json"
    code = outcome_of(house.shell.environment, _sent, what, str(house.probe), str(told), 24)
    assert _judge_page(house, what, told, code) == "full"


# -- no file more ---------------------------------------------------------------------------------------------


@long_only
@pytest.mark.parametrize("act", ACTS)
def test_a_disk_on_which_no_file_can_be_made_leaves_nothing_half_done(house: House, tmp_path: Path, act: str) -> None:
    house.sign_in(ACTS[act][0])
    with mounted(tmp_path / "disk", "size=64m,nr_inodes=1500") as disk:
        for files in (0, 1, 2, 3, 4, 6, 8, 12, 16, 30, 60, 100):
            shell = house.shell.copied(disk / "agency")
            there = House(shell, house.probe, house.photo_id)
            told = tmp_path / "told.json"
            with filled_with_files(disk, files):
                code = outcome_of(shell.environment, _without_limit, _words(there, act, disk), str(told))
            _judge(there, act, code, told.read_text(), disk)
            for left in disk.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
