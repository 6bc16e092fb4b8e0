"""Figures in words: ranges, rounded away from flattery."""

import pytest

from facewarden.domain.faces import FaceQuality
from facewarden.web import words


@pytest.mark.parametrize(
    ("expected", "sentence"),
    [
        ((1, 40), "Between 1 and 40 other people in these 1,200 faces would score this high."),
        (
            None,
            "How many other people in this gallery would score this high cannot be told: "
            "too few of the measured pairs of different people reach it.",
        ),
        (
            (0.2, 13),
            "Up to 13 other people in these 1,200 faces would score this high; "
            "fewer than one in the best group measured.",
        ),
        ((1.9, 7.1), "Between 1 and 8 other people in these 1,200 faces would score this high."),
        ((3, 3), "About 3 other people in these 1,200 faces would score this high."),
        (
            (0.002, 0.03),
            "In 1,000 such searches of these 1,200 faces, between 2 and 30 would find another person "
            "who scores this high.",
        ),
    ],
)
def test_lookalikes_are_told_as_a_range_of_people(expected, sentence):
    assert words.lookalikes(expected, 1_200) == sentence


def test_quality_is_told_with_what_a_shortfall_costs_and_what_to_do_about_it():
    good = FaceQuality(200, 0.5, 2, 1, 0.9)
    assert words.quality_sentence(good) == "Good for a search."
    assert all(measure.advice == measure.cost == "" for measure in words.quality(good))
    small = FaceQuality(12, 0.5, 2, 1, 0.9)
    assert words.quality_sentence(small).startswith("Poor")
    poor = [measure for measure in words.quality(small) if measure.grade == "poor"]
    assert [measure.name for measure in poor] == ["Size"]
    assert "seven in ten" in poor[0].cost
    turned = FaceQuality(200, 0.5, -40, 1, 0.9)
    assert words.quality_sentence(turned).startswith("Fair")
    assert [(m.value, m.advice) for m in words.quality(turned) if m.grade == "fair"] == [
        ("40° to the left", "Use a picture that shows both eyes.")
    ]


def test_strangers_are_told_for_the_list_as_a_whole():
    assert words.strangers((1.2, 14)).startswith("Between 1 and 14 strangers are expected in any list")
    assert words.strangers((0.2, 14)).startswith("Up to 14 strangers are expected in any list")
    assert words.strangers((1, 1)).startswith("About 1 stranger is expected in any list")
    assert "between 6 and 80 would list a stranger" in words.strangers((0.006, 0.08))
    assert "cannot be told" in words.strangers(None)


def test_one_of_a_thing_is_not_called_several():
    assert [words.counted(number, "photo") for number in (0, 1, 2_000)] == ["0 photos", "1 photo", "2,000 photos"]


@pytest.mark.parametrize(
    ("as_of", "said"),
    [("2026-11-22T13:26:05+00:00", "22 November 2026, 13:26 UTC"), ("2026-11-22", "22 November 2026")],
)
def test_the_day_or_moment_of_a_decision_is_written_like_any_other(as_of, said):
    assert words.decided_as_of(as_of) == said
