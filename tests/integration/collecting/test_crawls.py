"""A crawl by the law: sites on loopback, gates before the fetch, counts by ground, who may begin one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from facewarden.bootstrap import opening
from facewarden.bootstrap.installation import Installation
from facewarden.domain.audit import AuditEvent
from facewarden.domain.collections import CollectionKind, CollectionPurpose, Plan
from facewarden.domain.jobs import JobState
from facewarden.domain.provenance import Arrival
from facewarden.domain.sources import LegalBasis
from facewarden.errors import BadUseError
from facewarden.services.refusal import RefusedError
from facewarden.settings import Settings
from facewarden.testing.websites import Served, Websites
from tests.conftest import INVESTIGATOR_PASSWORD, OPERATOR_PASSWORD, Shell

OWN = ("photos.county.example", "chicago.county.example", "quiet.county.example")
ILLINOIS, WASHINGTON, ITALY = "93.184.10.1", "93.184.20.1", "93.184.30.1"


@pytest.fixture(scope="session")
def server_map(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map of addresses with three places."""
    writer = MMDBWriter(6, "GeoIP2-City", languages=["en"], ipv4_compatible=True)
    for address, country, state in ((ILLINOIS, "US", "IL"), (WASHINGTON, "US", "WA"), (ITALY, "IT", None)):
        entry = {"country": {"iso_code": country}}
        if state:
            entry["subdivisions"] = [{"iso_code": state}]
        writer.insert_network(IPSet([f"{address}/32"]), entry)
    path = tmp_path_factory.mktemp("map") / "places.mmdb"
    writer.to_db_file(str(path))
    return path


@pytest.fixture
def house(agency: Shell, server_map: Path) -> Iterator[Installation]:
    """The agency with that map, and a source that owns the hosts."""
    settings = Settings(
        agency.data,
        agency.models,
        agency.home / ".config" / "facewarden",
        None,
        None,
        None,
        1,
        ("CPUExecutionProvider",),
        server_map,
    )
    installation = opening.open_installation(settings)
    yield installation
    installation.close()


def operator(installation: Installation):
    return installation.sign_in.actor_of(installation.sign_in.sign_in("operator", OPERATOR_PASSWORD))


def page(*links: str) -> Served:
    return Served("".join(f'<img src="{link}">' for link in links).encode())


def plan(first: str = "http://photos.county.example/", **fields) -> Plan:
    where = {"first": [first], "contact": "https://police.example", "pages": 50, "depth": 5, "delay_s": 0.0}
    return Plan(CollectionKind.CRAWL, where, **{"purpose": CollectionPurpose.MISSING_PERSONS, **fields})


def begin(installation: Installation, what: Plan):
    source = installation.sources.named("county")
    return installation.ways_in.collecting.start(operator(installation), source, what, tuple(what.where["first"]))


@pytest.fixture
def county(house: Installation, activated) -> Installation:
    activated(house, "county", LegalBasis.OWNER_CONSENT, "US", OWN)
    return house


