"""What the law says to the portraits beside the project: python -m tests.integration.law.portraits_table writes it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from PIL import Image

from facewarden.adapters.photos_decode.metadata import said
from facewarden.law.actions import Action
from facewarden.law.check import check
from facewarden.law.decision import Decision
from facewarden.law.engine import LawEngine
from facewarden.law.facts import Fact
from facewarden.law.loading import builtin_folder, load_packs, select_packs
from facewarden.law.photo import PhotoEvidence, PhotoReader

ROOT = Path(__file__).parents[3]
PORTRAITS = ROOT.parent / "shared" / "portraits"
PAGE = ROOT / "docs" / "design" / "law-portraits.md"
DAY = date(2026, 11, 22)
WAYS = {
    "handed over by a source in the USA": {},
    "handed over, with the address of a page that names no place": {"page_url": "https://example.org/portrait.jpg"},
    "handed over, from a page of the State of Illinois": {"page_url": "https://www.ilga.gov/senate/portrait.jpg"},
    "fetched for a purpose, from a server that nobody can place": {
        "page_url": "https://example.org/portrait.jpg",
        "server_ip": "93.184.216.34",
        "manner": "targeted",
        "purpose_named": True,
        "robots": "allowed",
        "robots_tags": (),
    },
}


def evidence() -> Iterator[dict[str, str]]:
    """What each portrait's file says of itself."""
    for path in sorted(PORTRAITS.glob("*/*.jpg")):
        with Image.open(path) as image:
            yield said(image)["tags"]


def table() -> str:
    """How many portraits each way of coming in ends how, by the default packs and by every pack that ships."""
    packs = load_packs([builtin_folder()])
    laws = {"default packs": LawEngine(select_packs(packs)), "every pack": LawEngine(packs)}
    reader, american = PhotoReader.load(), {"source_place": Fact("US", "given")}
    lines = [
        "| the portraits came | by | decided | portraits | rules | undetermined |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    told = Counter(tuple(sorted(tags.items())) for tags in evidence())
    for way, fields in WAYS.items():
        for name, law in laws.items():
            found: Counter[tuple[str, str, str]] = Counter()
            for tags, count in told.items():
                photo = PhotoEvidence(tags=dict(tags), **fields)
                found[_row(check(law, reader, Action.COLLECT, photo, american, DAY))] += count
            for (verdict, rules, unknown), count in sorted(found.items()):
                lines.append(f"| {way} | {name} | {verdict} | {count:,} | {rules or '-'} | {unknown or '-'} |")
    return "\n".join(lines) + "\n"


def _row(decision: Decision) -> tuple[str, str, str]:
    rules = ", ".join(f"`{rule}`" for rule in decision.rules)
    return decision.verdict.value, rules, ", ".join(decision.undetermined)


def main() -> None:
    start, end = "<!-- portraits -->\n", "<!-- /portraits -->"
    found = re.compile(re.escape(start) + ".*?" + re.escape(end), re.DOTALL)
    PAGE.write_text(found.sub(lambda _: start + table() + end, PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
