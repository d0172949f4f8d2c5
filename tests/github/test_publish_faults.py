"""Every request of a publish going wrong in turn, in every way that we could think of.

Afterwards there is one comment with the newest state, or the one that was there, or none; and what
is said is a sentence. What a new try may mend is mended.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cc_lb_selfcheck.github.publish import Published
from tests.support import github as fakes
from tests.support.github import FakeGitHub, How
from tests.support.publishing import (
    GREEN,
    PULL,
    RED,
    REPOSITORY,
    body_of,
    command,
    publish,
    runner_environment,
    runs,
    write_report,
)
from tests.support.reader_runner import read_env_file, read_log

OLD, NEW = 50, 100
ELSEWHERE = "https://api.example.com/"
# A new try mends these.
PASSING: dict[str, How] = {
    "500": fakes.error(500),
    "500 after": fakes.error(500, effect="after"),
    "503": fakes.error(503, "Service unavailable"),
    "502 in HTML": fakes.bad_gateway(),
    "502 in HTML after": fakes.bad_gateway("after"),
    "hung up": fakes.hang_up(),
    "hung up after": fakes.hang_up("after"),
    "cut": fakes.truncated(),
    "secondary limit": fakes.secondary(5),
    "secondary limit, 429": fakes.secondary(5, 429),
    "primary limit": fakes.primary(5),
    "primary limit, 429": fakes.primary(5, 429),
}
# These are no answers of GitHub's.
ABSURD: dict[str, How] = {
    "malformed JSON": fakes.malformed_json(),
    "foreign Link": fakes.foreign_link(),
    "redirect to another host": fakes.redirect(ELSEWHERE),
    "redirect with 307": fakes.redirect(ELSEWHERE, 307),
    "redirect to nowhere": fakes.respond(301),
    "no content": fakes.respond(204),
    **{
        f"content {text.decode()}": fakes.content(text)
        for text in (b"", b"{}", b"[]", b"5", b"[null]", b"Hello")
    },
    "a list of something else": fakes.content(b'[{"id": "x", "body": 5}]'),
    "an object of something else": fakes.content(b'{"id": 5, "body": 5, "head": []}'),
    "no UTF-8": fakes.content(b"\xff\xfe"),
    "deep": fakes.content(b"[" * 100_000),
    "404": fakes.error(404, "Not Found"),
    "403": fakes.error(403, "Resource not accessible by integration"),
    "401": fakes.error(401, "Bad credentials"),
    "410": fakes.error(410, "Gone"),
    "422": fakes.error(422, "Validation Failed"),
    "an error that is no object": fakes.respond(403, b'["no"]'),
}
BEFORE = {"none": [], "one": [OLD], "two": [OLD - 1, OLD]}
"""The runs of which there are comments already."""
SENTENCES = re.compile(r"[A-Z`][^\n]*\.")


def publish_with_fault(
    fake: FakeGitHub, token: str, before: str, number: int, how: How, *, lasts: bool = False
) -> Published | None:
    """Publish with a fault at a request; None where there are not so many."""
    for comment in fake.comments(REPOSITORY, PULL):
        fake.delete_comment(comment.id)
    for run in BEFORE[before]:
        fake.add_comment(REPOSITORY, PULL, body_of(RED, run))
    begun = len(fake.requests)
    if lasts:
        fake.fail(lambda *_: len(fake.requests) - begun >= number, how, times=None)
    else:
        fake.fail(number, how)
    told = publish(fake, token, GREEN, NEW)
    fake.clear_script()
    return told if len(fake.requests) - begun >= number else None


def assert_the_next_run_mends(fake: FakeGitHub, token: str, number: int) -> None:
    """Assert that whatever is left, another run makes one comment of it, and leaves no claim."""
    assert publish(fake, token, RED, NEW + 1).failures == []
    assert runs(fake) == [NEW + 1], f"request {number}"
    [comment] = fake.comments(REPOSITORY, PULL)
    assert fake.reactions(comment.id) == [], f"request {number}"


def assert_is_clear(told: Published, token: str) -> None:
    """Assert that all that is said is made of sentences, and tells no secret and no innards."""
    for text in (*told.failures, *told.notices, *told.done):
        assert token not in text
        assert not re.search(r"Traceback|object at|Error\b.*Error\b|\bNone\b|Exception", text), text
    for text in told.failures:
        assert SENTENCES.fullmatch(text), text


@pytest.mark.parametrize(
    ("name", "before"),
    [*((name, "two") for name in PASSING), ("500 after", "none"), ("hung up after", "none")],
)
def test_a_passing_fault_at_any_request_is_mended(
    fake: FakeGitHub, token: str, name: str, before: str
) -> None:
    how = PASSING[name]
    number = 0
    while told := publish_with_fault(fake, token, before, number := number + 1, how):
        assert told.failures == []
        assert runs(fake) == [NEW], f"request {number}"
    assert number > 8


@pytest.mark.parametrize("how", ABSURD.values(), ids=ABSURD)
def test_an_absurd_answer_to_any_request_does_no_harm(
    fake: FakeGitHub, token: str, how: How
) -> None:
    number = 0
    while told := publish_with_fault(fake, token, "one", number := number + 1, how):
        assert_is_clear(told, token)
        left = runs(fake)
        if told.failures:
            assert left in ([], [OLD], [NEW]), f"request {number}"
        else:
            assert left == [NEW], f"request {number}"
        assert_the_next_run_mends(fake, token, number)
    assert number > 5


LASTING = ("500 after", "hung up after", "secondary limit", "malformed JSON", "403", "content {}")


@pytest.mark.parametrize("name", LASTING)
def test_a_fault_that_lasts_from_any_request_on_is_told(
    fake: FakeGitHub, token: str, name: str
) -> None:
    how = (PASSING | ABSURD)[name]
    before = "none" if name.endswith("after") else "one"
    number = 0
    while told := publish_with_fault(fake, token, before, number := number + 1, how, lasts=True):
        assert_is_clear(told, token)
        assert told.failures or runs(fake) == [NEW], f"request {number}"
        assert runs(fake) in ([], [OLD], [NEW]), f"request {number}"
        assert_the_next_run_mends(fake, token, number)


# By the command ------------------------------------------------------------------------------

COMMANDS: dict[str, tuple[How, str]] = {
    "500": (fakes.error(500), "GitHub is in trouble"),
    "502 in HTML": (fakes.bad_gateway(), "GitHub is in trouble"),
    "hung up": (fakes.hang_up(), "GitHub could not be reached"),
    "malformed JSON": (fakes.malformed_json(), "makes no sense or leads to another host"),
    "foreign Link": (fakes.foreign_link(), "makes no sense or leads to another host"),
    "redirect": (fakes.redirect(ELSEWHERE), "makes no sense or leads to another host"),
    "secondary limit": (fakes.secondary(3600), "asks to wait for longer than `--max-wait`"),
    "primary limit": (fakes.primary(3600), "asks to wait for longer than `--max-wait`"),
    "401": (fakes.error(401, "Bad credentials"), "The token is not valid"),
    "422": (fakes.error(422, "Validation Failed"), "(422: Validation Failed)"),
}


@pytest.mark.parametrize("policy", ["warn", "fail"])
@pytest.mark.parametrize(("how", "words"), COMMANDS.values(), ids=COMMANDS)
def test_the_command_tells_a_failure_by_its_status_and_a_sentence(
    fake: FakeGitHub, token: str, tmp_path: Path, how: How, words: str, policy: str
) -> None:
    environment = runner_environment(fake, tmp_path, token=token)
    arguments = ["publish", write_report(tmp_path), "--max-wait=0", "--check-run"]
    fake.fail("*", how, times=None)
    result = command(environment, *arguments, f"--publish-errors={policy}")
    assert result.exit_code == (4 if policy == "fail" else 1)
    levels = {item.name: item.data for item in read_log(result.output) if item.name != "notice"}
    said = levels["error" if policy == "fail" else "warning"]
    assert words in said
    assert "Traceback" not in result.output
    outputs = read_env_file((tmp_path / "outputs").read_text("utf-8"))
    assert outputs["conclusion"] == ("publishing-failed" if policy == "fail" else "failure")
    # What needs no GitHub is there all the same.
    assert "cc-lb would refuse 1 of 2 plugins" in (tmp_path / "summary").read_text("utf-8")
    assert "a.wasm" in result.stdout
    written = [result.output, *(path.read_text("utf-8") for path in tmp_path.iterdir())]
    assert token not in "".join(written)
