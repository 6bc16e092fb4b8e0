"""A calibration of an operator's own set on disk: read back as it was, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from facewarden.cli.calibrations import write_calibration
from facewarden.errors import UnavailableError
from facewarden.matching.calibration import Calibration
from facewarden.matching.labelled import OwnCalibration
from tests.unit.web.builders import CALIBRATION


def test_it_is_read_back_as_it_was_and_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    file = tmp_path / "made" / "own.json"
    for threshold in (0.4, 0.5):
        write_calibration(OwnCalibration(CALIBRATION, 1e-3, threshold, ()), file)
    assert Calibration.from_json(file.read_text("utf-8")).to_json() == CALIBRATION.to_json()
    assert list(file.parent.iterdir()) == [file]


def test_where_it_cannot_be_written_what_was_there_stays(tmp_path: Path) -> None:
    (tmp_path / "own.json").mkdir()
    with pytest.raises(UnavailableError) as told:
        write_calibration(OwnCalibration(CALIBRATION, 1e-3, 0.5, ()), tmp_path / "own.json")
    assert told.value.code == "calibration_not_written"
    assert [path.name for path in tmp_path.iterdir()] == ["own.json"]
