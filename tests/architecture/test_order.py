"""The modules form an order: none needs one that, by whatever road, needs it. Imports for types count too."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"


def test_no_two_modules_need_each_other() -> None:
    assert circle(imports_below(SOURCE)) == []


def test_a_circle_made_for_types_alone_is_seen(tmp_path: Path) -> None:
    """Positive control: the package's own name, a relative import, and one below TYPE_CHECKING."""
    room = tmp_path / "house" / "room"
    room.mkdir(parents=True)
    (tmp_path / "house" / "__init__.py").touch()
    (room / "__init__.py").touch()
    (room / "chair.py").write_text("from house.room import table\n")
    (room / "table.py").write_text("from .lamp import light\n")
    lamp = room / "lamp.py"
    lamp.write_text("import house\n")
    assert circle(imports_below(tmp_path)) == []
    lamp.write_text("if TYPE_CHECKING:\n    from house.room.chair import Chair\n")
    assert set(circle(imports_below(tmp_path))) == {"house.room.chair", "house.room.table", "house.room.lamp"}


def circle(imports: Mapping[str, set[str]]) -> list[str]:
    """The modules of one circle, the first again at the end; empty where there is none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as found:
        return list(found.args[1])
    return []


def imports_below(folder: Path) -> dict[str, set[str]]:
    """What each module below the folder imports of the others there, wherever in its text."""
    paths = {_name(path.relative_to(folder)): path for path in folder.rglob("*.py")}
    return {name: _imports(name, path, paths) - {name} for name, path in paths.items()}


def _name(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _imports(name: str, path: Path, known: Mapping[str, Path]) -> set[str]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            # A name taken from a package is a module of it, or something that the package itself says.
            found |= {f"{origin}.{a.name}" if f"{origin}.{a.name}" in known else origin for a in node.names}
    return found & known.keys()
