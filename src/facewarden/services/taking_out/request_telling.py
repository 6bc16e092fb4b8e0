"""What whoever follows a request is told of it: how far it is, its receipt, and what was found if that may be told.

Never tells what was found unless an officer checked who asks: until then everything reads the same for everybody.
"""

from __future__ import annotations

from typing import Any

from facewarden.domain.erasing import Erasure, ErasureState
from facewarden.domain.requests import PersonRequest
from facewarden.errors import BadUseError
from facewarden.ports import ErasureRecords
from facewarden.services.taking_out.receipts import Receipts
from facewarden.services.taking_out.requests import Requests


class Telling:
    """The public's side of a request that is on its way or ended."""

    def __init__(self, intake: Requests, erasures: ErasureRecords, receipts: Receipts) -> None:
        self._intake = intake
        self._erasures = erasures
        self._receipts = receipts

    def found(self, request: PersonRequest) -> Erasure | None:
        """What was erased, if it may be told; None otherwise, and while there is nothing to tell."""
        if not request.told or request.erasure_id is None:
            return None
        return self._erasures.find(request.erasure_id)

    def receipt(self, request_id: str, code: str, *, client: str | None) -> dict[str, Any]:
        """The signed receipt of a handled request, for whoever has its code.

        BadUseError `code_invalid`, `receipt_not_ready` while bytes may be left or nothing was erased or kept out.
        """
        return self.receipt_of(self._intake.follow(request_id, code, client=client).request)

    def receipt_of(self, request: PersonRequest) -> dict[str, Any]:
        """The signed receipt of a handled request; BadUseError `receipt_not_ready`."""
        erasure = self.erasure_of(request)
        if erasure is None or erasure.state is not ErasureState.DONE:
            raise BadUseError(
                "receipt_not_ready",
                "There is no receipt for this request yet.",
                "One is made once what was to be destroyed is gone.",
                "Look again tomorrow.",
            )
        return self._receipts.make(erasure, tell_what=request.told)

    def erasure_of(self, request: PersonRequest) -> Erasure | None:
        """What was erased, for the officer; None where the request ended otherwise."""
        return None if request.erasure_id is None else self._erasures.find(request.erasure_id)
