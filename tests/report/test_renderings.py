"""The report as text, Markdown and JSON: within limits, and tame whatever it holds."""

from __future__ import annotations

import io
import json
import re

import jsonschema
import pytest
from rich.console import Console

from cc_lb_selfcheck.protocol.errors import Call
from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.markdown import SUMMARY_MAX_BYTES, render_markdown
from cc_lb_selfcheck.report.model import Artifact, Problem, Report
from cc_lb_selfcheck.report.schema import report_schema
from cc_lb_selfcheck.report.text import render_text
from tests.support.hostile import CURATED, strings
from tests.support.reader_gfm import read
from tests.support.reader_runner import SUMMARY_BYTES, log_lines, read_log

from .build import (
    artifact,
    every_kind,
    hostile_report,
    outcome_refused,
    outcome_untold,
    passes,
    refusals,
    report,
    untold,
)

ALL = 20_000
OURS = {
    *("h2", "p", "ul", "li", "code", "wbr", "table", "thead", "tbody", "tr", "th", "td"),
    *("details", "summary", "strong", "a", "pre", "blockquote", "sub"),
}


def text_of(told: Report, *, terminal: bool = False, width: int = 100) -> str:
    stream = io.StringIO()
    render_text(told, Console(file=stream, width=width, force_terminal=terminal, highlight=False))
    return stream.getvalue()


def rows_and_details(markdown: str) -> tuple[int, int]:
    """Count the table's rows, and the blocks of details, without what was used of the limits."""
    page = read(without_used(markdown))
    return len(page.items), sum(text[0] in "❌❔" for text in page.summaries)


def without_used(markdown: str) -> str:
    before, _, rest = markdown.partition("\n<details>\n<summary>Time, fuel and output used")
    return before + rest.partition("\n</details>\n")[2]


