"""Another face pack: verified, opened with its own calibration, and the pack of before going on for who is kept out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from facewarden.adapters.faces_onnx import pack
from facewarden.bootstrap import faces as bootstrap_faces
from facewarden.bootstrap import opening
from facewarden.bootstrap.installation import Installation
from facewarden.domain.erasing import ErasureReason, NewSuppression
from facewarden.domain.ids import random_id
from facewarden.errors import DamagedError, UnavailableError
from facewarden.settings import Settings
from tests.conftest import Shell
from tests.integration.erasing.conftest import Office, altered
from tests.integration.erasing.second_pack import DIMENSION, NAME, build_second_pack, write_manifest

pytestmark = pytest.mark.slow
DEFAULT = pack.DEFAULT_CARD.pack_id


@pytest.fixture(scope="module")
def people(drawn_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen drawn people, a folder each, as a set for a calibration."""
    folder = tmp_path_factory.mktemp("people")
    for path in sorted(drawn_folder.iterdir())[:32]:
        person = folder / path.name.partition("-")[0]
        person.mkdir(exist_ok=True)
        (person / path.name).symlink_to(path)
    return folder


@pytest.fixture(scope="module")
def both_packs(models_dir: Path, people: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with the default pack and another one, which has a calibration of its own."""
    folder = tmp_path_factory.mktemp("models")
    _linked(models_dir / DEFAULT, folder / DEFAULT)
    build_second_pack(folder, people)
    return folder


def _linked(pack_folder: Path, to: Path) -> None:
    """A copy of the pack in which the small files may be changed."""
    to.mkdir()
    for path in pack_folder.iterdir():
        if path.suffix == ".json":
            (to / path.name).write_bytes(path.read_bytes())
        else:
            (to / path.name).symlink_to(path)


@pytest.fixture
def own_packs(both_packs: Path, tmp_path: Path) -> Path:
    """A models folder with both packs, to be changed."""
    for name in (DEFAULT, NAME):
        (tmp_path / "models").mkdir(exist_ok=True)
        _linked(both_packs / name, tmp_path / "models" / name)
    return tmp_path / "models"


def _settings(agency: Shell, models: Path, pack_id: str | None) -> Settings:
    config = agency.home / ".config" / "facewarden"
    return Settings(agency.data, models, config, None, None, None, 1, ("CPUExecutionProvider",), pack=pack_id)


@pytest.fixture
def with_pack(agency: Shell):
    """Opens the agency, whose gallery is empty, with that models folder and that pack; one at a time."""
    opened: list[Installation] = []

    def open_it(models: Path, pack_id: str | None = None) -> Installation:
        while opened:
            opened.pop().close()
        opened.append(opening.open_installation(_settings(agency, models, pack_id)))
        return opened[-1]

    yield open_it
    for installation in opened:
        installation.close()


@pytest.fixture
def photo(population) -> Callable[[int], bytes]:
    return lambda person: altered(population.photo(person, 1).content, "as it is")


def _officer(agency: Shell) -> None:
    person = ("--org", "Rivermouth Police", "--password-stdin")
    agency.json("user", "add", "olga", "--role", "privacy_officer", *person, stdin="quiet-harbour-lamp-8\n")
    agency.login("olga", "quiet-harbour-lamp-8")


def _keep_out(office: Office, installation: Installation, content: bytes, *, keep_photo: bool = False) -> str:
    """The face of that photo kept out with the pack of the day, as an officer does it."""
    pixels = installation.decoder.decode([content])[0].pixels
    face = installation.engine.detect([pixels])[0][0]
    template = installation.engine.templates([pixels], [face], installation.card.probe_views)[0]
    more = {"face": face, "photo": content} if keep_photo else {}
    suppression = NewSuppression(random_id("sup"), template, installation.card.pack_id, **more)
    installation.taking_out.erasing.erase(
        office.officer(installation), [], ErasureReason.OPT_OUT, suppression=suppression
    )
    return suppression.suppression_id


def test_a_second_pack_is_opened_with_its_own_numbers_and_calibration(both_packs: Path, agency: Shell) -> None:
    engine = pack.open_pack(both_packs, pack_id=NAME)
    assert engine.card.dimension == DIMENSION
    calibration = bootstrap_faces.open_calibration(_settings(agency, both_packs, NAME), engine.card)
    assert calibration.pack == pack.calibrated_pack(engine.card)
    assert calibration != pack.default_calibration()
    assert [card.pack_id for card in bootstrap_faces.list_packs(both_packs)] == [DEFAULT, NAME]


def test_a_pack_whose_file_was_changed_is_not_opened(own_packs: Path) -> None:
    changed = own_packs / NAME / "embedder.onnx"
    content = changed.read_bytes()
    changed.unlink()
    changed.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(DamagedError) as damaged:
        pack.open_pack(own_packs, pack_id=NAME)
    assert damaged.value.code == "pack_damaged"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pack_id", "somebody-else"),
        ("alignment", "no alignment"),
        ("input_px", 112),
        ("dimension", 64),
        ("probe_views", 9),
    ],
)
def test_a_pack_that_is_not_what_its_manifest_says_is_not_opened(own_packs: Path, field: str, value: object) -> None:
    manifest = own_packs / NAME / "manifest.json"
    content = json.loads(manifest.read_text("utf-8"))
    content["card"][field] = value
    manifest.write_text(json.dumps(content), "utf-8")
    with pytest.raises(DamagedError) as unfit:
        pack.open_pack(own_packs, pack_id=NAME)
    assert unfit.value.code == "pack_unfit"


def test_a_pack_that_is_not_there_and_a_name_that_is_a_path_are_missing(both_packs: Path) -> None:
    for name in ("not-there", f"../models/{NAME}", ".."):
        with pytest.raises(UnavailableError) as missing:
            pack.open_pack(both_packs, pack_id=name)
        assert missing.value.code == "pack_missing"


def test_the_pack_of_their_day_goes_on_for_those_who_are_kept_out(
    agency: Shell, with_pack, both_packs: Path, photo
) -> None:
    _officer(agency)
    office = Office(agency, both_packs, lambda: None)  # type: ignore[arg-type, return-value]
    before = with_pack(both_packs, NAME)
    _keep_out(office, before, photo(1))
    today = with_pack(both_packs)
    assert today.card.pack_id == DEFAULT
    kept = today.records.suppressions.templates(NAME)
    assert kept.shape == (1, DIMENSION), "the vault's template is of the earlier pack still"
    report = office.bring(today, {"back.jpg": photo(1), "other.jpg": photo(9)})
    assert (report.suppressed, report.admitted) == (1, 1)
    assert today.taking_out.nightly_probe.run(today.clock.now())["other_pack"] == 1


def test_who_had_the_photo_kept_is_carried_over_and_the_earlier_pack_may_go(
    agency: Shell, with_pack, own_packs: Path, photo
) -> None:
    _officer(agency)
    office = Office(agency, own_packs, lambda: None)  # type: ignore[arg-type, return-value]
    before = with_pack(own_packs, NAME)
    kept_out = _keep_out(office, before, photo(1), keep_photo=True)
    assert not [p for p in before.data_dir.rglob("*") if p.is_file() and photo(1)[:200] in p.read_bytes()], "encrypted"
    today = with_pack(own_packs)
    assert today.taking_out.renewing.run(today.clock.now()) == {"renewed": 1, "old_pack": 0}
    assert today.taking_out.renewing.run(today.clock.now()) == {"renewed": 0, "old_pack": 0}
    assert [kept.pack_id for kept in today.taking_out.ledger.suppressions()] == [DEFAULT]
    (own_packs / NAME / "manifest.json").unlink()
    today = with_pack(own_packs)
    assert office.bring(today, {"back.jpg": photo(1)}).suppressed == 1
    assert today.taking_out.nightly_probe.run(today.clock.now())["probed"] == 1
    today.taking_out.kept_out.lift(office.officer(today), kept_out, "in_person")
    assert today.vault.get_many([kept_out]) == {}, "the kept photo is gone with it"


def test_nothing_is_enrolled_while_the_pack_of_their_day_is_missing(
    agency: Shell, with_pack, own_packs: Path, photo
) -> None:
    _officer(agency)
    office = Office(agency, own_packs, lambda: None)  # type: ignore[arg-type, return-value]
    kept_out = _keep_out(office, with_pack(own_packs, NAME), photo(1))
    (own_packs / NAME / "manifest.json").rename(own_packs / "manifest.aside")
    today = with_pack(own_packs)
    with pytest.raises(UnavailableError) as missing:
        office.bring(today, {"other.jpg": photo(9)})
    assert missing.value.code == "suppression_pack_missing"
    assert NAME in missing.value.what
    assert str(own_packs) in missing.value.next_step
    assert today.records.index_feed.summary().faces == 0
    doctor = {check.name: check for check in today.examine()}
    assert doctor["kept out"].problem == "suppression_pack_missing"
    today.taking_out.kept_out.lift(office.officer(today), kept_out, "in_person")
    assert office.bring(today, {"other.jpg": photo(9)}).admitted == 1, "lifted: nobody needs that pack any more"


def test_an_earlier_pack_that_was_changed_is_not_trusted_with_anybody(
    agency: Shell, with_pack, own_packs: Path, photo
) -> None:
    _officer(agency)
    office = Office(agency, own_packs, lambda: None)  # type: ignore[arg-type, return-value]
    _keep_out(office, with_pack(own_packs, NAME), photo(1))
    (own_packs / NAME / "calibration.json").write_text("{}", "utf-8")
    today = with_pack(own_packs)
    with pytest.raises(DamagedError) as damaged:
        office.bring(today, {"other.jpg": photo(9)})
    assert damaged.value.code == "pack_damaged"
    write_manifest(own_packs / NAME)  # whoever changes the manifest too has a table that says nothing
    with pytest.raises(DamagedError) as unread:
        office.bring(with_pack(own_packs), {"other.jpg": photo(9)})
    assert unread.value.code == "calibration_damaged"


def test_a_gallery_of_another_pack_is_not_opened(office: Office, both_packs: Path) -> None:
    installation = office.open()
    installation.close()
    with pytest.raises(UnavailableError) as other:
        opening.open_installation(_settings(office.shell, both_packs, NAME))
    assert other.value.code == "gallery_of_another_pack"
    assert DEFAULT in other.value.next_step


def test_the_command_line_takes_the_pack_from_the_settings(agency: Shell, both_packs: Path) -> None:
    shell = Shell(agency.data, agency.home, both_packs, {"FACEWARDEN_PACK": NAME})
    told = shell.json("doctor")
    assert NAME in json.dumps(told)
    with pytest.raises(AssertionError, match="not-there is not among the models"):
        Shell(agency.data, agency.home, both_packs, {"FACEWARDEN_PACK": "not-there"}).json("doctor")
