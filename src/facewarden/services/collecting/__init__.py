"""How photos come in, from whom, for how long, and how a source's owner has them taken down."""
