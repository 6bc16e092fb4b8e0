"""Writes the tables of docs/design/law.md anew from the code and the packs: python -m tests.unit.law.write_page."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from facewarden.law.engine import LawEngine
from facewarden.law.loading import builtin_folder, load_packs
from facewarden.law.reference import fact_table, rule_table

DAY = date(2026, 11, 22)


def main() -> None:
    page = Path(__file__).parents[3] / "docs" / "design" / "law.md"
    text = page.read_text(encoding="utf-8")
    packs = load_packs([builtin_folder()])
    for name, table in (("facts", fact_table(LawEngine(packs), DAY)), ("rules", rule_table(packs))):
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        text = re.sub(re.escape(start) + ".*?" + re.escape(end), lambda _, t=table: start + t + end, text, flags=re.S)  # noqa: B023
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
