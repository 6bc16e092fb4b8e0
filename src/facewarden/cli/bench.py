"""`facewarden bench`: what the models and the index do, measured on this machine."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from facewarden.adapters.faces_onnx import pack
from facewarden.bench.honesty import Portraits, absent_probes, halves
from facewarden.bench.index import lines_of, spread
from facewarden.bench.index import measure as measure_index
from facewarden.bench.ingest import REFUSED_FLOOR, plain_faces
from facewarden.bench.ingest import measure as measure_ingest
from facewarden.bench.law import DECISIONS_PER_S_FLOOR, P99_CEILING_MS
from facewarden.bench.law import measure as measure_law
from facewarden.bench.own_set import labelled_templates
from facewarden.bench.portraits import enrol_folder, photos_in
from facewarden.bench.speed import SpeedBench
from facewarden.bench.suppression import OTHERS, PEOPLE, from_portraits
from facewarden.bench.suppression import measure as measure_suppression
from facewarden.bootstrap import faces as bootstrap_faces
from facewarden.bootstrap import law as bootstrap_law
from facewarden.cli.calibrations import (
    honesty_lines,
    own_calibration_json,
    own_calibration_lines,
    write_calibration,
)
from facewarden.cli.console import EXIT_DONE, EXIT_FAILED, Context, common_options, pass_context
from facewarden.cli.models import build_pack, directory
from facewarden.matching.assessment import Assessment, assess
from facewarden.matching.labelled import calibrate_set
from facewarden.matching.plots import cmc_figure, det_figure
from facewarden.services.casework.policy import candidate_threshold


@click.group()
def bench() -> None:
    """Measure accuracy and speed."""


@bench.command()
@click.option("--gallery", type=click.Path(path_type=Path), required=True, help="A photo a person, named by person.")
@click.option("--probes", type=click.Path(path_type=Path), required=True, help="Others of some of these people.")
@click.option("--plots", type=click.Path(path_type=Path), help="A folder for the DET and CMC curves (SVG).")
@click.option("--pack", "pack_id", default=bootstrap_faces.DEFAULT_PACK, help="The face pack to measure.")
@directory
@common_options
@pass_context
def accuracy(context: Context, gallery: Path, probes: Path, plots: Path | None, pack_id: str, models_dir: Path) -> None:
    """Search every probe in the gallery: ranks, true match rates with which pairs were non-mated, failures to enrol."""
    if pack_id == bootstrap_faces.DEFAULT_PACK:
        build_pack(models_dir)
    started = time.monotonic()
    with bootstrap_faces.face_parts(models_dir, pack_id=pack_id) as (decoder, engine), _bar() as bar:
        gallery_set = enrol_folder(gallery, decoder, engine, as_probes=False, progress=_step(bar, "gallery"))
        probe_set = enrol_folder(probes, decoder, engine, as_probes=True, progress=_step(bar, "probes"))
        card = engine.card
    found = assess(probe_set, gallery_set)
    written = write_plots(found, plots) if plots else []
    result: dict[str, Any] = {"pack": {"pack_id": card.pack_id, "version": card.version}, **found.as_json()}
    result |= {
        "views": {"gallery": card.enrol_views, "probes": card.probe_views},
        "seconds": round(time.monotonic() - started, 1),
        "plots": written,
    }
    context.done(result, _accuracy_lines(found, written))


@bench.command()
@click.option("--photos", "folder", type=click.Path(path_type=Path), required=True, help="A folder of portraits.")
@click.option("--count", type=click.IntRange(8, 2_000), default=60, help="How many of them.")
@click.option("--rounds", type=click.IntRange(1, 20), default=3, help="How many times in turn.")
@click.option("--threads", type=click.IntRange(1, 256), default=len(os.sched_getaffinity(0)))
@directory
@common_options
@pass_context
def speed(context: Context, folder: Path, count: int, rounds: int, threads: int, models_dir: Path) -> None:
    """Embedding beside dlib, and a whole ingest beside the library face_recognition, on the same photos in one run."""
    build_pack(models_dir)
    measuring = SpeedBench(folder, models_dir, models_dir.parent / "peers", threads)
    measuring.install_peers()
    found = measuring.measure(count, rounds, lambda step: print(step, file=sys.stderr))
    context.done(found, _speed_lines(found))


@bench.command()
@click.option("--seconds", type=click.FloatRange(0.5, 600), default=5.0, help="How long to decide.")
@common_options
@pass_context
def law(context: Context, seconds: float) -> int:
    """Decisions a second on one core with every pack, and how long the slowest hundredth takes."""
    found = measure_law(bootstrap_law.packs_of(None, ["all"]), bootstrap_law.now(), seconds)
    lines = [
        f"{found['packs']} packs, {found['rules']} rules, {found['acts']} different acts, each evaluated anew.",
        f"{found['decisions_per_s']:,} decisions a second on one core ({found['decisions_per_cpu_s']:,} a second of"
        f" processor time); p50 {found['p50_ms']} ms, p99 {found['p99_ms']} ms ({found['p99_cpu_ms']} ms of it"
        f" processor time), worst {found['worst_ms']} ms.",
        f"Budget: {DECISIONS_PER_S_FLOOR:,} a second, p99 {P99_CEILING_MS:g} ms: "
        + ("kept." if found["within_budget"] else "NOT kept."),
    ]
    context.done(found, lines)
    return EXIT_DONE if found["within_budget"] else EXIT_FAILED


@bench.command()
@click.option("--asked", type=click.Path(path_type=Path), required=True, help="A photo a person, as with a request.")
@click.option("--collected", type=click.Path(path_type=Path), required=True, help="Others of them, and other people.")
@click.option("--people", type=click.IntRange(1, 5_000), default=PEOPLE, help="How many were taken out.")
@click.option("--others", type=click.IntRange(1, 1_000_000), default=OTHERS, help="How many made-up others.")
@directory
@common_options
@pass_context
def suppression(context: Context, asked: Path, collected: Path, people: int, others: int, models_dir: Path) -> None:
    """Who was taken out and comes back by another photo: shares barred and set aside, of theirs and of others'."""
    build_pack(models_dir)
    with bootstrap_faces.face_parts(models_dir) as (decoder, engine), _bar() as bar:
        setting = from_portraits(asked, collected, decoder, engine, _step(bar, "portraits"), people, others)
    found = list(measure_suppression(setting, pack.default_calibration()))
    lines = ["Shares with 95 % intervals (Clopper-Pearson, faces taken as independent)."]
    for row in found:
        own = row["own"]
        lines.append(
            f"vault {row['vault_size']:>5,}  from {row['barred_from']:.4f} / {row['quarantined_from']:.4f}"
            f"  own ({own['faces']}): barred {_share(own, 'barred')}, caught {_share(own, 'caught')}"
        )
        lines += [
            f"             others, {origin} ({seen['faces']:,}): barred {_share(seen, 'barred')},"
            f" quarantined {_share(seen, 'quarantined')}"
            for origin, seen in row["others"].items()
        ]
    context.done({"sizes": found}, lines)


