"""The tables about people who want out: confirmations, quarantine, letters. Never creates one: `migrations/` does."""

from __future__ import annotations
