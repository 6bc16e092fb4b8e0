"""Signing in with a second factor: needed where the installation says so, used once, replaced by an administrator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from facewarden.bootstrap import opening
from facewarden.bootstrap.installation import Installation
from facewarden.domain.accounts import GovernmentLevel, Role, Sector
from facewarden.errors import NotPermittedError
from facewarden.services.people import totp
from facewarden.services.refusal import RefusedError
from facewarden.settings import PROVIDERS, Settings

from .conftest import PASSWORD

SECRET = b"12345678901234567890"
ANAS = "tall-grass-in-wind-4"


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Installation]:
    """An installation that lets nobody in without a second factor."""
    settings = Settings(
        tmp_path / "data", tmp_path / "models", tmp_path / "config", None, None, None, 1, PROVIDERS["cpu"]
    )
    opening.create_installation(settings, "test", "Operations", "operator", PASSWORD, operator_secret=SECRET)
    opened = opening.open_installation(settings)
    yield opened
    opened.close()


def code_now(installation: Installation, secret: bytes = SECRET, steps: int = 0) -> str:
    return totp.code_at(secret, totp.step_of(installation.clock.now()) + steps)


def refused_code(installation: Installation, name: str, password: str, code: str = "") -> str:
    with pytest.raises(NotPermittedError) as refused:
        installation.sign_in.sign_in(name, password, code)
    return refused.value.code


def add_ana(installation: Installation, token: str) -> None:
    operator = installation.sign_in.actor_of(token)
    accounts = installation.accounts
    agency = accounts.add_organisation(operator, "Alderford PD", Sector.GOVERNMENT, GovernmentLevel.LOCAL, "US-OH")
    accounts.add_user(operator, agency, "ana", "", [Role.INVESTIGATOR], ANAS, None)


def test_a_password_alone_does_not_let_anybody_in(strict: Installation) -> None:
    assert refused_code(strict, "operator", PASSWORD) == "code_needed"
    assert refused_code(strict, "operator", PASSWORD, "000000") == "code_wrong"
    assert refused_code(strict, "operator", "wrong password", code_now(strict)) == "sign_in_failed"
    assert strict.sign_in.sign_in("operator", PASSWORD, code_now(strict))


def test_a_code_is_taken_once_and_an_older_one_not_after_it(strict: Installation) -> None:
    code = code_now(strict)
    strict.sign_in.sign_in("operator", PASSWORD, code)
    assert refused_code(strict, "operator", PASSWORD, code) == "code_wrong"
    assert refused_code(strict, "operator", PASSWORD, code_now(strict, steps=-1)) == "code_wrong"


def test_wrong_codes_lock_the_name_as_wrong_passwords_do(strict: Installation) -> None:
    for _ in range(5):
        assert refused_code(strict, "operator", PASSWORD, "000000") == "code_wrong"
    assert refused_code(strict, "operator", PASSWORD, code_now(strict)) == "sign_in_locked"


def test_a_factor_is_given_out_and_a_new_one_ends_the_old_and_every_session(
    strict: Installation,
) -> None:
    token = strict.sign_in.sign_in("operator", PASSWORD, code_now(strict))
    add_ana(strict, token)
    assert refused_code(strict, "ana", ANAS, "000000") == "no_second_factor"
    operator, desk = strict.sign_in.actor_of(token), strict.people.second_factors
    first = totp_secret(desk.give(operator, "ana").uri)
    session = strict.sign_in.sign_in("ana", ANAS, code_now(strict, first))
    second = totp_secret(desk.give(operator, "ana").uri)
    with pytest.raises(NotPermittedError):
        strict.sign_in.actor_of(session)
    assert refused_code(strict, "ana", ANAS, code_now(strict, first, steps=1)) == "code_wrong"
    assert strict.sign_in.sign_in("ana", ANAS, code_now(strict, second))


def test_nobody_but_an_administrator_gives_factors_out(strict: Installation) -> None:
    token = strict.sign_in.sign_in("operator", PASSWORD, code_now(strict))
    add_ana(strict, token)
    desk = strict.people.second_factors
    secret = totp_secret(desk.give(strict.sign_in.actor_of(token), "ana").uri)
    ana = strict.sign_in.actor_of(strict.sign_in.sign_in("ana", ANAS, code_now(strict, secret)))
    with pytest.raises(RefusedError) as refused:
        desk.give(ana, "ana")
    assert "base.account_users" in refused.value.decision.rules


def test_the_secret_lies_encrypted_in_the_records(strict: Installation) -> None:
    stored = b"".join(path.read_bytes() for path in strict.settings.data_dir.glob("records.db*"))
    assert SECRET not in stored


def test_an_installation_to_try_asks_only_those_who_have_a_factor(installation: Installation) -> None:
    assert not installation.sign_in.second_factor_required
    token = installation.sign_in.sign_in("operator", PASSWORD)
    desk = installation.people.second_factors
    add_ana(installation, token)
    assert installation.sign_in.sign_in("ana", ANAS)
    desk.give(installation.sign_in.actor_of(token), "ana")
    assert refused_code(installation, "ana", ANAS) == "code_needed"


def totp_secret(uri: str) -> bytes:
    """The secret as an authenticator app takes it from the address."""
    import base64

    text = parse_qs(urlsplit(uri).query)["secret"][0]
    return base64.b32decode(text + "=" * (-len(text) % 8))
