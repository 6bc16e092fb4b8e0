"""The index at a given size: times, memory, and the mates lost beside exact search.

Never a claim of accuracy: its gallery is made up with the spread that templates of real people have.
"""

from __future__ import annotations

from pathlib import Path

from facewarden.adapters.index_faiss.measurement import IndexMeasurement, measure_index
from facewarden.bench.portraits import Progress, enrol_folder
from facewarden.bootstrap import faces as bootstrap_faces
from facewarden.matching.population import Population, assumed_population, population_of


def spread(portraits: Path | None, models_dir: Path, dimension: int, progress: Progress) -> Population:
    """How templates spread: measured on the portraits (gallery/ and probes/ in it) if given, else as once measured."""
    if portraits is None:
        return assumed_population(dimension)
    with bootstrap_faces.face_parts(models_dir) as (decoder, engine):
        probes = enrol_folder(portraits / "probes", decoder, engine, as_probes=True, progress=progress)
        gallery = enrol_folder(portraits / "gallery", decoder, engine, as_probes=False, progress=progress)
    return population_of(probes, gallery, "measured on the portraits")


def measure(faces: int, population: Population, mates: int, threads: int, folder: Path | None) -> IndexMeasurement:
    """What an index of so many faces takes and loses; needs 512 bytes a face in `folder` while it runs."""
    return measure_index(faces, population, mates=mates, threads=threads, folder=folder)


def lines_of(found: IndexMeasurement) -> list[str]:
    """The measurement for a person."""
    kind = "exact" if found.exact else "4-bit codes"
    lines = [
        f"{found.faces:,} faces, {kind}, {found.threads} thread(s), {found.candidates} candidates re-ranked; templates "
        f"{found.population}.",
        f"  scan            p50 {found.scan.p50_ms:.1f} ms, p95 {found.scan.p95_ms:.1f}, p99 {found.scan.p99_ms:.1f}",
        f"  scan + re-rank  p50 {found.scan_and_rerank.p50_ms:.1f} ms, p95 {found.scan_and_rerank.p95_ms:.1f}; first "
        f"after loading {found.scan_and_rerank.first_ms:.1f}",
        f"  load {found.load_s:.2f} s, save {found.save_s:.2f} s, build {found.build_s:.1f} s; file "
        f"{found.file_bytes / 1e6:,.0f} MB, memory {found.resident_bytes / 1e6:,.0f} MB",
    ]
    for loss in found.losses:
        kept = loss.kept.get(found.candidates)
        if kept is not None:
            lines.append(
                f"  of {loss.exact_finds:,} of {found.mates:,} mates that exact search has by rank {loss.rank},"
                f" {kept:.4f} are kept"
            )
    return lines
