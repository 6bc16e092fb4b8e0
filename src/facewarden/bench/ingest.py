"""How many photos a second come in, by folder, web archive and crawl, with one and two workers; where the time goes.

Processor time is told beside wall time: on a machine that has other work it alone says what a photo costs.

Never measures anything but whole collections, gates, log and records included, in an installation that is deleted.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from facewarden.bench.loops import Clocked, approver, operator
from facewarden.bootstrap import opening
from facewarden.bootstrap.faces import face_parts
from facewarden.bootstrap.installation import Installation
from facewarden.domain.accounts import Actor
from facewarden.domain.collections import Collection, CollectionKind, CollectionPurpose, Plan
from facewarden.domain.ids import JobId
from facewarden.domain.photos import Fetched, Manner, OfferedFile
from facewarden.domain.sources import LegalBasis, Source, SourceKind
from facewarden.errors import BadUseError, Error, UnavailableError
from facewarden.law.photo import PhotoReader
from facewarden.law.servers import MappedPlace
from facewarden.services.collecting.crawlplan import crawl_plan
from facewarden.services.collecting.intake_report import IngestReport
from facewarden.settings import MODELS_VARIABLE, THREADS_VARIABLE, read_settings
from facewarden.testing.collections import HOST, KnownPhoto, KnownPhotos
from facewarden.testing.websites import Served, Websites

PASSWORD = "quarry-lantern-velvet-93"  # noqa: S105 - of an installation that lives for the measurement alone
BATCH = 32
REFUSED_FLOOR = 500  # photos a second that an address alone refuses (the budget of the issue)
PAGE_PICTURES = 50

Told = Callable[[str], None]


def measure(faces: Sequence[bytes], count: int, models_dir: Path, threads: int, told: Told) -> dict[str, Any]:
    """Photos a second of each way in with one and two workers of so many `threads`, and of what addresses refuse.

    `faces` are photos with one good face each; `count` photos are made of them for every run, each with fresh facts.
    """
    found: dict[str, Any] = {"photos": count, "threads_a_worker": threads, "processors": len(os.sched_getaffinity(0))}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for workers in (1, 2):
            for kind in (CollectionKind.FOLDER, CollectionKind.WARC):
                told(f"{kind}, {workers} at work")
                with _house(folder / f"{kind}-{workers}", models_dir, threads) as house:
                    plan = _plan(kind, folder / f"{kind}-{workers}-in", faces, count)
                    found[f"{kind}_{workers}"] = _run(house, plan, workers, models_dir, threads)
        told("crawl, one at work")
        with _house(folder / "crawl", models_dir, threads) as house:
            found["crawl_1"] = _crawl(house, faces, count)
        told("refused by address")
        with _house(folder / "refused", models_dir, threads) as house:
            found["refused"] = _refused(house, faces[0], max(count, 2_000))
    found["growth"] = {kind: _growth(found[f"{kind}_1"], found[f"{kind}_2"]) for kind in ("folder", "warc")}
    for name, rate in (("within_budget", "photos_a_second"), ("within_budget_by_processor", "photos_a_cpu_second")):
        found[name] = min(refused[rate] for refused in found["refused"].values()) >= REFUSED_FLOOR
    return found


def _growth(one: dict[str, Any], two: dict[str, Any]) -> dict[str, float]:
    """How much faster two workers are, and the most that two idle processors would allow: twice as fast, less what
    a photo costs more of processor time where two share the records, the log and the index."""
    cost = (two["cpu_s"] / two["photos"]) / (one["cpu_s"] / one["photos"])
    return {
        "wall": round(two["photos_a_second"] / one["photos_a_second"], 2),
        "processor_time_a_photo": round(cost, 3),
        "at_most_on_idle_processors": round(2 / cost, 2),
    }


def _run(house: Installation, plan: Plan, workers: int, models_dir: Path, threads: int) -> dict[str, Any]:
    """One collection by so many processes at once, each loaded before the clock starts."""
    collection = _begun(house, plan)
    environment = {**os.environ, MODELS_VARIABLE: str(models_dir), THREADS_VARIABLE: str(threads)}
    environment |= {"HOME": str(house.data_dir.parent), "XDG_CONFIG_HOME": str(house.data_dir.parent)}
    command = [sys.executable, "-m", "facewarden.bench.ingest", str(house.data_dir), collection.job_id]
    running = [
        subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(workers)
    ]
    for worker in running:  # models are loaded before the clock starts
        if worker.stdout is not None:
            worker.stdout.readline()
    for worker in running:  # all are let go before one is waited for
        if worker.stdin is not None:
            worker.stdin.write("go\n")
            worker.stdin.flush()
    told = [json.loads(worker.communicate()[0] or "{}") for worker in running]
    if any(worker.returncode for worker in running):
        raise UnavailableError("bench_worker_failed", "A worker of the measurement failed.")
    seconds = max(one["seconds"] for one in told)
    report = IngestReport()
    for one in told:
        report.add(IngestReport(steps=one["steps"]))
    cpu_s = sum(one["cpu_s"] for one in told)
    rate = _rate(house, collection, seconds)
    return {
        **rate,
        "cpu_s": round(cpu_s, 2),
        "cpu_ms_a_photo": round(cpu_s / rate["photos"] * 1e3, 1),
        "share_of_time": _shares(report),
    }


def _crawl(house: Installation, faces: Sequence[bytes], count: int) -> dict[str, Any]:
    """A crawl of one site on loopback that asks for no pause: what is left is ours."""
    photos = list(KnownPhotos(faces, count))
    pages = [photos[at : at + PAGE_PICTURES] for at in range(0, count, PAGE_PICTURES)]
    routes: dict[str, Any] = {f"/{photo.name}": Served(photo.content, "image/jpeg") for photo in photos}
    for number, page in enumerate(pages):
        links = "".join(f'<img src="/{photo.name}">' for photo in page) + f'<a href="/page{number + 1}">on</a>'
        routes[f"/page{number}"] = Served(links.encode())
    routes["/robots.txt"] = Served(status=404)
    first = [f"http://{HOST}/page0"]
    plan = crawl_plan(first, "https://bench.example", CollectionPurpose.MISSING_PERSONS, None, None, delay_s=0.0)
    with Websites({HOST: routes}).serving() as sites:
        house.ways_in.resolver = sites
        house.__dict__["photo_reader"] = PhotoReader.load(_OnePlace())
        collection = _begun(house, plan, SourceKind.WEBSITE)
        report = house.ways_in.worker().run(collection.job_id)
    return {**_rate(house, collection, report.seconds), "share_of_time": _shares(report)}


class _OnePlace:
    """A map on which every server is in Washington: what stands on loopback is nowhere."""

    def find(self, address: str) -> MappedPlace | None:
        """Always there."""
        return MappedPlace("US", "WA")


def _refused(house: Installation, face: bytes, count: int) -> dict[str, Any]:
    """Photos of a web archive that their host, or a word in their path, refuses: nothing of them is decoded."""
    source, owner = _source(house, SourceKind.WEB_ARCHIVE), operator(house)
    packs = house.ways_in.source_gate.enter(owner, source).packs
    fetched = Fetched(Manner.GIVEN)
    found: dict[str, Any] = {}
    for name, address in (
        ("by_host", "http://elsewhere.example/{}.jpg"),
        ("by_path", f"http://{HOST}/chicago/{{}}.jpg"),
    ):
        files = (OfferedFile(f"{n}", face + n.to_bytes(8, "big"), address.format(n), fetched) for n in range(count))
        began, cpu_began, report = time.perf_counter(), time.process_time(), IngestReport()
        while batch := list(itertools.islice(files, BATCH)):
            report.add(house.ways_in.intake.take(owner.user.user_id, source, batch, packs, lambda _: None))
        seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
        found[name] = {
            "photos_a_second": round(count / seconds),
            "photos_a_cpu_second": round(count / cpu_s),
            "grounds": dict(report.refused),
            "share_of_time": _shares(report),
        }
    return found


def _begun(house: Installation, plan: Plan, kind: SourceKind | None = None) -> Collection:
    kinds = {CollectionKind.WARC: SourceKind.WEB_ARCHIVE, CollectionKind.FOLDER: SourceKind.FILES}
    source = _source(house, kind or kinds[plan.kind])
    house.ways_in.worker()  # gates, engine and decoder are there before the clock starts
    house.decoder.self_test()
    return house.ways_in.collecting.start(operator(house), source, plan)


def _source(house: Installation, kind: SourceKind) -> Source:
    owner: Actor = operator(house)
    hosts = () if kind is SourceKind.FILES else (HOST,)
    house.sources.add(owner, "bench", LegalBasis.OWNER_CONSENT, "", "US", hosts, b"photos for measuring", kind)
    return house.sources.approve(approver(house, owner), "bench")


def _plan(kind: CollectionKind, place: Path, faces: Sequence[bytes], count: int) -> Plan:
    photos = KnownPhotos(faces, count, web=kind is CollectionKind.WARC)
    if kind is CollectionKind.WARC:
        place.write_bytes(b"".join(_record(photo) for photo in photos))
    else:
        place.mkdir()
        for photo in photos:
            (place / photo.name).write_bytes(photo.content)
    return Plan(kind, {"path": str(place)})


def _record(photo: KnownPhoto) -> bytes:
    """One answer as a gzip member of a web archive (ISO 28500), its payload's digest with it."""
    tag = f"X-Robots-Tag: {photo.robots_tag}\r\n" if photo.robots_tag else ""
    http = f"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n{tag}Content-Length: {len(photo.content)}\r\n\r\n".encode()
    digest = base64.b32encode(hashlib.sha1(photo.content, usedforsecurity=False).digest()).decode()
    length = len(http) + len(photo.content)
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Date: 2026-03-01T10:00:00Z\r\n"
        f"WARC-Target-URI: {photo.url}\r\nWARC-Payload-Digest: sha1:{digest}\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {length}\r\n\r\n"
    )
    return gzip.compress(head.encode() + http + photo.content + b"\r\n\r\n", 1)


