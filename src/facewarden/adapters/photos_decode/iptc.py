"""The place, date and caption tags of a photo's IPTC block (IIM, as Photoshop embeds it in a JPEG).

Runs in the child. Never keeps by-lines, contacts or other names of people.

Source: IPTC-NAA Information Interchange Model 4.2, section 1.6 (datasets) and record 2.
"""

from __future__ import annotations

from collections.abc import Iterator

_RESOURCE = 0x0404  # Photoshop's image resource that holds the IIM records
_MAX_DATASETS = 1_000
_MARKER, _EXTENDED = 0x1C, 0x8000
_CHARACTER_SET, _UTF_8 = (1, 90), b"\x1b%G"
_NAMES = {
    5: "ObjectName",
    25: "Keywords",
    26: "ContentLocationCode",
    27: "ContentLocationName",
    55: "DateCreated",
    60: "TimeCreated",
    90: "City",
    92: "Sublocation",
    95: "State",
    100: "CountryCode",
    101: "Country",
    105: "Headline",
    116: "CopyrightNotice",
    120: "Caption",
}


def iptc_tags(resources: object) -> dict[str, str]:
    """ "iptc:NAME" to text; repeated datasets are joined with "; ". Empty where there is no readable block."""
    block = resources.get(_RESOURCE) if isinstance(resources, dict) else None
    if not isinstance(block, bytes):
        return {}
    encoding = "latin-1"
    found: dict[str, str] = {}
    for record, dataset, value in _datasets(block):
        if (record, dataset) == _CHARACTER_SET and value == _UTF_8:
            encoding = "utf-8"
        name = _NAMES.get(dataset) if record == 2 else None
        text = _text(value, encoding) if name else ""
        if text:
            key = f"iptc:{name}"
            found[key] = f"{found[key]}; {text}" if key in found else text
    return found


def _datasets(block: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(record, dataset, value) until the block ends or stops making sense."""
    at = max(block.find(_MARKER), 0)  # some writers pad the front
    for _ in range(_MAX_DATASETS):
        if at + 5 > len(block) or block[at] != _MARKER:
            return
        size, start = int.from_bytes(block[at + 3 : at + 5], "big"), at + 5
        if size & _EXTENDED:  # then it is the length of the length
            start += size & ~_EXTENDED
            size = int.from_bytes(block[at + 5 : start], "big")
        if start + size > len(block):
            return
        yield block[at + 1], block[at + 2], block[start : start + size]
        at = start + size


def _text(value: bytes, encoding: str) -> str:
    """Many programs write UTF-8 without saying so: tried first, as Latin-1 text is rarely valid UTF-8."""
    try:
        return value.decode("utf-8").replace("\0", "").strip()
    except UnicodeDecodeError:
        return value.decode(encoding, "replace").strip("\0 ")
