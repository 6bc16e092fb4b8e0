"""The sheets of docs/screens.md as sheets.txt lists them, and the document that they make.

Never asks for a browser or an installation: a test reads the list too, to see that no page is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LIST = Path(__file__).with_name("sheets.txt")
HEAD = """# The pages

Made by `tools/make_screens.py` from a demo of generated people: nobody in the pictures exists. Each picture shows one
page 1,280 and 390 px wide, light and dark; what lies below 1,700 px is cut off. What a page says when it is empty or
refuses is a page of its own here, and three are shown as they are printed.
"""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as docs/screens shows it.

    `name` is its picture's; `template` the file below web/templates, "" for a file that is served as it is; `who` signs
    in, "" for a stranger; `address` may hold {names} of what the demo tells.
    """

    section: str
    name: str
    template: str
    who: str
    address: str
    caption: str

    @property
    def printed(self) -> bool:
        """True if it shows paper."""
        return self.name.endswith("-print")


def read_sheets() -> list[Sheet]:
    """Every sheet, in the document's order, which is the order in which they are taken."""
    found, section = [], ""
    for line in filter(None, LIST.read_text("utf-8").splitlines()):
        if line.startswith("# "):
            section = line[2:]
            continue
        name, template, who, address, caption = (part.strip() for part in line.split(" | "))
        found.append(Sheet(section, name, template.strip("-"), who.strip("-"), address, caption))
    return found


def document() -> str:
    """docs/screens.md."""
    lines, section = [HEAD], ""
    for sheet in read_sheets():
        if sheet.section != section:
            section = sheet.section
            lines.append(f"## {section}\n")
        lines.append(f"![{sheet.caption}](screens/{sheet.name}.webp)\n*{sheet.caption}*\n")
    return "\n".join(lines)
