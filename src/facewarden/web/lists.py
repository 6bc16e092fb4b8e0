"""Filters of lists: a row of a page stays if its words hold every word looked for, with scripts or without.

Never keeps a row that the page's own service did not give.
"""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup
from starlette.datastructures import QueryParams


class Listed:
    """One list of a page and what is looked for in it: `{% call list.row() %}` around each row.

    `q` is empty where nothing is looked for; `others` are the page's other values, which its form sends along.
    """

    def __init__(self, asked: QueryParams, name: str) -> None:
        self.name = name
        self.q = asked.get(name, "").strip()
        self.others = [(key, value) for key, value in asked.items() if key != name]
        self.shown = 0
        self._words = self.q.casefold().split()

    def row(self, caller: Callable[[], str]) -> Markup:
        """The row, or nothing where a word is not in what it says."""
        row = Markup(caller())  # noqa: S704 - the template's own output, escaped there
        said = row.striptags().casefold()
        if not all(word in said for word in self._words):
            return Markup()
        self.shown += 1
        return row
