"""A backup from before a letter is restored: what the letter closed is closed again, and nothing of it comes back."""

from dataclasses import replace

import pytest

from facewarden.bootstrap import backups, opening
from facewarden.domain.photos import PhotoState
from facewarden.domain.sources import SourceState
from facewarden.errors import DamagedError

pytestmark = pytest.mark.slow


def test_an_older_backup_brings_no_source_host_or_person_back(desk, tmp_path) -> None:
    press = desk.source("Press", "press.example.net")
    group = desk.source("Group", "a.example.net", "press2.example.net")
    county = desk.source("County")
    gone = desk.photo(press, "https://press.example.net/1")
    partly, stays = desk.photo(group, "https://press2.example.net/1"), desk.photo(group, "https://a.example.net/1")
    person, other = desk.photo(county, reference="R-1"), desk.photo(county, reference="R-2")
    desk.bring(gone, partly, stays, person, other)
    made = backups.make_backup(desk.installation, desk.operator, tmp_path / "backups", tmp_path / "keys")

    desk.take_down("press.example.net", "press2.example.net")
    desk.installation.source_desk.expunging.follow(desk.officer, county, b"person\nR-1\n")
    late = desk.photo(county, reference="R-1")
    settings = replace(desk.installation.settings, data_dir=tmp_path / "again")
    backups.restore_backup(settings, made.folder, made.keys, desk.installation.data_dir / "ledger", None)

    again = opening.open_installation(settings)
    try:
        assert again.sources.named("Press").state is SourceState.ENDED
        assert again.sources.named("Group").state is SourceState.ACTIVE
        assert again.source_desk.bars.bar_of("x.press2.example.net") is not None
        assert again.source_desk.bars.bar_of("a.example.net") is None
        assert again.records.photo_sources.expunged(county.source_id, ["R-1", "R-2"]) == {"R-1"}
        origins = again.records.photo_sources.origins
        assert [origins(photo.photo.photo_id) for photo in (gone, partly, person)] == [None, None, None]
        assert {origins(photo.photo.photo_id).state for photo in (stays, other)} == {PhotoState.ACTIVE}
        assert again.records.index_feed.summary().photos == 2
        assert late.record is not None
        again.source_desk.close_again()  # may be repeated
        assert again.records.index_feed.summary().photos == 2
    finally:
        again.close()


def test_a_changed_line_of_what_was_closed_is_found(desk) -> None:
    desk.source("Press", "press.example.net")
    desk.take_down("press.example.net")
    closings = desk.installation.source_desk.closings
    (closing,) = closings.all()
    assert closing.hosts == ("press.example.net",)
    path = desk.installation.data_dir / "ledger" / "closed.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"press.example.net", b"other.example.net"))
    with pytest.raises(DamagedError) as damaged:
        closings.all()
    assert damaged.value.code == "closings_damaged"
    path.write_bytes(whole + b'{"closing_id": "half')
    assert list(closings.all()) == [closing]
    assert path.read_bytes() == whole
