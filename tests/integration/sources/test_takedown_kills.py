"""A takedown that is killed with SIGKILL at any step ends the same: nothing shown, nothing lost, nothing done twice."""

import os
import signal

import pytest

from facewarden.adapters.records_sql.erasures import SqlErasures
from facewarden.adapters.records_sql.takedowns import SqlTakedowns
from facewarden.cli.main import main
from facewarden.domain.audit import AuditEvent
from facewarden.domain.ids import random_id
from facewarden.domain.provenance import NewTakedown, TakedownState
from facewarden.services.collecting.takedown import Takedowns
from facewarden.services.collecting.unpermitted import Unpermitted
from tests.integration.sources.conftest import LETTER
from tests.processes import outcome_of

STEPS = {
    "begun": (SqlTakedowns, "begin"),
    "stopped": (SqlTakedowns, "note"),
    "hidden": (SqlErasures, "begin"),
    "erased": (Unpermitted, "erase_listed"),
    "logged": (Takedowns, "_logged"),
}


def _die_after(step: str, words: list[str]) -> None:
    owner, name = STEPS[step]
    plain = getattr(owner, name)

    def and_die(*arguments, **named):
        plain(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, and_die)
    main(words)


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_takedown_is_finished_by_the_next_start(desk, tmp_path, step) -> None:
    press, county = desk.source("Press", "press.example.net"), desk.source("County", "county.example")
    gone = [desk.photo(press, f"https://press.example.net/{n}") for n in range(3)]
    stays = desk.photo(county, "https://county.example/1")
    desk.bring(*gone, stays)
    dry = desk.installation.source_desk.takedowns.dry_run(desk.operator, "press.example.net", LETTER)
    desk.installation.close()
    letter = tmp_path / "letter.txt"
    letter.write_bytes(LETTER)
    words = ["source", "takedown", "press.example.net", "--letter", str(letter), "--confirm", dry.code]
    assert outcome_of(desk.shell.environment, _die_after, step, words) == -signal.SIGKILL

    again = desk.open()
    (takedown,) = again.source_desk.takedowns.all(desk.officer)
    assert (takedown.state, takedown.counts["photos"], takedown.counts["kept"]) == (TakedownState.DONE, 3, 0)
    outcomes = [entry for entry in again.log.entries(0) if entry.event is AuditEvent.TAKEDOWN_FINISHED]
    assert [entry.subject for entry in outcomes] == [takedown.takedown_id]
    assert again.log.entry(takedown.outcome_index).subject == takedown.takedown_id
    assert again.vault.get_many([photo.photo.photo_id for photo in gone]) == {}
    assert again.records.index_feed.summary().photos == 1
    hashes = {photo.photo.content_hash for photo in gone}
    assert again.taking_out.suppression.barred([*hashes, stays.photo.content_hash]) == hashes
    assert again.source_desk.resume() == 0


def test_a_build_that_forgets_to_resume_fails_this_check(desk, tmp_path) -> None:
    """The positive control: what the test above looks for is there after the kill, and only the resuming takes it."""
    press = desk.source("Press", "press.example.net")
    photo = desk.photo(press, "https://press.example.net/1")
    desk.bring(photo)
    desks, actor = desk.installation.source_desk, desk.operator.user.user_id
    dry = desks.takedowns.dry_run(desk.operator, "press.example.net", LETTER)
    desk.installation.records.takedowns.begin(NewTakedown(random_id("td"), dry.scope, "ab" * 32, actor, 1), LETTER)
    assert desk.photos() == 0
    assert len(desk.installation.vault.get_many([photo.photo.photo_id])) == 1
    assert desk.installation.source_desk.resume() == 1
    assert desk.installation.vault.get_many([photo.photo.photo_id]) == {}
