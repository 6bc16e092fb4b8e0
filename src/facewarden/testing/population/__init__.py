"""Drawn people who do not exist, for tests and the demo. Never evidence of accuracy: that rests on real portraits."""
