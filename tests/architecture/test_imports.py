"""Importing a module does nothing: no file, no environment, no process, no warning."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import pytest

import facewarden

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(facewarden.__path__, "facewarden.")
    if ".migrations" not in module.name  # run by Alembic alone, which hands them their context
)

WATCH = """
import builtins, importlib, os, sys
touched = []
WRITES = ("w", "a", "x", "+")

def audit(event, arguments):
    if event == "open" and isinstance(arguments[1], str) and any(mark in arguments[1] for mark in WRITES):
        touched.append(("open", str(arguments[0])))
    elif event in ("os.mkdir", "os.putenv", "subprocess.Popen", "socket.connect", "os.remove", "os.rename"):
        touched.append((event, str(arguments[:1])))

before = dict(os.environ)
for dependency in sys.argv[2].split(","):
    importlib.import_module(dependency)
sys.dont_write_bytecode = True
sys.addaudithook(audit)
importlib.import_module(sys.argv[1])
touched += [("environment", name) for name in os.environ if before.get(name) != os.environ[name]]
print(touched)
"""
# Third-party modules may do as they please; they are imported before the watch begins.
DEPENDENCIES = (
    "alembic,argon2,cedarpy,click,cryptography,faiss,fastapi,jinja2,numpy,onnx,onnxruntime,PIL,rich,sqlalchemy,uvicorn"
)


def effects_of_importing(module: str) -> str:
    command = [sys.executable, "-c", WATCH, module, DEPENDENCIES]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.strip()


def test_importing_everything_has_no_effect() -> None:
    for module in ("facewarden.cli.main", "facewarden.web.app", "facewarden.bootstrap.opening"):
        assert effects_of_importing(module) == "[]", module


def test_the_watch_sees_an_effect(tmp_path: object) -> None:
    """Positive control: a module that writes a file when imported is caught."""
    command = [sys.executable, "-c", WATCH, "leaky", "json"]
    (tmp_path / "leaky.py").write_text("open('trace', 'w').close()\n")  # type: ignore[attr-defined, operator]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=str(tmp_path), timeout=60)
    assert "trace" in done.stdout


@pytest.mark.parametrize("module", MODULES)
def test_each_module_says_what_it_does(module: str) -> None:
    found = pkgutil.resolve_name(module)
    assert found.__doc__, f"{module} has no docstring"
    assert len(found.__doc__.strip().splitlines()[0]) > 10
