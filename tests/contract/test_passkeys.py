"""What passkeys and ceremonies keep, in the records and in the memory that the web's tests use."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from facewarden.adapters.records_sql.accounts import SqlAccountRecords
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.passkeys import SqlCeremonies, SqlPasskeys
from facewarden.domain.passkeys import Ceremony, CeremonyPurpose, Passkey, PasskeyId
from facewarden.errors import BadUseError
from facewarden.testing.gallery import NOON, Builder, SettableClock
from tests.unit.web import people_fakes


@pytest.fixture(params=["records", "memory"])
def kept(request, tmp_path, migrated_records):
    """A user with passkeys and ceremonies, kept one way or the other."""
    make = Builder()
    organisation = make.organisation()
    users = [make.user(organisation, name) for name in ("ada", "ben")]
    if request.param == "memory":
        yield SimpleNamespace(users=users, passkeys=people_fakes.Passkeys(), ceremonies=people_fakes.Ceremonies())
        return
    shutil.copyfile(migrated_records, tmp_path / "records.db")
    database = Database(tmp_path / "records.db", SettableClock())
    accounts = SqlAccountRecords(database)
    accounts.add_organisation(organisation)
    for user in users:
        accounts.add_user(user, "hash")
    yield SimpleNamespace(users=users, passkeys=SqlPasskeys(database), ceremonies=SqlCeremonies(database))
    database.close()


def passkey(user, number=1, count=0):
    name, credential = f"Key {number}", bytes([number]) * 32
    return Passkey(
        PasskeyId(f"pky_{number:024}"), user.user_id, name, "test.example", credential, b"public", count, NOON
    )


def ceremony(user, minutes=5):
    until = NOON + timedelta(minutes=minutes)
    return Ceremony(user.user_id, CeremonyPurpose.SIGN_IN, bytes(64), NOON, until)


def test_a_passkey_comes_back_equal_to_its_user_alone(kept):
    ada, ben = kept.users
    kept.passkeys.add(passkey(ada))
    assert list(kept.passkeys.of(ada.user_id)) == [passkey(ada)]
    assert list(kept.passkeys.of(ben.user_id)) == []


def test_a_devices_id_is_stored_once_whoever_brings_it(kept):
    ada, ben = kept.users
    kept.passkeys.add(passkey(ada))
    with pytest.raises(BadUseError) as refused:
        kept.passkeys.add(replace(passkey(ben), passkey_id=PasskeyId("pky_" + "9" * 24)))
    assert refused.value.code == "passkey_known"


@pytest.mark.parametrize(
    ("stored", "given", "taken"),
    [(0, 0, True), (0, 1, True), (5, 6, True), (5, 5, False), (5, 4, False), (5, 0, False)],
)
def test_a_count_only_rises_or_is_never_kept(kept, stored, given, taken):
    ada = kept.users[0]
    kept.passkeys.add(passkey(ada, count=stored))
    later = NOON + timedelta(hours=1)
    assert kept.passkeys.note_use(passkey(ada).passkey_id, given, later) is taken
    (found,) = kept.passkeys.of(ada.user_id)
    assert (found.sign_count, found.last_used_at) == ((given, later) if taken else (stored, None))


def test_a_passkey_is_renamed_and_removed(kept):
    ada = kept.users[0]
    kept.passkeys.add(passkey(ada))
    kept.passkeys.rename(passkey(ada).passkey_id, "Green key")
    assert kept.passkeys.of(ada.user_id)[0].name == "Green key"
    kept.passkeys.remove(passkey(ada).passkey_id)
    kept.passkeys.remove(passkey(ada).passkey_id)
    assert list(kept.passkeys.of(ada.user_id)) == []


def test_a_ceremony_is_taken_once_even_by_eight_at_a_time(kept):
    kept.ceremonies.begin(b"ticket", ceremony(kept.users[0]))
    assert kept.ceremonies.find(b"ticket") == ceremony(kept.users[0])
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: kept.ceremonies.take(b"ticket"), range(8)))
    assert [one for one in taken if one is not None] == [ceremony(kept.users[0])]
    assert kept.ceremonies.take(b"another") is None
