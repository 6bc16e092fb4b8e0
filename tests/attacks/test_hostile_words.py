"""Words made to be taken for something else: markup, orders to a printer, a turned direction, more than a page.

Positive control for the length: a table whose rows may not be split does not print what is longer than a page.
"""

from __future__ import annotations

import io
import re
import zlib
from base64 import a85decode

import pytest
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table
from reportlab.platypus.doctemplate import LayoutError

from facewarden.adapters.pdf.press import BODY, PdfPress
from facewarden.domain.papers import Facts, Grid, Heading, Paper, Part, Pictures, Words
from facewarden.testing.population.people import Population

MARKUP = "<img src='file:///etc/hostname'/><a href='http://evil.test'>here</a><font size=40>&amp;"
OPERATORS = ") Tj ET Q q BT /F1 40 Tf (not an identification: withdrawn"
TURNED = "\u202egpj.drocer\u2066\x1b[31m\x00\r\nSigned: nobody"
LONG = "inconclusive " * 1_000


def _parts(text: str, picture: bytes) -> list[Part]:
    rows = ((text, text, text),)
    return [
        Heading(text),
        Words(text),
        Words(text, warning=True),
        Facts(((text, text),)),
        Grid(("a", "b", "c"), rows),
        Pictures(((picture, text), (picture, text))),
    ]


def _printed(text: str, population: Population) -> bytes:
    parts = _parts(text, population.photo(0, 0).content)
    return PdfPress().print(Paper("Lead report", text, tuple(parts), text[:200], "2026-11-22"))


def _shown(pdf: bytes) -> str:
    """What the pages' operators show, word by word."""
    pages = re.findall(rb"/ASCII85Decode /FlateDecode[^>]*>>\s*stream\s(.*?)endstream", pdf, re.DOTALL)
    streams = [zlib.decompress(a85decode(b"<~" + page.strip(), adobe=True)) for page in pages]
    texts = re.findall(r"\(((?:[^()\\]|\\.)*)\) Tj", b"".join(streams).decode("latin-1"))
    return " ".join(re.sub(r"\\([()\\])", r"\1", text) for text in texts)


@pytest.mark.parametrize("text", [MARKUP, OPERATORS, TURNED])
def test_whatever_is_typed_is_printed_as_typed(population: Population, text: str) -> None:
    pdf = _printed(text, population)
    assert not re.search(rb"/(URI|JavaScript|Launch|OpenAction|Annots|EmbeddedFile)\b", pdf)
    shown = _shown(pdf)
    if text is TURNED:
        assert "<U+202E>" in shown
        assert "<U+001B>[31m<U+0000>" in shown.replace(" ", "")
    else:
        assert shown.replace(" ", "").count(text.replace(" ", "")[:30]) >= 5


def test_a_text_longer_than_a_page_goes_on_overleaf(population: Population) -> None:
    assert _shown(_printed(LONG, population)).count("inconclusive") >= 8 * 1_000


def test_the_control_a_row_that_may_not_be_split_does_not_print() -> None:
    with pytest.raises(LayoutError):
        SimpleDocTemplate(io.BytesIO()).build([Table([[Paragraph("word " * 5_000, BODY)]])])
