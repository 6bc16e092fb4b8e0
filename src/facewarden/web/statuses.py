"""Which HTTP status an error has. Never a success: what is no error has none here."""

from __future__ import annotations

from facewarden.errors import BadPhotoError, BadUseError, DamagedError, Error, NotPermittedError, UnavailableError
from facewarden.services.refusal import RefusedError

_BY_CODE = {
    "signed_out": 401,
    "sign_in_failed": 401,
    "organisation_not_active": 401,
    "sign_in_locked": 429,
    "too_many_requests": 429,
    "step_stale": 401,
    "passkey_refused": 401,
    "passkey_copied": 401,
    "unknown_passkey": 404,
    "invitation_gone": 404,
    "unknown_key": 404,
    "unknown_user": 404,
    "unknown_application": 404,
    "unknown_organisation": 404,
    "unknown_session": 404,
    "not_found": 404,
    "no_such_method": 405,
    "upload_too_large": 413,
    "unknown_case": 404,
    "unknown_search": 404,
    "unknown_lead": 404,
    "unknown_source": 404,
    "unknown_collection": 404,
    "unknown_pack": 404,
    "not_a_candidate": 404,
    "request_unknown": 404,
    "takedown_unknown": 404,
    "review_unknown": 404,
    "quarantine_unknown": 404,
    "incident_unknown": 404,
    "photo_unknown": 404,
    "probe_gone": 410,
}
_BY_CLASS: tuple[tuple[type[Error], int], ...] = (
    (RefusedError, 403),
    (NotPermittedError, 403),
    (BadPhotoError, 422),
    (BadUseError, 400),
    (UnavailableError, 503),
    (DamagedError, 500),
)


def status_of(error: Error) -> int:
    """The HTTP status of an error."""
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    return next((status for kind, status in _BY_CLASS if isinstance(error, kind)), 500)
