"""ZIP and tar archives: what is read from good ones, and what bad ones may not do."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from facewarden.adapters.archives import ArchiveConnector
from facewarden.errors import BadUseError, Error
from tests.unit.adapters.collecting.reading import read_all

PICTURE = b"\xff\xd8" + bytes(range(256)) * 4


def zipped(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, members: dict[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def codes(path: Path) -> list[str]:
    return [file.content.code for file in read_all(ArchiveConnector(path)) if isinstance(file.content, Error)]


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tar.xz", "tar.bz2"])
@pytest.mark.parametrize("stop_after_each_step", [False, True])
def test_every_member_is_offered_once(tmp_path: Path, kind: str, stop_after_each_step: bool) -> None:
    members = {f"people/{number:03}.jpg": PICTURE + b"%d" % number for number in range(300)}
    path = tmp_path / f"a.{kind}"
    if kind == "zip":
        zipped(path, members, zipfile.ZIP_DEFLATED)
    else:
        tarred(path, members, {"tar": "w"}.get(kind, f"w:{kind[4:]}"))
    files = read_all(ArchiveConnector(path), stop_after_each_step=stop_after_each_step)
    assert {file.name: file.content for file in files} == members
    assert len(files) == 300


def test_hidden_files_and_what_a_mac_adds_are_left_out(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.jpg": PICTURE, ".hidden": b"x", "__MACOSX/._a.jpg": b"x", "d/.e/f.jpg": b"x"})
    assert [file.name for file in read_all(ArchiveConnector(path))] == ["a.jpg"]


@pytest.mark.parametrize("name", ["../up.jpg", "/etc/passwd", "a/../../up.jpg", "..\\up.jpg", "C:\\up.jpg"])
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_name_that_leads_out_is_refused_and_the_others_are_read(tmp_path: Path, name: str, kind: str) -> None:
    members = {"a.jpg": PICTURE, name: PICTURE, "b.jpg": PICTURE}
    path = zipped(tmp_path / "a.zip", members) if kind == "zip" else tarred(tmp_path / "a.tar", members, "w")
    files = read_all(ArchiveConnector(path))
    assert [file.name for file in files if not isinstance(file.content, Error)] == ["a.jpg", "b.jpg"]
    assert codes(path) == ["archive_path_escapes"]
    assert sorted(item.name for item in tmp_path.iterdir()) == [path.name]


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.jpg": bytes(300 * 1024 * 1024)}, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 1024 * 1024
    assert codes(path) == ["archive_bomb"]
    tarball = tarred(tmp_path / "a.tar.xz", {f"{n}.jpg": bytes(50 * 1024 * 1024) for n in range(3)}, "w:xz")
    assert codes(tarball)[-1] == "archive_bomb"


def test_members_that_share_their_bytes_are_a_bomb_too(tmp_path: Path) -> None:
    """One compressed member named by many entries of the directory, as D. Fifield's bombs do."""
    path = zipped(tmp_path / "a.zip", {"a.jpg": bytes(30 * 1024 * 1024)}, zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(path, "a") as archive:
        info = archive.infolist()[0]
        archive.filelist += [info] * 40
        archive._didModify = True
    assert codes(path) == ["archive_bomb"]


def test_a_member_that_is_too_large_or_locked_or_damaged_is_named_by_its_number(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.jpg": PICTURE, "b.jpg": PICTURE * 2, "c.jpg": PICTURE * 3})
    content = bytearray(path.read_bytes())
    content[content.index(PICTURE * 2) + 700] ^= 1
    path.write_bytes(bytes(content))
    broken = [file for file in read_all(ArchiveConnector(path)) if isinstance(file.content, Error)]
    assert [(file.name, file.content.code) for file in broken] == [("b.jpg", "archive_member_damaged")]
    assert "Member 1" in broken[0].content.what


@pytest.mark.parametrize("cut", [100, 2_000])
def test_a_tar_that_was_cut_short_gives_what_is_whole_and_says_where_it_ends(tmp_path: Path, cut: int) -> None:
    path = tarred(tmp_path / "a.tar.gz", {f"{n}.jpg": PICTURE + bytes([n]) for n in range(40)})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - cut] if cut < len(whole) else whole[: len(whole) // 2])
    files = read_all(ArchiveConnector(path))
    assert codes(path) == ["archive_damaged"]
    assert "after member" in files[-1].name


def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        for name, kind in (("link", tarfile.SYMTYPE), ("device", tarfile.CHRTYPE), ("pipe", tarfile.FIFOTYPE)):
            info = tarfile.TarInfo(name)
            info.type = kind
            info.linkname = "/etc/passwd"
            archive.addfile(info)
    assert codes(path) == ["archive_member_no_file"] * 3


@pytest.mark.parametrize("content", [b"", b"plain text", b"PK\x03\x04 cut", b"\x1f\x8b\x08 cut"])
def test_what_is_no_archive_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(BadUseError, match="no ZIP or tar"):
        ArchiveConnector(tmp_path / "a.zip").examine()
