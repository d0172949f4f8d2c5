"""The one comment on a pull request: which it is, whose, and what its first line tells."""

from __future__ import annotations

import re

import pytest

from cc_lb_selfcheck.github.event import RunId
from cc_lb_selfcheck.github.marker import (
    Marker,
    read_marker,
)
from cc_lb_selfcheck.report.memory import Memory
from cc_lb_selfcheck.report.seen import Seen, digest_of
from tests.support import github as fakes
from tests.support.github import ACTIONS_BOT, FakeGitHub
from tests.support.publishing import (
    GREEN,
    HEAD,
    PULL,
    RED,
    REPOSITORY,
    body_of,
    markers,
    only_body,
    posted,
    publish,
    runs,
)
from tests.support.reader_gfm import read

# Which comment it is -------------------------------------------------------------------------


def test_it_is_made_once_then_edited(fake: FakeGitHub, token: str) -> None:
    assert publish(fake, token, RED, 100).done == [f"Commented on pull request {PULL}."]
    [first] = fake.comments(REPOSITORY, PULL)
    for run, told in ((101, GREEN), (102, RED)):
        done = publish(fake, token, told, run).done
        assert done == [f"Edited the comment on pull request {PULL}."]
        [comment] = fake.comments(REPOSITORY, PULL)
        assert comment.id == first.id
        assert runs(fake) == [run]
    assert posted(fake) == 1


def test_its_first_line_tells_the_run_and_the_rest_the_result(fake: FakeGitHub, token: str) -> None:
    publish(fake, token, RED, 100, 2)
    line, heading, *_ = only_body(fake).splitlines()
    assert re.fullmatch(r"<!-- cc-lb-selfcheck \{[^<>]*\} -->", line)
    assert "--" not in line[4:-3]
    assert heading == "## ❌ cc-lb would refuse 1 of 2 plugins"
    assert markers(fake) == [
        Marker(
            "", HEAD, RunId(100, 2), Memory(Seen.of(RED).statuses), badness=2, digest=digest_of(RED)
        )
    ]


@pytest.mark.parametrize("others", [99, 100, 230])
def test_it_is_found_among_many(fake: FakeGitHub, token: str, others: int) -> None:
    for number in range(others):
        fake.add_comment(REPOSITORY, PULL, f"Comment {number}", "octocat")
    mine = fake.add_comment(REPOSITORY, PULL, body_of(RED, 50))
    for number in range(3):
        fake.add_comment(REPOSITORY, PULL, f"Later {number}", "octocat")
    publish(fake, token, GREEN, 100)
    assert posted(fake) == 0
    [found] = [item for item in fake.comments(REPOSITORY, PULL) if read_marker(item.body)]
    assert (found.id, runs(fake)) == (mine.id, [100])


def test_it_may_slip_to_another_page_while_they_are_read(fake: FakeGitHub, token: str) -> None:
    first = fake.add_comment(REPOSITORY, PULL, "First", "octocat")
    for number in range(99):
        fake.add_comment(REPOSITORY, PULL, f"Comment {number}", "octocat")
    fake.add_comment(REPOSITORY, PULL, body_of(RED, 50))
    # The first page is out; the one that began the second moves to it unseen.
    fake.on_request("GET */comments", lambda: fake.delete_comment(first.id), effect="after")
    publish(fake, token, GREEN, 100)
    assert runs(fake) == [100]


@pytest.mark.parametrize("author", ["octocat", "dependabot[bot]", "github-actions"])
def test_a_marker_of_somebody_elses_is_none(fake: FakeGitHub, token: str, author: str) -> None:
    theirs = fake.add_comment(REPOSITORY, PULL, body_of(RED, 10**9), author)
    publish(fake, token, GREEN, 100)
    left = fake.comments(REPOSITORY, PULL)
    assert [(item.author, item.body) for item in left[:1]] == [(author, theirs.body)]
    assert [item.author for item in left[1:]] == [ACTIONS_BOT]
    publish(fake, token, GREEN, 101)
    assert runs(fake) == [10**9, 101]


def test_a_persons_token_finds_its_own(fake: FakeGitHub, token: str) -> None:
    publish(fake, token, RED, 100)
    personal = fake.add_token(REPOSITORY, login="octocat")
    publish(fake, personal, RED, 101)
    publish(fake, personal, GREEN, 102)
    left = [
        (item.author, marker.run.number)
        for item, marker in zip(fake.comments(REPOSITORY, PULL), markers(fake), strict=True)
    ]
    assert left == [(ACTIONS_BOT, 100), ("octocat", 102)]


APP = "plugins-bot[bot]"


@pytest.fixture
def app(fake: FakeGitHub, token: str) -> str:
    """Return a token of another App than GitHub's own, which may not ask whose it is either."""
    fake.add_user(APP, "Bot")
    fake.state.tokens[token].login = APP
    return token


