"""What is worth a word about plugins that pass, and how the surfaces show it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from cc_lb_selfcheck.diagnosis.explain import explain
from cc_lb_selfcheck.host.outcome import Evidence, Outcome, Verdict
from cc_lb_selfcheck.protocol.errors import DecodeResponse, MissingSelfCheckExport
from cc_lb_selfcheck.protocol.response import SelfCheckResponse
from cc_lb_selfcheck.report.github import annotation_commands
from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.load import load_report
from cc_lb_selfcheck.report.markdown import render_markdown
from cc_lb_selfcheck.report.model import Report
from cc_lb_selfcheck.report.text import render_text
from cc_lb_selfcheck.wasm.outline import read_outline
from tests.report.build import artifact, outcome_refused, refusals, report
from tests.support.builder import custom_section
from tests.support.modules import identity_payload, identity_section, output_module, success
from tests.support.reader_gfm import read
from tests.support.reader_runner import read_log

NAMED = identity_section("p", "1.0.0")
MISNAMED = custom_section("cc_lb.plugin.v1", b"{}")
LARGE = custom_section("x", bytes(33 << 20))


def passed(module: bytes, completed_at: int = 1) -> Outcome:
    """Return the outcome of a plugin that passed; its module is read, not run."""
    response = SelfCheckResponse(status="success", failures=[], completed_at=completed_at)
    return Outcome(
        status="passed",
        verdict=Verdict.accepted(response),
        reason=None,
        evidence=Evidence.of(read_outline(module)),
    )


GOOD = output_module(success()) + NAMED
ANONYMOUS = output_module(success())


@pytest.mark.parametrize(
    ("outcome", "id_", "severity"),
    [
        (passed(GOOD), None, None),
        (passed(GOOD, 99_999_999_999), None, None),
        (passed(GOOD, 100_000_000_000), "CCLB-MILLISECONDS", "note"),
        (passed(ANONYMOUS), "CCLB-NO-IDENTITY", "warning"),
        (passed(GOOD + NAMED), "CCLB-BAD-IDENTITY", "warning"),
        (passed(ANONYMOUS + MISNAMED), "CCLB-BAD-IDENTITY", "warning"),
        (passed(GOOD + LARGE), "CCLB-TOO-LARGE-TO-UPLOAD", "warning"),
        (passed(b"(module)"), "CCLB-WEBASSEMBLY-TEXT", "warning"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_plugin_that_passed(outcome: Outcome, id_: str | None, severity: str | None) -> None:
    finding = explain(outcome)
    assert (finding and finding.id, finding and finding.severity) == (id_, severity)


@pytest.mark.parametrize(
    ("abi", "told"),
    [
        (2**32, "the field `abi_envelope` is not a whole number from 0 to 4,294,967,295."),
        (-1, "the field `abi_envelope` is not a whole number from 0 to 4,294,967,295."),
        (2**32 - 1, None),
    ],
)
def test_a_field_of_the_identity_is_told_what_it_should_be(abi: int, told: str | None) -> None:
    payload = identity_payload("p", "1.0.0", abi)
    finding = explain(passed(ANONYMOUS + custom_section("cc_lb.plugin.v1", payload)))
    assert (finding.cause.partition(": ")[2] if finding else None) == told


@pytest.mark.parametrize(
    ("number", "unit"),
    [(10**12, "milliseconds"), (10**15, "microseconds"), (10**18, "nanoseconds")],
)
def test_the_unit_is_guessed_and_said_to_be(number: int, unit: str) -> None:
    finding = explain(passed(GOOD, number))
    assert finding is not None
    assert unit in finding.cause
    assert unit in finding.fix
    assert "milliseconds" not in finding.title
    assert finding.confidence == "likely"


def test_the_worst_comes_first_and_the_rest_with_it() -> None:
    finding = explain(passed(ANONYMOUS, 10**12))
    assert finding is not None
    assert finding.id == "CCLB-NO-IDENTITY"
    assert [other.id for other in finding.others] == ["CCLB-MILLISECONDS"]


def test_a_refusal_tells_of_the_identity_besides() -> None:
    evidence = Evidence.of(read_outline(ANONYMOUS), output_preview="")
    error = DecodeResponse(reason="EOF while parsing a value at line 1 column 0")
    finding = explain(outcome_refused(error, evidence))
    assert finding is not None
    assert (finding.id, finding.severity) == ("CCLB-EMPTY-OUTPUT", "error")
    assert [other.id for other in finding.others] == ["CCLB-NO-IDENTITY"]


def test_without_evidence_nothing_is_claimed() -> None:
    finding = explain(outcome_refused(MissingSelfCheckExport()))
    assert finding is not None
    assert [other.confidence for other in finding.others] == ["possible"]


# Surfaces -------------------------------------------------------------------------------------


@pytest.fixture
def told() -> Report:
    items = [
        artifact("a.wasm", passed(ANONYMOUS)),
        artifact("b.wasm", passed(GOOD, 10**12)),
        artifact("c.wasm", passed(GOOD)),
    ]
    return report([*items, *refusals(1)])


def test_the_terminal_has_a_line_for_it(told: Report) -> None:
    stream = io.StringIO()
    render_text(told, Console(file=stream, width=200, highlight=False))
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("✓ passed       a.wasm")
    assert lines[1].startswith("  │ warning")
    assert "CCLB-NO-IDENTITY" in lines[1]
    assert lines[3].startswith("  │ note")
    assert lines[4].startswith("✓ passed       c.wasm")
    assert lines[5].startswith("✗ refused")


def test_annotations_come_after_errors_by_severity(told: Report) -> None:
    commands = read_log("\n".join(annotation_commands(told)))
    assert [command.name for command in commands] == ["error", "warning", "notice"]
    assert commands[1].properties["title"].endswith("(CCLB-NO-IDENTITY)")
    assert commands[2].data.startswith("b.wasm: ")


def test_the_summary_says_so_in_the_row_and_the_headline(told: Report) -> None:
    rows = read(render_markdown(told)).rows
    assert "with a warning: The plugin does not say who it is" in rows[2][2]
    assert "with a note" in rows[3][2]
    assert rows[4][2] == "accepted"
    alone = told.model_copy(update={"artifacts": told.artifacts[:3]})
    alone = alone.model_copy(update={"summary": alone.summary.model_copy(update={"refused": 0})})
    assert render_markdown(alone).startswith("## ✅ cc-lb accepts all 3 plugins, 1 with a warning")


def test_an_excerpt_is_shown_in_a_block_of_its_own() -> None:
    output = '{"status":"`sucess\x1b[31m"}'
    error = DecodeResponse(
        reason="unknown variant `x`, expected `success` or `failure` at line 1 column 18"
    )
    item = artifact("a.wasm", outcome_refused(error, Evidence(output_preview=output)))
    stream = io.StringIO()
    render_text(report([item]), Console(file=stream, width=100, highlight=False))
    lines = stream.getvalue().splitlines()
    [at] = [number for number, line in enumerate(lines) if line.endswith("^")]
    assert lines[at - 1].index("\\u{1b}") > lines[at].index("^")
    assert lines[at - 1][lines[at].index("^")] == "s"
    markdown = render_markdown(report([item]))
    assert '```text\n{"status":"`sucess\\u{1b}[31m"}\n                 ^\n```' in markdown


def test_a_report_with_remarks_comes_back_as_it_was(told: Report) -> None:
    assert load_report(render_json(told).encode()) == told
