"""Whatever is typed, the command line answers in a sentence: one exit code, no traceback, no forged line."""

import json
import os
import subprocess
import sys

import click
import pytest

from facewarden.cli.console import error_lines, table, visible
from facewarden.cli.main import COMMANDS, facewarden, run
from facewarden.errors import BadUseError

HOSTILE = "x\x1b[2J\x1b]0;owned\x07\n\u202eadmitted"


def test_what_a_terminal_would_act_on_is_shown_as_a_question_mark():
    assert visible(HOSTILE, keep="") == "x�[2J�]0;owned���admitted"
    assert visible("two\nlines") == "two\nlines"
    assert visible("Zürich – “Grün” 東京") == "Zürich – “Grün” 東京"
    assert visible("\udcff") == "�"


def test_a_cell_and_an_error_stay_in_their_line(capsys):
    assert len("\n".join(table(("name",), [(HOSTILE,)])).splitlines()) == 2
    from facewarden.cli.console import report

    report(BadUseError("odd", HOSTILE, HOSTILE, HOSTILE), as_json=False)
    said = capsys.readouterr().err
    assert len(said.splitlines()) == len(error_lines(BadUseError("odd", "a", "b", "c")))
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nosuch"], 2),
        (["--nosuch"], 2),
        (["case", "nosuch"], 2),
        (["search"], 2),
        (["--data", "/dev/null", "case", "list"], 2),
        (["--data", "", "case", "list"], 2),
        (["--data", "/absent\udcff", "case", "list"], 2),
        (["case", "open", "--purpose", "curiosity", "1"], 2),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_bad_use_is_one_error_with_what_to_do(arguments, code, as_json, capsys, monkeypatch):
    monkeypatch.delenv("FACEWARDEN_DATA", raising=False)
    assert run([*arguments, "--json"] if as_json else arguments) == code
    out, err = capsys.readouterr()
    if as_json:
        said = json.loads(out)
        assert said["ok"] is False
        assert said["next_step"]
    else:
        assert out == ""
        assert err.startswith("facewarden: ")
        assert "Traceback" not in err


@pytest.mark.parametrize("group", [[], ["case"], ["law"]])
def test_a_group_alone_shows_its_help_and_no_error(group, capsys):
    assert run(group) == 2
    out, err = capsys.readouterr()
    assert out.startswith("Usage: facewarden")
    assert err == ""


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_no_name_and_no_encoding_makes_a_traceback(encoding, as_json, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "facewarden", "--data", b"/absent\xff\n", "case", "list", *as_json],
        env=os.environ | {"PYTHONIOENCODING": f"{encoding}:strict", "HOME": str(tmp_path)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    if as_json and encoding == "utf-8":
        assert json.loads(done.stdout)["code"] == "no_installation"


def test_whoever_stops_it_while_it_loads_sees_a_line_and_no_traceback(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Stop:\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'facewarden.cli.main':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Stop())\n"
    )
    command = [sys.executable, "-m", "facewarden", "case", "list"]
    done = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(tmp_path)}, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (1, b"facewarden: Stopped.\n")


def test_what_help_says_of_each_command_is_what_the_command_says_of_itself():
    context = click.Context(facewarden)
    said = {name: facewarden.get_command(context, name).get_short_help_str(limit=500) for name in COMMANDS}
    assert {name: summary for name, (_, summary) in COMMANDS.items()} == {
        name: told.removesuffix(".") for name, told in said.items()
    }


def test_help_loads_no_models_and_no_stores():
    asked = "import sys; from facewarden.cli.main import run; run(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stderr.split())
    assert "facewarden.cli.console" in loaded
    assert loaded.isdisjoint(
        {"cedarpy", "facewarden.bootstrap.ground", "fastapi", "numpy", "onnxruntime", "sqlalchemy"}
    )
