"""Which addresses are open without signing in: one short list, everything else is closed.

Never opens a whole subtree that holds anything about a person, a case or a photo.
"""

from __future__ import annotations

API_PREFIX = "/api/v1/"
STATIC_PREFIX = "/static/"
SESSION_COOKIE = "facewarden"

OPEN_ADDRESSES = frozenset(
    {
        ("GET", "/sign-in"),
        ("POST", "/sign-in"),
        ("POST", "/sign-in/passkey"),
        ("POST", "/sign-in/code"),
        ("GET", "/welcome"),  # worth something with an invitation alone
        ("POST", "/welcome"),
        ("POST", "/welcome/in"),
        ("GET", "/apply"),
        ("POST", "/apply"),
        ("POST", "/api/v1/sign-in"),
        ("GET", "/api/v1/log/checkpoint"),  # published, so that outsiders can hold the log to it
        ("GET", "/api"),  # what the API takes and gives: nothing of this installation
        ("GET", "/openapi.json"),
        # For the people in the photos: forms and a policy, nothing about anybody.
        ("GET", "/opt-out"),
        ("GET", "/opt-out/policy"),
        ("GET", "/opt-out/take-me-out"),
        ("POST", "/opt-out/take-me-out"),
        ("GET", "/opt-out/in-it"),
        ("POST", "/opt-out/in-it"),
        ("GET", "/opt-out/sent"),
        ("GET", "/opt-out/confirm"),
        ("POST", "/opt-out/confirm"),
        ("GET", "/opt-out/track"),
        ("POST", "/opt-out/track"),
        ("POST", "/opt-out/withdraw"),
        ("POST", "/opt-out/receipt"),
        ("GET", "/opt-out/receipt-check.html"),
    }
)


def is_open(method: str, path: str) -> bool:
    """True if this address answers without a session."""
    method = "GET" if method == "HEAD" else method
    if method == "GET" and path.startswith(STATIC_PREFIX) and ".." not in path:
        return True
    return (method, path) in OPEN_ADDRESSES


def is_api(path: str) -> bool:
    """True if a program asks: it brings a bearer token and gets JSON."""
    return path.startswith(API_PREFIX)
