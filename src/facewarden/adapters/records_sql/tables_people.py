"""The tables about people who sign in, their keys and sessions. Never creates one: `migrations/` does."""

from __future__ import annotations
