"""A place in the sources as each surface shows it; its path, function and line may be hostile."""

from __future__ import annotations

import io
from functools import cache

import pytest
from rich.cells import cell_len
from rich.console import Console

from cc_lb_selfcheck.diagnosis.finding import Location
from cc_lb_selfcheck.protocol.errors import Call
from cc_lb_selfcheck.report.github import annotation_commands
from cc_lb_selfcheck.report.markdown import render_markdown
from cc_lb_selfcheck.report.model import Report
from cc_lb_selfcheck.report.place import place_words, source_lines
from cc_lb_selfcheck.report.text import render_text
from tests.report.build import artifact, outcome_refused, report
from tests.support.hostile import strings
from tests.support.reader_gfm import read
from tests.support.reader_runner import read_log


def place(source: str | None, column: int | None = None, line: int | None = 7) -> Location:
    return Location(
        path="src/lib.rs",
        line=line,
        column=column,
        function="a::b",
        source=source,
        in_repository=True,
    )


@cache
def hostile() -> Report:
    """Return a report of refusals whose places are hostile in every part."""
    items = []
    for number, text in enumerate(strings(400)):
        item = artifact(f"{number}.wasm", outcome_refused(Call(reason="no")))
        assert item.finding is not None
        location = Location(
            path=text or "x",
            line=1 + number % 50,
            column=1 + number % 90,
            function=text,
            source=f"{'#' * (number % 5)}{text}",
            in_repository=number % 2 == 0,
        )
        finding = item.finding.model_copy(update={"location": location})
        items.append(item.model_copy(update={"finding": finding}))
    return report(items)


@pytest.mark.parametrize(
    ("source", "column", "under"),
    [
        ("    parts[3]", 10, "["),
        ("\t\tparts[3]", 8, "["),
        ("let 한글 = parts[3];", 15, "["),
        ("let e\u0301 = parts[3];", 15, "["),
        ("x" * 300 + "[" + "y" * 300, 301, "["),
        ("\u202eparts[3]", 7, "["),
    ],
)
def test_the_caret_is_under_its_character(source: str, column: int, under: str) -> None:
    line, caret = source_lines(place(source, column))
    at = cell_len(caret.rstrip("^"))
    before = next(line[:end] for end in range(len(line)) if cell_len(line[:end]) == at)
    rest = line[len(before) :].lstrip("\u0301")
    assert rest.startswith(under)
    assert cell_len(line) <= 130


def test_as_much_is_shown_as_is_known() -> None:
    assert source_lines(place(None, 4)) == []
    assert source_lines(place("code", line=None)) == []
    assert source_lines(place("code")) == ["7 \u2502 code"]
    assert place_words(place(None)) == "src/lib.rs:7, in `a::b`"
    assert place_words(place(None, 4, None)) == "src/lib.rs, in `a::b`"
    assert place_words(place(None, 4)) == "src/lib.rs:7:4, in `a::b`"


def test_a_column_behind_the_line_is_at_its_end() -> None:
    line, caret = source_lines(place("code", 400))
    assert line == "7 \u2502 code"
    assert caret == "  \u2502     ^"


def test_no_place_makes_a_command_in_the_log() -> None:
    shown = io.StringIO()
    render_text(hostile(), Console(file=shown, width=100))
    assert read_log(shown.getvalue()) == []
    commands = read_log("\n".join(annotation_commands(hostile())))
    assert {command.name for command in commands} == {"error"}
    for command in commands:
        assert set(command.properties) <= {"title", "file", "line", "col"}


def test_no_place_breaks_the_summary() -> None:
    plain = report([item.model_copy() for item in hostile().artifacts])
    page = read(render_markdown(hostile(), 10 << 20))
    assert len(page.items) == len(plain.artifacts)
    links = {item.finding.link for item in hostile().artifacts if item.finding}
    assert set(page.links) <= links
