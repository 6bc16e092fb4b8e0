"""Retention clocks: the shortest of the packs in force, on its days."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from facewarden.errors import UnavailableError
from facewarden.law.loading import builtin_folder, load_pack
from facewarden.law.retention import retention_clock

BASE = load_pack(builtin_folder() / "facewarden-base")
DAY = date(2026, 11, 22)


def test_the_house_rule_is_three_years() -> None:
    clock = retention_clock([BASE], DAY)
    assert (clock.retain_days, clock.pack_id) == (1095, "facewarden-base")


def test_the_shortest_clock_in_force_counts() -> None:
    shorter = replace(BASE, pack_id="shorter", retain_days=365, effective=DAY, expires=DAY)
    assert retention_clock([BASE, shorter], DAY).pack_id == "shorter"
    for other in (DAY - timedelta(days=1), DAY + timedelta(days=1)):
        assert retention_clock([BASE, shorter], other).pack_id == "facewarden-base"


def test_packs_without_a_clock_have_none() -> None:
    assert retention_clock([replace(BASE, retain_days=None)], DAY) is None


@pytest.mark.parametrize("given", ["0", "-1", "true", "2.5"])
def test_a_clock_is_a_number_of_days_above_zero(tmp_path, given) -> None:
    for path in BASE.folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    manifest = (tmp_path / "pack.toml").read_text().replace("retain_days = 1095", f"retain_days = {given}")
    (tmp_path / "pack.toml").write_text(manifest)
    with pytest.raises(UnavailableError):
        load_pack(tmp_path)
