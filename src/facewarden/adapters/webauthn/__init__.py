"""WebAuthn's questions and answers, by py_webauthn (ADR 0013). Never keeps anything, and trusts no attestation.

A device's word about its own make is neither asked for nor believed: a passkey is bound to a user because that user,
signed in, added it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from cbor2 import CBORError
from cryptography.exceptions import UnsupportedAlgorithm
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    generate_challenge,
    parse_attestation_object,
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from facewarden.domain.passkeys import Passkey, Site
from facewarden.errors import NotPermittedError
from facewarden.ports.passkeys import NewCredential

SERVICE_NAME = "facewarden"
TIMEOUT_MS = 120_000  # a hint to the browser: finding a key in a drawer takes a minute
MAX_ANSWER_CHARS = 16_384  # an answer without attestation certificates has some 1,500
KEY_KINDS = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
PLAIN_FORMATS = ("none", "packed")  # packed: signed by the new key itself, no certificates
_MALFORMED = (
    WebAuthnException,
    CBORError,
    UnsupportedAlgorithm,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


class WebAuthnQuestions:
    """WebAuthn level 2: what browsers are asked, and whether what they answer is true."""

    def new_challenge(self) -> bytes:
        """64 fresh random bytes."""
        return generate_challenge()

    def creation_options(
        self, site: Site, challenge: bytes, user_handle: bytes, user_name: str, known: Sequence[bytes]
    ) -> str:
        """JSON for `navigator.credentials.create`; a device that holds one of the `known` is not asked again."""
        return options_to_json(
            generate_registration_options(
                rp_id=site.host,
                rp_name=SERVICE_NAME,
                user_id=user_handle,
                user_name=user_name,
                challenge=challenge,
                timeout=TIMEOUT_MS,
                attestation=AttestationConveyancePreference.NONE,
                authenticator_selection=AuthenticatorSelectionCriteria(
                    # The name is typed anyway, and a found key tells nobody whose it is.
                    resident_key=ResidentKeyRequirement.DISCOURAGED,
                    user_verification=UserVerificationRequirement.PREFERRED,
                ),
                exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
                supported_pub_key_algs=KEY_KINDS,
            )
        )

    def request_options(self, site: Site, challenge: bytes, allowed: Sequence[bytes]) -> str:
        """JSON for `navigator.credentials.get`."""
        return options_to_json(
            generate_authentication_options(
                rp_id=site.host,
                challenge=challenge,
                timeout=TIMEOUT_MS,
                allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in allowed],
                user_verification=UserVerificationRequirement.PREFERRED,  # the password is the other factor
            )
        )

    def check_creation(self, site: Site, challenge: bytes, answer: str) -> NewCredential:
        """What the device told of its new passkey; raises NotPermittedError `passkey_refused`."""
        try:
            given = parse_registration_credential_json(_read(answer))
            attested = parse_attestation_object(given.response.attestation_object)
            if attested.fmt not in PLAIN_FORMATS or attested.att_stmt.x5c:
                raise _refused("It brought certificates that nobody asked for.")
            verified = verify_registration_response(
                credential=given,
                expected_challenge=challenge,
                expected_rp_id=site.host,
                expected_origin=site.origin,
                supported_pub_key_algs=KEY_KINDS,
            )
        except _MALFORMED as error:
            raise _refused("What the browser sent does not verify.") from error
        return NewCredential(verified.credential_id, verified.credential_public_key, verified.sign_count)

    def check_request(
        self, site: Site, challenge: bytes, answer: str, passkeys: Sequence[Passkey]
    ) -> tuple[Passkey, int]:
        """Which of the passkeys signed, and its new count; raises NotPermittedError `passkey_refused`.

        Whether the count may be this one is for the records to say, in the same step in which they store it.
        """
        try:
            given = parse_authentication_credential_json(_read(answer))
            used = next((key for key in passkeys if key.credential_id == given.raw_id), None)
            if used is None or used.site_host != site.host:
                raise _refused("That passkey is none of this account's for this address.")
            verified = verify_authentication_response(
                credential=given,
                expected_challenge=challenge,
                expected_rp_id=site.host,
                expected_origin=site.origin,
                credential_public_key=used.public_key,
                credential_current_sign_count=0,
            )
        except _MALFORMED as error:
            raise _refused("What the browser sent does not verify.") from error
        return used, verified.new_sign_count


def _read(answer: str) -> str:
    if len(answer) > MAX_ANSWER_CHARS:
        raise _refused("What the browser sent is far too long.")
    if not isinstance(json.loads(answer), dict):
        raise _refused("What the browser sent is no answer of a passkey.")
    return answer


def _refused(why: str) -> NotPermittedError:
    return NotPermittedError(
        "passkey_refused",
        "The passkey was not accepted.",
        why,
        "Try again from the beginning, on the same device. If it fails again, use another second factor.",
    )
