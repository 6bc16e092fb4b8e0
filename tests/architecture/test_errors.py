"""Every error of ours has the one root, and no name of a registry or of a machine's folder is in the project."""

from __future__ import annotations

import inspect
import pkgutil
import re
import subprocess
from pathlib import Path

import facewarden
from facewarden.errors import Error

ROOT = Path(__file__).parents[2]
FORBIDDEN = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian\.org|/work/|\bcompliant\b|% accurate", re.I)
QUOTES_THE_RULE = {"tests/architecture/test_errors.py", "CONTRIBUTING.md"}


def test_every_exception_of_ours_is_an_error() -> None:
    ours = [
        value
        for module in pkgutil.walk_packages(facewarden.__path__, "facewarden.")
        if ".migrations" not in module.name
        for value in vars(pkgutil.resolve_name(module.name)).values()
        if inspect.isclass(value) and issubclass(value, BaseException) and value.__module__.startswith("facewarden")
    ]
    strangers = {f"{cls.__module__}.{cls.__name__}" for cls in ours if not issubclass(cls, Error)}
    # Private signals that never leave their room are named here, each with where it is caught.
    assert strangers <= PRIVATE_SIGNALS


PRIVATE_SIGNALS = {
    # in the decoder's child and between it and its parent: decoder.py turns each into a BadPhotoError
    "facewarden.adapters.photos_decode.worker.LostError",
    "facewarden.adapters.photos_decode.xmp._UnsafeError",
    "facewarden.adapters.photos_decode.protocol.UnusableError",
    # while a law pack is read: loading.py turns each into UnavailableError `law_packs_invalid`
    "facewarden.law.rules.RuleError",
    "facewarden.law.conditions.ConditionError",
}


def test_no_file_names_a_registry_a_machine_or_a_claim_we_do_not_make() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    found = []
    for name in listed.stdout.split("\0"):
        path = ROOT / name
        if not name or name in QUOTES_THE_RULE or not path.is_file():
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{name}: {match.group()}" for match in FORBIDDEN.finditer(text)]
    assert found == []
