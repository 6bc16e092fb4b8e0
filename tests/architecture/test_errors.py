"""Every error of ours has the one root, and no name of a registry or of a machine's folder is in the project."""

from __future__ import annotations

import ast
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


def test_every_code_is_a_slug_and_what_a_person_meets_says_what_to_do() -> None:
    faults = []
    for path in sorted((ROOT / "src" / "facewarden").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call) or getattr(call.func, "id", "") not in KINDS:
                continue
            named = [word.value for word in call.keywords if word.arg == "code"]
            code, where = [*call.args, *named, None][0], f"{path.name}:{call.lineno}"
            if isinstance(code, ast.Constant) and not re.fullmatch(r"[a-z][a-z0-9_]{2,39}", str(code.value)):
                faults.append(f"{where}: the code {code.value} is no slug")
            says = len(call.args) >= NEXT_STEP_AT or any(word.arg == "next_step" for word in call.keywords)
            if not says and (path.name == "settings.py" or path.parent.name in MET_BY_PEOPLE):
                faults.append(f"{where}: it does not say what to do")
    assert faults == []


KINDS = {"Error", "BadUseError", "BadPhotoError", "NotPermittedError", "UnavailableError", "DamagedError"}
NEXT_STEP_AT = 4  # code, what, why, next step
MET_BY_PEOPLE = {"services", "web", "cli"}
"""Rooms whose errors answer what a person asked for; deeper ones may tell the program of its own mistake."""

PRIVATE_SIGNALS = {
    # in the decoder's child and between it and its parent: decoder.py turns each into a BadPhotoError
    "facewarden.adapters.photos_decode.worker.LostError",
    "facewarden.adapters.photos_decode.xmp._UnsafeError",
    "facewarden.adapters.photos_decode.protocol.UnusableError",
    # in the checker that strangers run by itself, without this program: its own main turns it into words
    "facewarden.audit.check.Wrong",
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
