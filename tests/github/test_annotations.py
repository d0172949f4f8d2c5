"""The report as annotations, read as the runner reads them."""

from __future__ import annotations

import pytest

from cc_lb_selfcheck.protocol.errors import Call
from cc_lb_selfcheck.report.github import annotation_commands
from cc_lb_selfcheck.report.model import Problem, Report
from tests.report.build import (
    artifact,
    hostile_report,
    outcome_refused,
    passes,
    refusals,
    report,
    untold,
)
from tests.support.hostile import strings
from tests.support.reader_runner import MESSAGE_CHARS, SHOWN_PER_TYPE, Command, read_log


def commands_of(told: Report) -> list[Command]:
    """Print the commands as a step does, and return what the runner makes of them."""
    lines = annotation_commands(told)
    commands = read_log("\n".join(lines))
    assert len(commands) == len(lines)
    return commands


def of_type(commands: list[Command], name: str) -> list[Command]:
    return [command for command in commands if command.name == name]


def problems(count: int, *, is_usage_error: bool) -> list[Problem]:
    return [
        Problem(path=f"given-{n}", message="does not exist.", is_usage_error=is_usage_error)
        for n in range(count)
    ]


def test_nothing_is_annotated_when_all_pass() -> None:
    assert commands_of(report(passes(30))) == []


SHOWN = {"error": SHOWN_PER_TYPE, "warning": SHOWN_PER_TYPE - 1}
"""One warning is left for what the step says of itself: see ``test_publish_ladder``."""


@pytest.mark.parametrize("count", [1, 9, 10])
def test_as_many_as_the_runner_shows_are_all_there(count: int) -> None:
    commands = commands_of(report([*refusals(count), *untold(count)]))
    assert len(of_type(commands, "error")) == count
    assert len(of_type(commands, "warning")) == min(count, SHOWN["warning"])


@pytest.mark.parametrize("count", [11, 12, 25, 5_000])
def test_more_than_the_runner_shows_end_in_how_many_more(count: int) -> None:
    commands = commands_of(report([*refusals(count), *untold(count)]))
    for name, limit in SHOWN.items():
        shown = of_type(commands, name)
        assert len(shown) == limit
        more = count - (limit - 1)
        assert f"{more:,} more" in shown[-1].data
        assert not any("more are not shown" in command.data for command in shown[:-1])
    firsts = [command.data.split(":")[0] for command in of_type(commands, "error")[:9]]
    assert firsts == [f"dist/refused-{n:05}.wasm" for n in range(9)]


def test_the_worst_comes_first() -> None:
    told = report([*untold(3), *passes(2), *refusals(3)], problems(2, is_usage_error=True))
    commands = commands_of(told)
    assert [command.name for command in commands] == ["error"] * 5 + ["warning"] * 3
    assert [command.data.split()[0] for command in commands[:2]] == ["`given-0`", "`given-1`"]


def test_a_pattern_without_a_match_is_a_warning() -> None:
    [command] = commands_of(report(passes(1), problems(1, is_usage_error=False)))
    assert (command.name, command.data) == ("warning", "`given-0` does not exist.")


def test_one_annotation_stands_for_all_paths_of_a_content() -> None:
    outcome = outcome_refused(Call(reason="no"))
    same = [artifact(f"{n}.wasm", outcome, content="same") for n in range(3)]
    [command] = commands_of(report(same))
    assert command.data.startswith("0.wasm, 1.wasm, 2.wasm: ")


def test_an_annotation_says_what_and_why_and_what_to_do() -> None:
    [item] = refusals(1)
    [command] = commands_of(report([item]))
    finding, verdict = item.finding, item.verdict
    assert finding is not None
    assert verdict is not None
    assert finding.id in command.properties["title"]
    for words in (finding.cause, finding.fix, str(verdict.message)):
        assert words in command.data
    assert set(command.properties) == {"title"}


def test_a_long_message_is_within_what_the_runner_keeps() -> None:
    outcome = outcome_refused(Call(reason="\x1b%\n" * 20_000))
    [command] = commands_of(report([artifact("a" * 3_000, outcome)]))
    assert len(command.data) <= MESSAGE_CHARS
    assert "characters in all" in command.data


def test_no_text_adds_or_changes_a_command() -> None:
    texts = [text.encode("utf-8", "backslashreplace").decode() for text in strings(1_500)]
    for start in range(0, len(texts), 8):
        commands = commands_of(hostile_report(texts[start : start + 8]))
        for command in commands:
            assert command.name in ("error", "warning")
            assert set(command.properties) == {"title"}
            assert not command.is_legacy
