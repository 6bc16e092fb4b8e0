"""Collections in the app: how far they are, why photos were refused, and their reins."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from facewarden.bootstrap.installation import Installation
from facewarden.domain.collections import CollectionKind, Plan
from facewarden.domain.jobs import JobState
from facewarden.domain.sources import LegalBasis
from facewarden.domain.uploads import Upload
from facewarden.errors import UnavailableError
from facewarden.services.collecting.collection_work import BUSY_WAIT_S, CollectionWorker
from facewarden.services.refusal import RefusedError
from tests.conftest import INVESTIGATOR_PASSWORD, OPERATOR_PASSWORD, OVERSEER_PASSWORD
from tests.unit.web.builders import Browser


@pytest.fixture
def installation(open_agency: Callable[[], Installation]) -> Installation:
    return open_agency()


def signed_in(installation: Installation, name: str, password: str) -> Browser:
    browser = Browser(installation)
    browser.get("/sign-in")
    browser.post("/sign-in", {"name": name, "password": password, "next": "/sources"})
    return browser


@pytest.fixture
def collection(installation: Installation, tmp_path: Path) -> str:
    """A folder of files that are no pictures, and one that cannot be listed: taken in without any model."""
    folder = tmp_path / "empty"
    folder.mkdir()
    for number in range(200):
        (folder / f"{number:03}.jpg").write_bytes(b"text %d" % number)
    actor = installation.sign_in.actor_of(installation.sign_in.sign_in("operator", OPERATOR_PASSWORD))
    plan = Plan(CollectionKind.FOLDER, {"path": str(folder)})
    return installation.ways_in.collecting.start(actor, installation.sources.named("drawn"), plan).job_id


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_collection_is_watched_paused_gone_on_with_and_worked_on_by_the_server(
    installation: Installation, collection: str
) -> None:
    ways_in = installation.ways_in
    ways_in.worker().run(collection, steps=3)
    operator = signed_in(installation, "operator", OPERATOR_PASSWORD)
    assert "Collections" in operator.get("/collections").text
    shown = text_of(operator.get(f"/collections/{collection}").text)
    assert "Photos 32 of 200" in shown
    assert "The file is not an image. not_an_image 32" in shown
    listed = shown.partition("Files that could not be used")[2]
    assert "000.jpg The file is not an image. Send the original photo" in listed
    assert "Nobody is at work at this moment" in shown

    paused = operator.post(f"/collections/{collection}/pause", {})
    assert "paused" in text_of(paused.text)
    assert ways_in.work_left_alone(lambda: False) is False
    twice = operator.post(f"/collections/{collection}/pause", {})
    assert "This collection is paused" in text_of(twice.text)

    operator.post(f"/collections/{collection}/resume", {})
    assert ways_in.work_left_alone(lambda: False) is True
    done = text_of(operator.get(f"/collections/{collection}").text)
    assert "Photos 200 of 200" in done
    assert ways_in.collecting.find(collection).state is JobState.DONE


class OftenBusy:
    """The parts, of which every third claim finds the records in the hands of another writer."""

    def __init__(self, parts) -> None:
        self._parts, self.asked = parts, 0

    def __getattr__(self, name: str):
        return getattr(self._parts, name)

    def claim(self, job_id, worker=None):
        self.asked += 1
        if self.asked % 3 == 1:
            raise UnavailableError("records_busy", "The records are in use by another writer.")
        return self._parts.claim(job_id, worker)


def test_records_that_others_hold_for_long_do_not_end_a_collection(installation: Installation, collection: str) -> None:
    tools, waited = installation.ways_in.worker()._tools, []
    busy = replace(tools, parts=OftenBusy(tools.parts))
    CollectionWorker(busy, waited.append).run(collection)
    done = installation.ways_in.collecting.find(collection)
    assert (done.state, done.progress["photos"]) == (JobState.DONE, 200)
    assert BUSY_WAIT_S in waited


def test_what_was_given_up_stays_given_up(installation: Installation, collection: str) -> None:
    operator = signed_in(installation, "operator", OPERATOR_PASSWORD)
    assert "cancelled" in text_of(operator.post(f"/collections/{collection}/cancel", {}).text)
    assert "This collection is cancelled" in text_of(operator.post(f"/collections/{collection}/resume", {}).text)


def test_an_investigator_sees_no_collection_and_changes_none(installation: Installation, collection: str) -> None:
    ana = signed_in(installation, "ana", INVESTIGATOR_PASSWORD)
    assert "not for your role" in ana.get("/collections").text
    assert "not for your role" in ana.get(f"/collections/{collection}").text
    ana.post(f"/collections/{collection}/cancel", {})
    assert installation.ways_in.collecting.find(collection).state is JobState.RUNNING


def test_a_crawl_is_begun_in_the_app_and_refused_there_with_the_rule(
    installation: Installation, activated, collection: str
) -> None:
    operator = signed_in(installation, "operator", OPERATOR_PASSWORD)
    assert "No website is an active source" in operator.get("/collections/crawl").text
    activated(installation, "county", LegalBasis.OWNER_CONSENT, "IT", ("photos.county.example",))
    form = {
        "source": "county",
        "addresses": "https://photos.county.example/",
        "purpose": "missing_persons",
        "contact": "https://police.example",
    }
    refused = operator.post("/collections/crawl", form)
    assert "photos.eu_subject" in refused.text
    assert "Nothing was fetched" in refused.text
    assert "nobody is named" in operator.post("/collections/crawl", {**form, "contact": ""}).text
    assert "none of the source" in operator.post(
        "/collections/crawl", {**form, "addresses": "https://elsewhere.example/"}
    ).text  # fmt: skip


def test_a_collection_that_does_not_exist_is_said_not_to(installation: Installation) -> None:
    operator = signed_in(installation, "operator", OPERATOR_PASSWORD)
    assert "There is no collection of that id" in operator.get("/collections/jo_none").text


def test_one_photo_is_taken_in_in_the_app_and_its_fate_told_at_once(
    installation: Installation, plain_faces: list[bytes]
) -> None:
    operator = signed_in(installation, "operator", OPERATOR_PASSWORD)

    def uploaded(content: bytes) -> str:
        files = {"photo": ("a.jpg", content, "image/jpeg")}
        return text_of(operator.post("/collections/photo", {"source": "drawn"}, files=files).text)

    assert "Taken in, with 1 face" in uploaded(plain_faces[0])
    assert "known already" in uploaded(plain_faces[0])
    assert "not_an_image" in uploaded(b"no picture")
    assert "No photo was given" in text_of(operator.post("/collections/photo", {"source": "drawn"}).text)
    ana = signed_in(installation, "ana", INVESTIGATOR_PASSWORD)
    assert "not for your role" in ana.get("/collections/photo").text


def zipped(*members: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def test_many_files_and_a_zip_are_taken_in_as_one_collection_and_nothing_of_them_stays(
    installation: Installation,
) -> None:
    ways_in, operator = installation.ways_in, signed_in(installation, "operator", OPERATOR_PASSWORD)
    assert "Take in many" in operator.get("/collections").text
    archive = zipped(
        *((f"inner/{number}.jpg", b"member %d" % number) for number in range(40)),
        ("../../out.jpg", b"leads out"),
        ("__MACOSX/._0.jpg", b"of no use"),
    )
    several = [("photos", (f"{number}.jpg", b"quite secret text %d" % number, "image/jpeg")) for number in range(3)]
    folder = [("folder", (f"album/{name}", b"in a folder", "image/jpeg")) for name in ("a.jpg", ".hidden")]
    sent = [*several, ("photos", ("all.zip", archive, "application/zip")), *folder]
    shown = operator.post("/collections/files", {"source": "drawn"}, files=sent)
    (collection,) = [known.job_id for known in ways_in.collecting.all()]
    assert str(shown.url).endswith(collection)
    stored = b"".join(path.read_bytes() for path in installation.data_dir.rglob("*") if path.is_file())
    assert b"quite secret text" not in stored

    ways_in.worker().run(collection, steps=2)  # the listing and a batch; another goes on with the rest
    kept = list((installation.data_dir / "photos").rglob("up_*"))
    assert kept
    assert ways_in.work_left_alone(lambda: False) is True
    done = text_of(operator.get(f"/collections/{collection}").text)
    assert "Photos 45 of 45" in done
    assert "not_an_image 44" in done
    assert "archive_path_escapes 1" in done
    assert "all.zip/../../out.jpg" in done
    assert not any(path.exists() for path in kept)


def test_an_upload_without_a_file_or_by_who_may_not_collect_keeps_nothing(installation: Installation) -> None:
    operator = signed_in(installation, "operator", OPERATOR_PASSWORD)
    assert "No photo was given" in text_of(operator.post("/collections/files", {"source": "drawn"}).text)
    otto = signed_in(installation, "otto", OVERSEER_PASSWORD)
    files = [("photos", ("a.jpg", b"text", "image/jpeg"))]
    assert otto.post("/collections/files", {"source": "drawn"}, files=files).status_code == 403
    overseer = installation.sign_in.actor_of(installation.sign_in.sign_in("otto", OVERSEER_PASSWORD))
    with pytest.raises(RefusedError):
        installation.ways_in.uploading.begin(overseer, installation.sources.named("drawn"), [Upload("a.jpg", b"text")])
    assert list((installation.data_dir / "photos").rglob("up_*")) == []
    assert installation.ways_in.collecting.all() == []
