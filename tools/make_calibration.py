"""Makes a pack's calibration table from a folder of portraits: words and counts of scores, nothing else.

    python tools/make_calibration.py --portraits DIR --models DIR --out FILE [--pack NAME]

DIR of portraits holds gallery/, probes/ and people.csv. Templates live in memory while it runs; none is written.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from facewarden.adapters.faces_onnx import pack
from facewarden.adapters.photos_decode.decoder import SandboxDecoder
from facewarden.bench.portraits import enrol_folder
from facewarden.domain.faces import PackCard
from facewarden.matching.calibration import Calibration, CohortScores, calibrate
from facewarden.matching.trials import EnrolledSet, NonMated, mated_searches, non_mated

BEFORE_1907 = 59  # the 59th Congress ended on 3 March 1907
AFTER_1947 = 80  # the 80th began on 3 January 1947
LIMITS = (
    "Groups of people: not measured (100 probes, 89 of them of white people, tell nothing about groups).",
    "The pictures are official portraits; a camera in a street gives others, and scores from it are lower.",
    "Comparisons share people and are not independent: the bounds take them as independent and are too narrow.",
)

# What the limits of one pack's table are beside those of all.
OF_PACK = {
    "yunet-sface": (
        "Some of these people may be among the pictures that SFace was trained with; others are then harder to tell"
        " apart than these rates say.",
    )
}


def once_each(pairs: NonMated) -> NonMated:
    """Of comparisons both ways round, one for each two people: the other says nearly the same again."""
    kept = pairs.left < pairs.right
    return replace(pairs, left=pairs.left[kept], right=pairs.right[kept], scores=pairs.scores[kept])


def cohort(description: str, pairs: NonMated) -> CohortScores:
    """The scores of those pairs, and how many people are in them."""
    people = len(np.union1d(pairs.left, pairs.right))
    return CohortScores(f"{description}; {people:,} people, {len(pairs.scores):,} pairs", people, pairs.scores)


def made(
    probes: EnrolledSet, searched: EnrolledSet, enrolled: EnrolledSet, last_congress: dict[str, int], card: PackCard
) -> Calibration:
    """The calibration: `searched` and `enrolled` are the gallery with the views of a probe and of enrolment."""
    old = [person for person, congress in last_congress.items() if congress <= BEFORE_1907]
    late = [person for person, congress in last_congress.items() if congress >= AFTER_1947]

    def among(people: Sequence[str]) -> NonMated:
        return once_each(non_mated("", searched.only(people), enrolled.only(people)))

    everybody = list(last_congress)
    cohorts = {
        "probe x gallery": cohort("portraits of senators of 2021 against the gallery", non_mated("", probes, enrolled)),
        "gallery x gallery": cohort("the gallery's pictures of 1789 to 2022 against each other", among(everybody)),
        "before 1907": cohort("those who left Congress before 1907 against each other", among(old)),
        "after 1947": cohort("those who were in Congress after 1947 against each other", among(late)),
    }
    searches = mated_searches(probes, enrolled)
    return calibrate(
        searches.score[~np.isnan(searches.score)],
        cohorts,
        attempted=len(searches.people),
        pack=pack.calibrated_pack(card),
        set_name="portraits of members of the United States Congress: 1,500 in the gallery, 100 probes",
        limits=(*LIMITS, *OF_PACK.get(card.pack_id, ())),
    )


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    for name in ("--portraits", "--models", "--out"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--pack", default=pack.DEFAULT_CARD.pack_id)
    wanted = parser.parse_args()
    with (wanted.portraits / "people.csv").open(encoding="utf-8", newline="") as file:
        last_congress = {row["person_id"]: int(row["last_congress"]) for row in csv.DictReader(file)}
    engine = pack.open_pack(wanted.models, pack_id=wanted.pack)

    def told(done: int, of: int) -> None:
        sys.stderr.write(f"\r{done} of {of} ")

    with SandboxDecoder() as decoder:
        probes, searched, enrolled = (
            enrol_folder(wanted.portraits / folder, decoder, engine, as_probes=as_probes, progress=told)
            for folder, as_probes in (("probes", True), ("gallery", True), ("gallery", False))
        )
    wanted.out.write_text(
        made(probes, searched, enrolled, last_congress, engine.card).to_json() + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
