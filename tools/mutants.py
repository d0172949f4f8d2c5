"""Breaks the escaping on purpose, a little at a time, and asks the tests of each break.

python -m tools.mutants [MODULE…] [--list]

Each module under ``surfaces/`` is changed in one place (a condition turned round, a call left out,
a character of a pattern or a text taken away, an element dropped, a number raised) and
``tests/surfaces`` runs against it. A change that no test notices survives; the exit status is 1
where one does that ``tests/surfaces/equivalent.toml`` does not explain, or where that file explains
what is no longer so.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.abc
import importlib.util
import os
import re
import resource
import sys
import tomllib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeAlias

from cc_lb_selfcheck.settings import processors

ROOT: Final = Path(__file__).resolve().parents[1]
SURFACES: Final = ROOT / "entrypoint" / "cc_lb_selfcheck" / "surfaces"
TESTS: Final = ROOT / "tests" / "surfaces"
EXPLAINED: Final = TESTS / "equivalent.toml"
_SOME: Final = 500
_CPU_MAX_S: Final = 60
"""What takes longer hangs, which is noticed as well."""
_MODULES: Final = ("re", "uuid", "unicodedata")
_OPPOSITES: Final[dict[type[ast.AST], type[ast.AST]]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mod: ast.FloorDiv,
}


Key: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one change; ``change`` shows it, ``place`` is the line it is in."""

    module: str
    line: int
    place: str
    change: str
    source: str

    @property
    def key(self) -> Key:
        """What tells it from the others, wherever its line is."""
        return self.module, self.place, self.change


# Changes ---------------------------------------------------------------------------------------


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Yield every change to a module, each once."""
    text = path.read_text("utf-8")
    tree, lines = ast.parse(text), text.splitlines()
    types = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and name_of(node.func) == "NewType"
        if isinstance(node.args[0], ast.Constant)
    }
    left_out = {id(node) for skipped in _not_behaviour(tree) for node in ast.walk(skipped)}
    nodes = list(ast.walk(tree))
    seen = set()
    for at, node in enumerate(nodes):
        # A surface's type is a text to Python; what makes one is for mypy to see.
        if id(node) in left_out or (isinstance(node, ast.Call) and name_of(node.func) in types):
            continue
        for changed in _changes(node):
            mutant = _mutant(path, lines, tree, at, changed)
            if mutant.source not in seen:
                seen.add(mutant.source)
                yield mutant


def _not_behaviour(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield documentation, imports, annotations, new types and decorators."""
    for node in ast.walk(tree):
        match node:
            case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
                yield node
            case ast.Assign(value=ast.Call(func=ast.Name(id="NewType"))):
                yield node
            case ast.AnnAssign():
                yield node.annotation
            case ast.arg(annotation=ast.expr()):
                yield node.annotation  # type: ignore[misc]
            case ast.FunctionDef():
                yield from node.decorator_list
                if node.returns is not None:
                    yield node.returns


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    yield from _changed_conditions(node)
    match node:
        case ast.Constant(value=str(text)):
            yield from (ast.Constant(changed) for changed in _texts(text))
        case ast.Constant(value=bool(flag)):
            yield ast.Constant(not flag)
        case ast.Constant(value=int(number)):
            yield ast.Constant(number + 1)
        case ast.BinOp() if type(node.op) in _OPPOSITES:
            yield ast.BinOp(node.left, _opposite(node.op), node.right)  # type: ignore[arg-type]
        case ast.Call():
            yield from _calls(node)
        case ast.Tuple(elts=[_, _, *_]) | ast.Set() | ast.List(elts=[_, *_]):
            yield from (type(node)(elts=rest) for rest in _one_less(node.elts) if rest)
        case ast.JoinedStr():
            yield from (ast.JoinedStr(rest) for rest in _one_less(node.values))
        case ast.Dict(keys=[_, *_]):
            pairs = zip(_one_less(node.keys), _one_less(node.values), strict=True)
            yield from (ast.Dict(*pair) for pair in pairs)


