"""How a calibration from an operator's own set is told and written. Never measures one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from facewarden.adapters.durable import write_whole
from facewarden.errors import UnavailableError
from facewarden.matching.calibration import LEAST_ERRORS, TrueMatchRate
from facewarden.matching.labelled import GroupRates, OwnCalibration
from facewarden.settings import CALIBRATION_VARIABLE


def write_calibration(made: OwnCalibration, file: Path) -> None:
    """Writes the calibration for FACEWARDEN_CALIBRATION, whole or not at all; raises UnavailableError."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, f"{made.calibration.to_json()}\n".encode())
    except OSError as problem:
        raise UnavailableError(
            "calibration_not_written",
            f"The calibration cannot be written to {file}.",
            f"The system says: {problem.strerror}.",
            "Name another file with --out.",
        ) from problem


def own_calibration_json(made: OwnCalibration) -> dict[str, Any]:
    """The measurement as one object: cohorts, threshold, groups (null: not measured, with why)."""
    found = made.calibration
    tmr = found.true_match_rate(made.threshold)
    return {
        "pack": found.pack,
        "set": found.set_name,
        "fmr": made.fmr,
        "threshold": made.threshold,
        "tmr": _rate(tmr),
        "cohorts": [
            {
                "name": cohort.name,
                "description": cohort.description,
                "people": cohort.people,
                "pairs": cohort.scores.pairs,
                "finest_fmr": cohort.finest_fmr,
                "thresholds": {f"{fmr:g}": found.threshold(fmr, cohort.name) for fmr in (1e-2, 1e-3, 1e-4)},
            }
            for cohort in found.cohorts
        ],
        "groups": [_group(group) for group in made.groups],
        "limits": list(found.limits),
    }


def own_calibration_lines(made: OwnCalibration, file: Path | None) -> list[str]:
    """The measurement for a person."""
    found = made.calibration
    tmr = found.true_match_rate(made.threshold)
    lines = [f"{found.set_name}. A rate rests on {LEAST_ERRORS} errors or more; below that it cannot be told."]
    for cohort in found.cohorts:
        known = [(fmr, found.threshold(fmr, cohort.name)) for fmr in (1e-2, 1e-3, 1e-4)]
        told = ", ".join(f"{fmr:g}: {threshold or 'cannot be told'}" for fmr, threshold in known)
        lines.append(f"{cohort.name} ({cohort.description}): threshold at FMR {told}")
    lines.append(
        f"Candidates are shown from {made.threshold:.4f} up (FMR {made.fmr:g} in the easiest cohort); of {tmr.pairs:,}"
        f" mated pairs {tmr.rate:.3f} reach it [{tmr.low:.3f}, {tmr.high:.3f}], failures to enrol counted as misses."
    )
    lines += [_group_line(group) for group in made.groups]
    lines += found.limits
    if file is not None:
        lines.append(f"Written: {file}. To use it: {CALIBRATION_VARIABLE}={file}")
    return lines


def _group_line(group: GroupRates) -> str:
    fmr = "FMR not measured" if group.fmr is None else f"FMR {group.fmr:.1e} of {group.pairs:,} pairs"
    tmr = group.tmr
    rate = "TMR not measured" if tmr is None else f"TMR {tmr.rate:.3f} [{tmr.low:.3f}, {tmr.high:.3f}]"
    why = f" ({group.why})" if group.why else ""
    return f"{group.group} ({group.people:,} people): {fmr}, {rate}{why}"


def honesty_lines(halves: Sequence[Mapping[str, Any]], absent: Mapping[str, Any]) -> list[str]:
    """Both measurements for a person."""
    lines = ["Look-alikes a search meets: foretold by one half of the people, met in the other (95 % interval)."]
    for row in halves:
        start = f"  FMR {row['fmr']:g} set on the {row['threshold_from']} half ({row['pairs']:,} pairs): "
        if row["expected"] is None:
            lines.append(start + "cannot be told")
            continue
        told, met = (
            f"{row[name]:.2f} [{row[name + '_interval'][0]:.2f}, {row[name + '_interval'][1]:.2f}]"
            for name in ("expected", "seen")
        )
        verdict = "kept" if row["kept"] else "NOT kept"
        lines.append(start + f"foretold {told}, met {met} among {row['people']:,}: {verdict}")
    lines.append(f"{absent['searches']} probes whose person is not among the {absent['gallery']:,} searched:")
    for name, where in (("facewarden", "from {threshold:.4f} up"), ("dlib", "within {distance}, its own default")):
        found = absent[name]
        low, high = found["interval"]
        lines.append(
            f"  {name}, {where.format(**found)}: FPIR {found['fpir']:.2f} [{low:.2f}, {high:.2f}],"
            f" {found['candidates']:.1f} candidates a search; with the mate there it is among them"
            f" {found['mates_found']} times of {absent['searches']}"
        )
    return lines


def _group(group: GroupRates) -> dict[str, Any]:
    return {
        "group": group.group,
        "people": group.people,
        "pairs": group.pairs,
        "fmr": group.fmr,
        "tmr": None if group.tmr is None else _rate(group.tmr),
        "not_measured": group.why or None,
    }


def _rate(rate: TrueMatchRate) -> dict[str, Any]:
    return {"rate": rate.rate, "interval": [rate.low, rate.high], "pairs": rate.pairs}
