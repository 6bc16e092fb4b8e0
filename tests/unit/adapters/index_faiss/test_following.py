"""The index follows the records: what it holds after any sequence of changes."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from facewarden.adapters.index_faiss.coded import CodedGallery
from facewarden.adapters.index_faiss.index import FaissIndex, IndexOptions, candidates_needed
from facewarden.domain.gallery import IndexChange
from facewarden.domain.ids import FaceNumber
from facewarden.errors import BadUseError
from facewarden.matching.fingerprint import EMPTY_FINGERPRINT, fingerprint
from facewarden.matching.similarity import normalised

DIMENSION, KEY = 32, bytes(32)
numbers_lists = st.lists(st.integers(1, 300), max_size=60)


@functools.cache
def template(number: int, version: int) -> np.ndarray:
    offset = np.full(DIMENSION, 0.5)
    return normalised((offset + np.random.default_rng((number, version)).standard_normal(DIMENSION))[None])[0]


def rank(index: FaissIndex, probe: np.ndarray) -> list[int]:
    return index.search(probe[None], 1000)[0][0].tolist()


class IndexAgainstDictionary(RuleBasedStateMachine):
    """Any mix of coming, going, repeating, saving and loading leaves the index equal to a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.model: dict[int, int] = {}
        self.sequence = 0
        self.last: list[IndexChange] = []

    @initialize(plain_up_to=st.sampled_from([0, 40, 100_000]))
    def start(self, plain_up_to: int) -> None:
        self.options = IndexOptions(plain_up_to=plain_up_to)
        self.index = self.fresh()
        first = list(range(1000, 1040))  # enough faces to learn a code book from
        self.apply(dict.fromkeys(first, 0))

    def fresh(self) -> FaissIndex:
        return FaissIndex(Path(self.folder.name) / "i", KEY, DIMENSION, self.options)

    def apply(self, versions: dict[int, int | None]) -> None:
        self.last = []
        for number, version in versions.items():
            self.sequence += 1
            made = None if version is None else template(number, version)
            self.last.append(IndexChange(self.sequence, FaceNumber(number), made))
            if version is None:
                self.model.pop(number, None)
            else:
                self.model[number] = version
        self.index.apply(self.last)

    @rule(numbers=numbers_lists, version=st.integers(0, 3))
    def faces_come(self, numbers: list[int], version: int) -> None:
        self.apply(dict.fromkeys(numbers, version))

    @rule(numbers=numbers_lists)
    def faces_go(self, numbers: list[int]) -> None:
        self.apply(dict.fromkeys(numbers))

    @rule(share=st.floats(0, 1))
    def a_share_goes(self, share: float) -> None:
        self.apply(dict.fromkeys(list(self.model)[: int(share * len(self.model))]))

    @rule(come=numbers_lists, go=numbers_lists)
    def faces_come_and_go_in_one_batch(self, come: list[int], go: list[int]) -> None:
        self.apply(dict.fromkeys(come, 1) | dict.fromkeys(go))

    @rule()
    def the_last_batch_comes_again(self) -> None:
        self.index.apply(self.last)

    @rule()
    def it_is_saved_and_loaded(self) -> None:
        self.index.save()
        self.index = self.fresh()
        assert self.index.load()

    @invariant()
    def it_equals_the_dictionary(self) -> None:
        assert self.index.count == len(self.model)
        assert self.index.sequence == self.sequence
        assert self.index.fingerprint == fingerprint(self.model)
        found = self.index.search(template(7, 9)[None], 1000)[0]
        assert sorted(found[0].tolist()) == sorted(self.model)
        assert list(found[1]) == sorted(found[1], reverse=True)
        # Each face lies where its number says: it is the nearest to its own template, codes give it three places.
        for number in list(self.model)[:8]:
            own = self.index.search(template(number, self.model[number])[None], 3)[0][0]
            assert number in own[: 1 if self.index.exact else 3]

    def teardown(self) -> None:
        self.folder.cleanup()


IndexAgainstDictionary.TestCase.settings = settings(max_examples=20, stateful_step_count=10, deadline=None)
test_the_index_equals_a_dictionary_after_any_changes = IndexAgainstDictionary.TestCase


def test_an_empty_index_finds_nothing(make_index, world):
    index = make_index()
    assert (index.count, index.sequence, index.fingerprint) == (0, 0, EMPTY_FINGERPRINT)
    numbers, similarities = index.search(world.templates([1]), 5)[0]
    assert numbers.dtype == np.int64
    assert similarities.dtype == np.float32
    assert len(numbers) == len(similarities) == 0


@pytest.mark.parametrize("plain_up_to", [0, 10_000])
def test_each_face_is_nearest_to_itself(make_index, world, plain_up_to):
    index = make_index(plain_up_to)
    index.apply(world.came(range(1, 801)))
    assert index.exact == (plain_up_to > 0)
    found = index.search(world.templates(range(1, 801)), 3)
    assert [f[0][0] for f in found] == list(range(1, 801))


