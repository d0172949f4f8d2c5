"""What is told about each example plugin, by a real check of all of them.

The golden file is reviewed as text: where words change, write it anew with
``python -m tests.diagnosis.test_findings`` and read the difference.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from cc_lb_selfcheck.check import run_check
from cc_lb_selfcheck.diagnosis.catalogue import entries, near_misses
from cc_lb_selfcheck.diagnosis.finding import Finding
from cc_lb_selfcheck.report.model import Artifact
from cc_lb_selfcheck.settings import CheckSettings

PLUGINS: Final = Path(__file__).parents[1] / "plugins"
GOLDEN: Final = Path(__file__).with_name("findings.txt")
NOT_BY_A_PLUGIN: Final = {
    "CCLB-CALL": "nearly every way in which a call fails has an entry of its own; test_claims",
    "CCLB-DEADLINE": "it takes a deadline's time; tested in tests/test_faults.py",
    "CCLB-ENGINE-MEMORY": "it takes gigabytes; tested in tests/host/test_bounds.py",
    "CCLB-FLAKY": "it takes several runs; tested in tests/host/test_repeat.py",
    "CCLB-NEAR-TIME-LIMIT": "what takes 160 ms on one machine takes less on another",
    "CCLB-TIMEOUT": "what takes 200 ms on one machine passes on another",
    "CCLB-TOO-LARGE-TO-UPLOAD": "it takes a file of more than 32 MiB; tested in test_remarks",
    "CCLB-UNDETERMINED": "it takes an unreadable file, or a machine without memory; test_shortages",
}


@cache
def checked() -> dict[str, Artifact]:
    """Check every example plugin, once for all tests."""
    settings = CheckSettings(paths=("dist",), unmarked="check", jobs=2)
    report = run_check(settings, PLUGINS)
    return {Path(item.path).stem: item for item in report.artifacts}


def expected() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((PLUGINS / "expected.toml").read_text())["plugin"]
    return found


def told(name: str) -> Finding:
    finding = checked()[name].finding
    assert finding is not None
    return finding


def steady(text: str) -> str:
    """Take out what differs from run to run: the request's time, and where a loop was stopped."""
    stopped = re.sub(r"(?:Run once more and stopped|Which function it spends)\b.*", "…", text)
    return re.sub(r"\b(?:1[789]\d{6,8})\b", "1750000000", stopped)


def written() -> Iterator[str]:
    """Write every finding as text."""
    for name, artifact in sorted(checked().items()):
        finding = artifact.finding
        yield f"## {name}: {artifact.status}"
        if finding is None:
            yield ""
            continue
        yield f"{finding.id} ({finding.severity}, {finding.confidence}): {finding.title}"
        yield f"why: {finding.cause}"
        if finding.excerpt is not None:
            place = f"{finding.excerpt.line}:{finding.excerpt.column} {finding.excerpt.path}"
            yield f"at {place}: wants {finding.excerpt.expected}, finds {finding.excerpt.found}"
            yield f"  | {finding.excerpt.text}"
            yield f"  | {finding.excerpt.caret}"
        yield from (f"seen: {seen}" for seen in finding.seen)
        yield from (f"also {item.id} ({item.confidence}): {item.text}" for item in finding.others)
        yield f"fix: {finding.fix}"
        if finding.hint is not None:
            yield f"lines: {finding.hint}"
        if finding.suggestion is not None:
            yield f"patch ({finding.suggestion.mend}):"
            yield from (f"  {line}".rstrip() for line in finding.suggestion.patch.splitlines())
        yield ""


def golden() -> str:
    return "\n".join(steady(line) for line in written())


def test_findings_read_as_reviewed() -> None:
    assert golden() == GOLDEN.read_text("utf-8")


@pytest.mark.parametrize("plugin", expected(), ids=lambda plugin: str(plugin["name"]))
def test_each_plugin_gets_its_finding_and_no_other(plugin: dict[str, Any]) -> None:
    """Hold the table of docs/findings.md, which is drawn from expected.toml, to the truth."""
    artifact = checked()[plugin["name"]]
    finding = artifact.finding
    assert (finding and finding.id) == plugin.get("finding")
    if finding is None:
        assert artifact.status == "passed"
    else:
        assert (finding.severity == "error") == (artifact.status == "refused")


def test_every_finding_is_reached_or_said_not_to_be() -> None:
    reached = {item.finding.id for item in checked().values() if item.finding}
    reached |= {entry.id for entry in entries() if not entry.provoked_by_artifact}
    every = {entry.id for entry in (*entries(), *near_misses())}
    assert every - reached == set(NOT_BY_A_PLUGIN)


def test_a_finding_is_told_with_the_verdicts_that_its_page_names() -> None:
    by_id = {entry.id: entry for entry in near_misses()}
    for artifact in checked().values():
        if artifact.finding is not None and artifact.finding.id in by_id:
            variant = artifact.verdict.variant if artifact.verdict else None
            assert (variant or artifact.status) in by_id[artifact.finding.id].seen_with


def test_a_fault_in_the_response_is_pointed_at() -> None:
    finding = told("misspelt-status")
    assert finding.excerpt is not None
    pointed = finding.excerpt.text[: len(finding.excerpt.caret)]
    assert pointed.endswith('"status":"sucess"')
    assert (finding.excerpt.path, finding.excerpt.spelling) == ("status", "success")
    nested = told("conformance-response").excerpt
    assert nested is not None
    assert nested.path == "failures[0].function"
    assert nested.expected == "`stage` or `message`"


def test_all_imports_at_fault_are_named() -> None:
    cause = told("wasi-build").cause
    for name in ("clock_time_get", "fd_close", "fd_fdstat_get", "fd_seek", "fd_write"):
        assert f"`wasi_snapshot_preview1::{name}`" in cause


def test_the_sources_tell_what_the_artifact_cannot() -> None:
    assert told("missing-no-mangle").confidence == "certain"
    assert "rust/missing-no-mangle/src/lib.rs:26" in told("missing-no-mangle").cause
    assert "rust/wrong-crate-type/Cargo.toml" in told("wrong-crate-type").cause


if __name__ == "__main__":
    GOLDEN.write_text(golden(), "utf-8")
