"""What tests of claims share: checking modules, and what is told of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from cc_lb_selfcheck.diagnosis.explain import explain
from cc_lb_selfcheck.diagnosis.finding import Finding
from cc_lb_selfcheck.host.outcome import Evidence
from cc_lb_selfcheck.protocol.errors import SelfCheckExecutionError
from cc_lb_selfcheck.report.model import Artifact
from tests.report.build import outcome_refused

CHECK: Final = '(func (export "cc_lb_self_check") (result i32) i32.const 0)'
"""The least that makes a module in text a plugin."""

Checked = Callable[[Mapping[str, bytes]], dict[str, Artifact]]


def told(artifact: Artifact) -> Finding:
    assert artifact.finding is not None
    return artifact.finding


def explained(error: SelfCheckExecutionError, evidence: Evidence) -> Finding:
    finding = explain(outcome_refused(error, evidence))
    assert finding is not None
    return finding
