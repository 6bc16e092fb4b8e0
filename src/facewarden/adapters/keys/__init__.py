"""Data keys and installation keys, wrapped, in a file of their own. Never stores a key in the clear."""