@pytest.mark.parametrize("mode", ["always", "on-refusal", "on-change"])
def test_another_apps_token_edits_its_comment(fake: FakeGitHub, app: str, mode: str) -> None:
    for run, told in ((100, RED), (101, GREEN), (102, RED)):
        assert publish(fake, app, told, run, comment_mode=mode).failures == []
        assert runs(fake) == [run]
    assert "- 1 newly refused: " in only_body(fake)
    [comment] = fake.comments(REPOSITORY, PULL)
    assert (comment.author, posted(fake)) == (APP, 1)
    assert fake.reactions(comment.id) == []


@pytest.mark.parametrize("author", ["octocat", "dependabot[bot]", ACTIONS_BOT])
def test_another_app_leaves_what_is_not_its_own(fake: FakeGitHub, app: str, author: str) -> None:
    theirs = fake.add_comment(REPOSITORY, PULL, body_of(RED, 50), author)
    for run in (100, 101):
        publish(fake, app, GREEN, run)
    first, mine = fake.comments(REPOSITORY, PULL)
    assert (first.author, first.body) == (author, theirs.body)
    assert (mine.author, runs(fake)) == (APP, [50, 101])
    assert posted(fake) == 1
    assert fake.reactions(theirs.id) == []


def test_a_workflows_own_token_leaves_another_apps_comment(fake: FakeGitHub, token: str) -> None:
    fake.add_user(APP, "Bot")
    theirs = fake.add_comment(REPOSITORY, PULL, body_of(RED, 10**9), APP)
    for run in (100, 101):
        publish(fake, token, GREEN, run)
    first, mine = fake.comments(REPOSITORY, PULL)
    assert (first.body, mine.author) == (theirs.body, ACTIONS_BOT)
    assert (posted(fake), fake.reactions(theirs.id)) == (1, [])


def test_where_nobody_may_react_the_answer_to_a_post_tells_whose_it_is(
    fake: FakeGitHub, app: str
) -> None:
    theirs = fake.add_comment(REPOSITORY, PULL, body_of(RED, 50), APP)
    fake.fail("POST */reactions", fakes.error(403, "Resource not accessible"), times=None)
    publish(fake, app, GREEN, 100)
    assert theirs.id not in [item.id for item in fake.comments(REPOSITORY, PULL)]
    assert runs(fake) == [100]


@pytest.mark.parametrize("how", [fakes.hang_up("after"), fakes.bad_gateway("after")])
def test_another_apps_lost_answer_makes_one_comment(
    fake: FakeGitHub, app: str, how: fakes.How
) -> None:
    fake.fail("POST */7/comments", how)
    assert publish(fake, app, RED, 100).failures == []
    assert (runs(fake), posted(fake)) == ([100], 1)


def test_a_server_that_does_not_tell_who_asks_is_no_missing_permission(
    fake: FakeGitHub, token: str
) -> None:
    for run, told in ((100, RED), (101, GREEN)):
        fake.fail("GET */user", fakes.error(404, "Not Found"))
        published = publish(fake, token, told, run)
        assert (published.failures, published.missing) == ([], [])
    assert (runs(fake), posted(fake)) == ([101], 1)


def test_a_comment_of_a_deleted_account_is_nobodys(fake: FakeGitHub, token: str) -> None:
    nobody = b'[{"id": 1, "user": null, "body": "<!-- cc-lb-selfcheck {} -->"}]'
    fake.fail("GET */comments", fakes.content(nobody))
    publish(fake, token, RED, 100)
    assert runs(fake) == [100]


IDS = [
    "",
    "frontend",
    "-->",
    "--",
    "--!>",
    "<!-- a -->",
    '"',
    "\\",
    "\n",
    "a\r\nb",
    "\0\x1b[31m",
    "{}",
    "-" * 200,
    "é 漢 🧪",
    "\u202e\u2028",
    "\U0001f9ea" * 200,
    " ",
    "\ufffd",
    "} -->\n## Forged",
]


@pytest.mark.parametrize("comment_id", IDS)
def test_every_id_has_its_own_comment(fake: FakeGitHub, token: str, comment_id: str) -> None:
    publish(fake, token, RED, 100, comment_id="another")
    publish(fake, token, RED, 100, comment_id=comment_id)
    publish(fake, token, GREEN, 101, comment_id=comment_id)
    found = [(marker.comment_id, marker.run.number) for marker in markers(fake)]
    assert found == [("another", 100), (comment_id, 101)]
    line, heading, _ = fake.comments(REPOSITORY, PULL)[1].body.split("\n", 2)
    assert line.isascii()
    assert line.endswith("} -->")
    assert not re.search(r"--|>", line[4:-3])
    assert heading.startswith("## ✅ cc-lb accepts all 2 plugins")
    told = heading.removeprefix("## ✅ cc-lb accepts all 2 plugins")
    assert (told[:2], told[-1:]) == ((" (", ")") if comment_id.strip() else ("", ""))
    page = read(f"{heading}\n\nMore")
    assert (page.names - {"code", "wbr"}, page.links) == ({"h2", "p"}, [])


