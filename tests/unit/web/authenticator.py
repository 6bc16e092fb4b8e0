"""A security key in software: makes passkeys and signs, as WebAuthn level 2 says. For tests alone."""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Authenticator:
    """One device; every answer is the JSON that a browser would send from `origin`."""

    def __init__(self, origin="https://test.example", *, counts=True):
        self.origin, self.count, self._counts = origin, 0, counts
        self.credential_id, self._key, self.host = b"", None, ""

    def create(self, options, **changes):
        """The answer to `navigator.credentials.create`."""
        asked = json.loads(options)
        self.host = asked["rp"]["id"]
        self.credential_id, self._key = secrets.token_bytes(32), ec.generate_private_key(ec.SECP256R1())
        point = self._key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cose
        data = self._data(PRESENT | VERIFIED | ATTESTED) + attested
        statement = {"fmt": "none", "attStmt": {}, "authData": data} | changes.pop("statement", {})
        response = {"attestationObject": encoded(cbor2.dumps(statement))}
        return self._answer("webauthn.create", asked["challenge"], response, changes)

    def get(self, options, **changes):
        """The answer to `navigator.credentials.get`."""
        asked = json.loads(options)
        self.count += self._counts
        data = self._data(changes.pop("flags", PRESENT | VERIFIED))
        client = self._client("webauthn.get", asked["challenge"], changes)
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"authenticatorData": encoded(data), "signature": encoded(signature)}
        return self._answer("webauthn.get", asked["challenge"], response, changes, client)

    def _data(self, flags):
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind, challenge, changes):
        told = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(told | changes.get("client", {})).encode()

    def _answer(self, kind, challenge, response, changes, client=None):
        client = client or self._client(kind, challenge, changes)
        own = encoded(self.credential_id)
        response = response | {"clientDataJSON": encoded(client)}
        return json.dumps(
            {"id": own, "rawId": own, "type": "public-key", "response": response} | changes.get("top", {})
        )