def test_a_growing_gallery_turns_into_codes_and_loses_nobody(make_index, world):
    index = make_index(plain_up_to=100)
    index.apply(world.came(range(1, 101)))
    assert index.exact
    index.apply(world.came(range(101, 151)))
    assert not index.exact
    assert sorted(rank(index, world.template(1))) == list(range(1, 151))
    index.apply(world.went(range(1, 151)))
    assert index.count == 0
    assert rank(index, world.template(1)) == []


def test_a_probe_gets_alone_what_it_gets_among_others(make_index, world):
    for plain_up_to in (0, 10_000):
        index = make_index(plain_up_to)
        index.apply(world.came(range(1, 400)))
        world.sequence = 0
        probes = world.templates(range(500, 540))
        together = index.search(probes, 20)
        for i, (numbers, similarities) in enumerate(together):
            alone = index.search(probes[i : i + 1], 20)[0]
            assert alone[0].tolist() == numbers.tolist()
            assert alone[1] == pytest.approx(similarities, abs=1e-5)


@pytest.mark.parametrize("slot", [0, 40, 98, 99], ids=["first", "middle", "last but one", "last"])
def test_a_removed_code_is_overwritten_in_memory(world, slot):
    def codes() -> list[bytes]:
        return [gallery._read(i).tobytes() for i in range(len(gallery.blocks) // gallery._packer.code_size)]

    templates = world.templates(range(1, 101))
    gallery = CodedGallery.trained(templates, threads=1)
    gallery.add(np.arange(1, 101), gallery.encoded(templates, threads=1))
    removed = codes()[slot]
    assert codes().count(removed) == 1
    gallery.remove(np.array([slot]))
    assert removed not in codes()
    assert set(codes()[99:]) == {bytes(gallery._packer.code_size)}


def test_an_old_batch_that_comes_late_brings_nobody_back(make_index, world):
    index = make_index()
    came = world.came([1, 2])
    index.apply(came)
    index.apply(world.went([1]))
    index.apply(came)
    assert rank(index, world.template(1)) == [2]
    assert index.sequence == 3


def test_codes_made_before_another_change_are_not_added(world):
    templates = world.templates(range(1, 101))
    gallery = CodedGallery.trained(templates, threads=1)
    stale = gallery.encoded(templates[:50], threads=1)
    gallery.add(np.arange(50, 101), gallery.encoded(templates[49:], threads=1))
    with pytest.raises(BadUseError):
        gallery.add(np.arange(1, 51), stale)


def test_a_batch_out_of_order_is_refused_and_changes_nothing(make_index, world):
    index = make_index()
    index.apply(world.came([1]))
    later, sooner = world.came([2, 3])
    with pytest.raises(BadUseError):
        index.apply([sooner, later])
    assert (index.count, index.sequence) == (1, 1)


@pytest.mark.parametrize(
    "template",
    [np.ones(DIMENSION, np.float32), np.ones(3, np.float32), np.full(DIMENSION, np.nan, np.float32)],
    ids=["not normalised", "wrong dimension", "not finite"],
)
def test_what_is_no_template_is_refused_and_changes_nothing(make_index, world, template):
    index = make_index()
    index.apply(world.came([1]))
    with pytest.raises(BadUseError):
        index.apply([*world.went([1]), IndexChange(99, FaceNumber(5), template)])
    assert (index.count, index.sequence) == (1, 1)
    with pytest.raises(BadUseError):
        index.search(template[None], 5)


def test_a_face_number_below_one_is_refused_and_changes_nothing(make_index, world):
    index = make_index()
    with pytest.raises(BadUseError):
        index.apply([IndexChange(1, FaceNumber(0), world.template(1))])
    assert index.count == 0


def test_arrays_with_a_number_twice_are_refused(make_index, world):
    with pytest.raises(BadUseError):
        make_index().apply_arrays(np.array([1, 1]), world.templates([1, 1]), 1)


def test_a_coded_gallery_brings_as_many_as_the_re_rank_needs(make_index, world):
    plain, coded = make_index(), make_index(plain_up_to=0)
    for index in (plain, coded):
        index.apply_arrays(np.arange(1, 201), world.templates(range(1, 201)), 1)
    probe = world.templates([500])
    assert len(plain.search(probe, 5)[0][0]) == 5
    assert len(coded.search(probe, 5)[0][0]) == candidates_needed(200)
    assert len(coded.search(probe, 150)[0][0]) == 150


def test_larger_galleries_need_no_fewer_candidates():
    needed = [candidates_needed(10**power) for power in range(9)]
    assert needed == sorted(needed)


def test_fewer_than_one_candidate_cannot_be_asked_for(make_index, world):
    with pytest.raises(BadUseError):
        make_index().search(world.templates([1]), 0)