def test_an_id_is_seen_in_its_comment(fake: FakeGitHub, token: str) -> None:
    publish(fake, token, RED, 100, comment_id="frontend")
    assert only_body(fake).splitlines()[1] == "## ❌ cc-lb would refuse 1 of 2 plugins (frontend)"


def test_ids_that_begin_alike_are_not_alike(fake: FakeGitHub, token: str) -> None:
    for comment_id in ("a", "ab", "A", "a "):
        publish(fake, token, RED, 100, comment_id=comment_id)
    publish(fake, token, GREEN, 101, comment_id="a")
    assert [(m.comment_id, m.run.number) for m in markers(fake)] == [
        ("a", 101),
        ("ab", 100),
        ("A", 100),
        ("a ", 100),
    ]


GOOD_LINE, _, _ = body_of(RED, 50).partition("\n")
UNREADABLE = {
    "cut": GOOD_LINE[: len(GOOD_LINE) // 2],
    "cut at its end": GOOD_LINE[:-4],
    "not first": f"Hello\n{GOOD_LINE}",
    "not alone": f"{GOOD_LINE} Hello",
    "after a space": f" {GOOD_LINE}",
    "no JSON": "<!-- cc-lb-selfcheck {1} -->",
    "an empty object": "<!-- cc-lb-selfcheck {} -->",
    "a list": "<!-- cc-lb-selfcheck [] -->",
    "deep": f"<!-- cc-lb-selfcheck {{{'[' * 50_000} -->",
    "words for numbers": GOOD_LINE.replace('"run":50', '"run":"50"'),
    "fractions": GOOD_LINE.replace('"run":50', '"run":50.5'),
    "infinity": GOOD_LINE.replace('"run":50', '"run":Infinity'),
    "null": GOOD_LINE.replace('"run":50', '"run":null'),
    "a number that takes long": GOOD_LINE.replace('"run":50', f'"run":{"9" * 5_000}'),
    "another name": GOOD_LINE.replace("cc-lb", "dd-lb"),
    "no commit": GOOD_LINE.replace(f'"{HEAD}"', "7"),
    "empty": "",
}


@pytest.mark.parametrize("line", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_marker_is_none(line: str) -> None:
    assert read_marker(f"{line}\nMore") is None


def test_a_comment_whose_marker_was_destroyed_is_left_alone(fake: FakeGitHub, token: str) -> None:
    fake.add_comment(REPOSITORY, PULL, UNREADABLE["cut"])
    publish(fake, token, RED, 100)
    publish(fake, token, GREEN, 101)
    assert fake.comments(REPOSITORY, PULL)[0].body == UNREADABLE["cut"]
    assert runs(fake) == [101]


BEFORE = re.compile(r'"before":"[^"]*"')
STATE = re.compile(r'"state":"[^"]*"')
FORGOTTEN = {
    "no base64": '"state":"%%%"',
    "no compression": '"state":"AAAA"',
    "cut": '"state":"eJyLNtB"',
    "null": '"state":null',
    "a bomb": f'"state":"{"A" * 50_000}"',
    "another version": '"state":"","v":2',
    "other JSON": '"state":"eJyrBgABPAC5"',
    "absent": '"other":""',
}


@pytest.mark.parametrize("state", FORGOTTEN.values(), ids=FORGOTTEN)
def test_an_unreadable_memory_of_before_makes_changes_incomplete(
    fake: FakeGitHub, token: str, state: str
) -> None:
    publish(fake, token, RED, 50)
    publish(fake, token, RED, 100)
    [comment] = fake.comments(REPOSITORY, PULL)
    spoilt = state.replace('"state"', '"before"')
    if "before" not in spoilt:
        spoilt = '"before":{}'
    fake.edit_comment(comment.id, BEFORE.sub(lambda _: spoilt, comment.body))
    publish(fake, token, GREEN, 100)
    assert runs(fake) == [100]
    assert "Not all that the last run found is known: changes are incomplete." in only_body(fake)


@pytest.mark.parametrize("state", FORGOTTEN.values(), ids=FORGOTTEN)
def test_an_unreadable_memory_makes_changes_incomplete(
    fake: FakeGitHub, token: str, state: str
) -> None:
    body = STATE.sub(lambda _: state, body_of(RED, 50))
    fake.add_comment(REPOSITORY, PULL, body)
    publish(fake, token, RED, 100)
    assert runs(fake) == [100]
    assert "changes are incomplete" in only_body(fake)


def test_line_ends_of_another_system_hide_no_marker(fake: FakeGitHub, token: str) -> None:
    fake.add_comment(REPOSITORY, PULL, body_of(RED, 50).replace("\n", "\r\n"))
    publish(fake, token, GREEN, 100)
    assert runs(fake) == [100]
