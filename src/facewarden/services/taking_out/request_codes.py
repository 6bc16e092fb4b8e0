"""The two codes of a request: one confirms its address, one follows it.

They are made of the installation's key and never kept, and no answer says which part of one is wrong.
"""

from __future__ import annotations

import hmac
import re

from facewarden.services.taking_out.request_limits import Marker

_CODE_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none that is mistaken for another when read aloud or typed
_CODE_LENGTH = 16  # 78 bits
_CODE_GROUP = 4


class RequestCodes:
    """Makes and checks codes."""

    def __init__(self, marker: Marker) -> None:
        self._marker = marker

    def of(self, kind: str, request_id: str) -> str:
        """A code of letters and digits in groups, made of the installation's key: it is kept nowhere."""
        number = int.from_bytes(self._marker.mark(kind, request_id.encode()), "big")
        letters = ""
        for _ in range(_CODE_LENGTH):
            number, rest = divmod(number, len(_CODE_LETTERS))
            letters += _CODE_LETTERS[rest]
        return "-".join(letters[at : at + _CODE_GROUP] for at in range(0, _CODE_LENGTH, _CODE_GROUP))

    def accepts(self, kind: str, request_id: str, given: str) -> bool:
        """True only for that request's code, however it was typed; takes as long for a wrong one."""
        wanted = self.of(kind, request_id).replace("-", "")
        typed = re.sub(r"[^A-Z0-9]", "", given.upper()[:80])
        return hmac.compare_digest(wanted.encode(), typed.encode())
