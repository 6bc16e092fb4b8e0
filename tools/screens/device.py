"""A security key of the browser's own: Chromium's virtual authenticator, plugged into one page.

Never leaves the page that it was made for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page

KEY = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": False,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Device:
    """Answers for whoever sits there, as long as the page lives."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable")
        self._id = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        """What it holds, as the browser tells it."""
        return self._session.send("WebAuthn.getCredentials", {"authenticatorId": self._id})["credentials"]

    def lose(self) -> None:
        """It holds nothing any more."""
        self._session.send("WebAuthn.clearCredentials", {"authenticatorId": self._id})

    def hold(self, credential: Mapping[str, Any]) -> None:
        """It holds that too, as `credentials` told it."""
        self._session.send("WebAuthn.addCredential", {"authenticatorId": self._id, "credential": credential})
