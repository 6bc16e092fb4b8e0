"""One accuracy measurement as a whole: probes against a gallery, every rate with its pairs and its interval.

It never says "accurate": it states what was measured, on whom, and what that cannot tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import BadUseError
from facewarden.matching.intervals import BOOTSTRAP_REPEATS
from facewarden.matching.metrics import Rate, TrueMatch, cumulative_match, error_tradeoff, rank_rate, true_match
from facewarden.matching.trials import EnrolledSet, NonMated, mated_searches, non_mated

DEEPEST_RANK = 50
FALSE_MATCH_RATES = (1e-3, 1e-4, 1e-5)
PROBE_GALLERY = "probe x gallery"
GALLERY_GALLERY = "gallery x gallery"


@dataclass(frozen=True, slots=True)
class Assessment:
    """What one measurement found. `det` holds a curve by the name of its non-mated pairs, `cmc` rank rates from 1."""

    rank_1: Rate
    rank_10: Rate
    tmr: tuple[TrueMatch, ...]
    probes: int
    probes_failed: tuple[str, ...]
    gallery: int
    gallery_failed: tuple[str, ...]
    mates_failed: int
    cmc: NDArray[np.float64]
    det: dict[str, NDArray[np.float64]]

    def as_json(self) -> dict[str, Any]:
        """The measurement as plain values. `tmr` maps a false match rate to the true match rate, null where it cannot
        be told, the non-mated pairs being probe x gallery; `tmr_detail` has each rate with each set of pairs."""
        return {
            "rank_1": self.rank_1.value,
            "rank_10": self.rank_10.value,
            "tmr": {_short(t.fmr): _value(t.rate) for t in self.tmr if t.non_mated == PROBE_GALLERY},
            "tmr_non_mated": PROBE_GALLERY,
            "tmr_detail": [asdict(t) for t in self.tmr],
            "fte": {
                "probes": len(self.probes_failed),
                "probes_tried": self.probes,
                "gallery": len(self.gallery_failed),
                "gallery_tried": self.gallery,
                "mated_pairs_missed": self.mates_failed,
            },
            "intervals": {
                "method": f"95 %, bootstrap over people, {BOOTSTRAP_REPEATS} resamples; exact where none or all failed",
                "rank_1": [self.rank_1.low, self.rank_1.high],
                "rank_10": [self.rank_10.low, self.rank_10.high],
            },
            "groups": "not measured",
        }


def assess(
    probes: EnrolledSet,
    gallery: EnrolledSet,
    *,
    rates: Sequence[float] = FALSE_MATCH_RATES,
    more_pairs: Sequence[NonMated] = (),
    repeats: int = BOOTSTRAP_REPEATS,
) -> Assessment:
    """The assessment of these probes in this gallery; mated = the same person's name in both.

    True match rates are given against probe x gallery, gallery x gallery and `more_pairs`. BadUseError when no
    person is in both sets.
    """
    searches = mated_searches(probes, gallery)
    if not searches.people:
        raise BadUseError("no_mates", "No probe has a mate in the gallery.", next_step="Name mated files alike.")
    pair_sets = [non_mated(PROBE_GALLERY, probes, gallery), non_mated(GALLERY_GALLERY, gallery), *more_pairs]
    return Assessment(
        rank_1=rank_rate(searches, 1, repeats),
        rank_10=rank_rate(searches, 10, repeats),
        tmr=tuple(true_match(searches, pairs, rate, repeats) for pairs in pair_sets for rate in rates),
        probes=len(probes.people),
        probes_failed=probes.failed,
        gallery=len(gallery.people),
        gallery_failed=gallery.failed,
        mates_failed=int(np.count_nonzero(np.isnan(searches.score))),
        cmc=cumulative_match(searches, DEEPEST_RANK),
        det={pairs.name: error_tradeoff(searches, pairs) for pairs in pair_sets},
    )


def _value(rate: Rate | None) -> float | None:
    return None if rate is None else rate.value


def _short(fmr: float) -> str:
    """1e-3 for 0.001: as the field writes it."""
    mantissa, exponent = f"{fmr:.0e}".split("e")
    return f"{mantissa}e{int(exponent)}"
