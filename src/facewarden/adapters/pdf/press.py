"""Prints papers with ReportLab. Never leaves a letter out: what the font lacks is printed as its code point, what is
longer than a page goes on overleaf.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    Image,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)
from reportlab.platypus.doctemplate import BaseDocTemplate
from reportlab.platypus.frames import Frame

from facewarden.domain.papers import Facts, Grid, Heading, Paper, Part, Pictures, Words
from facewarden.errors import BadPhotoError

MARGIN = 20 * mm
GAP = 3 * mm
WIDTH = A4[0] - 2 * MARGIN
NAME_WIDTH = 45 * mm
PICTURE_HEIGHT = 75 * mm
INK, SOFT, LINE = colors.HexColor("#1a1e22"), colors.HexColor("#555c63"), colors.HexColor("#c9c6bf")
BAD, BAD_WASH = colors.HexColor("#96281b"), colors.HexColor("#fbecea")
BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=9.5, leading=13, textColor=INK)
SMALL = ParagraphStyle("small", BODY, fontSize=8, leading=10.5)
NAME = ParagraphStyle("name", BODY, textColor=SOFT)
TITLE = ParagraphStyle("title", BODY, fontName="Times-Bold", fontSize=20, leading=24)
SUBTITLE = ParagraphStyle("subtitle", BODY, textColor=SOFT)
HEAD = ParagraphStyle("head", BODY, fontName="Times-Bold", fontSize=13, leading=16, spaceBefore=10, spaceAfter=3)
CAPTION = ParagraphStyle("caption", SMALL, textColor=SOFT)
WARNING = ParagraphStyle("warning", BODY, textColor=BAD, fontName="Helvetica-Bold")


class PdfPress:
    """Papers to PDF, A4."""

    def print(self, paper: Paper) -> bytes:
        """The paper as PDF; the same paper gives the same bytes. BadPhotoError for a picture that is none."""
        out = io.BytesIO()
        document = BaseDocTemplate(
            out,
            pagesize=A4,
            leftMargin=MARGIN,
            rightMargin=MARGIN,
            topMargin=MARGIN,
            bottomMargin=MARGIN,
            title=paper.title,
            author="facewarden",
            subject=paper.subtitle,
            invariant=1,
            lang="en",
        )
        frame = Frame(MARGIN, MARGIN, WIDTH, A4[1] - 2 * MARGIN, 0, 0, 0, 0)

        def foot(canvas: Canvas, page: BaseDocTemplate) -> None:
            canvas.setFont("Helvetica", 7.5)
            canvas.setFillColor(SOFT)
            canvas.drawString(MARGIN, 11 * mm, printable(paper.footer))
            canvas.drawRightString(A4[0] - MARGIN, 11 * mm, f"page {page.page}")

        document.addPageTemplates([PageTemplate("page", [frame], onPage=foot)])
        document.build([*_head(paper), *(flow for part in paper.parts for flow in _flows(part))])
        return out.getvalue()


def printable(text: str) -> str:
    """The text in the letters that the font has; each other one as its code point, for example <U+4E2D>."""
    return "".join(c if _has(c) else f"<U+{ord(c):04X}>" for c in text)


def _has(letter: str) -> bool:
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return letter.isprintable() or letter == "\n"


def _head(paper: Paper) -> list[Flowable]:
    return [_words(paper.title, TITLE), _words(paper.subtitle, SUBTITLE), Spacer(1, GAP)]


def _words(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(printable(text)).replace("\n", "<br/>"), style)


def _flows(part: Part) -> Iterable[Flowable]:
    match part:
        case Heading(text):
            return [_words(text, HEAD)]
        case Words(text, warning):
            return [_warning(text) if warning else _words(text, BODY), Spacer(1, GAP / 2)]
        case Facts(rows):
            cells = [[_words(name, NAME), _words(value, BODY)] for name, value in rows]
            return [_table(cells, [NAME_WIDTH, WIDTH - NAME_WIDTH]), Spacer(1, GAP)]
        case Grid(header, rows):
            shown = [[_words(cell, CAPTION) for cell in header]]
            shown += [[_words(cell, SMALL) for cell in row] for row in rows]
            return [_table(shown, [WIDTH / len(header)] * len(header), repeat=1), Spacer(1, GAP)]
        case Pictures(pictures):
            width = (WIDTH - GAP * (len(pictures) - 1)) / len(pictures)
            shown = [[_picture(content, width - GAP) for content, _ in pictures]]
            shown += [[_words(caption, CAPTION) for _, caption in pictures]]
            return [KeepTogether([Table(shown, [width] * len(pictures), splitInRow=1)]), Spacer(1, GAP)]


def _warning(text: str) -> Table:
    style = [
        ("BACKGROUND", (0, 0), (-1, -1), BAD_WASH),
        ("LINEBEFORE", (0, 0), (0, -1), 2.5, BAD),
        ("LEFTPADDING", (0, 0), (-1, -1), 8),
        ("TOPPADDING", (0, 0), (-1, -1), 6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 7),
    ]
    return Table([[_words(text, WARNING)]], [WIDTH], style=TableStyle(style), splitInRow=1)


def _table(cells: list[list[Paragraph]], widths: list[float], repeat: int = 0) -> Table:
    style = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEABOVE", (0, 0), (-1, -1), 0.4, LINE),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
    ]
    return Table(cells, widths, repeatRows=repeat, style=TableStyle(style), splitInRow=1)


def _picture(content: bytes, width: float) -> Image:
    try:
        across, down = ImageReader(io.BytesIO(content)).getSize()
    except OSError as problem:
        raise BadPhotoError(
            "picture_unprintable", "A picture cannot be printed.", "It is no picture.", "Make the report again."
        ) from problem
    scale = min(width / across, PICTURE_HEIGHT / down)
    return Image(io.BytesIO(content), across * scale, down * scale)
