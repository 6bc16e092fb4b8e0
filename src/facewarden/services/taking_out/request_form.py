"""What somebody fills in to be taken out or told, and what makes it a request at all.

Never asks who somebody is, and never looks into a photo.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from facewarden.domain.requests import Behalf, Channel, RequestKind
from facewarden.errors import BadUseError
from facewarden.services.people.accounts import check_place
from facewarden.services.taking_out.catalogues import DEFAULT_LANGUAGE

PHOTO_BYTES_MAX = 20_000_000
PHOTOS_MAX = 3
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_EMAIL_MAX = 254  # RFC 5321


@dataclass(frozen=True, slots=True)
class RequestForm:
    """What somebody fills in. `face_number` counts from 1, the largest first; `from_left` from 1, left to right.

    `notice_given` and `released`: they were told in writing what the photo is used for and how long, and released it
    for that. `keep_photo`: the photo may be kept, encrypted, so that they stay out when the face models change.
    """

    kind: RequestKind = RequestKind.TAKE_OUT
    behalf: str = Behalf.SELF.value
    place: str | None = None
    email: str | None = None
    language: str = DEFAULT_LANGUAGE
    face_number: int | None = None
    from_left: int | None = None
    notice_given: bool = False
    released: bool = False
    keep_photo: bool = False


def check_form(photos: Sequence[bytes], form: RequestForm, channel: Channel) -> None:
    """Nothing; raises BadUseError for a form that nobody could answer."""
    check_place(form.place)
    if form.behalf not in set(Behalf):
        raise BadUseError(
            "bad_behalf", "That is not on anybody's behalf.", next_step=f"Say one of: {', '.join(Behalf)}."
        )
    if channel is Channel.WEB or form.email is not None:
        check_email(form.email)
    if not photos:
        raise BadUseError("no_photo", "No photo was given.", next_step="Choose a photo of the face.")
    if len(photos) > PHOTOS_MAX:
        raise BadUseError("too_many_photos", f"At most {PHOTOS_MAX} photos are taken.", next_step="Choose the best.")
    if any(len(content) > PHOTO_BYTES_MAX for content in photos):
        raise BadUseError(
            "photo_too_large",
            f"A photo has at most {PHOTO_BYTES_MAX // 1_000_000} MB.",
            next_step="Crop it around the face, or save it smaller.",
        )


def check_email(email: str | None) -> None:
    """Nothing; raises BadUseError `bad_email` for what cannot be an address."""
    if email is None or len(email) > _EMAIL_MAX or not _EMAIL.fullmatch(email):
        raise BadUseError(
            "bad_email",
            "That is no e-mail address.",
            "We need one to send you the confirmation and the answer.",
            "Write it like name@example.org.",
        )
