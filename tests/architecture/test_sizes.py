"""No function outgrows a screen and no file a sitting: the limits of the house's style, and the few that may pass."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FUNCTION_LINES, SOURCE_LINES, TEST_LINES = 40, 400, 500

LONGER: dict[str, str] = {
    "bootstrap/records.py:Records.__init__": "the list of every store, one a line",
    "web/words.py:quality": "a table: each measure with its words",
}
"""Functions of src/facewarden that may be longer, each with why."""


def test_every_function_fits_on_a_screen() -> None:
    source = ROOT / "src" / "facewarden"
    # Not the migrations that have landed: they are never edited.
    paths = [path for path in source.rglob("*.py") if path.parent.name != "versions"]
    long = {f"{path.relative_to(source).as_posix()}:{name}" for path in paths for name in too_long(path)}
    assert long - set(LONGER) == set()


@pytest.mark.parametrize(("folder", "limit"), [("src", SOURCE_LINES), ("tests", TEST_LINES)])
def test_every_file_can_be_read_in_one_sitting(folder: str, limit: int) -> None:
    paths = {path.relative_to(ROOT).as_posix(): path for path in (ROOT / folder).rglob("*.py")}
    sizes = {name: len(path.read_text("utf-8").splitlines()) for name, path in paths.items()}
    assert {name: size for name, size in sizes.items() if size > limit} == {}


def test_a_function_of_41_lines_is_seen(tmp_path: Path) -> None:
    """Positive control, on the boundary; a function inside a class is told by both names."""
    path = tmp_path / "rooms.py"
    path.write_text(
        "class House:\n    def open(self):\n" + "        pass\n" * 40 + "\n\ndef close():\n" + "    pass\n" * 39
    )
    assert too_long(path) == ["House.open"]


def too_long(path: Path) -> list[str]:
    """The functions in that file with more lines than fit, decorators and docstring not counted apart."""
    return [
        name
        for name, node in _functions(ast.parse(path.read_text("utf-8")), "")
        if (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES
    ]


def _functions(tree: ast.AST, inside: str) -> list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    found: list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]] = []
    for node in ast.iter_child_nodes(tree):
        named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        name = f"{inside}{node.name}" if named else inside
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.append((name, node))
        found += _functions(node, f"{name}." if named else inside)
    return found
