"""Every language says everything, with the same gaps to fill, and nothing that a page could not keep."""

from __future__ import annotations

import re
import string

import pytest

from facewarden.services.taking_out.catalogues import LANGUAGES, catalogue, language_of

KINDS = ("pages", "letters", "places")
OTHERS = [language for language in LANGUAGES if language != "en"]


def _gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", OTHERS)
def test_another_language_has_every_text_with_the_same_gaps(language: str, kind: str) -> None:
    english, other = catalogue("en", kind).items(), catalogue(language, kind).items()
    assert english.keys() == other.keys()
    assert {key: _gaps(text) for key, text in english.items()} == {key: _gaps(text) for key, text in other.items()}
    assert all(other.values())


@pytest.mark.parametrize("language", OTHERS)
def test_another_language_is_one(language: str) -> None:
    english, other = catalogue("en", "pages").items(), catalogue(language, "pages").items()
    long = [key for key, text in english.items() if len(text) > 25]
    assert [key for key in long if other[key] == english[key]] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["pages", "letters"])
def test_no_text_calls_a_candidate_identified_or_promises_more_than_is_so(kind: str, language: str) -> None:
    texts = " ".join(catalogue(language, kind).items().values())
    assert not re.search(r"\bmatch|identified|complian[t]|certifie[d]|% accurat[e]|coinciden|certificad", texts, re.I)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("fr,en;q=0.7,es;q=0.9", "es"),
        ("de", "en"),
        ("es;q=nonsense", "en"),
        ("en;q=0.1, es;q=0.2", "es"),
    ],
)
def test_the_language_is_the_first_wanted_one_that_there_is(header: str, language: str) -> None:
    assert language_of(header) == language


def test_a_day_is_written_as_the_language_writes_it() -> None:
    from datetime import date

    assert catalogue("en", "pages").day(date(2026, 11, 22)) == "22 November 2026"
    assert catalogue("es", "pages").day(date(2026, 11, 2)) == "2 de noviembre de 2026"
