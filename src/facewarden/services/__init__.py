"""The verbs: each gathers facts, asks the law, records the intent durably, acts, and records the outcome."""
