"""docs/screens.md shows every page there is: each template that is a page of its own has a picture."""

from __future__ import annotations

from pathlib import Path

from tools.screens.sheets import document, read_sheets

import facewarden.web

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "screens"
TEMPLATES = Path(facewarden.web.__file__).parent / "templates"
SIZE_BYTES = 5_000_000  # all pictures together: who clones the project carries every one of them

NOT_PICTURED: dict[str, str] = {}
"""Pages without a picture, each with why."""


def pages(templates: Path) -> set[str]:
    """The templates that render a page: those that fill a frame. Frames and macros are none."""
    return {
        path.relative_to(templates).as_posix()
        for path in templates.rglob("*.html")
        if path.read_text("utf-8").startswith("{% extends ")
    }


def unseen(templates: Path) -> set[str]:
    return pages(templates) - {sheet.template for sheet in read_sheets()} - set(NOT_PICTURED)


def test_every_page_is_pictured_or_named_with_why_not() -> None:
    assert unseen(TEMPLATES) == set()


def test_a_page_that_nobody_pictured_is_missed(tmp_path: Path) -> None:
    """Positive control; a part of pages is not taken for one."""
    (tmp_path / "new.html").write_text("{% extends 'base.html' %}")
    (tmp_path / "part.html").write_text("{% macro part() %}{% endmacro %}")
    assert unseen(tmp_path) == {"new.html"}


def test_no_sheet_shows_a_template_that_is_gone() -> None:
    assert {sheet.template for sheet in read_sheets()} - {""} - pages(TEMPLATES) == set()


def test_the_document_lists_the_sheets_and_each_has_its_picture() -> None:
    assert (ROOT / "docs" / "screens.md").read_text("utf-8") == document()
    assert {path.stem for path in PICTURES.iterdir()} == {sheet.name for sheet in read_sheets()}


def test_the_pictures_stay_small() -> None:
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < SIZE_BYTES