def _rate(house: Installation, collection: Collection, seconds: float) -> dict[str, Any]:
    done = house.ways_in.collecting.find(collection.job_id)
    photos = done.progress.get("photos", 0)
    return {
        "photos": photos,
        "admitted": done.progress.get("admitted", 0),
        "seconds": round(seconds, 2),
        "photos_a_second": round(photos / seconds, 1),
    }


def _shares(report: IngestReport) -> dict[str, float]:
    whole = sum(report.steps.values()) or 1.0
    return {name: round(seconds / whole, 3) for name, seconds in sorted(report.steps.items(), key=lambda i: -i[1])}


@contextmanager
def _house(base: Path, models_dir: Path, threads: int) -> Iterator[Installation]:
    base.mkdir()
    environment = {MODELS_VARIABLE: str(models_dir), "HOME": str(base), "XDG_CONFIG_HOME": str(base)}
    settings = read_settings(str(base / "data"), {**environment, THREADS_VARIABLE: str(threads)})
    opening.create_installation(settings, "bench", "Bench", "operator", PASSWORD)
    installation = opening.open_installation(settings)
    try:
        yield installation
    finally:
        installation.close()


DIFFERENT_FACES = 24
"""How many photos are looked for: a run takes each in many times, made different."""


def plain_faces(paths: Iterable[Path], models_dir: Path, threads: int) -> list[bytes]:
    """So many of these photos, without what their files say, in which one face is found that is good enough.

    Raises BadUseError if there is none.
    """
    faces: list[bytes] = []
    with face_parts(models_dir, threads) as (decoder, engine):
        for path in itertools.islice(paths, 20 * DIFFERENT_FACES):
            content = decoder.render(path.read_bytes(), max_side_px=1_000, crop=None)
            (photo,) = decoder.decode([content])
            seen = () if isinstance(photo, Error) else engine.detect([photo.pixels])[0]
            if len(seen) == 1 and not seen[0].quality.failing():
                faces.append(content)
            if len(faces) == DIFFERENT_FACES:
                break
    if not faces:
        raise BadUseError("no_faces", "No photo there has one good face.", next_step="Give a folder of portraits.")
    return faces


def main(arguments: list[str]) -> None:
    """One worker of a measurement: loads everything, says so, waits for a line, works until the collection is done,
    and tells what it cost, its decoder's processes included."""
    data, job_id = arguments
    installation = opening.open_installation(read_settings(data, os.environ))
    worker = installation.ways_in.worker()
    installation.decoder.self_test()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with Clocked() as clock:
        report = worker.run(JobId(job_id))
        installation.close()  # the decoder's processes are counted once they have ended
    sys.stdout.write(json.dumps({"seconds": report.seconds, "cpu_s": clock.cpu_s, "steps": report.steps}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
