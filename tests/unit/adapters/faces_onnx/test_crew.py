"""Threads that help who is alone, and nobody while others are at work."""

import threading

import pytest

from facewarden.adapters.faces_onnx.crew import Crew


def test_who_is_alone_has_all_hands_and_who_comes_to_others_its_own() -> None:
    crew = Crew(4)
    with crew.hands() as first:
        with crew.hands() as second, crew.hands() as third:
            assert (first, second, third) == (4, 1, 1)
        with crew.hands() as another:
            assert another == 1
    with pytest.raises(RuntimeError), crew.hands():
        raise RuntimeError
    with crew.hands() as alone:
        assert alone == 4


@pytest.mark.parametrize("hands", [1, 3])
def test_items_keep_their_order_and_one_hand_is_the_callers(hands) -> None:
    threads: set[int] = set()

    def act(item: int) -> int:
        threads.add(threading.get_ident())
        return item * item

    assert Crew(3).each(act, range(20), hands) == [item * item for item in range(20)]
    assert (threads == {threading.get_ident()}) == (hands == 1)
