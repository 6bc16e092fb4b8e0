"""How close two templates are, as a number that rises with closeness: the cosine.

It never says what the number means: that is the calibration's work, per pack and per set.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import BadUseError

AnyScalar = TypeVar("AnyScalar", bound=np.generic)

LENGTH_TOLERANCE = 1e-3
"""How far a template's length may be from 1: float32 rounding over some hundred numbers is far below it."""


def normalised(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """The same directions with length 1, float32, (N, dimension).

    BadUseError for a vector that is all zero or not finite: it has no direction, and a cosine with it would
    be a made-up number.
    """
    values = _rows(np.asarray(vectors, dtype=np.float64))
    lengths = np.linalg.norm(values, axis=1)
    if not np.all(np.isfinite(lengths)) or np.any(lengths == 0.0):
        raise BadUseError("bad_template", "A template is all zero or not finite.")
    unit: NDArray[np.float32] = (values / lengths[:, None]).astype(np.float32)
    return unit


def similarities(probe: NDArray[np.float32], templates: NDArray[np.float32]) -> NDArray[np.float32]:
    """The cosine of the probe with each template, -1 to 1: float32, (N,).

    `probe` is (dimension,), `templates` (N, dimension), both L2-normalised. Summed in float64, so that a
    template scores the same alone and among others. BadUseError for shapes that do not fit and for vectors
    that are not normalised.
    """
    rows = checked_templates(templates)
    single = checked_templates(probe[None, :] if probe.ndim == 1 else probe)
    if single.shape[0] != 1 or (rows.shape[0] and rows.shape[1] != single.shape[1]):
        raise BadUseError("bad_template", f"A probe of shape {probe.shape} against templates {templates.shape}.")
    if not rows.shape[0]:
        return np.zeros(0, dtype=np.float32)
    cosines: NDArray[np.float64] = rows.astype(np.float64) @ single[0].astype(np.float64)
    return np.clip(cosines, -1.0, 1.0).astype(np.float32)


def similarity_matrix(probes: NDArray[np.float32], gallery: NDArray[np.float32]) -> NDArray[np.float32]:
    """The cosine of each probe with each gallery template: float32, (Q, N). For benches: float32 sums."""
    left, right = checked_templates(probes), checked_templates(gallery)
    if left.shape[1] != right.shape[1]:
        raise BadUseError("bad_template", f"Probes of shape {probes.shape} against templates {gallery.shape}.")
    products: NDArray[np.float32] = left @ right.T
    return np.clip(products, -1.0, 1.0)


def checked_templates(templates: NDArray[np.float32], dimension: int | None = None) -> NDArray[np.float32]:
    """The templates as given, known to be float32, (N, dimension), finite and of length 1.

    BadUseError otherwise. No rows at all are well.
    """
    rows = _rows(templates)
    if rows.dtype != np.float32:
        raise BadUseError("bad_template", f"Templates are float32, not {rows.dtype}.")
    if dimension is not None and rows.shape[1] != dimension:
        raise BadUseError("bad_template", f"Templates have {dimension} numbers, not {rows.shape[1]}.")
    squares = np.einsum("ij,ij->i", rows, rows)
    if not np.all(np.abs(squares - 1.0) <= 2.0 * LENGTH_TOLERANCE):  # written so that NaN fails
        raise BadUseError("bad_template", "A template is not L2-normalised.", next_step="Use normalised() first.")
    return rows


def _rows(vectors: NDArray[AnyScalar]) -> NDArray[AnyScalar]:
    if vectors.ndim != 2:
        raise BadUseError("bad_template", f"Templates come as (N, dimension), not as {vectors.shape}.")
    return vectors
