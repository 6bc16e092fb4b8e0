"""Benches: what the real parts do, measured. Never keeps a template after it ends."""
