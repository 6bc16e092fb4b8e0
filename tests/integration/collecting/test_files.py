"""Archives, lists of booking records and web archives, through the law to the gallery."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from facewarden.bootstrap.installation import Installation
from facewarden.domain.collections import CollectionKind, Plan
from facewarden.domain.jobs import JobState
from facewarden.domain.sources import LegalBasis, SourceKind
from facewarden.errors import BadUseError
from tests.conftest import OPERATOR_PASSWORD
from tests.unit.adapters.collecting.test_warc import written


def run(installation: Installation, source: str, plan: Plan):
    actor = installation.sign_in.actor_of(installation.sign_in.sign_in("operator", OPERATOR_PASSWORD))
    ways_in = installation.ways_in
    collection = ways_in.collecting.start(actor, installation.sources.named(source), plan)
    ways_in.worker().run(collection.job_id)
    done = ways_in.collecting.find(collection.job_id)
    assert done.state is JobState.DONE
    return done, ways_in.collecting.progress(done)


def test_an_archive_is_taken_in_without_being_unpacked(open_agency, plain_faces, tmp_path: Path) -> None:
    installation = open_agency()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for person in range(4):
            archive.writestr(f"people/{person}.jpg", plain_faces[person])
        archive.writestr("../../etc/escape.jpg", b"x")
    path = tmp_path / "photos.zip"
    path.write_bytes(content.getvalue())
    done, progress = run(installation, "drawn", Plan(CollectionKind.ARCHIVE, {"path": str(path)}))
    assert (progress.photos, progress.admitted, dict(progress.refused)) == (5, 4, {"archive_path_escapes": 1})
    (trouble,) = installation.ways_in.collecting.troubles(done)
    assert "member 4" in trouble.what.lower()


def test_booking_records_come_with_person_and_days_and_expunged_ones_do_not_come(
    open_agency, activated, plain_faces, tmp_path: Path
) -> None:
    installation = open_agency()
    activated(installation, "jail", LegalBasis.OWN_RECORDS, "US", (), SourceKind.BOOKING_RECORDS)
    for person in range(3):
        (tmp_path / f"{person}.jpg").write_bytes(plain_faces[person])
    path = tmp_path / "bookings.csv"
    path.write_text(
        "photo,person,taken_on,expunge_on\n"
        "0.jpg,B-100,2024-05-01,2099-01-01\n1.jpg,B-101,2024-05-01,2020-01-01\n2.jpg,B-102,,\n3.jpg,B-103,,\n"
    )
    done, progress = run(installation, "jail", Plan(CollectionKind.CSV, {"path": str(path)}))
    assert progress.admitted == 2
    assert dict(progress.refused) == {"record_expunged": 1, "unreadable": 1}
    assert "Row 5" in installation.ways_in.collecting.troubles(done)[0].what


def test_a_list_is_not_taken_from_a_source_of_another_kind(open_agency, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("photo,person\n")
    with pytest.raises(BadUseError, match="no csv comes from it"):
        run(open_agency(), "drawn", Plan(CollectionKind.CSV, {"path": str(tmp_path / "a.csv")}))


def test_a_web_archive_brings_what_comes_from_the_sources_hosts_and_names_damaged_records(
    open_agency, activated, plain_faces, tmp_path: Path
) -> None:
    installation = open_agency()
    hosts = ("photos.county.example",)
    activated(installation, "crawled", LegalBasis.OWNER_CONSENT, "US", hosts, SourceKind.WEB_ARCHIVE)
    faces = plain_faces
    content, starts = written(
        [
            ("http://photos.county.example/0.jpg", faces[0], {}),
            ("http://photos.county.example/chicago/1.jpg", faces[1], {}),
            ("http://elsewhere.example/2.jpg", faces[2], {}),
            ("http://photos.county.example/3.jpg", faces[3], {"X-Robots-Tag": "noai"}),
            ("http://photos.county.example/4.jpg", faces[4], {}),
        ]
    )
    path = tmp_path / "crawl.warc.gz"
    path.write_bytes(content[:-2_000])
    done, progress = run(installation, "crawled", Plan(CollectionKind.WARC, {"path": str(path)}))
    assert progress.admitted == 1
    refused = dict(progress.refused)
    assert {name: refused.pop(name) for name in list(refused) if not name.startswith("warc_")} == {
        "filing.url_words": 1,
        "host_not_of_source": 1,
        "photos.robots_tags": 1,
    }
    assert sum(refused.values()) == 1
    (trouble,) = installation.ways_in.collecting.troubles(done)
    assert f"byte {starts[4]}" in trouble.what
