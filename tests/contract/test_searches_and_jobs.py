"""What probes, searches and durable work promise, whatever keeps them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from facewarden.domain.gallery import StoredProbe
from facewarden.domain.ids import FaceNumber, JobId, PhotoId, SearchId, random_id
from facewarden.domain.jobs import JobState
from facewarden.domain.searches import Candidate, ProbeOrigin, SearchBasis, SearchRecord
from facewarden.errors import DamagedError, UnavailableError
from facewarden.testing.gallery import NOON


def _probe(house, expires_in: timedelta) -> StoredProbe:
    faces = (house.make.detected(), house.make.detected())
    return StoredProbe(random_id("pr"), "ca_1", "us_1", faces, NOON, NOON + expires_in)


def test_a_probe_comes_back_until_its_time_is_over(house) -> None:
    probe = _probe(house, timedelta(minutes=10))
    house.probes.add(probe, b"pixels")
    assert house.probes.find(probe.probe_id) == (probe, b"pixels")
    assert house.probes.find("pr_none") is None
    house.clock.advance(timedelta(minutes=10) - timedelta(microseconds=1))
    assert house.probes.find(probe.probe_id) is not None
    house.clock.advance(timedelta(microseconds=1))
    assert house.probes.find(probe.probe_id) is None


def test_expired_probes_are_listed_and_destroyed_with_their_files(house) -> None:
    short, long = _probe(house, timedelta(minutes=1)), _probe(house, timedelta(hours=1))
    house.probes.add(short, b"short")
    house.probes.add(long, b"long")
    expired = house.probes.expired(NOON + timedelta(minutes=1))
    assert list(expired) == [short.probe_id]
    house.probes.destroy(expired)
    house.probes.destroy(expired)
    house.probes.destroy([])
    assert list(house.probes.expired(NOON + timedelta(minutes=1))) == []
    with pytest.raises(DamagedError):
        house.blobs.get(short.probe_id)
    assert house.probes.find(long.probe_id) == (long, b"long")


def _candidate(rank: int, number: int) -> Candidate:
    return Candidate(
        rank,
        FaceNumber(number),
        PhotoId(f"ph_{number}"),
        0.75 - rank / 100,
        (1e-5, 3e-5),
        (0.1, 0.30000000000000004),
        "County records",
        "https://county.example/1",
        NOON,
    )


def _search(house, user, case, candidates: tuple[Candidate, ...]) -> SearchRecord:
    return SearchRecord(
        SearchId(random_id("sr")), case.case_id, user.user_id, NOON, 1234, 0.6123456789, "test-pack", 99, candidates
    )


def test_a_search_comes_back_with_its_candidates_in_rank(house) -> None:
    user, case = house.case()
    bare = replace(_candidate(3, 9), fmr=None, expected_lookalikes=None, url=None, captured_at=None)
    search = _search(house, user, case, (_candidate(1, 7), _candidate(2, 8), bare))
    empty = replace(_search(house, user, case, ()), searched_at=NOON + timedelta(hours=1))
    house.searches.add(search)
    house.searches.add(empty)
    # Addresses are sealed with the photo: a search keeps none.
    kept = replace(search, candidates=tuple(replace(candidate, url=None) for candidate in search.candidates))
    assert house.searches.find(search.search_id) == kept
    assert house.searches.find(SearchId("sr_none")) is None
    assert list(house.searches.of_case(case.case_id)) == [empty, kept]


def test_the_days_on_which_a_picture_was_searched_under_a_case(house) -> None:
    user, case = house.case()
    other = house.make.case(user)
    house.cases.add(other)
    origin = ProbeOrigin(original_sha256="ab" * 32)

    another = replace(origin, original_sha256="cd" * 32)
    for days, of, seen in (
        (0, case, origin),
        (0, case, origin),
        (2, case, origin),
        (3, other, origin),
        (4, case, another),
    ):
        basis = SearchBasis("1", "portraits", 10, seen, {})
        search = replace(_search(house, user, of, ()), searched_at=NOON + timedelta(days=days), basis=basis)
        house.searches.add(search)
    house.searches.add(
        replace(_search(house, user, case, ()), searched_at=NOON + timedelta(days=5))
    )  # rests on nothing
    day = NOON.date()
    assert house.searches.days_of(case.case_id, "ab" * 32) == {day, day + timedelta(days=2)}
    assert house.searches.days_of(case.case_id, "ef" * 32) == frozenset()


def test_searches_are_found_by_a_face_that_they_list(house) -> None:
    user, case = house.case()
    other = house.make.case(user)
    house.cases.add(other)
    here = _search(house, user, case, (_candidate(1, 7), _candidate(2, 8)))
    earlier = replace(_search(house, user, other, (_candidate(1, 8),)), searched_at=NOON - timedelta(seconds=1))
    later = _search(house, user, other, (_candidate(1, 8),))
    for search in (here, earlier, later, _search(house, user, case, (_candidate(1, 9),))):
        house.searches.add(search)
    found = house.searches.listing([FaceNumber(7), FaceNumber(8)], case.case_id, NOON)
    assert found == {here.search_id: user.user_id, later.search_id: user.user_id}
    assert house.searches.listing([], case.case_id, NOON) == {}


def test_an_erased_face_leaves_no_candidate_behind(house) -> None:
    user, case = house.case()
    source = house.source()
    photos = house.make.photos(source, 2)
    house.gallery.add(photos, [], None)
    numbers = [change.face_number for change in house.feed.changes(0, 10)]
    search = _search(house, user, case, tuple(_candidate(rank, number) for rank, number in enumerate(numbers, 1)))
    house.searches.add(search)
    house.withdrawals.erase([photos[0].photo.photo_id])
    found = house.searches.find(search.search_id)
    assert found is not None
    assert [candidate.face_number for candidate in found.candidates] == numbers[1:]
    assert found.redacted == 1, "the fact stays"


def test_a_job_is_held_until_its_lease_runs_out(house) -> None:
    lease = house.jobs.start("ingest", {"source_id": "so_1"}, None)
    assert house.jobs.claim("ingest") is None
    house.clock.moment = lease.leased_until
    claimed = house.jobs.claim("ingest")
    assert claimed is not None
    assert (claimed.job_id, claimed.fencing_token) == (lease.job_id, lease.fencing_token + 1)
    assert house.jobs.claim("ingest") is None
    assert house.jobs.claim("erase") is None


def test_an_old_holder_changes_nothing(house) -> None:
    source = house.source()
    lease = house.jobs.start("ingest", {"source_id": source.source_id}, None)
    house.clock.moment = lease.leased_until
    claimed = house.jobs.claim("ingest")
    new = house.make.photo(source)
    for act in (
        lambda: house.jobs.renew(lease, {"photos": 5}),
        lambda: house.jobs.finish(lease, {"photos": 5}),
        lambda: house.jobs.fail(lease, "disk_full"),
        lambda: house.gallery.add([new], [house.make.refusal(source)], lease),
    ):
        with pytest.raises(UnavailableError) as refused:
            act()
        assert refused.value.code == "lease_lost"
    assert house.feed.summary().photos == 0
    assert house.sources.counts()[source.source_id] == (0, 0)
    with pytest.raises(DamagedError):
        house.blobs.get(new.photo.photo_id)
    house.gallery.add([new], [], claimed)
    assert house.feed.summary().photos == 1


def test_a_renewed_lease_lasts_longer_and_keeps_its_token(house) -> None:
    lease = house.jobs.start("ingest", {}, None)
    house.clock.advance(timedelta(seconds=30))
    renewed = house.jobs.renew(lease, {"photos": 3})
    assert renewed.leased_until > lease.leased_until
    house.clock.moment = lease.leased_until
    assert house.jobs.claim("ingest") is None
    assert house.jobs.renew(lease, {}).fencing_token == renewed.fencing_token


def test_adding_to_the_gallery_adds_to_the_jobs_progress(house) -> None:
    _, user = house.user()
    source = house.source()
    lease = house.jobs.start("ingest", {"source_id": source.source_id}, user.user_id)
    house.gallery.add([house.make.photo(source, faces=2)], [house.make.refusal(source)], lease)
    house.gallery.add([house.make.photo(source)], [], lease)
    job = house.jobs.find(lease.job_id)
    assert job is not None
    assert job.progress == {"photos": 2, "faces": 3, "refused": 1}
    assert (job.payload, job.owner, job.state) == ({"source_id": source.source_id}, user.user_id, JobState.RUNNING)


def test_an_ended_job_is_never_claimed(house) -> None:
    done, failed = house.jobs.start("ingest", {}, None), house.jobs.start("ingest", {}, None)
    house.jobs.finish(done, {"photos": 1})
    house.jobs.fail(failed, "disk_full")
    house.clock.advance(timedelta(days=1))
    assert house.jobs.claim("ingest") is None
    assert house.jobs.find(done.job_id).state is JobState.DONE
    assert house.jobs.find(failed.job_id).failure == "disk_full"
    assert house.jobs.find(JobId("jo_none")) is None
    with pytest.raises(UnavailableError):
        house.jobs.renew(done, {})
