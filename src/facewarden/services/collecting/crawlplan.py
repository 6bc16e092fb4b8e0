"""What a crawl must say of itself before it begins: where, how far, how slowly, and whom a site's owner can turn to.

Never fills in a purpose, a subject or a contact that nobody named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from facewarden.domain.collections import CollectionKind, CollectionPurpose, Plan
from facewarden.domain.ids import CaseId
from facewarden.errors import BadUseError

PAGES, DEPTH, DELAY_S = 10_000, 20, 1.0
"""Pages at most, clicks from the first, least seconds between two requests to one host, unless a person says else."""
MAX_ADDRESSES = 100
CONTACT = re.compile(r"https?://[!-~]{4,200}|(mailto:)?[!-?A-~]{1,100}@[a-z0-9.-]{3,100}", re.IGNORECASE)


def crawl_plan(
    addresses: Sequence[str],
    contact: str | None,
    purpose: CollectionPurpose | None,
    subject: str | None,
    case_id: CaseId | None,
    *,
    pages: int = PAGES,
    depth: int = DEPTH,
    delay_s: float = DELAY_S,
) -> Plan:
    """The plan; raises BadUseError for what is no web address, or where no contact is named."""
    if not addresses or len(addresses) > MAX_ADDRESSES or not all(map(_is_address, addresses)):
        raise BadUseError(
            "bad_address",
            "That is no web address to begin with.",
            next_step="Write it like https://photos.county.example/people/",
        )
    text = (contact or "").strip()
    if not CONTACT.fullmatch(text):
        raise BadUseError(
            "no_contact",
            "A crawl says whom the site's owner can turn to, and nobody is named.",
            "Every request carries it in its user agent.",
            "Name a page or an e-mail address: --contact https://police.example/collection, or set"
            " FACEWARDEN_CRAWL_CONTACT.",
        )
    where = {"first": list(addresses), "contact": text, "pages": pages, "depth": depth, "delay_s": delay_s}
    return Plan(CollectionKind.CRAWL, where, purpose, subject, case_id)


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and "@" not in parts.netloc and text.isprintable()
