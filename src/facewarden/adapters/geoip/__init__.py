"""Where addresses are: the operator's own map of addresses, read from a MaxMind DB file.

Never ships or fetches a map, and never answers from one whose kind or age it cannot tell.
"""
