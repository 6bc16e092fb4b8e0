"""Searches go on while the index changes."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from facewarden.adapters.index_faiss.locks import ReadWriteLock


@pytest.mark.parametrize("plain_up_to", [0, 10_000], ids=["coded", "plain"])
def test_searches_see_whole_faces_while_others_come_and_go(make_index, world, plain_up_to):
    index = make_index(plain_up_to)
    staying, passing = list(range(1, 301)), list(range(1001, 1101))
    index.apply(world.came(staying))
    probes = world.templates(staying[:25])
    done = threading.Event()

    def search() -> int:
        searches = 0
        while not done.is_set():
            for i, (numbers, similarities) in enumerate(index.search(probes, 400)):
                assert numbers[0] == staying[i]
                assert len(set(numbers.tolist())) == len(numbers)
                assert set(staying) <= set(numbers.tolist())
                assert np.all(np.diff(similarities) <= 0)
            searches += 1
        return searches

    with ThreadPoolExecutor(3) as pool:
        searching = [pool.submit(search) for _ in range(3)]
        try:
            for _ in range(15):
                index.apply(world.came(passing))
                index.apply(world.went(passing[::2]))
                index.save()
                index.apply(world.went(passing[1::2]))
        finally:
            done.set()
        assert all(s.result() > 0 for s in searching)
    assert index.count == len(staying)


def test_a_writer_is_alone():
    lock, inside, seen = ReadWriteLock(), [0], []

    def read() -> None:
        for _ in range(200):
            with lock.reading():
                seen.append(inside[0])

    def write() -> None:
        for _ in range(200):
            with lock.writing():
                inside[0] += 1
                inside[0] -= 1

    with ThreadPoolExecutor(6) as pool:
        for task in [pool.submit(f) for f in (read, write, read, write, read, write)]:
            task.result(timeout=30)
    assert set(seen) == {0}


def test_readers_are_together():
    lock, together = ReadWriteLock(), threading.Barrier(2, timeout=10)

    def read() -> None:
        with lock.reading():
            together.wait()  # passes only if both are inside at once

    with ThreadPoolExecutor(2) as pool:
        for task in [pool.submit(read), pool.submit(read)]:
            task.result()


def test_a_lock_is_free_again_after_an_error():
    lock = ReadWriteLock()
    for held in (lock.reading, lock.writing):
        with pytest.raises(ValueError, match="inside"), held():
            raise ValueError("inside")
    with lock.writing():
        pass
