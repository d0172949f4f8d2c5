"""Options, inputs, commands, findings and files that the pages name exist under these names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, get_args

import pytest
import typer
import yaml

from cc_lb_selfcheck.cli import whole_app
from cc_lb_selfcheck.diagnosis.catalogue import entries, near_misses
from cc_lb_selfcheck.settings import Format

from .pages import ROOT, inline_of, pages, text_of
from .test_developer import COMMANDS as DEV_COMMANDS

COMMAND: Final = typer.main.get_command(whole_app())
SUBCOMMANDS: Final = COMMAND.commands  # type: ignore[attr-defined]
FLAGS: Final = {
    flag
    for command in (COMMAND, *SUBCOMMANDS.values())
    for parameter in command.params
    for flag in (*parameter.opts, *parameter.secondary_opts)
} | {"--help", "--install-completion", "--show-completion"}
OTHER_FLAGS: Final = frozenset(
    ("--allow-undefined", "--build-arg", "--cap-drop", "--network", "--read-only", "--release",
     "--seconds", "--user")
)  # fmt: skip
"""Of docker, cargo and others."""
INPUTS: Final = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["inputs"].keys()
OTHER_KEYS: Final = frozenset(
    ("actions", "checks", "contents", "pull-requests", "security-events", "fail-fast")
)
"""Of workflows: permissions and the like."""
FINDINGS: Final = {entry.id for entry in (*entries(), *near_misses())}
PAGES: Final = [page for page in pages() if not page.startswith("docs/findings")]
AUTHORS_FILES: Final = (".github/workflows/plugins.yml", ".github/workflows/plugins-comment.yml")
"""Where the pages let a plugin author put a workflow."""


def codes_of(page: str) -> Iterator[str]:
    for _, token in inline_of(page):
        if token.type == "code_inline":
            yield token.content


def fault_of(code: str) -> str | None:
    """Tell what a piece of code names that does not exist."""
    words = code.split()
    if words[:1] == ["cc-lb-selfcheck"] and len(words) > 1:
        if words[1].islower() and words[1][0] != "-" and words[1] not in SUBCOMMANDS:
            return f"no command {words[1]}"
    elif words[0] == "./dev" and len(words) > 1:
        return None if words[1] in {*DEV_COMMANDS, "--help"} else f"./dev knows no {words[1]}"
    elif key := re.fullmatch(r"([a-z-]+): \S+", code):
        return None if key[1] in INPUTS | OTHER_KEYS else f"no input {key[1]}"
    elif code.startswith("CCLB-") and "…" not in code:
        return None if code in FINDINGS else f"no finding {code}"
    elif test := re.fullmatch(r"(tests/[\w/]+\.py)::(\w+)", code):
        file = ROOT / test[1]
        is_there = file.exists() and f"def {test[2]}(" in file.read_text("utf-8")
        return None if is_there else "no such test"
    elif re.fullmatch(r"\.?\w+(?:/[\w.*-]+)+/?", code) and code not in AUTHORS_FILES:
        is_ours = (ROOT / code.partition("/")[0]).exists()
        return "no such file" if is_ours and not any(ROOT.glob(code.rstrip("/"))) else None
    if words[0] == "cc-lb-selfcheck" or words[0].startswith("--"):
        unknown = (
            {flag for word in words for flag in re.findall(r"^--[a-z][a-z-]*", word)}
            - FLAGS
            - OTHER_FLAGS
        )
        return f"no option {', '.join(unknown)}" if unknown else None
    return None


@pytest.mark.parametrize("page", PAGES)
def test_what_is_named_exists(page: str) -> None:
    faults = [f"{page}: `{code}`: {fault}" for code in codes_of(page) if (fault := fault_of(code))]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "code",
    [
        "--no-such-option",
        "./dev nothing",
        "CCLB-NOTHING",
        "cc-lb-selfcheck check --nothing",
        "cc-lb-selfcheck nothing",
        "docs/guides/nothing.md",
        "no-such-input: true",
        "tests/docs/test_names.py::test_nothing",
        "tests/nothing.py",
    ],
)
def test_what_does_not_exist_is_found(code: str) -> None:
    assert fault_of(code)


@pytest.mark.parametrize(
    "code",
    [
        "--fail-on",
        "--max-wait SECONDS",
        "--no-check-run",
        "./dev lint",
        "CCLB-WASI",
        "cc-lb-selfcheck check --shard 2/8",
        "cc-lb-selfcheck explain VARIANT",
        "checks: write",
        "comment-mode: off",
        "docs/guides/forks.md",
        "target/debug",
        "tests/docs",
        "tests/docs/test_names.py::test_what_is_named_exists",
    ],
)
def test_what_exists_is_left_alone(code: str) -> None:
    assert fault_of(code) is None


def test_the_page_of_formats_has_a_row_for_each() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", text_of("docs/formats.md"), re.MULTILINE)
    assert (*rows,) == get_args(Format)
