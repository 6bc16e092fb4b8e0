"""Fakes, builders and made-up people for tests and the demo. Never imported by anything else."""
