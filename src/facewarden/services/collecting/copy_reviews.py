"""Look-alikes of photos that were taken down: looked at and decided one by one by a privacy officer.

Never erases one that nobody looked at: two pictures may look alike and be two pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from facewarden.domain.accounts import Actor
from facewarden.domain.audit import AuditEvent
from facewarden.domain.erasing import ErasureReason
from facewarden.domain.photos import PhotoState
from facewarden.domain.provenance import CopyReview, ReviewState
from facewarden.errors import BadUseError
from facewarden.law.actions import Action
from facewarden.law.facts import Fact
from facewarden.ports import Clock, CopyReviews, GalleryRecords, PhotoDecoder
from facewarden.services.collecting.takedown import read_sources
from facewarden.services.gate import Gate
from facewarden.services.law.facts import actor_facts
from facewarden.services.taking_out.erasing import Erasing

PICTURE_SIDE_PX = 1_200


class CopyDesk:
    """Look-alikes of photos taken down, decided one by one by a privacy officer."""

    def __init__(
        self,
        records: CopyReviews,
        gallery: GalleryRecords,
        decoder: PhotoDecoder,
        erasing: Callable[[], Erasing],
        gate: Gate,
        clock: Clock,
    ) -> None:
        self._records = records
        self._gallery = gallery
        self._decoder = decoder
        self._erasing = erasing
        self._gate = gate
        self._clock = clock

    def waiting(self, actor: Actor) -> Sequence[CopyReview]:
        """Those that nobody decided about yet, for who oversees; raises RefusedError."""
        read_sources(self._gate, self._clock, actor)
        return self._records.reviews(only_open=True)

    def picture(self, actor: Actor, takedown_id: str, photo_id: str) -> bytes:
        """The look-alike as a fresh JPEG without metadata, for the officer's eyes; RefusedError, BadUseError."""
        review = self._open(takedown_id, photo_id)
        self._gate.enter(
            Action.VIEW,
            {
                **actor_facts(actor, self._clock.now()),
                "photo_state": Fact(PhotoState.ACTIVE.value, "records: photos; no other is shown"),
                "photo_was_candidate": Fact(False, "a look-alike of a photo taken down"),
                "case_org_same": Fact(False, "no case"),
                "examination_stage": Fact("none", "no examination"),
                "blind_duty": Fact(False, "no examination"),
            },
            AuditEvent.PHOTO_VIEW_DECIDED,
            actor=actor.user.user_id,
            subject=review.photo_id,
            details={"takedown_id": takedown_id},
        )
        content = self._gallery.photo_content(review.photo_id)
        return self._decoder.render(content, max_side_px=PICTURE_SIDE_PX, crop=None)

    def decide(self, actor: Actor, takedown_id: str, photo_id: str, *, erase: bool) -> None:
        """The look-alike erased, as the letter wants, or kept: it is another picture. RefusedError, BadUseError."""
        review = self._open(takedown_id, photo_id)
        self._gate.enter(
            Action.SOURCE,
            {**actor_facts(actor, self._clock.now()), "source_change": Fact("review_copy", "given")},
            AuditEvent.COPY_REVIEWED,
            actor=actor.user.user_id,
            subject=review.photo_id,
            details={"takedown_id": takedown_id, "action": "erase" if erase else "keep", "bits": review.bits},
        )
        if erase:
            self._erasing().erase(actor, [review.photo_id], ErasureReason.TAKEDOWN)
        self._records.decide(review, ReviewState.ERASED if erase else ReviewState.KEPT, actor.user.user_id)

    def _open(self, takedown_id: str, photo_id: str) -> CopyReview:
        for review in self._records.reviews(only_open=True):
            if review.takedown_id == takedown_id and review.photo_id == photo_id:
                return review
        raise BadUseError(
            "review_unknown",
            "No such photo waits for a decision.",
            "It was decided, or is gone.",
            "List them: facewarden source reviews",
        )
