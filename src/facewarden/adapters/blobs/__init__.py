"""Files at rest, each encrypted under a key of its own. Never writes a byte of one in the clear."""
