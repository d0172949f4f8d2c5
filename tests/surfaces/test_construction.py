"""Text reaches a surface through its one function: nothing else makes its type, or writes to it.

mypy refuses a surface's writer anything but that surface's type; here is seen that no other module
makes one, not even around a text that it has put together, and that none goes past the writers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import cc_lb_selfcheck
from cc_lb_selfcheck.surfaces import (
    command,
    diff,
    envfile,
    json,
    markdown,
    plain,
    sarif,
    terminal,
    uri,
    xml,
    yaml,
)

PACKAGE: Final = Path(cc_lb_selfcheck.__file__).parent
MODULES: Final = {
    str(path.relative_to(PACKAGE)): ast.parse(path.read_text("utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}
TYPES: Final = {
    "Markdown": markdown,
    "TerminalText": terminal,
    "CommandLine": command,
    "EnvFileEntry": envfile,
    "Json": json,
    "PlainText": plain,
    "Diff": diff,
    "SarifText": sarif,
    "Uri": uri,
    "Xml": xml,
    "Yaml": yaml,
}
WRITERS: Final = {
    "printing.py": {"sys.stdout", "sys.stderr"},
    "report/layout.py": {"console.print", "console.file"},
    # Which hold no text: a bar and counts; whether somebody looks on; streams as such.
    "progress.py": {"Progress"},
    "cli/app.py": {"sys.stdout"},
    "cli/check.py": {"sys.stderr"},
    "host/reader.py": {"sys.stdout"},
}
MADE_OF_LITERALS: Final = {"written": 0, "joined": 1, "hidden": 0}
"""The functions of Markdown with text of ours, and where it stands among their arguments."""


def name_of(node: ast.AST) -> str:
    """Return a dotted name, or nothing."""
    if isinstance(node, ast.Name):
        return node.id
    return f"{name_of(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def calls(module: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(MODULES[module]) if isinstance(node, ast.Call))


def test_the_types_are_those_that_surfaces_make() -> None:
    made = {name for module in TYPES.values() for name in TYPES if hasattr(module, name)}
    assert made == set(TYPES)
    surfaces = {name for name in MODULES if name.startswith("surfaces/")}
    here = {f"surfaces/{module.__name__.rpartition('.')[2]}.py" for module in TYPES.values()}
    assert surfaces - here == {"surfaces/__init__.py", "surfaces/visible.py"}


@pytest.mark.parametrize("module", MODULES)
def test_no_other_module_makes_a_surfaces_type(module: str) -> None:
    own = {node.name for node in ast.walk(MODULES[module]) if isinstance(node, ast.ClassDef)}
    own -= set(TYPES) if module.startswith("surfaces/") else set()
    for call in calls(module):
        name = name_of(call.func).rpartition(".")[2]
        if name in TYPES and name not in own:  # the report has a Diff of its own
            assert module == f"surfaces/{TYPES[name].__name__.rpartition('.')[2]}.py", call.lineno
        if name == "cast":
            assert not set(TYPES) & {name_of(node) for node in ast.walk(call)}, call.lineno
            assert not [
                node
                for node in ast.walk(call.args[0])
                if isinstance(node, ast.Constant) and node.value in TYPES
            ], call.lineno


@pytest.mark.parametrize("module", MODULES)
def test_markdown_of_ours_is_written_in_literals(module: str) -> None:
    of_markdown = {
        alias.name
        for node in ast.walk(MODULES[module])
        if isinstance(node, ast.ImportFrom) and str(node.module).endswith("surfaces.markdown")
        for alias in node.names
    }
    for call in calls(module):
        name = name_of(call.func)
        if name in MADE_OF_LITERALS and name in of_markdown and module != "surfaces/markdown.py":
            for text in call.args[MADE_OF_LITERALS[name] :][:1]:
                assert isinstance(text, ast.Constant), f"{module}:{call.lineno}"
                assert isinstance(text.value, str)
            assert not call.keywords


@pytest.mark.parametrize("module", MODULES)
def test_nobody_writes_past_the_printers(module: str) -> None:
    allowed = WRITERS.get(module, set())
    for node in ast.walk(MODULES[module]):
        name = name_of(node)
        if name in ("sys.stdout", "sys.stderr", "console.print", "console.file"):
            assert name in allowed, f"{module}:{node.lineno}"  # type: ignore[attr-defined]
        if isinstance(node, ast.Call):
            called = name_of(node.func)
            assert called not in ("print", "typer.echo", "typer.secho"), f"{module}:{node.lineno}"
            if called in ("Text", "Text.assemble", "Text.from_markup"):
                assert module == "report/layout.py", node.lineno
            if called.endswith((".stdout.write", ".stderr.write", ".writelines")):
                # Frames go through pipes, between our own processes.
                own = ("printing.py", "github/runner.py", "report/layout.py", "host/frames.py")
                assert module in own, node.lineno


def test_the_rules_are_about_what_is_there() -> None:
    for module, names in WRITERS.items():
        seen = {name_of(node) for node in ast.walk(MODULES[module])}
        assert names <= seen, module
    assert sum(1 for call in calls("report/markdown.py") if name_of(call.func) == "written") > 20
