"""What a data folder must hold to be opened, and that opening a damaged one changes nothing in it."""

import json
import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from facewarden.bootstrap import opening
from facewarden.bootstrap.stores import verify_log_copy, verify_own_log
from facewarden.domain.accounts import Role
from facewarden.domain.audit import AuditEntry, AuditEvent
from facewarden.errors import BadUseError, DamagedError, UnavailableError
from facewarden.settings import read_settings

PASSWORD = "correct horse battery 9"


def settings_of(folder, **more):
    return read_settings(str(folder / "data"), {"HOME": str(folder), **more})


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    opening.create_installation(settings_of(folder), "t.example", "Ops", "operator", PASSWORD, place="US-OR")
    return folder


@pytest.fixture
def folder(made, tmp_path):
    """A copy of an installation, for a test to damage."""
    shutil.copytree(made, tmp_path / "copy")
    return tmp_path / "copy"


def opened(folder):
    installation = opening.open_installation(settings_of(folder))
    installation.close()
    return installation


def files(folder):
    return {path.relative_to(folder): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


def test_a_whole_installation_opens(folder):
    assert opened(folder).name == "t.example"


@pytest.mark.parametrize("store", ["keys.db", "records.db", "log/journal"])
def test_an_installation_with_a_store_missing_is_refused_and_none_is_made_anew(folder, store):
    for path in (folder / "data").glob(store + "*"):
        path.unlink()
    before = files(folder)
    with pytest.raises(DamagedError) as caught:
        opened(folder)
    assert caught.value.code == "store_missing"
    assert store in caught.value.what
    assert files(folder) == before


def test_a_changed_identity_reaches_no_other_folder(folder):
    path = folder / "data" / "installation.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"installation_id": "../../x"}))
    with pytest.raises(DamagedError):
        opened(folder)


def test_a_clock_behind_the_log_decides_nothing(folder):
    installation = opening.open_installation(settings_of(folder))
    ahead = datetime.now(UTC) + timedelta(days=2)
    installation.log.append([AuditEntry(AuditEvent.SERVER_STOPPED, ahead)])
    installation.close()
    installation = opening.open_installation(settings_of(folder))
    size = installation.log.size()
    with pytest.raises(UnavailableError) as caught:
        installation.sign_in.sign_in("operator", PASSWORD)
    assert caught.value.code == "clock_went_back"
    assert installation.log.size() == size
    installation.close()


def test_records_of_an_older_schema_are_migrated_on_record(folder):
    installation = opening.open_installation(settings_of(folder))
    installation.database.migrate("0001")
    installation.close()
    with pytest.raises(UnavailableError) as caught:
        opened(folder)
    assert caught.value.code == "records_not_migrated"
    schema = opening.migrate_installation(settings_of(folder))
    installation = opening.open_installation(settings_of(folder))
    newest = installation.log.entry(installation.log.size() - 1)
    assert (newest.event, newest.details["schema_version"]) == (AuditEvent.SCHEMA_MIGRATED, schema)
    assert installation.sign_in.sign_in("operator", PASSWORD)
    installation.close()


def test_the_operator_of_a_known_place_adds_a_second_one(folder):
    installation = opening.open_installation(settings_of(folder))
    actor = installation.sign_in.actor_of(installation.sign_in.sign_in("operator", PASSWORD))
    added = installation.accounts.add_user(actor, actor.organisation, "second", "", [Role.OPERATOR], PASSWORD, None)
    assert added.organisation_id == actor.organisation.organisation_id
    installation.close()


@pytest.mark.parametrize(
    "given",
    [
        {"name": "a b"},
        {"operator": "\x1b"},
        {"operator": ""},
        {"organisation": "\x1b[2J"},
        {"password": "short"},
        {"place": "Oregon"},
    ],
)
def test_what_cannot_be_used_is_refused_before_anything_is_made(tmp_path, given):
    usual = {"name": "t.example", "organisation": "Ops", "operator": "operator", "password": PASSWORD}
    with pytest.raises(BadUseError):
        opening.create_installation(settings_of(tmp_path), **(usual | given))
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_hold_an_installation_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    settings = read_settings(str(tmp_path / "file" / "data"), {"HOME": str(tmp_path)})
    with pytest.raises(UnavailableError) as caught:
        opening.create_installation(settings, "t.example", "Ops", "operator", PASSWORD)
    assert caught.value.code == "folder_not_made"
    assert not list((tmp_path / ".config").rglob("*.key"))


def test_an_older_log_put_in_the_place_of_the_newest_is_noticed(folder, tmp_path):
    shutil.copytree(folder / "data" / "log", tmp_path / "old")
    installation = opening.open_installation(settings_of(folder))
    actor = installation.sign_in.actor_of(installation.sign_in.sign_in("operator", PASSWORD))
    installation.accounts.add_user(actor, actor.organisation, "second", "", [Role.OPERATOR], PASSWORD, None)
    installation.close()
    shutil.rmtree(folder / "data" / "log")
    shutil.copytree(tmp_path / "old", folder / "data" / "log")
    with pytest.raises(DamagedError) as caught:
        opened(folder)
    assert caught.value.code == "log_older_than_records"


def served(folder, entries):
    """What the installation saw of its own log, after so many entries more."""
    installation = opening.open_installation(settings_of(folder))
    for _ in range(entries):
        installation.gate.note(AuditEvent.SERVER_STARTED, actor=None, subject=installation.installation_id)
    installation.keep_seen()
    installation.close()
    (seen,) = (folder / ".config/facewarden/seen").iterdir()
    return seen


def put_back(folder, copy):
    shutil.rmtree(folder / "data")
    shutil.copytree(copy, folder / "data")


def test_an_older_copy_of_the_whole_folder_in_its_place_is_noticed(folder, tmp_path):
    shutil.copytree(folder / "data", tmp_path / "yesterday")
    served(folder, 1)
    opened(folder)  # the control: the newest opens
    put_back(folder, tmp_path / "yesterday")
    with pytest.raises(DamagedError) as caught:
        opened(folder)
    assert caught.value.code == "data_older_than_seen"


def test_a_log_that_went_another_way_since_is_noticed_though_it_is_longer(folder, tmp_path):
    shutil.copytree(folder / "data", tmp_path / "yesterday")
    seen = served(folder, 1)
    kept = seen.read_bytes()
    seen.unlink()
    put_back(folder, tmp_path / "yesterday")
    served(folder, 3).write_bytes(kept)
    with pytest.raises(DamagedError) as caught:
        opened(folder)
    assert caught.value.code == "data_older_than_seen"


def test_where_what_was_seen_cannot_be_kept_nobody_is_stopped(folder):
    (folder / ".config/facewarden/seen").write_text("a file where a folder should be")
    installation = opening.open_installation(settings_of(folder))
    installation.keep_seen()
    installation.close()
    opened(folder)


def test_what_was_seen_and_cannot_be_read_stops_the_opening(folder):
    seen = served(folder, 1)
    seen.unlink()
    seen.mkdir()
    with pytest.raises(UnavailableError) as caught:
        opened(folder)
    assert caught.value.code == "seen_unreadable"


@pytest.mark.parametrize("mode", [0o750, 0o701, 0o777])
def test_a_data_folder_open_to_other_accounts_is_not_opened(folder, mode):
    (folder / "data").chmod(mode)
    with pytest.raises(UnavailableError) as caught:
        opened(folder)
    assert caught.value.code == "data_dir_exposed"
    (folder / "data").chmod(0o700)
    opened(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a file away")
@pytest.mark.parametrize(
    ("given", "code"),
    [("data", "data_dir_of_others"), (".config/facewarden/keys", "master_key_of_others")],
    ids=["data", "key"],
)
def test_what_belongs_to_another_account_is_not_opened(folder, given, code):
    place = folder / given
    if place.name == "keys":
        place = next(place.glob("*.key"))
    os.chown(place, 65_534, 65_534)
    with pytest.raises(UnavailableError) as caught:
        opened(folder)
    assert caught.value.code == code
    os.chown(place, os.geteuid(), os.getegid())
    opened(folder)


def flipped(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("file", ["log/journal", "log/tile/entries/000.p/3", "log/checkpoint"])
def test_a_damaged_log_is_not_opened_and_still_verified_with_the_damage_named(folder, file):
    path = folder / "data" / file
    flipped(path, path.stat().st_size // 2)
    with pytest.raises(DamagedError):
        opened(folder)
    report = verify_own_log(settings_of(folder), [])
    assert not report.ok
    assert report.faults[0].place


def test_a_log_that_lost_its_journal_is_verified_as_a_bare_copy_is(folder):
    (folder / "data" / "log" / "journal").unlink()
    assert verify_own_log(settings_of(folder), []).size == 3


def test_a_stranger_verifies_a_copy_by_its_key_alone(folder, tmp_path):
    key = str(opened(folder).log.verifier_key)
    copy = tmp_path / "copy-of-log"
    shutil.copytree(folder / "data" / "log", copy)
    report = verify_log_copy(copy, key, [])
    assert (report.ok, report.size) == (True, 3)
    flipped(copy / "tile" / "entries" / "000.p" / "3", 40)
    report = verify_log_copy(copy, key, [])
    assert [fault.index for fault in report.faults if fault.index is not None][:1] == [0]
