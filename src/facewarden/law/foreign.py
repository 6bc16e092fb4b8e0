"""Bodies of other countries: whether a pack permits them an account, by the name of their country.

It never permits a country that no pack in force names.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from facewarden.law.loading import Pack


def permitting_pack(packs: Iterable[Pack], place: str | None, now: datetime) -> str | None:
    """The id of a pack in force at that aware moment that permits bodies of the place's country, None if none does.

    `place` is ISO 3166 ("UA", "CA-ON"); None permits nothing.
    """
    country = (place or "").partition("-")[0]
    for pack in packs:
        if country in pack.permits_foreign and pack.in_force(now.astimezone(pack.timezone).date()):
            return pack.pack_id
    return None
