"""The master key's file: made once, private, read strictly."""

import base64

import pytest

from facewarden.adapters.keys.master import new_master_key_file, read_master_key
from facewarden.errors import BadUseError, UnavailableError


def test_a_new_key_is_read_back_from_a_private_file(tmp_path) -> None:
    path = tmp_path / "master.key"
    key = new_master_key_file(path)
    assert len(key) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_master_key(path) == key
    assert new_master_key_file(tmp_path / "other.key") != key


def test_a_key_is_never_overwritten(tmp_path) -> None:
    path = tmp_path / "master.key"
    key = new_master_key_file(path)
    with pytest.raises(BadUseError) as refused:
        new_master_key_file(path)
    assert refused.value.code == "master_key_exists"
    assert read_master_key(path) == key


def test_a_link_is_not_followed_when_a_key_is_made(tmp_path) -> None:
    (tmp_path / "master.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadUseError):
        new_master_key_file(tmp_path / "master.key")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_file_that_others_may_touch_is_refused(tmp_path, mode) -> None:
    path = tmp_path / "master.key"
    new_master_key_file(path)
    path.chmod(mode)
    with pytest.raises(UnavailableError) as refused:
        read_master_key(path)
    assert refused.value.code == "master_key_exposed"
    assert "chmod 600" in refused.value.next_step


def test_the_environment_goes_before_the_file(tmp_path) -> None:
    path = tmp_path / "master.key"
    new_master_key_file(path)
    other = bytes(range(32))
    assert read_master_key(path, base64.b64encode(other).decode() + "\n") == other


@pytest.mark.parametrize("text", ["", "no base64 at all!", base64.b64encode(bytes(31)).decode(), "Ü" * 44])
def test_what_is_no_key_is_refused_without_being_repeated(tmp_path, text) -> None:
    with pytest.raises(BadUseError) as refused:
        read_master_key(encoded=text)
    assert refused.value.code == "master_key_malformed"
    assert text == "" or text not in str(refused.value) + refused.value.next_step
    path = tmp_path / "master.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(BadUseError):
        read_master_key(path)


def test_no_key_and_no_file_are_unavailable(tmp_path) -> None:
    with pytest.raises(UnavailableError) as missing:
        read_master_key()
    assert missing.value.code == "master_key_missing"
    with pytest.raises(UnavailableError) as unreadable:
        read_master_key(tmp_path / "absent")
    assert unreadable.value.code == "master_key_unreadable"
    with pytest.raises(UnavailableError):
        new_master_key_file(tmp_path / "absent" / "master.key")
