"""A calibrated number is told as a range, rounded away from flattery."""

import pytest

from facewarden.matching import figures


@pytest.mark.parametrize(
    ("value", "up", "down"),
    [(1234, "1,300", "1,200"), (0.01249, "0.013", "0.012"), (40, "40", "40"), (0, "0", "0"), (9.99, "10", "9.9")],
)
def test_rounding_never_narrows_a_range(value, up, down):
    assert figures.rounded(value) == up
    assert figures.rounded(value, down=True) == down


def test_the_false_match_rate_is_told_worst_group_first():
    assert figures.false_match_rate((1 / 12_000, 1 / 900)) == "1 in 900 to 1 in 12,000"
    assert figures.false_match_rate((0.001, 0.001)) == "1 in 1,000"
    assert figures.false_match_rate(None) == "cannot be told"


def test_many_look_alikes_are_told_in_full_and_never_fewer_than_measured():
    assert figures.lookalikes((0.355, 123.4)) == "0.35 to 130"
    assert figures.lookalikes((2.0, 2.0)) == "2"
    assert figures.lookalikes(None) == "cannot be told"
