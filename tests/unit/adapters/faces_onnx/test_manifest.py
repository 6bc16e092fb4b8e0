"""A pack's manifest comes back as written and finds every change."""

import json

import pytest

from facewarden.adapters.faces_onnx.manifest import MANIFEST_NAME, Manifest, sha256_of
from facewarden.adapters.faces_onnx.pack import DEFAULT_CARD, list_packs, verify_pack
from facewarden.errors import DamagedError, UnavailableError


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "some-pack"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"built")
    Manifest(DEFAULT_CARD, {"source.dat": "00"}, {"model.onnx": sha256_of(b"built")}).write(folder)
    return folder


def test_a_manifest_comes_back_as_it_was_written(folder):
    manifest = Manifest.read(folder)
    assert manifest.card == DEFAULT_CARD
    assert manifest.sources == {"source.dat": "00"}
    manifest.verify(folder)


def test_each_flipped_byte_of_a_model_is_found(folder):
    for place in range(5):
        data = bytearray(b"built")
        data[place] ^= 1
        (folder / "model.onnx").write_bytes(data)
        with pytest.raises(DamagedError, match=r"model\.onnx"):
            Manifest.read(folder).verify(folder)


def test_a_missing_model_is_found(folder):
    (folder / "model.onnx").unlink()
    with pytest.raises(DamagedError):
        Manifest.read(folder).verify(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.pop("card"),
        lambda content: content["card"].pop("dimension"),
        lambda content: content.update(format=2),
        lambda content: content["files"].update({"../outside": "00"}),
        lambda content: content.update(files=7),
    ],
)
def test_a_manifest_of_another_form_is_damaged(folder, change):
    content = json.loads((folder / MANIFEST_NAME).read_text())
    change(content)
    (folder / MANIFEST_NAME).write_text(json.dumps(content))
    with pytest.raises(DamagedError):
        Manifest.read(folder)


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff\xfe", b"{", b"null"])
def test_anything_else_than_a_manifest_is_damaged(folder, data):
    (folder / MANIFEST_NAME).write_bytes(data)
    with pytest.raises(DamagedError):
        Manifest.read(folder)


def test_packs_are_listed_by_name_and_none_is_an_empty_answer(folder, tmp_path):
    assert list_packs(tmp_path) == (DEFAULT_CARD,)
    assert list_packs(tmp_path / "nowhere") == ()


def test_a_missing_pack_says_how_to_build_it(tmp_path):
    with pytest.raises(UnavailableError) as caught:
        verify_pack(tmp_path)
    assert "facewarden models build" in caught.value.next_step


def test_a_pack_from_other_weights_than_the_pinned_is_not_opened(folder, tmp_path):
    folder.rename(tmp_path / DEFAULT_CARD.pack_id)
    with pytest.raises(DamagedError, match="pinned"):
        verify_pack(tmp_path)
