"""Grounds in words: every code that a refused photo or file may be counted under says something to a person."""

from __future__ import annotations

import ast
from pathlib import Path

import facewarden
from facewarden.adapters.photos_decode.failures import CODES
from facewarden.domain.collections import NOT_FETCHED
from facewarden.law.decision import LAW_ERROR, NO_PERMIT
from facewarden.services.collecting.addressgate import HOST_NOT_OF_SOURCE
from facewarden.services.collecting.intake import RECORD_EXPUNGED
from facewarden.services.collecting.intake_errors import NO_FACE
from facewarden.services.collecting.intake_judging import FACE_SUPPRESSED, PHOTO_BARRED
from facewarden.services.law.lawshelf import LawShelf
from facewarden.web.groundwords import OWN, ground_words
from facewarden.web.pages import environment

ROOMS = ("archives", "crawl", "folders", "warc")
"""Where files that cannot be used are told by a code of their own."""


def codes_of_files() -> set[str]:
    found = set()
    for room in ROOMS:
        for path in (Path(facewarden.__file__).parent / "adapters" / room).rglob("*.py"):
            for call in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "BadPhotoError":
                    found |= {arg.value for arg in call.args[:1] if isinstance(arg, ast.Constant)}
    return found


def test_every_ground_of_the_program_has_words_and_no_words_are_left_over():
    named = {NO_FACE, PHOTO_BARRED, FACE_SUPPRESSED, HOST_NOT_OF_SOURCE, RECORD_EXPUNGED, NOT_FETCHED}
    files = codes_of_files()
    assert len(files) > 10
    assert {*named, LAW_ERROR, NO_PERMIT, *CODES, *files} == set(OWN)


def test_a_rule_says_its_own_words_beside_its_code_and_an_unknown_one_its_code_alone():
    parts = environment().get_template("parts.html").module
    said = ground_words(LawShelf().choose(()))
    assert "Illinois" in parts.ground_of("filing.taken_in_illinois", said)
    assert "filing.taken_in_illinois</code>" in parts.ground_of("filing.taken_in_illinois", said)
    assert parts.ground_of("gone.rule", said) == '<code class="soft">gone.rule</code>'
