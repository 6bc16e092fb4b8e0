"""Candidates who seem to be one person: everybody in a group is close to everybody, and never of one photo."""

import numpy as np

from facewarden.matching.grouping import groups
from facewarden.matching.similarity import normalised


def around(*angles_deg):
    turns = np.radians(np.array(angles_deg, dtype=np.float64))
    return normalised(np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32))


LEVEL = float(np.cos(np.radians(20.0)))


def test_those_who_are_close_to_everybody_in_a_group_join_it():
    assert groups(around(0, 90, 10, 95, 5), list("abcde"), LEVEL) == [0, 1, 0, 1, 0]


def test_a_chain_of_look_alikes_is_no_person():
    assert groups(around(0, 15, 30), list("abc"), LEVEL) == [0, 0, 2]


def test_two_faces_of_one_photo_are_two_people():
    assert groups(around(0, 5), ["a", "a"], LEVEL) == [0, 1]


def test_where_the_calibration_cannot_tell_nobody_is_grouped():
    assert groups(around(0, 1, 2), list("abc"), None) == [0, 1, 2]
    assert groups(np.zeros((0, 2), np.float32), [], LEVEL) == []