def test_a_crawl_takes_in_what_the_law_lets_it_and_counts_the_rest_by_ground(county: Installation, plain_faces) -> None:
    faces = plain_faces
    tagged = {"X-Robots-Tag": "noindex"}
    sites = Websites(
        {
            "photos.county.example": {
                "/": page(
                    "/1.jpg",
                    "/2.jpg",
                    "/again/1.jpg",
                    "/chicago/3.jpg",
                    "/private/4.jpg",
                    "/tagged.jpg",
                    "http://chicago.county.example/5.jpg",
                    "http://quiet.county.example/6.jpg",
                    "/moved.jpg",
                    "/text.jpg",
                ),
                "/robots.txt": Served(b"User-agent: *\nDisallow: /private", "text/plain"),
                "/1.jpg": Served(faces[0], "image/jpeg"),
                "/2.jpg": Served(faces[1], "image/jpeg"),
                "/again/1.jpg": Served(faces[0], "image/jpeg"),
                "/chicago/3.jpg": Served(faces[2], "image/jpeg"),
                "/private/4.jpg": Served(faces[2], "image/jpeg"),
                "/tagged.jpg": Served(faces[3], "image/jpeg", headers=tagged),
                "/moved.jpg": Served(status=302, headers={"Location": "http://else.example/x.jpg"}),
                "/text.jpg": Served(b"hello", "text/plain"),
            },
            "chicago.county.example": {"/5.jpg": Served(faces[3], "image/jpeg")},
            "quiet.county.example": {"*": Served(status=500)},
        }
    )
    sites.addresses = {"photos.county.example": [WASHINGTON], "chicago.county.example": [ILLINOIS]}
    with sites.serving():
        county.ways_in.resolver = sites
        collection = begin(county, plan())
        county.ways_in.worker().run(collection.job_id)
    done = county.ways_in.collecting.find(collection.job_id)
    refused = county.ways_in.collecting.progress(done).refused
    assert done.state is JobState.DONE
    assert done.progress["admitted"] == 2
    assert refused == {
        "filing.url_words": 2,  # the word Chicago in a path and in a host's name
        "photos.robots": 2,
        "photos.robots_tags": 1,
        "host_not_of_source": 1,
        "not_a_picture": 1,
    }
    asked = sites.paths("photos.county.example")
    assert "/chicago/3.jpg" not in asked
    assert "/private/4.jpg" not in asked
    assert sites.paths("chicago.county.example") == []
    assert "else.example" not in sites.resolved
    assert county.sources.counts()[done.source_id][0] == 2
    assert done.progress["duplicates"] == 1
    first, second = origins_of(county, "http://photos.county.example/1.jpg")
    assert (second.url, second.page_url) == ("http://photos.county.example/again/1.jpg", first.page_url)
    assert first.server_ip == second.server_ip == WASHINGTON
    assert first.fetched_at < second.fetched_at
    logged = list(county.log.entries())
    for arrival in (first, second):
        assert logged[arrival.decision_index].event == AuditEvent.PHOTO_COLLECT_DECIDED
    assert first.decision_index != second.decision_index


def origins_of(installation: Installation, url: str) -> Sequence[Arrival]:
    """Every place from which the photo of that address came."""
    numbers = [change.face_number for change in installation.records.index_feed.changes(0, 100)]
    shown = installation.records.gallery.showable(numbers).values()
    photo_id = next(face.photo.photo_id for face in shown if face.photo.url == url)
    return installation.records.photo_sources.origins(photo_id).arrivals


def test_a_server_in_illinois_is_not_connected_to(county: Installation, plain_faces) -> None:
    sites = Websites({"photos.county.example": {"/": page("/1.jpg"), "/1.jpg": Served(b"x", "image/jpeg")}})
    sites.addresses = {"photos.county.example": [ILLINOIS]}
    with sites.serving():
        county.ways_in.resolver = sites
        collection = begin(county, plan())
        county.ways_in.worker().run(collection.job_id)
    assert sites.paths("photos.county.example") == ["/robots.txt"]
    assert county.ways_in.collecting.find(collection.job_id).progress["pages_refused"] == 1


def test_a_crawl_without_a_purpose_is_refused_before_anything_is_fetched(county: Installation) -> None:
    with pytest.raises(RefusedError) as refused:
        begin(county, plan(purpose=None))
    assert refused.value.decision.rules == ("photos.purpose_named",)
    last = list(county.log.entries())[-1]
    assert (last.event, last.verdict) == (AuditEvent.INGEST_STARTED, "refuse")


def test_a_european_crawl_needs_a_subject_and_a_case(house: Installation, activated) -> None:
    activated(house, "county", LegalBasis.OWNER_CONSENT, "IT", OWN)
    for fields in ({}, {"subject": "Mario Rossi"}):
        with pytest.raises(RefusedError) as refused:
            begin(house, plan(**fields))
        assert "photos.eu_subject" in refused.value.decision.rules
    with pytest.raises(BadUseError, match="no open case"):
        begin(house, plan(subject="Mario Rossi", case_id="ca_0123456789abcdef01234567"))


def test_a_host_that_asked_to_be_left_alone_is_not_crawled(house: Installation, activated) -> None:
    activated(house, "county", LegalBasis.OWNER_CONSENT, "US", ("county.example",))
    with pytest.raises(BadUseError) as refused:
        begin(house, plan("https://media.facebook.com/"))
    assert refused.value.code == "host_not_of_source"


def test_a_crawl_is_begun_by_nobody_who_searches(county: Installation) -> None:
    ana = county.sign_in.actor_of(county.sign_in.sign_in("ana", INVESTIGATOR_PASSWORD))
    with pytest.raises(RefusedError):
        county.ways_in.collecting.start(ana, county.sources.named("county"), plan())