def _changed_conditions(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(ops=[op]) if type(op) in _OPPOSITES:
            yield ast.Compare(node.left, [_opposite(op)], node.comparators)  # type: ignore[list-item]
        case ast.BoolOp():
            yield ast.BoolOp(_opposite(node.op), node.values)  # type: ignore[arg-type]
            yield from node.values
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.IfExp():
            yield node.body
            yield node.orelse
        case ast.If():
            yield ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
        case ast.While():
            yield ast.Pass()
        case ast.comprehension(ifs=[_, *_]):
            yield ast.comprehension(node.target, node.iter, [], node.is_async)


def _one_less(items: Sequence[Any]) -> Iterator[list[Any]]:
    return ([*items[:at], *items[at + 1 :]] for at in range(len(items)))


def _opposite(op: ast.AST) -> ast.AST:
    return _OPPOSITES[type(op)]()


def _texts(text: str) -> Iterator[str]:
    """Yield a text, or a pattern, without each of its characters, and with one more."""
    yield from (text[:at] + text[at + 1 :] for at in range(len(text)))
    yield f"{text}X"


def _calls(call: ast.Call) -> Iterator[ast.AST]:
    """Yield what a call works on in its place, and the call without each option."""
    if isinstance(call.func, ast.Attribute) and name_of(call.func.value) not in _MODULES:
        yield call.func.value
    if call.args and not isinstance(call.args[0], ast.Starred | ast.GeneratorExp):
        yield call.args[0]
    for at in range(len(call.keywords)):
        rest = [*call.keywords[:at], *call.keywords[at + 1 :]]
        yield ast.Call(call.func, call.args, rest)
    if name_of(call.func) == "re.compile" and len(call.args) > 1:
        yield ast.Call(call.func, call.args[:1], [])


def name_of(node: ast.AST) -> str:
    """Return a dotted name, or nothing."""
    if isinstance(node, ast.Name):
        return node.id
    return f"{name_of(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def _mutant(path: Path, lines: list[str], tree: ast.Module, at: int, changed: ast.AST) -> Mutant:
    changed_tree = copy.deepcopy(tree)
    node = list(ast.walk(changed_tree))[at]
    replacement = copy.deepcopy(changed)
    for parent in ast.walk(changed_tree):
        for field, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, field, replacement)
            elif isinstance(value, list):
                value[:] = [replacement if item is node else item for item in value]
    ast.fix_missing_locations(changed_tree)
    words = f"{_shown(node)} → {_shown(replacement)}"
    line = getattr(node, "lineno", 0)
    place = lines[line - 1].strip() if line else ""
    return Mutant(path.name, line, place, words, ast.unparse(changed_tree))


def _shown(node: ast.AST) -> str:
    return ast.unparse(node).partition("\n")[0]


# Tests -----------------------------------------------------------------------------------------


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module in its changed form."""

    def __init__(self, mutant: Mutant) -> None:
        self._name = f"cc_lb_selfcheck.surfaces.{mutant.module.removesuffix('.py')}"
        self._source = mutant.source

    def find_spec(
        self,
        fullname: str,
        _path: Sequence[str] | None,
        _target: ModuleType | None = None,
        /,
    ) -> importlib.machinery.ModuleSpec | None:
        """Return how to load the changed module; None for all others."""
        if fullname != self._name:
            return None
        return importlib.util.spec_from_loader(fullname, self)

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed module."""
        exec(compile(self._source, self._name, "exec"), module.__dict__)  # noqa: S102 - our own


def survivors_of(mutants: Sequence[Mutant], *, some: bool) -> list[Mutant]:
    """Run the tests against each mutant, in processes of their own; return those that pass.

    ``some``: with a part of the hostile texts alone, which notices most.
    """
    waiting, running, alive = deque(enumerate(mutants)), dict[int, int](), set[int]()
    while waiting or running:
        while waiting and len(running) < processors():
            at, mutant = waiting.popleft()
            pid = os.fork()
            if pid == 0:
                _test(mutant, some=some)
            running[pid] = at
        pid, status = os.wait()
        at = running.pop(pid)
        if status == 0:
            alive.add(at)
        if sys.stderr.isatty():
            left = len(waiting) + len(running)
            print(f"\r{left:4} to go, {len(alive):3} survive", end="", file=sys.stderr)
    return [mutant for at, mutant in enumerate(mutants) if at in alive]


