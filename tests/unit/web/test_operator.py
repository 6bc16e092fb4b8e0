"""The operator's first page tells of letters that wait, and of nobody they go to."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from facewarden.domain.letters import WaitingLetter


def test_the_operator_sees_that_no_letter_waits(installation, browser):
    browser.sign_in("operator")
    assert "None waits." in browser.get("/operator").text


@pytest.mark.parametrize(("smtp", "why"), [(None, "takes the files out of the outbox"), ("smtp://m", "did not take")])
def test_the_operator_sees_letters_that_wait_and_when_they_end(installation, browser, smtp, why):
    since = installation.clock.now() - timedelta(days=3)
    installation.letters = SimpleNamespace(waiting=lambda: [WaitingLetter("req_1.closed.eml", since)] * 2)
    installation.settings.office.smtp = smtp
    browser.sign_in("operator")
    text = browser.get("/operator").text
    assert "2 wait to be sent" in text
    assert why in text
    assert "30 days" in text
    assert "req_1" not in text