@bench.command()
@click.option("--gallery", type=click.Path(path_type=Path), required=True, help="A photo a person, named by person.")
@click.option("--probes", type=click.Path(path_type=Path), required=True, help="Others of some of these people.")
@directory
@common_options
@pass_context
def honesty(context: Context, gallery: Path, probes: Path, models_dir: Path) -> None:
    """Look-alikes foretold by one half of the people and met in the other; probes known to be absent, beside dlib."""
    build_pack(models_dir)
    with bootstrap_faces.face_parts(models_dir) as (decoder, engine), _bar() as bar:
        gallery_set = Portraits(gallery, decoder, engine, _step(bar, "gallery"), as_probes=False)
        probe_set = Portraits(probes, decoder, engine, _step(bar, "probes"), as_probes=True)
    kept = halves(gallery_set.people, gallery_set.searched, gallery_set.enrolled)
    absent = absent_probes(probe_set, gallery_set, candidate_threshold(pack.default_calibration()))
    context.done({"halves": kept, "absent_probes": absent}, honesty_lines(kept, absent))


@bench.command()
@click.option("--set", "folder", type=click.Path(path_type=Path), required=True, help="SET/PERSON/*.jpg, people.csv.")
@click.option("--out", type=click.Path(path_type=Path), help="Where to write the calibration.")
@click.option("--name", help="What the set is, as it is shown beside every number made from it.")
@click.option("--pack", "pack_id", default=bootstrap_faces.DEFAULT_PACK, help="The face pack to calibrate.")
@directory
@common_options
@pass_context
def calibrate(
    context: Context, folder: Path, out: Path | None, name: str | None, pack_id: str, models_dir: Path
) -> None:
    """Make a calibration from a set of your own: several pictures of known people, groups where the set names them."""
    build_pack(models_dir)
    with bootstrap_faces.face_parts(models_dir, pack_id=pack_id) as (decoder, engine), _bar() as bar:
        found = labelled_templates(folder, decoder, engine, _step(bar, "set"))
        card = engine.card
    title = name or f"{len(found.attempted):,} people, {sum(found.attempted.values()):,} pictures of the operator's own"
    made = calibrate_set(found, pack=pack.calibrated_pack(card), set_name=title)
    if out is not None:
        write_calibration(made, out)
    context.done(own_calibration_json(made), own_calibration_lines(made, out))


