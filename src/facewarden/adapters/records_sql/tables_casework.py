"""The tables about cases, examinations, leads. Never creates one: `migrations/` does."""

from __future__ import annotations
