"""A calibration from an operator's own set, on templates whose spread is known."""

import numpy as np
import pytest

from facewarden.errors import BadUseError
from facewarden.matching.calibration import Calibration
from facewarden.matching.counts import ScoreCounts
from facewarden.matching.labelled import LabelledTemplates, calibrate_set, people_needed
from facewarden.matching.similarity import normalised

DIMENSION = 32


def made(people=300, pictures=2, noise=0.3, groups=None, failures=None, seed=5):
    """People drawn at random, their pictures around them; `failures` maps a person to pictures not enrolled."""
    random = np.random.default_rng(seed)
    names, rows = [], []
    for number in range(people):
        middle = random.normal(size=DIMENSION)
        for _ in range(pictures):
            names.append(f"p{number:04}")
            rows.append(middle + noise * random.normal(size=DIMENSION))
    templates = normalised(np.array(rows))
    attempted = {name: pictures + (failures or {}).get(name, 0) for name in names}
    return LabelledTemplates(tuple(names), templates, templates, attempted, groups or {})


def calibrated(found):
    return calibrate_set(found, pack="test/1", set_name="drawn")


def test_the_rate_at_the_threshold_is_what_was_asked_for_in_the_easiest_cohort():
    own = calibrated(made())
    rates = {rate.cohort: rate for rate in own.calibration.cohort_rates(own.threshold)}
    assert set(rates) == {"gallery x gallery", "probes x gallery"}
    assert rates["gallery x gallery"].pairs == 300 * 299 // 2
    assert rates["probes x gallery"].pairs == 300 * 299
    assert min(rate.errors / rate.pairs for rate in rates.values()) <= own.fmr


def test_every_pair_of_different_people_is_counted_once_and_none_of_one_person():
    found = made(people=260, pictures=1)
    found = LabelledTemplates(
        (*found.people, "p0000"),
        np.vstack([found.searched, found.searched[:1]]),
        np.vstack([found.enrolled, found.enrolled[:1]]),
        {**found.attempted, "p0000": 2},
    )
    own = calibrated(found)
    scores = (found.searched[:260] @ found.enrolled[:260].T)[np.triu_indices(260, 1)]
    assert own.calibration.cohorts[0].scores == ScoreCounts.of(scores)
    assert own.calibration.mated.scores.pairs == 1
    assert own.calibration.true_match_rate(0.99).rate == 1.0


def test_a_failure_to_enrol_is_a_miss():
    some = {f"p{number:04}": 1 for number in range(100)}
    without, missed = calibrated(made()), calibrated(made(failures=some))
    assert missed.calibration.mated.attempted == without.calibration.mated.attempted + 100
    assert missed.calibration.true_match_rate(0.0).rate == pytest.approx(300 / 400)


def test_a_group_is_measured_where_its_own_pairs_can_tell_and_listed_as_not_measured_elsewhere():
    large = frozenset(f"p{number:04}" for number in range(260))
    small = frozenset(f"p{number:04}" for number in range(260, 300))
    own = calibrated(made(groups={"work=desk": large, "work=field": small}))
    desk, field = own.groups
    assert (desk.group, desk.pairs) == ("work=desk", 260 * 259 // 2)
    assert desk.tmr is not None
    assert field.fmr is None
    assert "780 pairs" in field.why
    assert field.tmr is not None  # 40 mated pairs are enough for that
    assert [cohort.name for cohort in own.calibration.cohorts][2:] == ["work=desk"]
    assert "work=field" in own.calibration.limits[0]


def test_a_group_that_is_harder_widens_the_range():
    """Positive control: the people of one group resemble each other, and the top of the range is theirs."""
    found = made()
    rows = found.searched.astype(np.float64)
    rows[:520] += 0.8 * rows[0]  # the first 260 people lean towards one
    alike = normalised(rows)
    group = {"family=yes": frozenset(found.people[:520])}
    own = calibrate_set(
        LabelledTemplates(found.people, alike, alike, found.attempted, group), pack="test/1", set_name="drawn"
    )
    low, high = own.calibration.fmr_range(own.threshold)
    (family,) = own.groups
    assert family.fmr == high > low


def test_the_same_calibration_comes_back_from_its_file():
    own = calibrated(made())
    assert Calibration.from_json(own.calibration.to_json()) == own.calibration


def test_a_set_that_cannot_tell_is_refused_with_how_many_people_it_takes():
    with pytest.raises(BadUseError, match="cannot tell") as caught:
        calibrated(made(people=20))
    assert caught.value.code == "set_too_small"
    assert f"{people_needed(1e-3)} people" not in caught.value.next_step  # said as "Add people: 246 ..."
    assert str(people_needed(1e-3)) in caught.value.next_step


def test_a_set_without_second_pictures_is_refused():
    with pytest.raises(BadUseError, match="two usable pictures"):
        calibrated(made(pictures=1))


def test_counting_in_parts_is_counting_at_once():
    scores = np.random.default_rng(1).uniform(-1, 1, 5_000)
    assert ScoreCounts.gathered(np.array_split(scores, 7)) == ScoreCounts.of(scores)
    with pytest.raises(BadUseError):
        ScoreCounts.gathered([scores, np.array([1.5])])
    with pytest.raises(BadUseError):
        ScoreCounts.gathered([])