def _share(shares: dict[str, Any], name: str) -> str:
    low, high = shares[f"{name}_interval"]
    return f"{shares[name]:.3f} [{low:.3f}, {high:.3f}]"


def _speed_lines(found: dict[str, Any]) -> list[str]:
    embedding, ingest = found["embedding"], found["ingest"]
    per_face = {
        name: statistics.median(turn[name]["wall_ms"] for turn in embedding["turns"]) for name in ("facewarden", "dlib")
    }
    lines = [
        f"{found['threads']} threads for facewarden; dlib-bin has no BLAS and uses one. Ratios: peer over facewarden.",
        f"embedding, {embedding['faces']} faces: {per_face['facewarden']:.2f} ms a face, dlib {per_face['dlib']:.2f};"
        f" wall {embedding['ratio_wall']:.1f}x, processor {embedding['ratio_cpu']:.1f}x; largest difference"
        f" {embedding['largest_difference']:.1e}",
    ]
    for name in ("facewarden", "face_recognition"):
        runs = ingest[name]
        wall, cpu = (statistics.median(run[key] / run["photos"] * 1e3 for run in runs) for key in ("wall_s", "cpu_s"))
        lines.append(f"ingest, {name}: {wall:.1f} ms a photo, {cpu:.1f} ms of processor time, {runs[0]['faces']} faces")
    return [*lines, f"ingest ratio: wall {ingest['ratio_wall']:.1f}x, processor {ingest['ratio_cpu']:.1f}x (medians)"]


@bench.command("index")
@click.option("--faces", type=click.IntRange(1_000, 100_000_000), default=1_000_000, help="How large a gallery.")
@click.option("--mates", type=click.IntRange(100, 100_000), default=10_000, help="How many mates to look for.")
@click.option("--threads", type=click.IntRange(1, 256), default=1, help="Threads of one search.")
@click.option("--portraits", type=click.Path(path_type=Path), help="A folder with gallery/ and probes/ to spread by.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where 512 bytes a face lie while it runs.")
@directory
@common_options
@pass_context
def index(
    context: Context,
    faces: int,
    mates: int,
    threads: int,
    portraits: Path | None,
    folder: Path | None,
    models_dir: Path,
) -> None:
    """Build, save, load and search an index of made-up templates: times, memory, mates lost beside exact search."""
    build_pack(models_dir)
    with _bar() as bar:
        packs = {card.pack_id: card for card in bootstrap_faces.list_packs(models_dir)}
        card = packs[bootstrap_faces.DEFAULT_PACK]
        population = spread(portraits, models_dir, card.dimension, _step(bar, "portraits"))
    found = measure_index(faces, population, mates, threads, folder)
    context.done(found.as_json(), lines_of(found))


@bench.command("http")
@click.option("--faces", type=click.IntRange(0, 20_000_000), default=1_000_000, help="Made-up faces beside the demo's.")
@click.option("--people", type=click.IntRange(12, 500), default=24, help="Drawn people of the demo.")
@click.option("--alone", type=click.IntRange(10, 200), default=100, help="Searches one after another.")
@click.option("--together", type=click.IntRange(16, 160), default=160, help="Searches by eight at a time.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where the installation lies while it runs.")
@directory
@common_options
@pass_context
def over_http(
    context: Context, faces: int, people: int, alone: int, together: int, folder: Path | None, models_dir: Path
) -> int:
    """Search a large gallery over HTTP: one after another, then eight at a time, each with a photo of a megapixel."""
    from facewarden.cli import latencies  # draws people: nothing else here needs it

    build_pack(models_dir)
    found = latencies.measured(models_dir, faces, people, alone, together, folder)
    context.done(found, latencies.lines(found))
    return EXIT_DONE if found["within_budget"] else EXIT_FAILED


