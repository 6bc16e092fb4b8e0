"""The tables about orders of packs, as durable work. Never creates one: `migrations/` does."""

from __future__ import annotations
