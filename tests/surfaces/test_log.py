"""Hostile text in a step's log, in its commands and in its files, read as the runner reads them."""

from __future__ import annotations

import re
import uuid

import pytest

from cc_lb_selfcheck.surfaces.command import command
from cc_lb_selfcheck.surfaces.envfile import env_entry
from cc_lb_selfcheck.surfaces.terminal import log_safe, terminal
from cc_lb_selfcheck.surfaces.visible import shorten
from tests.support.hostile import strings
from tests.support.reader_runner import (
    MESSAGE_CHARS,
    InvalidFile,
    log_lines,
    read_env_file,
    read_log,
)

from .shown import shown

HOSTILE = tuple(strings())
ACTING = re.compile(
    "[\0-\x1f\x7f-\x9f\u034f\u115f\u1160\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff"
    "\ufe00-\ufe0e\ufeff]"
)


def unbroken(text: str) -> str:
    """Undo the break in the runner's older commands."""
    return text.replace("## [", "##[")


def whole(text: str) -> str:
    """Undo the breaks in the runner's commands."""
    return unbroken(re.sub(": (?=:)", ":", text))


def test_the_corpus_is_hostile() -> None:
    assert len(HOSTILE) == 10_000
    assert len(read_log("\n".join(HOSTILE))) > 1_000
    assert sum(1 for text in HOSTILE if ACTING.search(text)) > 1_000


def test_a_line_in_the_log_holds_no_command_and_hides_nothing() -> None:
    for text in HOSTILE:
        line = terminal(text)
        assert read_log(f"✗ {line}") == [], text
        assert len(log_lines(line)) == 1, text
        assert ACTING.search(line) is None, text
        assert unbroken(line) == unbroken(shown(text)), text


def test_lines_in_the_log_hold_no_command_behind_a_margin() -> None:
    for text in HOSTILE:
        lines = terminal(text, lines=True).split("\n")
        assert read_log("\n".join(f"  │ {line}" for line in lines)) == [], text
        assert len(lines) == text.count("\n") + 1, text
        assert unbroken("\n".join(lines)) == unbroken(shown(text, "\n\t")), text


def test_a_whole_document_in_the_log_holds_no_command() -> None:
    assert read_log(log_safe("\n".join(HOSTILE))) == []
    for text in HOSTILE:
        safe = log_safe(text)
        assert read_log(safe) == [], text
        assert whole(safe) == whole(text), text


def test_empty_lines_without_end_take_no_time() -> None:
    """By the square of their number, these would take hours."""
    lines = "\n" * 1_000_000
    assert log_safe(f"{lines} ::error::x") == f"{lines} : :error::x"
    assert log_safe(f"{lines}\r\n\r::error::x") == f"{lines}\r\n\r: :error::x"
    crossed = "\r" * 1_000_000
    assert log_safe(f"{crossed}::error::x") == f"{crossed}: :error::x"
    for blank in (lines, crossed):
        assert log_safe(f"{blank}x\n::error::x") == f"{blank}x\n: :error::x"


def test_a_command_is_one_command_with_what_was_said() -> None:
    for text in HOSTILE:
        line = command("error", text, {"title": text, "file": text, "line": 7})
        [read] = read_log(line)
        assert (read.name, read.is_legacy) == ("error", False)
        assert unbroken(read.data) == unbroken(shown(text, "\n\t")), text
        value = unbroken(shown(text)).lstrip("=")
        wanted = {"title": value, "file": value} if value else {}
        told = {key: unbroken(said) for key, said in read.properties.items()}
        assert told == {**wanted, "line": "7"}, text


def test_no_line_of_a_command_holds_an_older_command() -> None:
    for text in HOSTILE:
        line = command("warning", text, {"title": text})
        assert "##[" not in line
        assert len(log_lines(line)) == 1


def test_commands_and_outputs_in_one_stream_stay_apart() -> None:
    stream = "\n".join(command("notice", text, {}) for text in HOSTILE)
    assert [item.name for item in read_log(stream)] == ["notice"] * len(HOSTILE)


def test_empty_properties_are_left_out() -> None:
    assert command("error", "x", {"title": "", "file": None, "line": None}) == "::error::x"


@pytest.mark.parametrize("char", ["x", "\n", "%", "\x1b", "\u202e"])
def test_a_long_message_is_within_what_the_runner_keeps(char: str) -> None:
    [read] = read_log(command("error", char * 50_000, {"title": char * 50_000}))
    assert len(read.data) <= MESSAGE_CHARS
    assert len(read.properties["title"]) <= 255
    assert "characters in all" in read.data


def test_what_was_left_out_is_counted() -> None:
    assert shorten("x" * 100, 100) == "x" * 100
    assert shorten("x" * 10_000, 100).endswith(" … (10,000 characters in all)")
    assert len(shorten("x" * 10_000, 100)) == 100


def test_an_output_has_the_value_and_sets_nothing_else() -> None:
    for text in HOSTILE:
        entry = env_entry("first", text) + env_entry("second", "2")
        values = read_env_file(entry.encode().decode())
        said = text.replace("\r\n", "\n").replace("\r", "\\r")
        readable = said.encode("utf-8", "backslashreplace").decode()
        assert values == {"first": readable, "second": "2"}, text


def test_an_output_survives_its_own_delimiter(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = uuid.UUID(int=1), uuid.UUID(int=2)
    known = [first, first, first, second]
    monkeypatch.setattr(uuid, "uuid4", lambda: known.pop(0))
    end = f"cc_lb_selfcheck_{first.hex}"
    assert env_entry("a", "x") == f"a<<{end}\nx\n{end}\n"
    value = f"x\n{end}\npassed=999"
    entry = env_entry("a", value)
    assert entry.startswith(f"a<<cc_lb_selfcheck_{second.hex}\n")
    assert read_env_file(entry) == {"a": value}


def test_delimiters_cannot_be_guessed() -> None:
    heads = {env_entry("a", "x").splitlines()[0] for _ in range(100)}
    assert len(heads) == 100


@pytest.mark.parametrize("text", ["name", "<<EOF\nEOF\n", "a<<\n\n", "a<<EOF\nb\n", "=x\n"])
def test_the_reader_refuses_what_the_runner_refuses(text: str) -> None:
    with pytest.raises(InvalidFile):
        read_env_file(text)


def test_the_reader_obeys_what_the_runner_obeys() -> None:
    told = "a\r \u00a0::error file=a%2Cb,line=1::x%0Ay\nb ##[warning k=v%3B;]z\n x::error::y"
    first, second = read_log(told)
    assert (first.name, first.properties) == ("error", {"file": "a,b", "line": "1"})
    assert first.data == "x\ny"
    assert (second.name, second.properties, second.data) == ("warning", {"k": "v;"}, "z")
    assert read_env_file("a=b<<c\nd<<E\n1\n2\nE\n") == {"a": "b<<c", "d": "1\n2"}
