"""One-time codes: the RFC's own numbers, a clock that is off, and codes that were used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from facewarden.services.people.totp import STEP_S, code_at, enrolment_uri, matching_step, step_of, written

SECRET = b"12345678901234567890"
NOW = datetime(2026, 11, 22, 12, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("unix_s", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130")],
)
def test_codes_are_those_of_rfc_6238_appendix_b(unix_s: int, code: str) -> None:
    assert code_at(SECRET, unix_s // STEP_S) == code


@pytest.mark.parametrize(("steps_off", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_off_by_one_step_and_no_more(steps_off: int, accepted: bool) -> None:
    code = code_at(SECRET, step_of(NOW + timedelta(seconds=steps_off * STEP_S)))
    found = matching_step(SECRET, code, NOW)
    assert (found is not None) is accepted
    assert found in (None, step_of(NOW) + steps_off)


def test_spaces_in_a_code_do_not_count() -> None:
    code = code_at(SECRET, step_of(NOW))
    assert matching_step(SECRET, f" {code[:3]} {code[3:]} ", NOW) == step_of(NOW)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "-12345", "123456\x00"])
def test_what_is_no_code_is_no_match(code: str) -> None:
    assert matching_step(SECRET, code, NOW) is None


def test_the_enrolment_address_says_what_an_app_needs() -> None:
    uri = enrolment_uri(SECRET, "county police", "ana@x")
    assert uri == (
        "otpauth://totp/county%20police:ana%40x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        "&issuer=county%20police&digits=6&period=30"
    )
    assert written(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
