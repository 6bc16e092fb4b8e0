"""Facts of past decisions: readable as long as what they are about exists, and not a moment longer."""

from __future__ import annotations

import os
import sqlite3

import pytest

from facewarden.adapters.clock import SystemClock
from facewarden.adapters.decision_facts.store import DecisionFacts
from facewarden.adapters.keys.vault import KeyVault
from facewarden.domain.decisions import KeptDecision
from facewarden.errors import DamagedError

PHOTO, CASE = "ph_0123456789abcdef01234567", "case_0123456789abcdef01234567"
WORDS = b'{"facts":{"place_taken":["US-MO","EXIF GPS"]}}'


@pytest.fixture
def vault(tmp_path):
    made = KeyVault(tmp_path / "keys.db", os.urandom(32), SystemClock())
    yield made
    made.close()


@pytest.fixture
def store(tmp_path, vault):
    made = DecisionFacts(tmp_path / "facts.db", vault)
    yield made
    made.close()


def of_photo(index=5, subject=PHOTO):
    return KeptDecision(index, "collect", subject, True, WORDS)


def of_case(index=6, subject=CASE):
    return KeptDecision(index, "search", subject, False, WORDS)


def test_what_is_kept_is_found_by_its_entry_in_the_log(store, vault):
    vault.create_many([PHOTO])
    store.keep([of_photo(), of_case()])
    assert store.find(5) == of_photo()
    assert store.find(6) == of_case()
    assert store.find(7) is None
    assert list(store.of_action("collect")) == [of_photo()]


def test_the_facts_of_a_photo_die_with_the_photos_own_key(store, vault):
    vault.create_many([PHOTO])
    store.keep([of_photo()])
    vault.destroy([PHOTO])
    assert store.find(5) is None
    assert list(store.of_action("collect")) == []


def test_a_photo_that_was_never_stored_leaves_no_facts(store):
    store.keep([of_photo()])
    assert store.find(5) is None


def test_a_forgotten_case_takes_its_facts_with_it_and_no_key_is_made_anew(store, vault):
    store.keep([of_case()])
    assert store.forget(CASE) == 1
    assert store.find(6) is None
    assert not vault.get_many([f"purpose/decision-facts/{CASE}"])


def test_nothing_of_a_fact_is_in_the_file_in_the_clear(store, vault, tmp_path):
    vault.create_many([PHOTO])
    store.keep([of_photo(), of_case()])
    content = b"".join(path.read_bytes() for path in tmp_path.glob("facts.db*"))
    assert b"US-MO" not in content
    assert b"place_taken" not in content


def test_a_row_moved_to_another_entry_does_not_open(store, vault, tmp_path):
    store.keep([of_case()])
    with sqlite3.connect(tmp_path / "facts.db") as connection:
        connection.execute("UPDATE decisions SET audit_index = 99")
    connection.close()
    with pytest.raises(DamagedError) as raised:
        store.find(99)
    assert raised.value.code == "decision_facts_damaged"


def test_a_thousand_and_one_decisions_are_read_in_the_order_of_the_log(store):
    store.keep([of_case(index, f"case_{index:024x}") for index in range(1, 1_002)])
    assert [item.audit_index for item in store.of_action("search")] == list(range(1, 1_002))


def test_a_file_that_is_no_database_is_said_to_be_damaged(tmp_path, vault):
    (tmp_path / "bad.db").write_bytes(b"not a database at all, but long enough to be one" * 200)
    with pytest.raises(DamagedError):
        DecisionFacts(tmp_path / "bad.db", vault)
