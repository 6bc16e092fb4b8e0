"""The bench of erasing, end to end: a demo of its own, filled up, one person taken out, deleted."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from facewarden.bootstrap.installation import Installation
from facewarden.cli.filled_demo import filled_demo
from facewarden.domain.accounts import Actor
from facewarden.domain.erasing import ErasureReason, NewSuppression
from facewarden.domain.ids import FaceNumber, random_id

BUDGET_S = 60.0
FACES_OF_ONE = 5  # faces taken out at once, each in a photo of its own with a file


def measured(models_dir: Path, faces: int, people: int, folder: Path | None) -> dict[str, Any]:
    """Seconds from an officer's word to hidden and to bytes gone, in a demo with that many made-up faces beside."""
    with filled_demo(models_dir, folder, people, faces) as demo:
        return _erased(demo.context.installation(), demo.officer, demo.gallery)


def lines(found: dict[str, Any]) -> list[str]:
    """The measurement for a person."""
    return [
        f"{found['gallery']:,} faces, {found['processors']} processors: {found['faces']} faces of"
        f" {found['photos']} photos erased and one face kept out. Hidden after {found['hidden_s']:.2f} s, bytes"
        f" gone after {found['gone_s']:.2f} s (budget {BUDGET_S:.0f}); {found['cpu_s']:.2f} s of processor time.",
    ]


def _erased(installation: Installation, officer: Actor, size: int) -> dict[str, Any]:
    shown = installation.records.gallery.showable([FaceNumber(number) for number in range(1, 200)])
    numbers = [n for n, face in sorted(shown.items()) if face.photo.file_name][:FACES_OF_ONE]
    template = installation.records.gallery.templates(numbers[:1])[1][0].copy()
    suppression = NewSuppression(random_id("sup"), template, installation.card.pack_id)
    hidden: list[float] = []
    erasing = installation.taking_out.erasing
    destroy = installation.records.erasures.destroy

    def first_hidden() -> None:
        hidden.append(time.perf_counter())
        destroy()

    installation.records.erasures.destroy = first_hidden  # type: ignore[method-assign]
    began, cpu = time.perf_counter(), time.process_time()
    erasure = erasing.erase(officer, [], ErasureReason.OPT_OUT, face_numbers=numbers, suppression=suppression)
    ended = time.perf_counter()
    return {
        "gallery": size,
        "photos": erasure.photos + erasure.burnt,
        "faces": erasure.faces,
        "processors": len(os.sched_getaffinity(0)),
        "hidden_s": round(hidden[0] - began, 3),
        "gone_s": round(ended - began, 3),
        "cpu_s": round(time.process_time() - cpu, 3),
        "budget_s": BUDGET_S,
        "within_budget": ended - began <= BUDGET_S,
    }
