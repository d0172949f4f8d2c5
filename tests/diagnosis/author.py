"""An author's repository, and what is suggested for its plugins."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from cc_lb_selfcheck.diagnosis.finding import Suggestion
from cc_lb_selfcheck.diagnosis.patch import is_ours
from cc_lb_selfcheck.diagnosis.refusals import Refusals
from cc_lb_selfcheck.diagnosis.repository import Repository
from cc_lb_selfcheck.host.outcome import Evidence, Outcome
from cc_lb_selfcheck.protocol.errors import Call, MissingSelfCheckExport, SelfCheckExecutionError
from tests.report.build import outcome_refused

TRAP = Call(reason="error while executing at wasm backtrace:")
RUST: dict[str, Any] = {"languages": ["Rust"], "wall_ms": 1.0}

LINES = st.sampled_from(
    [
        "[lib]",
        "[profile.release]",
        "debug = 1",
        "debug = false",
        'strip = "none"',
        "a = 1",
        "",
        "#x",
    ]
)
"""Lines of manifests, for tests of edits of any text."""


def package(rest: str = "", edition: str = "2024") -> str:
    return f'[package]\nname = "quota"  # the name\nedition = "{edition}"\n{rest}'


def refused(error: SelfCheckExecutionError, **evidence: Any) -> Outcome:
    return outcome_refused(error, Evidence.model_validate(evidence))


class Author:
    """A repository, and what is suggested for its plugins."""

    def __init__(self, root: Path, files: Mapping[str, str]) -> None:
        self.root = root
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(text.encode())
        self._refusals = Refusals(Repository(root))

    def suggest(self, outcome: Outcome, name: str = "dist/quota.wasm") -> Suggestion | None:
        _, finding = self._refusals.explained(name, outcome)
        made = finding.suggestion
        assert made is None or is_ours(made.patch)
        return made

    @property
    def patch(self) -> str:
        return self._refusals.patch or ""

    def apply(self, patch: str, *, tool: str = "git") -> None:
        """Apply a patch as an author would; nothing may be fuzzy."""
        command = {
            "git": ["git", "apply", "--whitespace=error-all", "-"],
            "git, whatever the line ends": ["git", "apply", "--whitespace=nowarn", "-"],
            "patch": ["patch", "--strip=1", "--fuzz=0", "--silent"],
        }[tool]
        done = subprocess.run(
            command, cwd=self.root, input=patch.encode(), capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()

    def text(self, path: str) -> str:
        return (self.root / path).read_bytes().decode()


def applied(
    root: Path,
    files: Mapping[str, str],
    outcome: Outcome,
    *,
    name: str = "dist/quota.wasm",
    tool: str = "git",
) -> Author:
    """Apply the suggestion, by a ``tool`` that the machine may lack."""
    if shutil.which(tool.partition(",")[0]) is None:
        pytest.skip(f"{tool} is not installed here")
    author = Author(root, files)
    suggestion = author.suggest(outcome, name)
    assert suggestion is not None
    assert suggestion.patch == author.patch
    author.apply(suggestion.patch, tool=tool)
    return author


PROGRAM = refused(MissingSelfCheckExport(), exports=[{"name": "main", "kind": "function"}])
