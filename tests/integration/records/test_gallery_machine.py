"""Any sequence of adding, holding, releasing, erasing and rotating leaves the records, the keys, the files and an index
that only follows the sequence in agreement with a model of three dictionaries.
"""

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from facewarden.adapters.records_sql.consistency import SqlConsistency
from facewarden.domain.photos import PhotoState
from facewarden.errors import BadUseError
from facewarden.matching.fingerprint import fingerprint


def machine(migrated: Path, opened) -> type[RuleBasedStateMachine]:
    class Gallery(RuleBasedStateMachine):
        @initialize()
        def open(self) -> None:
            self.folder = Path(tempfile.mkdtemp(prefix="gallery-machine-"))
            shutil.copyfile(migrated, self.folder / "records.db")
            self.house = opened(self.folder)
            self.source = self.house.make.source()
            self.house.sources.add(self.source, None)
            self.states: dict[str, PhotoState] = {}
            self.photos = {}
            self.index: dict[int, np.ndarray] = {}
            self.sequence = 0

        def teardown(self) -> None:
            if hasattr(self, "house"):
                self.house.close()
                shutil.rmtree(self.folder)

        def pick(self, data, label: str) -> list[str]:
            return data.draw(st.lists(st.sampled_from(sorted(self.photos)), min_size=1, max_size=3, unique=True), label)

        @rule(faces=st.lists(st.integers(0, 3), max_size=4), held=st.booleans())
        def add(self, faces, held) -> None:
            state = PhotoState.HELD if held else PhotoState.ACTIVE
            new = [self.house.make.photo(self.source, count, state) for count in faces]
            self.house.gallery.add(new, [], None)
            for each in new:
                self.photos[each.photo.photo_id] = each
                self.states[each.photo.photo_id] = state

        @precondition(lambda self: self.photos)
        @rule(data=st.data())
        def add_again(self, data) -> None:
            self.house.gallery.add([self.photos[photo_id] for photo_id in self.pick(data, "again")], [], None)

        @precondition(lambda self: self.photos)
        @rule(data=st.data(), release=st.booleans())
        def turn(self, data, release) -> None:
            chosen = self.pick(data, "turned")
            (self.house.withdrawals.release if release else self.house.withdrawals.hold)(chosen)
            for photo_id in chosen:
                self.states[photo_id] = PhotoState.ACTIVE if release else PhotoState.HELD

        @precondition(lambda self: self.photos)
        @rule(data=st.data())
        def erase(self, data) -> None:
            chosen = self.pick(data, "erased")
            self.house.withdrawals.erase(chosen)
            for photo_id in chosen:
                del self.photos[photo_id], self.states[photo_id]

        @rule(everything=st.booleans())
        def rotate(self, everything) -> None:
            self.house.vault.rotate(everything=everything)

        @rule()
        def reopen(self) -> None:
            self.house.close()
            seed = self.house.make
            self.house = opened(self.folder)
            self.house.make = seed

        @rule(limit=st.integers(1, 5))
        def follow(self, limit) -> None:
            for change in self.house.feed.changes(self.sequence, limit):
                self.sequence = change.sequence
                self.index.pop(change.face_number, None)
                if change.template is not None:
                    self.index[change.face_number] = change.template

        @invariant()
        def agree(self) -> None:
            if not hasattr(self, "house"):
                return
            active = {photo_id for photo_id, state in self.states.items() if state is PhotoState.ACTIVE}
            summary = self.house.feed.summary()
            assert summary.photos == len(active)
            assert summary.faces == sum(len(self.photos[photo_id].faces) for photo_id in active)
            for photo_id, new in self.photos.items():
                if photo_id in active:
                    assert self.house.gallery.photo_content(photo_id) == new.content
                else:
                    with pytest.raises(BadUseError):
                        self.house.gallery.photo_content(photo_id)
            consistency = SqlConsistency(self.house.database, self.house.vault, self.house.blobs)
            assert consistency.findings() == []
            if self.sequence == summary.sequence:
                assert fingerprint(sorted(self.index)) == summary.fingerprint
                numbers, templates = self.house.gallery.templates(sorted(self.index))
                assert len(numbers) == len(self.index)
                for number, template in zip(numbers.tolist(), templates, strict=True):
                    assert np.array_equal(self.index[number], template)

        @rule()
        def check_keys_and_files(self) -> None:
            self.house.clock.advance(timedelta(days=36500))
            consistency = SqlConsistency(self.house.database, self.house.vault, self.house.blobs)
            assert consistency.findings(thorough=True) == []
            swept = self.house.orphans.sweep(0.0)
            assert (swept.template_keys, swept.file_keys, swept.files) == (0, 0, 0)
            self.house.clock.advance(timedelta(days=-36500))

    return Gallery


def test_any_sequence_of_acts_leaves_everything_in_agreement(migrated_records, open_house) -> None:
    run_state_machine_as_test(
        machine(migrated_records, open_house),
        settings=settings(
            max_examples=10,
            stateful_step_count=25,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