@bench.command("ingest")
@click.option("--photos", "folder", type=click.Path(path_type=Path), required=True, help="A folder of portraits.")
@click.option("--count", type=click.IntRange(64, 100_000), default=512, help="How many photos each run takes in.")
@click.option("--threads", type=click.IntRange(1, 256), default=1, help="Threads of one worker.")
@directory
@common_options
@pass_context
def ingest(context: Context, folder: Path, count: int, threads: int, models_dir: Path) -> int:
    """Photos a second by folder, web archive and crawl, with one and two workers, and the share of each step."""
    build_pack(models_dir)
    faces = plain_faces(photos_in(folder), models_dir, threads)
    found = measure_ingest(faces, count, models_dir, threads, lambda step: print(step, file=sys.stderr))
    lines = [f"{found['processors']} processors, {found['threads_a_worker']} threads a worker; {count:,} photos a run."]
    for name in ("folder_1", "folder_2", "warc_1", "warc_2", "crawl_1"):
        run = found[name]
        shares = ", ".join(f"{step} {share:.0%}" for step, share in run.get("share_of_time", {}).items())
        cost = f", {run['cpu_ms_a_photo']} ms of processor time each" if "cpu_ms_a_photo" in run else ""
        rate = f"{run['photos_a_second']:>7.1f} photos a second{cost}, {run['admitted']:,} admitted"
        lines.append(f"{name:<9} {rate}  {shares}")
    for name, grown in found["growth"].items():
        lines.append(
            f"{name}, two workers: {grown['wall']}x as fast; by processor time at most"
            f" {grown['at_most_on_idle_processors']}x on idle processors"
        )
    for name, run in found["refused"].items():
        lines.append(
            f"refused {name.replace('_', ' ')}: {run['photos_a_second']:,} photos a second"
            f" ({run['photos_a_cpu_second']:,} a second of processor time), none decoded"
        )
    kept, by_processor = found["within_budget"], found["within_budget_by_processor"]
    lines.append(
        f"Budget: {REFUSED_FLOOR:,} a second refused by address: {'kept' if kept else 'NOT kept'};"
        f" by processor time {'kept' if by_processor else 'NOT kept'}."
    )
    context.done(found, lines)
    return EXIT_DONE if found["within_budget"] else EXIT_FAILED


@bench.command("erase")
@click.option("--faces", type=click.IntRange(0, 20_000_000), default=1_000_000, help="Made-up faces beside the demo's.")
@click.option("--people", type=click.IntRange(12, 500), default=12, help="Drawn people of the demo.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where the installation lies while it runs.")
@directory
@common_options
@pass_context
def erase(context: Context, faces: int, people: int, folder: Path | None, models_dir: Path) -> int:
    """Take one person out of a large gallery: seconds until hidden, and until the bytes are gone."""
    from facewarden.cli import erasure_times  # draws people: nothing else here needs it

    build_pack(models_dir)
    found = erasure_times.measured(models_dir, faces, people, folder)
    context.done(found, erasure_times.lines(found))
    return EXIT_DONE if found["within_budget"] else EXIT_FAILED


def write_plots(found: Assessment, folder: Path) -> list[str]:
    """Writes det.svg and cmc.svg into the folder and gives their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    people = f"{found.probes} probes, {found.gallery} people"
    figures = {
        "det.svg": det_figure(found.det, f"Detection error tradeoff, {people}"),
        "cmc.svg": cmc_figure({"probes": found.cmc}, f"Cumulative match, {people}"),
    }
    for name, figure in figures.items():
        (folder / name).write_text(figure.svg, "utf-8")
    return [str(folder / name) for name in figures]


def _accuracy_lines(found: Assessment, written: list[str]) -> list[str]:
    lines = [
        f"{found.probes} probes in a gallery of {found.gallery} people, one photo each. 95 % intervals by bootstrap"
        " over people.",
        f"rank 1   {found.rank_1.value:.3f}  [{found.rank_1.low:.3f}, {found.rank_1.high:.3f}]",
        f"rank 10  {found.rank_10.value:.3f}  [{found.rank_10.low:.3f}, {found.rank_10.high:.3f}]",
        "True match rate at a false match rate, by the non-mated pairs that it was set on:",
    ]
    for item in found.tmr:
        rate = item.rate
        shown = "cannot be told" if rate is None else f"{rate.value:.3f}  [{rate.low:.3f}, {rate.high:.3f}]"
        lines.append(f"  {item.non_mated:<20} FMR {item.fmr:.0e}  {shown}")
    lines.append(
        f"Failures to enrol: {len(found.gallery_failed)} of {found.gallery} gallery photos, {len(found.probes_failed)}"
        f" of {found.probes} probes; {found.mates_failed} mated pairs counted as missed. By group: not measured."
    )
    return lines + [f"Plot: {path}" for path in written]


def _bar() -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=console, disable=not sys.stderr.isatty())


def _step(bar: Progress, name: str) -> Callable[[int, int], None]:
    task = bar.add_task(f"Templates of the {name}", total=None)
    return lambda done, total: bar.update(task, completed=done, total=total)
