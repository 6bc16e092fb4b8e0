"""The suppression vault: sealed under keys of its own, given to the check alone, closed when in doubt."""

import numpy as np
import pytest
import sqlalchemy as sa

from facewarden.adapters.records_sql.erasures import SqlErasures
from facewarden.adapters.records_sql.suppressions import SqlKeptOut, SqlSuppressions
from facewarden.domain.erasing import ErasureOrder, ErasureReason, ErasureState, NewSuppression
from facewarden.domain.ids import PhotoId, random_id
from facewarden.errors import BadUseError, DamagedError


@pytest.fixture
def vault(house) -> SqlSuppressions:
    return SqlSuppressions(house.database, house.vault)


@pytest.fixture
def erasures(house) -> SqlErasures:
    return SqlErasures(house.database, house.vault, house.withdrawals)


def _order(photo_ids=(), suppression=None) -> ErasureOrder:
    return ErasureOrder(random_id("era"), ErasureReason.OFFICER, tuple(photo_ids), None, 5, 4, suppression=suppression)


def _kept_out(house, erasures) -> NewSuppression:
    new = NewSuppression(random_id("sup"), house.make.template(), "test-pack")
    erasures.begin(_order(suppression=new))
    return new


def test_what_is_kept_out_comes_back_exactly_and_is_nowhere_in_the_clear(house, vault, erasures) -> None:
    new = _kept_out(house, erasures)
    assert vault.size() == 1
    assert np.array_equal(vault.templates("test-pack"), new.template[np.newaxis])
    clear = new.template.tobytes()[:16]
    assert not [path for path in house.folder.rglob("*") if path.is_file() and clear in path.read_bytes()]


def test_a_vault_gives_each_pack_its_own_templates(house, vault, erasures) -> None:
    _kept_out(house, erasures)
    assert vault.pack_ids() == ["test-pack"]
    assert vault.templates("another-pack").shape == (0, 0)
    assert vault.size() == 1


def test_a_lost_key_closes_the_vault(house, vault, erasures) -> None:
    new = _kept_out(house, erasures)
    house.vault.destroy(["purpose/suppression/" + new.suppression_id])
    with pytest.raises(DamagedError) as damaged:
        vault.templates("test-pack")
    assert damaged.value.code == "suppression_damaged"


def test_a_row_that_was_changed_closes_the_vault(house, vault, erasures) -> None:
    _kept_out(house, erasures)
    with house.database.writing() as connection:
        connection.execute(sa.text("UPDATE suppressions SET suppression_id = 'sup_other'"))
    with pytest.raises(DamagedError):
        vault.templates("test-pack")


def test_what_is_lifted_is_gone_with_its_key(house, vault, erasures) -> None:
    new = _kept_out(house, erasures)
    kept_out = SqlKeptOut(house.database, house.vault, house.blobs)
    assert kept_out.lift(new.suppression_id)
    assert not kept_out.lift(new.suppression_id)
    assert vault.size() == 0
    assert house.vault.get_many(["purpose/suppression/" + new.suppression_id]) == {}


def test_an_erased_files_hash_is_barred_and_no_others(house, vault, erasures) -> None:
    source = house.make.source()
    house.sources.add(source, None)
    gone, stays = house.make.photos(source, 2)
    house.gallery.add([gone, stays], [], None)
    begun = erasures.begin(_order([gone.photo.photo_id]))
    assert (begun.state, begun.photos, begun.faces) == (ErasureState.HIDDEN, 1, 1)
    assert [erasure.erasure_id for erasure in erasures.unfinished()] == [begun.erasure_id]
    hashes = [gone.photo.content_hash, stays.photo.content_hash]
    assert vault.barred(hashes) == {gone.photo.content_hash}
    erasures.destroy()
    done = erasures.close(begun.erasure_id, 9)
    assert (done.state, done.outcome_index, done.photo_ids) == (ErasureState.DONE, 9, ())
    assert erasures.unfinished() == []


def test_an_unknown_photo_changes_nothing(house, vault, erasures) -> None:
    source = house.make.source()
    house.sources.add(source, None)
    (photo,) = house.make.photos(source, 1)
    house.gallery.add([photo], [], None)
    with pytest.raises(BadUseError) as refused:
        erasures.begin(_order([photo.photo.photo_id, PhotoId("ph_none")]))
    assert refused.value.code == "photo_unknown"
    assert house.feed.summary().photos == 1
    assert vault.barred([photo.photo.content_hash]) == set()
