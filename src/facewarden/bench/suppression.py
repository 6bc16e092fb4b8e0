"""How well people who were taken out stay out, and what that costs others: measured on folders of portraits.

Never writes a template anywhere, and never states a share without its interval and the vault's size.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facewarden.matching.calibration import Calibration
from facewarden.matching.intervals import clopper_pearson
from facewarden.matching.suppression import Zone, suppression_thresholds, zones
from facewarden.matching.trials import EnrolledSet

VAULT_SIZES = (50, 100, 200, 500, 1_000)


def measure(
    asked: EnrolledSet, collected: EnrolledSet, calibration: Calibration, sizes: Sequence[int] = VAULT_SIZES
) -> list[dict[str, Any]]:
    """For each size of the vault the shares barred and quarantined, of those taken out and of others.

    `asked`: one picture a person, as it comes with a request; `collected`: another picture of each of them, and one of
    many others, as collected. A vault larger than `asked` is filled up with others' pictures, who then are not counted.
    Sizes that leave fewer others than are in the vault are left out.
    """
    return list(_measured(asked, collected, calibration, sizes))


def _measured(
    asked: EnrolledSet, collected: EnrolledSet, calibration: Calibration, sizes: Sequence[int]
) -> Iterator[dict[str, Any]]:
    place = {person: at for at, person in enumerate(collected.enrolled)}
    own = [(at, place[person]) for at, person in enumerate(asked.enrolled) if person in place]
    known = set(asked.people)
    others = [at for person, at in place.items() if person not in known]
    missed = sum(person in known for person in collected.failed)
    for size in sizes:
        pairs = own[:size]
        filler, rest = others[: max(0, size - len(pairs))], others[max(0, size - len(pairs)) :]
        if len(pairs) + len(filler) < size or not rest:
            continue
        vault = np.concatenate([asked.rows[[at for at, _ in pairs]], collected.rows[filler]])
        limits = suppression_thresholds(calibration, size)
        yield {
            "vault_size": size,
            "barred_from": round(limits.barred, 4),
            "quarantined_from": round(limits.quarantined, 4),
            "own": _shares(zones(collected.rows[[at for _, at in pairs]], vault, limits)),
            "others": _shares(zones(_rows(collected, rest), vault, limits)),
            "own_without_a_face": missed,
        }


def _rows(collected: EnrolledSet, places: Sequence[int]) -> NDArray[np.float32]:
    chosen: NDArray[np.float32] = collected.rows[list(places)]
    return chosen


def _shares(found: Sequence[Zone]) -> dict[str, Any]:
    faces = len(found)
    barred = sum(zone is Zone.BARRED for zone in found)
    caught = sum(zone is not Zone.ADMITTED for zone in found)
    return {
        "faces": faces,
        "barred": barred / faces,
        "barred_interval": clopper_pearson(barred, faces),
        "quarantined": (caught - barred) / faces,
        "caught": caught / faces,
        "caught_interval": clopper_pearson(caught, faces),
    }
