"""What several threads bring at a time is written as one, and each gets its own answer."""

import threading
import time

import pytest

from facewarden.adapters.log_tiles.together import Together
from facewarden.errors import UnavailableError


class Book:
    """Keeps what it is given; the first writing waits until `goes_on` is set."""

    def __init__(self, most=10):
        self.entries, self.writings, self.fails = [], [], None
        self.begun, self.goes_on = threading.Event(), threading.Event()
        self.together = Together(self.write, threading.RLock(), most)

    def write(self, entries):
        self.begun.set()
        self.goes_on.wait(30)
        if self.fails is not None:
            raise self.fails
        self.writings.append(len(entries))
        self.entries += entries
        return len(self.entries) - len(entries)

    def add_at_once(self, batches):
        """What each of these got, index or error: the first is being written when all the others come."""
        got = {}

        def work(batch):
            try:
                got[batch] = self.together.add(list(batch))
            except (UnavailableError, KeyboardInterrupt) as error:
                got[batch] = error

        threads = [threading.Thread(target=work, args=(batch,)) for batch in batches]
        threads[0].start()
        assert self.begun.wait(30)
        for thread in threads[1:]:
            thread.start()
        while len(self.together._waiting) < len(batches) - 1:
            time.sleep(0.001)
        self.goes_on.set()
        for thread in threads:
            thread.join()
        return got


def batches_of(*sizes):
    return [tuple(f"{number}.{at}".encode() for at in range(size)) for number, size in enumerate(sizes)]


def test_those_who_wait_are_written_as_one_and_each_is_told_its_own_indexes():
    book, batches = Book(), batches_of(1, 2, 1, 3)
    got = book.add_at_once(batches)
    assert book.writings == [1, 6]
    for batch in batches:
        assert tuple(book.entries[index] for index in got[batch]) == batch


def test_no_more_is_written_at_a_time_than_fits():
    book, batches = Book(most=4), batches_of(1, 3, 3, 2)
    got = book.add_at_once(batches)
    assert sorted(book.writings) == [1, 2, 3, 3]
    assert all(tuple(book.entries[index] for index in got[batch]) == batch for batch in batches)


def test_when_writing_fails_all_whose_entries_it_had_are_told():
    book, batches = Book(), batches_of(1, 1, 1)
    book.fails = UnavailableError("disk_full", "The disk is full.")
    assert set(book.add_at_once(batches).values()) == {book.fails}
    assert not book.together._waiting


def test_a_writer_that_is_ended_leaves_nobody_waiting_and_nobody_believing():
    book, batches = Book(), batches_of(1, 1, 1)
    book.fails = KeyboardInterrupt()
    told = list(book.add_at_once(batches).values())
    assert told.count(book.fails) == 2  # the first, alone; and whoever wrote for the last two
    assert [error.code for error in told if error is not book.fails] == ["audit_log_interrupted"]


def test_one_alone_is_written_at_once():
    book = Book()
    book.goes_on.set()
    assert [book.together.add([b"a", b"b"]), book.together.add([b"c"])] == [range(2), range(2, 3)]
    with pytest.raises(ZeroDivisionError):
        Together(lambda entries: 1 // 0, threading.RLock(), 1).add([b"a"])