def left_out(markdown: str) -> int:
    """Add up the numbers of what was said to be left out."""
    line = next((line for line in markdown.splitlines() if "Left out for size" in line), "")
    return sum(int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", line))


# Size ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large() -> Report:
    return report([*passes(ALL - 3_000), *refusals(2_000), *untold(1_000)])


def test_the_summary_of_many_is_within_the_runners_limit(large: Report) -> None:
    markdown = render_markdown(large)
    assert len(markdown.encode()) <= SUMMARY_MAX_BYTES < SUMMARY_BYTES
    rows, details = rows_and_details(markdown)
    assert rows + details + left_out(markdown) == ALL + 3_000
    assert rows >= 1_000
    assert details >= 100
    assert "cc-lb would refuse 2,000 of 20,000 plugins" in markdown
    assert "The JSON report holds all." in markdown


@pytest.mark.parametrize("limit", [2_000, 5_000, 20_000, 60_000])
def test_a_smaller_limit_leaves_out_the_least_useful(limit: int) -> None:
    told = report([*passes(50), *untold(20), *refusals(30)])
    markdown = render_markdown(told, limit)
    assert len(markdown.encode()) <= limit
    rows, details = rows_and_details(markdown)
    assert rows + details + left_out(markdown) == 100 + 50
    page = read(without_used(markdown))
    icons = [row[0] for row in page.items]
    assert icons == sorted(icons, key="❌❔✅".index)


@pytest.mark.parametrize("count", [1_000, 20_000])
def test_many_problems_leave_room_for_the_verdicts(count: int) -> None:
    problems = [
        Problem(path=f"dist/{n}-{'x' * 300}", message="does not exist.", is_usage_error=True)
        for n in range(count)
    ]
    markdown = render_markdown(report(refusals(2), problems))
    assert len(markdown.encode()) <= SUMMARY_MAX_BYTES
    assert rows_and_details(markdown) == (2, 2)


def test_nothing_is_said_to_be_left_out_when_nothing_is() -> None:
    assert "Left out" not in render_markdown(report([*passes(20), *refusals(20)]))


def test_one_block_stands_for_all_paths_of_a_content() -> None:
    outcome = outcome_refused(Call(reason="x"))
    same = [artifact(f"{n}.wasm", outcome, content="same") for n in range(8)]
    markdown = render_markdown(report(same))
    assert markdown.count("<details") == 1
    assert "and 3 more" in markdown
    text = text_of(report(same))
    assert text.count("host says") == 1
    assert text.count("✗ 7.wasm") == 1


def test_the_text_of_many_names_each_once_and_counts(large: Report) -> None:
    text = text_of(large)
    assert text.endswith("20,000 artifacts: 17,000 passed, 2,000 refused, 1,000 undetermined\n")
    assert sum(line.startswith("✓ passed") for line in text.splitlines()) == 17_000
    assert text.count("host says") == 2_000


def test_a_long_message_is_cut_and_says_so() -> None:
    told = report([artifact("a.wasm", outcome_refused(Call(reason="x" * 100_000)))])
    for rendering in (text_of(told), render_markdown(told)):
        assert len(rendering) < 8_000
        assert "characters in all)" in rendering
    assert "x" * 100_000 in render_json(told)


def test_of_a_page_in_one_line_that_the_engine_quotes_the_beginning_is_shown() -> None:
    quoted = f"expected `(`\n     --> <anon>:1:1\n      |\n    1 | <!DOCTYPE html>{'<p>' * 900}\n"
    told = report([artifact("a.wasm", outcome_refused(Call(reason=f"{quoted}      | ^")))])
    for rendering in (text_of(told), render_markdown(told)):
        assert "1 | <!DOCTYPE html>" in rendering.replace("&lt;", "<").replace("&gt;", ">")
        assert len(rendering) < 3_000
    assert "<p>" * 900 in render_json(told)


# JSON ----------------------------------------------------------------------------------------


def test_json_fits_the_published_schema() -> None:
    problems = [Problem(path="x", message="does not exist.", is_usage_error=True)]
    validator = jsonschema.Draft202012Validator(report_schema())
    validator.check_schema(report_schema())
    for told in (report([]), report(every_kind(), problems), hostile_report(CURATED_TEXT)):
        validator.validate(json.loads(render_json(told)))


def test_the_schema_refuses_what_is_no_report() -> None:
    good = json.loads(render_json(report(every_kind())))
    validator = jsonschema.Draft202012Validator(report_schema())
    changes: tuple[dict[str, object], ...] = (
        {"schema_version": 2},
        {"summary": None},
        {"more": 1},
        {"artifacts": [{}]},
    )
    for change in changes:
        assert not validator.is_valid({**good, **change})


def test_json_comes_back_as_it_was() -> None:
    told = hostile_report(CURATED_TEXT)
    assert Report.model_validate_json(render_json(told)) == told


def test_json_in_a_log_holds_no_command() -> None:
    told = hostile_report(["##[error]x", "a##[set-output name=b]c", "::error::x\n::error::y"] * 8)
    printed = render_json(told)
    assert "##[" not in printed
    assert read_log(printed) == []
    assert json.loads(printed)["artifacts"][0]["path"] == "##[error]x0"


# Hostile reports -----------------------------------------------------------------------------

# A report is UTF-8: what is no text was written out before it got there.
CURATED_TEXT = [text.encode("utf-8", "backslashreplace").decode() for text in CURATED]
HOSTILE = [text.encode("utf-8", "backslashreplace").decode() for text in strings(800)]


@pytest.fixture(scope="module")
def hostile() -> Report:
    return hostile_report(HOSTILE)


@pytest.mark.parametrize("width", [30, 100])
def test_no_text_makes_a_command_in_the_log(hostile: Report, width: int) -> None:
    text = text_of(hostile, width=width)
    assert read_log(text) == []
    assert re.search(r"[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text) is None
    assert len(log_lines(text)) == text.count("\n") + 1


def test_no_text_acts_on_a_terminal(hostile: Report) -> None:
    told = text_of(report(hostile.artifacts[:400]), terminal=True)
    styles = re.compile(r"\x1b\[[0-9;]*m")
    assert styles.search(told)
    assert re.search(r"[\0-\x08\x0b-\x1f\x7f-\x9f]", styles.sub("", told)) is None


def test_no_text_breaks_the_summary(hostile: Report) -> None:
    markdown = render_markdown(hostile, 10 << 20)
    page = read(markdown)
    assert page.names <= OURS
    verdicts = read(without_used(markdown))
    assert {len(row) for row in verdicts.rows} == {3}
    assert len(verdicts.items) == len(hostile.artifacts)
    used = [row for row in page.rows if len(row) == 4]
    assert len(used) == len(page.rows) - len(verdicts.rows) == 51
    ours = {item.finding.link for item in hostile.artifacts if item.finding}
    assert set(page.links) <= ours
    assert page.references == []
    assert {tag.attributes for tag in page.tags if tag.name != "a"} <= {
        (),
        (("open", ""),),
        (("class", "language-text"),),
    }
    told = len(hostile.worst_first())
    assert [tag.name for tag in page.tags].count("details") == told + 2
    assert page.summaries[-2].startswith("✅ ")


def test_a_skipped_files_reason_is_tame() -> None:
    told = [
        artifact(f"{n}.wasm", outcome_untold(text, skipped=True))
        for n, text in enumerate(CURATED_TEXT)
    ]
    page = read(render_markdown(report(told)))
    assert page.names <= OURS - {"a"}
    assert (page.links, page.references) == ([], [])
    assert {len(row) for row in page.rows} == {3}


def test_headlines() -> None:
    def headline(*artifacts: Artifact) -> str:
        return render_markdown(report(artifacts)).splitlines()[0]

    assert headline(*passes(1)) == "## ✅ cc-lb accepts the plugin"
    assert headline(*passes(3)) == "## ✅ cc-lb accepts all 3 plugins"
    assert headline(*passes(3), *untold(1)) == "## ❔ 1 of 4 plugins undetermined"
    assert headline(*untold(1), *refusals(2)).startswith("## ❌ cc-lb would refuse 2 of 3 plugins")
    assert headline() == "## ⚠️ No plugin was checked"
