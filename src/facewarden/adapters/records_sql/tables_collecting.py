"""The tables about how photos come in: sources, letters, provenance. Never creates one: `migrations/` does."""

from __future__ import annotations
