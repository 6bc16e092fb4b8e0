"""Policies only narrow what searches give, and a large gallery is searched after an officer accepted it."""

from dataclasses import replace

import numpy as np
import pytest

from facewarden.domain.audit import AuditEvent
from facewarden.domain.cases import Purpose
from facewarden.errors import BadUseError, UnavailableError
from facewarden.matching.calibration import CohortScores, calibrate
from facewarden.services.casework.policy import Policy
from facewarden.services.refusal import RefusedError
from tests.unit.services.actors import actor_of
from tests.unit.web.builders import populated
from tests.unit.web.fakes import drawn


@pytest.fixture
def installation():
    return populated()


@pytest.fixture
def policies(installation):
    return installation.search.policies


def search(installation, limit=50):
    actor = actor_of(installation, "investigator")
    case = installation.cases.open(actor, "HP-1", Purpose.INVESTIGATE_CRIME, "")
    return installation.search.run(actor, case, drawn(2), None, limit).record


def test_a_policy_shortens_every_list_whatever_is_asked_for(installation, policies):
    installation.search._threshold = -1.0
    assert len(search(installation).candidates) == 6
    policies.set(actor_of(installation, "operator"), Policy(2))
    record = search(installation)
    assert (len(record.candidates), record.basis.limit) == (2, 2)


def test_a_policy_only_raises_the_threshold(installation, policies):
    operator = actor_of(installation, "operator")
    scores = np.random.default_rng(7).normal(0.1, 0.18, 90_000).clip(-1, 1)
    cohorts = {"all": CohortScores("drawn", 400, scores)}
    policies._calibration = calibrate(scores[:9], cohorts, attempted=9, pack="test-pack", set_name="ellipses")
    before = installation.search.threshold()
    policies.set(operator, Policy(candidate_fmr=1e-3 / 1.5))
    assert installation.search.threshold() > before
    for lax in (Policy(candidate_fmr=0.01), Policy(candidate_fmr=0.0), Policy(1), Policy(51)):
        with pytest.raises(BadUseError):
            policies.set(operator, lax)


def test_a_rate_that_the_calibration_cannot_tell_is_no_policy(installation, policies):
    with pytest.raises(UnavailableError) as caught:
        policies.set(actor_of(installation, "operator"), Policy(candidate_fmr=1e-6))
    assert caught.value.code == "calibration_too_small"
    assert policies.current() == Policy()


@pytest.mark.parametrize("name", ["investigator", "examiner", "privacy-officer", "auditor"])
def test_only_the_operator_sets_a_policy(installation, policies, name):
    with pytest.raises(RefusedError):
        policies.set(actor_of(installation, name), Policy(2))
    assert policies.current().list_length == 50


@pytest.fixture
def too_large(installation, policies):
    small = replace(installation.card, measured_gallery=5)
    installation.engine.card = policies._card = small
    return installation


def test_a_gallery_larger_than_measured_is_refused_until_an_officer_accepts_it(too_large, policies):
    with pytest.raises(RefusedError) as caught:
        search(too_large)
    assert caught.value.decision.rules == ("base.gallery_size",)
    policies.accept(actor_of(too_large, "privacy-officer"), 6)
    assert search(too_large).gallery_size == 6
    assert [e.event for e in too_large.log.entries()].count(AuditEvent.MODELS_ACCEPTED) == 1


def test_an_acceptance_ends_at_the_size_that_was_accepted(too_large, policies):
    policies.accept(actor_of(too_large, "overseer"), 6)
    too_large.enrol(too_large.sources.all()[0], 1)
    with pytest.raises(RefusedError) as caught:
        search(too_large)
    assert caught.value.decision.rules == ("base.gallery_size",)


@pytest.mark.parametrize("name", ["investigator", "operator", "org-administrator"])
def test_nobody_accepts_it_who_searches_or_operates(too_large, policies, name):
    with pytest.raises(RefusedError):
        policies.accept(actor_of(too_large, name), 6)
    assert policies.accepted() is None


def test_nothing_is_accepted_that_was_measured(installation, policies):
    with pytest.raises(BadUseError):
        policies.accept(actor_of(installation, "overseer"), 10_000)
