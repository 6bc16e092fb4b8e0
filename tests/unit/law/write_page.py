"""Writes the tables of docs/design/law*.md anew: python -m tests.unit.law.write_page, from the root."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from facewarden.law.engine import LawEngine
from facewarden.law.loading import builtin_folder, load_packs
from facewarden.law.reference import fact_table, rule_table

from .two_hundred import table

DAY = date(2026, 11, 22)
DESIGN = Path(__file__).parents[3] / "docs" / "design"


def put(page: Path, name: str, content: str) -> None:
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    text = page.read_text(encoding="utf-8")
    found = re.compile(re.escape(start) + ".*?" + re.escape(end), re.DOTALL)
    page.write_text(found.sub(lambda _: start + content + end, text), encoding="utf-8")


def main() -> None:
    packs = load_packs([builtin_folder()])
    put(DESIGN / "law.md", "facts", fact_table(LawEngine(packs), DAY))
    put(DESIGN / "law.md", "rules", rule_table(packs))
    put(DESIGN / "law-photos.md", "photos", table())


if __name__ == "__main__":
    main()
