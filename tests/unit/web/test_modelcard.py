"""The page of the models: what they are, what a threshold costs, and what this installation decided."""

import numpy as np
import pytest

from facewarden.matching.curves import tradeoffs

from .builders import CALIBRATION


def test_everybody_sees_licence_training_data_limits_and_curves(investigator):
    text = investigator.get("/models").text
    for told in ("CC0", "drawn ellipses", "10,000", "/models/det.svg", "at most 50 candidates", "none accepted"):
        assert told in text
    assert "Change it" not in text
    assert "Accept a larger gallery" not in text
    curve = investigator.get("/models/det.svg")
    assert curve.headers["content-type"].startswith("image/svg+xml")
    assert "young" in curve.text


def test_a_curve_ends_where_thirty_errors_end():
    found = tradeoffs(CALIBRATION)
    assert set(found) == {"young", "old"}
    for cohort in CALIBRATION.cohorts:
        rates = found[cohort.name]
        assert rates[:, 0].min() >= cohort.finest_fmr
        assert (np.diff(rates[:, 0]) <= 0).all()
        assert (np.diff(rates[:, 1]) >= 0).all()


def test_the_operator_sets_the_policy_and_nobody_else(installation, browser):
    browser.sign_in("operator")
    browser.get("/models")
    text = browser.post("/models/policy", {"list_length": "5", "candidate_fmr": "0.001"}).text
    assert "at most 5 candidates" in text
    answer = browser.post("/models/policy", {"list_length": "5", "candidate_fmr": "half"})
    assert (answer.status_code, "That is no number" in answer.text) == (400, True)
    answer = browser.post("/models/policy", {"list_length": "99", "candidate_fmr": "0.001"})
    assert "A list has 2 to 50 candidates." in answer.text


@pytest.mark.parametrize(("name", "allowed"), [("privacy-officer", True), ("overseer", True), ("investigator", False)])
def test_an_officer_accepts_a_larger_gallery(installation, browser, name, allowed):
    browser.sign_in(name)
    browser.get("/models")
    answer = browser.post("/models/acceptance", {"faces": "1000000"})
    assert ("up to 1,000,000 faces accepted" in answer.text) is allowed
    assert (installation.search.policies.accepted() == 1_000_000) is allowed


def test_a_pick_page_offers_no_longer_list_than_the_policy(installation, investigator):
    from facewarden.services.casework.policy import LIST_LENGTH

    from . import fakes

    installation.search.policies._acceptances.record({LIST_LENGTH: "7"}, None, None, 0)
    text = investigator.upload(investigator.open_case(), fakes.drawn(2)).text
    assert "7 candidates" in text
    assert "20 candidates" not in text
