"""Serving and the demo, by an operator who mistypes: no port is forced, and nothing real is thrown away."""

from __future__ import annotations

import json
import socket
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from facewarden.adapters import clock
from facewarden.adapters.listening import listening
from facewarden.bootstrap import opening
from facewarden.bootstrap.law import IDENTITY_FILE
from facewarden.cli.console import Context
from facewarden.cli.demonstration import NAME, SIGN_INS, prepare
from facewarden.errors import BadUseError, UnavailableError
from facewarden.settings import PROVIDERS, Settings
from tests.conftest import Shell

PASSWORD = "rivers-and-mountains-9"


def test_a_demo_throws_no_other_installation_away(tmp_path):
    settings = Settings(
        tmp_path / "data", tmp_path / "models", tmp_path / "config", None, None, None, 1, PROVIDERS["cpu"]
    )
    opening.create_installation(settings, "faces.county.example", "County", "operator", PASSWORD)
    before = (settings.data_dir / IDENTITY_FILE).read_bytes()
    with pytest.raises(BadUseError, match="not empty"):
        prepare(Context(), settings, 2)
    assert (settings.data_dir / IDENTITY_FILE).read_bytes() == before


def test_a_demo_that_an_older_version_made_is_brought_up_and_keeps_its_sign_ins(tmp_path):
    settings = Settings(
        tmp_path / "data", tmp_path / "models", tmp_path / "config", None, None, None, 1, PROVIDERS["cpu"]
    )
    opening.create_installation(settings, NAME, "Demo operations", "operator", PASSWORD)
    (settings.data_dir / SIGN_INS).write_text("[]", "utf-8")
    with closing(sqlite3.connect(settings.data_dir / "records.db")) as records, records:
        records.execute("ALTER TABLE leads DROP COLUMN second_draft")
        records.execute("UPDATE alembic_version SET version_num = '0011'")
    with closing(Context()) as context:
        context.settings = lambda: settings
        assert prepare(context, settings, 2) == []
        assert context.installation().cases


@pytest.mark.models
def test_a_demo_that_was_left_alone_for_months_opens(tmp_path, models_dir, monkeypatch):
    shell = Shell(tmp_path / "demo", tmp_path / "home", models_dir)
    words = ("demo", "--no-serve", "--people", "2", "--data", shell.data)
    made = shell.json(*words)
    monkeypatch.setattr(clock, "SILENCE_MAX", timedelta(0))
    assert shell.json(*words) == made
    assert json.loads(shell.run("doctor", "--json").stdout)["code"] == "clock_far_ahead"  # it is the demo's alone


def test_a_port_that_is_taken_is_said_so_before_the_server_is_on_record():
    with closing(listening("127.0.0.1", 0)) as taken, pytest.raises(UnavailableError) as caught:
        listening("127.0.0.1", taken.getsockname()[1])
    assert caught.value.code == "address_not_free"
    assert "--port" in caught.value.next_step


def test_an_address_that_is_not_this_machines_is_said_so():
    with pytest.raises(UnavailableError, match="cannot be listened on"):
        listening("203.0.113.7", 0)


def test_an_ipv6_address_is_listened_on():
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with closing(listening("::1", 0)) as heard:
        assert heard.family is socket.AF_INET6
