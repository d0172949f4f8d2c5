"""Draws the parts of the package and who imports whom, from the real imports.

``drawing()`` returns a Mermaid diagram. An arrow leads from a part to one that it imports; one that
follows from others is left out. ``parts()`` returns what each part is for, in the words of its own
docstring, and the libraries that it uses.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import grimp

PACKAGE: Final = "cc_lb_selfcheck"
_SOURCES: Final = Path(__file__).resolve().parent.parent / "entrypoint" / PACKAGE
_LIBRARIES: Final = {"elftools": "pyelftools", "extism_sys": "extism", "github": "PyGithub"}
"""The names of libraries, where their modules have others."""


@cache
def _imports() -> Mapping[str, frozenset[str]]:
    """Return what each part imports: other parts by their short name, libraries in brackets."""
    graph = grimp.build_graph(PACKAGE, include_external_packages=True, cache_dir=None)
    found: dict[str, set[str]] = {
        child.rpartition(".")[2]: set() for child in graph.find_children(PACKAGE)
    }
    for module in graph.modules:
        top, _, rest = module.partition(".")
        if top != PACKAGE or not rest:
            continue
        part = rest.partition(".")[0]
        for imported in graph.find_modules_directly_imported_by(module):
            top, _, rest = imported.partition(".")
            if top != PACKAGE and top not in sys.stdlib_module_names:
                found[part].add(f"[{_LIBRARIES.get(top, top)}]")
            elif top == PACKAGE and rest:
                found[part].add(rest.partition(".")[0])
    return {part: frozenset(names - {part}) for part, names in found.items()}


def _beyond(part: str) -> set[str]:
    """Return all that a part imports, itself or through others."""
    found: set[str] = set()
    ahead = [*_imports()[part]]
    while ahead:
        name = ahead.pop()
        if name not in found and name in _imports():
            found.add(name)
            ahead += _imports()[name]
    return found


def _arrows() -> Iterator[tuple[str, str]]:
    for part, imported in sorted(_imports().items()):
        own = [name for name in imported if name in _imports()]
        for name in sorted(own):
            if not any(name in _beyond(other) for other in own):
                yield part, name


def drawing() -> str:
    """Return the diagram as a fenced block of Mermaid; packages have corners, modules none."""
    lines = ["flowchart TD"]
    for part in sorted(_imports()):
        shape = '["{}"]' if (_SOURCES / part).is_dir() else '(["{}"])'
        lines.append(f"  {part.strip('_')}{shape.format(part)}")
    lines += [f"  {part.strip('_')} --> {name.strip('_')}" for part, name in _arrows()]
    return "\n".join(("```mermaid", *lines, "```"))


def parts() -> Iterator[tuple[str, str, str]]:
    """Yield each part from the top of the drawing down: its name, what it is for, its libraries."""
    depth = {part: len(_beyond(part)) for part in _imports()}
    for part in sorted(_imports(), key=lambda part: (-depth[part], part)):
        folder = _SOURCES / part
        source = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
        words = (ast.get_docstring(ast.parse(source.read_text("utf-8"))) or "").partition("\n\n")[0]
        libraries = sorted(name.strip("[]") for name in _imports()[part] if name[0] == "[")
        shown = f"`{part}/`" if folder.is_dir() else f"`{source.name}`"
        yield shown, " ".join(words.split()).replace("|", "\\|"), ", ".join(libraries)
