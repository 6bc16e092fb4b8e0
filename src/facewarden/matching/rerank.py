"""The exact order of what a rough scan brought: best first.

It never adds a face that the scan did not bring, and never drops one for what it is: only for its rank.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import BadUseError
from facewarden.matching.similarity import similarities


def rerank(
    probe: NDArray[np.float32], templates: NDArray[np.float32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The rows of the `count` nearest templates and their exact similarities, best first.

    `probe`: (dimension,), `templates`: (N, dimension), both float32 and L2-normalised. Both arrays returned
    are as long as min(count, N). Equal similarities keep the order of the rows, so that the same question
    gets the same answer. BadUseError for a negative count or shapes that do not fit.
    """
    if count < 0:
        raise BadUseError("bad_count", f"Between 0 and all candidates can be asked for, not {count}.")
    scores = similarities(probe, templates)
    order = np.argsort(-scores, kind="stable")[:count].astype(np.int64)
    return order, scores[order]
