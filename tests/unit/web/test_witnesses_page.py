"""How outside witnesses stand, on the pages of those who answer for the log."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from facewarden.audit.cosigning import Cosigner
from facewarden.audit.witnesses import Witness, WitnessPolicy
from facewarden.domain.witnesses import WitnessProblem, WitnessState, WitnessStates
from facewarden.services.witnessing import STALE_AFTER, witness_id, witness_view

KEY = Cosigner("witness.example/w1", bytes(32)).verifier_key
POLICY = WitnessPolicy({"w1": Witness("w1", KEY, "https://w1.example")}, {}, "w1")


@pytest.fixture
def stands(installation):
    """`stands(size, age, problem)`: what is known of the one witness."""

    def set_it(size=None, age=timedelta(0), problem=None):
        now = installation.clock.now()
        at = None if size is None else now - age
        states = {witness_id(KEY): WitnessState(size, at, problem, None)}
        view = witness_view(POLICY, WitnessStates(states, now, 7, size, at), now)
        installation.witnessing = SimpleNamespace(view=lambda: view, policy=None)

    return set_it


@pytest.mark.parametrize("path", ["/operator", "/log"])
def test_where_nobody_is_named_that_is_said(browser, path):
    browser.sign_in("operator")
    assert "Nobody is named." in browser.get(path).text


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ((7,), "cosigned the first 7 entries"),
        ((), "Never yet did the quorum w1 cosign one checkpoint."),
        ((7, STALE_AFTER + timedelta(hours=1)), "Not since "),
        ((7, timedelta(0), WitnessProblem.SILENT), "It does not answer."),
        ((7, timedelta(0), WitnessProblem.AHEAD), "A witness saw another log than this one."),
    ],
)
def test_what_is_wrong_with_a_witness_is_told_in_words(browser, stands, known, words):
    stands(*known)
    browser.sign_in("operator")
    for path in ("/operator", "/log"):
        assert words in browser.get(path).text
