"""The command line, as people use it: two sources bring the same drawn photos, one owner writes, nothing comes back."""

import pytest

from tests.conftest import OPERATOR_PASSWORD, OVERSEER_PASSWORD, Shell
from tests.integration.sources.conftest import OFFICER_PASSWORD

PHOTOS = 4


@pytest.fixture
def shell(_with_officer, tmp_path) -> Shell:
    return _with_officer.copied(tmp_path / "agency")


@pytest.fixture
def folders(drawn_folder, tmp_path):
    """Four photos, and of these two, each in a folder; and the owner's letter."""
    every, two = tmp_path / "every", tmp_path / "two"
    every.mkdir()
    two.mkdir()
    letter = tmp_path / "letter.txt"
    letter.write_text("Please take down everything of ours.\n")
    return every, two, letter


def test_a_letter_leaves_exactly_what_another_source_permits(shell, folders, population, tmp_path) -> None:
    every, two, letter = folders
    shell.json("source", "add", "Press", "--basis", "licence", "--permission", letter, "--host", "press.example.net")
    refused = shell.run("source", "approve", "Press", "--json")
    assert refused.returncode == 3
    assert "base.source_second_person" in refused.stdout
    barred = shell.run("ingest", every, "--source", "Press", "--json")
    assert barred.returncode == 3
    shell.approve_source("Press")
    admitted = shell.json("ingest", _drawn(every, population, PHOTOS), "--source", "Press")["admitted"]
    assert admitted >= 3  # the law may refuse one for where it was taken
    names = sorted(path.name for path in every.iterdir())[:2]
    for name in names:
        (two / name).write_bytes((every / name).read_bytes())
    again = shell.json("ingest", two, "--source", "drawn")
    assert again["admitted"] == 0
    counts = {source["name"]: source["photos"] for source in shell.json("source", "list")["sources"]}
    assert counts == {"Press": admitted, "drawn": again["duplicates"]}
    both = again["duplicates"]

    shell.login("olga", OFFICER_PASSWORD)
    dry = shell.json("source", "takedown", "press.example.net", "--letter", letter)
    assert (dry["dry_run"], dry["photos"], dry["kept"]) == (True, admitted - both, both)
    wrong = shell.run("source", "takedown", "press.example.net", "--letter", letter, "--confirm", "0" * 8)
    assert wrong.returncode == 2
    reply = tmp_path / "reply.txt"
    told = ("--letter", letter, "--confirm", dry["code"], "--reply", reply)
    done = shell.json("source", "takedown", "press.example.net", *told)
    assert (done["state"], done["photos"], done["kept"]) == ("done", admitted - both, both)
    assert f"erased: {admitted - both:,} photos" in reply.read_text()
    assert shell.json("source", "takedowns", "--reply", done["takedown_id"])["reply"] == reply.read_text()

    shell.login("operator", OPERATOR_PASSWORD)
    assert shell.run("ingest", every, "--source", "Press").returncode == 3
    second = shell.json("ingest", every, "--source", "drawn")
    assert second["admitted"] == 0
    assert second["refused"].get("photo_barred", 0) == admitted - both
    hosts = {known["host"]: known["reason"] for known in shell.json("source", "hosts")["hosts"]}
    assert hosts["press.example.net"] == "takedown"
    assert hosts["facebook.com"] == "letter"
    text = shell.run("audit", "verify")
    assert text.returncode == 0


def test_every_answer_of_the_register_says_what_to_do_next(shell, folders) -> None:
    _, _, letter = folders
    shell.json("source", "add", "Site", "--basis", "licence", "--kind", "website", "--host", "m.facebook.com")
    shell.login("otto", OVERSEER_PASSWORD)
    refused = shell.run("source", "approve", "Site")
    assert refused.returncode == 3
    assert "facewarden source document" in refused.stderr
    assert "facewarden source permit-host" in refused.stderr
    shell.login("operator", OPERATOR_PASSWORD)
    shell.json("source", "document", "Site", letter, "--ends", "2099-12-31")
    shell.json("source", "permit-host", "facebook.com", "--permission", letter)
    assert shell.run("source", "approve-host", "facebook.com").returncode == 3
    shell.login("otto", OVERSEER_PASSWORD)
    assert shell.json("source", "approve-host", "facebook.com")["permission"] == "in force"
    assert shell.json("source", "approve", "Site")["state"] == "active"
    assert shell.run("source", "suspend", "Site").returncode == 3
    shell.login("olga", OFFICER_PASSWORD)
    assert shell.json("source", "suspend", "Site")["state"] == "suspended"
    assert shell.json("source", "end", "Site")["state"] == "ended"
    twice = shell.run("source", "end", "Site")
    assert twice.returncode == 2
    assert "facewarden source list" in twice.stderr
    bad = shell.run("source", "document", "Site", letter, "--ends", "soon")
    assert bad.returncode == 2
    assert "YYYY-MM-DD" in bad.stderr
    assert shell.run("source", "origins", "ph_none").returncode == 2


def _drawn(folder, population, count):
    for person in range(count):
        (folder / f"{person}.jpg").write_bytes(population.photo(person, 0).content)
    return folder
