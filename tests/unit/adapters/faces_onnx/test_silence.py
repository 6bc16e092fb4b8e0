"""ONNX Runtime tells its maker nothing: no device id is made, and most commands never load it."""

import os
import subprocess
import sys


def after(code, home):
    """The files that a fresh process leaves in its account's folder."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("ORT_", "XDG_"))}
    subprocess.run([sys.executable, "-c", code], env=environment | {"HOME": str(home)}, check=True)
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())


def test_the_runtime_leaves_nothing_behind_and_calls_nobody(tmp_path):
    assert after("from facewarden.adapters.faces_onnx.sessions import runtime; runtime()", tmp_path) == []


def test_it_is_not_loaded_before_a_model_is_opened(tmp_path):
    code = "import sys, facewarden.cli.main; assert 'onnxruntime' not in sys.modules"
    assert after(code, tmp_path) == []