def _test(mutant: Mutant, *, some: bool) -> None:
    import pytest
    from tests.support import hostile

    options = ["-x", "-q", f"--rootdir={ROOT}"]
    options += [f"-pno:{plugin}" for plugin in ("cacheprovider", "xdist", "hypothesispytest")]
    if some:
        seed = (hostile.strings.__defaults__ or ())[1:]
        hostile.strings.__defaults__ = (_SOME, *seed)
        options.append("-knot corpus")
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_MAX_S, _CPU_MAX_S))
    nothing = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nothing, descriptor)
    for name in [name for name in sys.modules if name.partition(".")[0] == "cc_lb_selfcheck"]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Changed(mutant))
    status = 1
    try:
        status = int(pytest.main([*options, *_tests_of(mutant.module)]))
    finally:
        os._exit(status)


def _tests_of(module: str) -> list[str]:
    """Return the files of tests that see a module: by itself, then through another surface."""
    name = module.removesuffix(".py")
    others = (path for path in SURFACES.glob("*.py") if f"from .{name} " in path.read_text("utf-8"))
    seen = re.compile(
        rf"from cc_lb_selfcheck\.surfaces\.({'|'.join([name, *(o.stem for o in others)])}) "
    )
    texts = {file: file.read_text("utf-8") for file in sorted(TESTS.glob("test_*.py"))}
    del texts[TESTS / "test_construction.py"]
    files = (file for file, text in texts.items() if seen.search(text))
    return [
        str(file) for file in sorted(files, key=lambda file: f"surfaces.{name} " not in texts[file])
    ]


def _explained() -> dict[Key, str]:
    tables = tomllib.loads(EXPLAINED.read_text("utf-8"))["equivalent"]
    return {(item["module"], item["place"], item["change"]): item["reason"] for item in tables}


def main() -> int:
    """Run the command; see above."""
    parser = argparse.ArgumentParser(prog="./dev mutants")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="as in terminal.py")
    parser.add_argument("--list", action="store_true", help="show the changes, and try none")
    parser.add_argument("--match", type=re.compile, help="try changes alone that this is found in")
    options = parser.parse_args()
    paths = [path for path in sorted(SURFACES.glob("*.py")) if path.name != "__init__.py"]
    wanted = [path for path in paths if not options.modules or path.name in options.modules]
    mutants = [mutant for path in wanted for mutant in mutants_of(path)]
    if options.match:
        mutants = [mutant for mutant in mutants if options.match.search(mutant.change)]
    if options.list:
        print(*(f"{item.module}:{item.line}: {item.change}" for item in mutants), sep="\n")
        return 0
    # What all of them need, once: each is a fork of this.
    import pytest  # noqa: F401
    from tests.support import hostile, reader_gfm, reader_runner  # noqa: F401

    os.chdir(ROOT)
    unchanged = [Mutant(path.name, 0, "", "nothing", path.read_text("utf-8")) for path in wanted]
    if any(survivors_of(unchanged, some=some) != unchanged for some in (True, False)):
        parser.error("the tests do not pass without a change, and so tell nothing")
    survivors = survivors_of(survivors_of(mutants, some=True), some=False)
    explained = _explained()
    unexplained = [item for item in survivors if item.key not in explained]
    keys = {item.key for item in survivors}
    modules = {path.name for path in wanted}
    stale = [
        key for key in explained if key[0] in modules and key not in keys and not options.match
    ]
    for item in unexplained:
        print(f"survived: {item.module}:{item.line}: {item.change}")
    for module, place, change in stale:
        print(f"explained, and noticed all the same: {module}: {place}: {change}")
    killed, known = len(mutants) - len(survivors), len(survivors) - len(unexplained)
    print(f"{len(mutants)} mutants: {killed} noticed, {known} equivalent, {len(unexplained)} not")
    return 1 if unexplained or stale else 0


if __name__ == "__main__":
    sys.exit(main())
