"""The documents say what is there: their commands parse, their links lead somewhere, every target has its help."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from facewarden.cli.main import COMMANDS, facewarden
from facewarden.settings import read_settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/**/README.md")])
LINK = re.compile(r"\[[^\]]+\]\((?!https?:|#)([^)#\s]+)")


def documented_commands() -> list[str]:
    """Every line of a shell block of the README that calls facewarden."""
    text = (ROOT / "README.md").read_text("utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.S)
    lines = [line.split("#")[0].split(">")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("facewarden ")]


def test_the_readme_calls_the_command_line_at_all() -> None:
    assert len(documented_commands()) > 10


@pytest.mark.parametrize("line", documented_commands())
def test_each_command_of_the_readme_parses(line: str) -> None:
    words = shlex.split(line)[1:]
    command: click.Command = facewarden
    context = click.Context(facewarden, info_name="facewarden")
    while isinstance(command, click.Group):
        name = words.pop(0)
        found = command.get_command(context, name)
        assert found is not None, f"{line}: there is no {name}"
        command = found
        context = click.Context(command, info_name=name, parent=context)
    command.parse_args(context, words)


def test_a_command_with_a_wrong_option_does_not_parse() -> None:
    """Positive control of the test above."""
    command = facewarden.get_command(click.Context(facewarden), "search")
    assert command is not None
    with pytest.raises(click.UsageError):
        command.parse_args(click.Context(command), ["probe.jpg", "--cases", "1"])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    broken = [
        target
        for target in LINK.findall(document.read_text("utf-8"))
        if not (document.parent / target).exists() and not target.startswith("../shared")
    ]
    assert broken == []


def test_every_make_target_says_what_it_does() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^\.PHONY: (.*)$", text, re.M)[0].split())
    helped = set(re.findall(r"^([a-z]+):.*## \S", text, re.M))
    assert targets == helped


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_text_and_takes_json(name: str) -> None:
    command = facewarden.get_command(click.Context(facewarden), name)
    assert command is not None
    assert command.help
    for leaf in _leaves(command):
        options = {option for parameter in leaf.params for option in parameter.opts}
        assert {"--json", "--data"} <= options, f"{name} {leaf.name}"


def _leaves(command: click.Command) -> list[click.Command]:
    if not isinstance(command, click.Group):
        return [command]
    return [leaf for child in command.commands.values() for leaf in _leaves(child)]


def test_every_setting_is_documented() -> None:
    """docs/settings.md names each variable that the program reads."""
    source = (ROOT / "src/facewarden/settings.py").read_text("utf-8")
    variables = set(re.findall(r'"(FACEWARDEN_[A-Z_]+)"', source))
    page = (ROOT / "docs/settings.md").read_text("utf-8")
    assert variables
    assert {name for name in variables if f"`{name}`" not in page} == set()
    assert read_settings("somewhere", {"HOME": "/nowhere"}).threads >= 1
