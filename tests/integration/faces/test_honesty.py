"""The shipped calibration's word, kept or not, on real portraits where they lie beside the project."""

from pathlib import Path

import pytest

from facewarden.adapters.faces_onnx.pack import default_calibration, open_pack
from facewarden.adapters.photos_decode.decoder import SandboxDecoder
from facewarden.bench.honesty import Portraits, absent_probes, halves
from facewarden.services.casework.policy import candidate_threshold

PORTRAITS = Path(__file__).parents[4] / "shared" / "portraits"
PEOPLE, PROBES = 520, 40  # half of the people hold 33,000 pairs: 30 errors at 1e-3
pytestmark = [
    pytest.mark.portraits,
    pytest.mark.models,
    pytest.mark.skipif(not PORTRAITS.is_dir(), reason="there are no portraits beside the project"),
]


@pytest.fixture(scope="module")
def sets(models_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp("portraits")
    probes = sorted((PORTRAITS / "probes").glob("*.jpg"))[:PROBES]
    mates = [PORTRAITS / "gallery" / probe.name for probe in probes]
    others = [path for path in sorted((PORTRAITS / "gallery").glob("*.jpg")) if path not in set(mates)]
    for name, paths in (("probes", probes), ("gallery", [*mates, *others[: PEOPLE - PROBES]])):
        (folder / name).mkdir()
        for path in paths:
            (folder / name / path.name).symlink_to(path)
    engine = open_pack(models_dir)
    with SandboxDecoder() as decoder:
        made = [
            Portraits(folder / name, decoder, engine, lambda done, of: None, as_probes=name == "probes")
            for name in ("gallery", "probes")
        ]
    for path in folder.rglob("*.jpg"):
        path.unlink()
    return made


def test_thresholds_set_on_half_of_the_people_foretell_the_other_half(sets):
    gallery, _ = sets
    told = [row for row in halves(gallery.people, gallery.searched, gallery.enrolled) if row["expected"] is not None]
    assert {row["fmr"] for row in told} == {1e-2, 1e-3}
    assert all(row["kept"] for row in told), told


def test_absent_probes_bring_back_fewer_people_than_dlibs_default_and_no_mate_is_lost(sets):
    gallery, probes = sets
    found = absent_probes(probes, gallery, candidate_threshold(default_calibration()))
    ours, dlibs = found["facewarden"], found["dlib"]
    assert ours["candidates"] < dlibs["candidates"]
    assert ours["fpir"] <= dlibs["fpir"]
    assert ours["mates_found"] == dlibs["mates_found"] == PROBES
