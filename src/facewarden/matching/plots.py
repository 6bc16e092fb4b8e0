"""Accuracy curves as self-contained SVG, each with its numbers as a table: for reports, papers and the web app.

It never smooths a curve or draws beyond the measured points.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

WIDTH_PX, HEIGHT_PX = 640, 440
LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 76, 20, 52, 96
COLOURS = ("#1b5e9b", "#b3441e", "#2f7d4f", "#6a3d9a", "#7a6a00")
DASHES = ("", "7 4", "2 3", "9 3 2 3", "1 5")
"""Curves differ by dashes too: colour alone does not reach everybody."""
TABLE_ROWS = 12


@dataclass(frozen=True, slots=True)
class Figure:
    """A plot and its numbers: `svg` a document of its own, `table` an HTML table for beside it."""

    svg: str
    table: str


@dataclass(frozen=True, slots=True)
class _Axis:
    """How a value becomes a place: `at` gives 0 to 1, `ticks` are the values with a line and their labels."""

    label: str
    at: Callable[[float], float]
    ticks: tuple[tuple[float, str], ...]


def cmc_figure(curves: Mapping[str, NDArray[np.float64]], title: str) -> Figure:
    """Rank against the share of mated searches found by then; each curve (ranks,) from rank 1 (linear axes)."""
    deepest = max(len(curve) for curve in curves.values())
    lowest = min(float(curve.min()) for curve in curves.values())
    floor = max(0.0, math.floor((lowest - 0.02) * 20.0) / 20.0)
    ranks = sorted({1, *range(10, deepest + 1, 10), deepest})
    rates = np.linspace(floor, 1.0, 6)
    x = _Axis("Rank", lambda rank: (rank - 1.0) / max(1.0, deepest - 1.0), tuple((float(r), str(r)) for r in ranks))
    y = _Axis(
        "Share of mated searches found",
        lambda rate: (rate - floor) / (1.0 - floor),
        tuple((float(rate), f"{rate:.2f}") for rate in rates),
    )
    points = {name: [(i + 1.0, float(rate)) for i, rate in enumerate(curve)] for name, curve in curves.items()}
    rows = [
        (name, f"{rank}", f"{curve[rank - 1]:.4f}")
        for name, curve in curves.items()
        for rank in (1, 2, 5, 10, 20, 50)
        if rank <= len(curve)
    ]
    return Figure(_drawn(title, x, y, points), _table(("Set", "Rank", "Share found"), rows, title))


def det_figure(curves: Mapping[str, NDArray[np.float64]], title: str) -> Figure:
    """False match rate against false non-match rate, both logarithmic; each curve (points, 3) of FMR, FNMR, threshold.

    A point without any miss has no place on a logarithm: the curve ends there, and the table says 0.
    """
    finest = min(float(curve[:, 0].min()) for curve in curves.values())
    missed = [float(v) for curve in curves.values() for v in curve[:, 1] if v > 0.0]
    x = _decades("False match rate (FMR)", finest)
    y = _decades("False non-match rate (FNMR), failures to enrol included", min(missed, default=0.1))
    points = {
        name: [(float(fmr), float(fnmr)) for fmr, fnmr, _ in curve if fnmr > 0.0] for name, curve in curves.items()
    }
    rows = [
        (name, f"{curve[i, 0]:.2e}", f"{curve[i, 1]:.4f}", f"{curve[i, 2]:.4f}")
        for name, curve in curves.items()
        for i in np.unique(np.linspace(0, len(curve) - 1, TABLE_ROWS).astype(int))
    ]
    return Figure(_drawn(title, x, y, points), _table(("Non-mated pairs", "FMR", "FNMR", "Threshold"), rows, title))


def _decades(label: str, lowest: float) -> _Axis:
    first = min(-1, math.floor(math.log10(lowest)))
    ticks = tuple((10.0**power, f"1e{power}" if power else "1") for power in range(first, 1))
    return _Axis(label, lambda value: 1.0 - math.log10(value) / first, ticks)


def _place(x: _Axis, y: _Axis, point: tuple[float, float]) -> tuple[float, float]:
    wide, high = WIDTH_PX - LEFT_PX - RIGHT_PX, HEIGHT_PX - TOP_PX - BOTTOM_PX
    return LEFT_PX + x.at(point[0]) * wide, TOP_PX + (1.0 - y.at(point[1])) * high


def _drawn(title: str, x: _Axis, y: _Axis, curves: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH_PX} {HEIGHT_PX}" role="img"'
        ' font-family="system-ui, sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH_PX}" height="{HEIGHT_PX}" fill="#ffffff"/>',
        f'<text x="{LEFT_PX}" y="28" font-size="15" font-weight="600" fill="#1a1a1a">{escape(title)}</text>',
        *_grid(x, y),
    ]
    for i, (name, points) in enumerate(curves.items()):
        places = " ".join(f"{px:.1f},{py:.1f}" for px, py in (_place(x, y, point) for point in points))
        stroke = f'stroke="{COLOURS[i % len(COLOURS)]}" stroke-width="2" stroke-dasharray="{DASHES[i % len(DASHES)]}"'
        parts.append(f'<polyline points="{places}" fill="none" {stroke}/>')
        key_x, key_y = LEFT_PX + (i % 2) * 270, HEIGHT_PX - 40 + (i // 2) * 16
        parts.append(f'<line x1="{key_x}" x2="{key_x + 28}" y1="{key_y - 4}" y2="{key_y - 4}" {stroke}/>')
        parts.append(f'<text x="{key_x + 36}" y="{key_y}" fill="#1a1a1a">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>"])


def _grid(x: _Axis, y: _Axis) -> list[str]:
    bottom, right = HEIGHT_PX - BOTTOM_PX, WIDTH_PX - RIGHT_PX
    parts = []
    for value, label in x.ticks:
        place = _place(x, y, (value, y.ticks[0][0]))[0]
        parts.append(f'<line x1="{place:.1f}" x2="{place:.1f}" y1="{TOP_PX}" y2="{bottom}" stroke="#e2e2e2"/>')
        parts.append(f'<text x="{place:.1f}" y="{bottom + 16}" text-anchor="middle" fill="#444">{label}</text>')
    for value, label in y.ticks:
        place = _place(x, y, (x.ticks[0][0], value))[1]
        parts.append(f'<line x1="{LEFT_PX}" x2="{right}" y1="{place:.1f}" y2="{place:.1f}" stroke="#e2e2e2"/>')
        parts.append(f'<text x="{LEFT_PX - 8}" y="{place + 4:.1f}" text-anchor="end" fill="#444">{label}</text>')
    middle_x, middle_y = (LEFT_PX + right) / 2, (TOP_PX + bottom) / 2
    parts.append(f'<text x="{middle_x}" y="{bottom + 36}" text-anchor="middle" fill="#1a1a1a">{escape(x.label)}</text>')
    parts.append(
        f'<text transform="translate(18 {middle_y}) rotate(-90)" text-anchor="middle" fill="#1a1a1a">'
        f"{escape(y.label)}</text>"
    )
    return parts


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], title: str) -> str:
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table>\n<caption>{escape(title)}</caption>\n<tr>{head}</tr>\n{body}\n</table>"
