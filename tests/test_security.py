"""docs/security.md: each row names a test that exists, or says why it is not covered."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from cc_lb_selfcheck.host.sandbox import GIVES

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


def rows() -> list[list[str]]:
    lines = [line for line in PAGE.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@cache
def names_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return {item.name for item in ast.walk(tree) if isinstance(item, ast.FunctionDef)}


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_each_test_that_is_named_exists(file: str, name: str) -> None:
    assert name.startswith("test_")
    assert name in names_in(file)


def test_each_threat_has_a_test_or_a_reason() -> None:
    threats = [row for row in rows() if len(row) == 4 and row[0] != "Threat"]
    assert len(threats) > 40
    for threat, layer, outcome, test in threats:
        assert threat
        assert outcome
        if test == "—":
            assert outcome.startswith("Not covered: "), threat
            assert layer == "—"
        else:
            assert "::test_" in test, threat


def test_each_layer_is_told() -> None:
    layers = [row[0].strip("`") for row in rows() if len(row) == 3 and row[0] != "Layer"]
    assert layers == [*GIVES]
