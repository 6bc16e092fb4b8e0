"""What is known of the witnesses, as a file in the data folder. Never evidence: that is in the cosigned checkpoints."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from facewarden.adapters.durable import write_whole
from facewarden.domain.witnesses import WitnessProblem, WitnessState, WitnessStates
from facewarden.errors import DamagedError, UnavailableError


class WitnessFile:
    """The file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> WitnessStates:
        """What was written last, nothing known where nothing was; raises DamagedError `witness_file_damaged`."""
        try:
            told = json.loads(self._path.read_text("utf-8"))
            witnesses = {name: _state(state) for name, state in told.pop("witnesses").items()}
            asked_at, quorum_at = _moment(told.pop("asked_at")), _moment(told.pop("quorum_at"))
            return WitnessStates(witnesses, asked_at=asked_at, quorum_at=quorum_at, **told)
        except FileNotFoundError:
            return WitnessStates()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedError(
                "witness_file_damaged",
                f"{self._path} cannot be read.",
                "It was changed outside facewarden.",
                "Remove it: witnesses are asked anew, and what they cosigned is kept beside the log.",
            ) from error

    def write(self, states: WitnessStates) -> None:
        """Whole and on disk, or as it was; raises UnavailableError `witness_file_unwritable`."""
        try:
            write_whole(self._path, json.dumps(asdict(states), default=datetime.isoformat, indent=1).encode())
        except OSError as error:
            raise UnavailableError(
                "witness_file_unwritable",
                "What the witnesses answered cannot be kept.",
                f"The system says: {error.strerror}.",
                "Free space or repair the disk and rights of the data folder.",
            ) from error


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _state(told: dict[str, Any]) -> WitnessState:
    problem = told["problem"]
    found = None if problem is None else WitnessProblem(problem)
    return WitnessState(told["size"], _moment(told["at"]), found, _moment(told["since"]))
