"""Measures the index at given sizes: times, memory, and mates lost beside exact search. JSON, one line a size.

    python tools/measure_index.py 1e6 1e7 [--portraits DIR --models DIR] [--mates 10000] [--plain] [--folder DIR]

With portraits, templates spread as theirs do; without, as was once measured on them. A size needs 512 bytes a face
in the folder while it runs; nothing is left there. Exact search of 10,000 mates in 10 million takes ten minutes.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from facewarden.adapters.faces_onnx import pack
from facewarden.adapters.index_faiss.measurement import MATES, measure_index
from facewarden.adapters.photos_decode.decoder import SandboxDecoder
from facewarden.bench.portraits import enrol_folder
from facewarden.matching.population import Population, assumed_population, population_of


def told(done: int, of: int) -> None:
    """Progress on the second stream: the first is for the JSON."""
    sys.stderr.write(f"\r{done} of {of} ")


def population(portraits: Path | None, models: Path | None) -> Population:
    """Measured on the portraits where both folders are given, else assumed."""
    if portraits is None or models is None:
        return assumed_population(pack.DEFAULT_CARD.dimension)
    engine = pack.open_pack(models)
    with SandboxDecoder() as decoder:
        probes = enrol_folder(portraits / "probes", decoder, engine, as_probes=True, progress=told)
        gallery = enrol_folder(portraits / "gallery", decoder, engine, as_probes=False, progress=told)
    return population_of(probes, gallery, "measured on the portraits")


def main() -> None:
    """Measures each size in turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("sizes", nargs="+", type=float)
    for name in ("--portraits", "--models", "--folder"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--mates", type=int, default=MATES)
    parser.add_argument("--plain", action="store_true", help="mates drawn plainly, not as widely apart as real pairs")
    wanted = parser.parse_args()
    faces = population(wanted.portraits, wanted.models)
    for size in wanted.sizes:
        found = measure_index(int(size), faces, mates=wanted.mates, hard=not wanted.plain, folder=wanted.folder)
        sys.stdout.write(json.dumps(found.as_json()) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
