"""The one comment on a pull request: which it is, when it is written, what it says."""

from __future__ import annotations

import hashlib
import re
from functools import partial
from typing import Any

import pytest

from cc_lb_selfcheck.github.comment_text import CommentText
from cc_lb_selfcheck.github.event import Plan, RunId
from cc_lb_selfcheck.github.marker import (
    MEMORY_MAX_CHARS,
    Marker,
    read_marker,
)
from cc_lb_selfcheck.host.outcome import Outcome
from cc_lb_selfcheck.protocol.errors import (
    Call,
    MissingSelfCheckExport,
    SelfCheckExecutionError,
)
from cc_lb_selfcheck.report.changes import Memory, Seen, digest_of
from cc_lb_selfcheck.report.markdown import COMMENT_MAX_BYTES
from cc_lb_selfcheck.report.merge import alone, merge, with_problems
from cc_lb_selfcheck.report.model import Leg, Report
from cc_lb_selfcheck.settings import PublishSettings
from tests.report.build import (
    artifact,
    outcome_refused,
    outcome_untold,
    passes,
    refusals,
    report,
)
from tests.support import github as fakes
from tests.support.github import ACTIONS_BOT, FakeGitHub
from tests.support.hostile import CURATED
from tests.support.publishing import (
    GREEN,
    HEAD,
    NO_LINKS,
    OLD_HEAD,
    PULL,
    RED,
    REPOSITORY,
    UNTOLD,
    body_of,
    client,
    markers,
    only_body,
    posted,
    publish,
    publisher,
    report_of,
    runs,
    with_names,
)
from tests.support.reader_gfm import read
from tests.support.reports import accepted, leg_report, refused

MEMORY_OF_RED = Memory(Seen.of(RED).statuses)

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


# Newer and older -----------------------------------------------------------------------------

NEWEST_FIRST = [
    # commit, run, attempt
    (HEAD, 200, 2),
    (HEAD, 200, 1),
    (HEAD, 100, 7),
    (OLD_HEAD, 300, 2),
    (OLD_HEAD, 300, 1),
    (OLD_HEAD, 250, 3),
]


@pytest.mark.parametrize("newer", range(len(NEWEST_FIRST) - 1))
def test_an_older_run_never_overwrites_a_newer_one(
    fake: FakeGitHub, token: str, newer: int
) -> None:
    commit, run, attempt = NEWEST_FIRST[newer]
    publish(fake, token, GREEN, run, attempt, commit=commit)
    body = only_body(fake)
    for old_commit, old_run, old_attempt in NEWEST_FIRST[newer + 1 :]:
        told = publish(fake, token, RED, old_run, old_attempt, commit=old_commit)
        assert told.done == [f"Left the comment on pull request {PULL} to a newer run."]
        assert (told.failures, told.notices) == ([], [])
        assert only_body(fake) == body


@pytest.mark.parametrize("older", range(1, len(NEWEST_FIRST)))
def test_a_newer_run_overwrites_an_older_one(fake: FakeGitHub, token: str, older: int) -> None:
    commit, run, attempt = NEWEST_FIRST[older]
    publish(fake, token, RED, run, attempt, commit=commit)
    commit, run, attempt = NEWEST_FIRST[older - 1]
    publish(fake, token, GREEN, run, attempt, commit=commit)
    [marker] = markers(fake)
    assert (marker.sha, marker.run) == (commit, RunId(run, attempt))


def test_the_same_attempt_may_publish_again(fake: FakeGitHub, token: str) -> None:
    publish(fake, token, RED, 100)
    publish(fake, token, GREEN, 100)
    assert "cc-lb accepts all 2 plugins" in only_body(fake)


def test_a_head_that_moves_on_meanwhile_is_seen(fake: FakeGitHub, token: str) -> None:
    """A run that began on the head of then meets one of the head of now."""

    def pushed() -> None:
        fake.push(REPOSITORY, PULL, now)
        fake.add_comment(REPOSITORY, PULL, body_of(GREEN, 90, commit=now))

    now = fakes.sha("a later head")
    fake.on_request("GET */comments", pushed)
    told = publish(fake, token, RED, 100)
    assert told.done == [f"Left the comment on pull request {PULL} to a newer run."]
    assert runs(fake) == [90]


@pytest.mark.parametrize("mode", ["on-refusal", "on-change"])
def test_where_a_newer_run_may_have_been_silent_an_outdated_one_is_too(
    fake: FakeGitHub, token: str, mode: str
) -> None:
    if mode == "on-change":
        publish(fake, token, GREEN, 90, commit=OLD_HEAD)
    before = [item.body for item in fake.comments(REPOSITORY, PULL)]
    publish(fake, token, GREEN, 101, comment_mode=mode)
    assert [item.body for item in fake.comments(REPOSITORY, PULL)] == before
    told = publish(fake, token, RED, 100, commit=OLD_HEAD, comment_mode=mode)
    # There is no newer run's comment to leave it to.
    words = f"No comment was written on pull request {PULL}: its head has moved on."
    assert told.done == [words]
    assert [item.body for item in fake.comments(REPOSITORY, PULL)] == before


# What others do meanwhile --------------------------------------------------------------------


def test_a_comment_that_is_deleted_while_it_is_edited_is_made_anew(
    fake: FakeGitHub, token: str
) -> None:
    for which in ("GET */issues/comments/*", "PATCH *"):
        mine = fake.add_comment(REPOSITORY, PULL, body_of(RED, 50))
        fake.on_request(which, partial(fake.delete_comment, mine.id))
        publish(fake, token, GREEN, 100)
        assert runs(fake) == [100]
        fake.delete_comment(fake.comments(REPOSITORY, PULL)[0].id)


def test_a_comment_that_is_deleted_after_it_was_posted_is_posted_once_more_at_most(
    fake: FakeGitHub, token: str
) -> None:
    def remove_all() -> None:
        for comment in fake.comments(REPOSITORY, PULL):
            fake.delete_comment(comment.id)

    fake.on_request("POST *", remove_all, effect="after")
    publish(fake, token, GREEN, 100)
    assert (runs(fake), posted(fake)) == ([100], 2)


def test_what_a_person_wrote_into_it_is_replaced(fake: FakeGitHub, token: str) -> None:
    mine = fake.add_comment(REPOSITORY, PULL, body_of(RED, 50))
    fake.on_request(
        "GET */issues/comments/*", lambda: fake.edit_comment(mine.id, mine.body + "\nA person's.")
    )
    publish(fake, token, GREEN, 100)
    assert "person" not in only_body(fake)
    assert runs(fake) == [100]


def test_what_a_person_wrote_into_the_same_runs_is_replaced(fake: FakeGitHub, token: str) -> None:
    mine = fake.add_comment(REPOSITORY, PULL, body_of(RED, 100))
    fake.on_request(
        "GET */issues/comments/*", lambda: fake.edit_comment(mine.id, mine.body + "\nA person's.")
    )
    publish(fake, token, GREEN, 100)
    assert "person" not in only_body(fake)
    assert "cc-lb accepts all 2 plugins" in only_body(fake)


def test_a_comment_that_a_person_took_over_is_theirs(fake: FakeGitHub, token: str) -> None:
    mine = fake.add_comment(REPOSITORY, PULL, body_of(RED, 50))
    fake.edit_comment(mine.id, "Never mind.")
    publish(fake, token, GREEN, 100)
    assert fake.comments(REPOSITORY, PULL)[0].body == "Never mind."
    assert runs(fake) == [100]


def test_duplicates_of_ours_go_and_the_newest_stays(fake: FakeGitHub, token: str) -> None:
    for run in (50, 70, 60):
        fake.add_comment(REPOSITORY, PULL, body_of(RED, run))
    theirs = fake.add_comment(REPOSITORY, PULL, body_of(RED, 80), "octocat")
    other = fake.add_comment(REPOSITORY, PULL, body_of(RED, 80).replace('"id":""', '"id":"b"'))
    publish(fake, token, GREEN, 100)
    left = [item.id for item in fake.comments(REPOSITORY, PULL)]
    assert left[1:] == [theirs.id, other.id]
    assert runs(fake) == [100, 80, 80]


def test_at_equal_state_the_lowest_comment_stays(fake: FakeGitHub, token: str) -> None:
    first, *_ = [fake.add_comment(REPOSITORY, PULL, body_of(RED, 100)) for _ in range(3)]
    publish(fake, token, RED, 100)
    assert [item.id for item in fake.comments(REPOSITORY, PULL)] == [first.id]


def test_a_run_that_lost_takes_its_own_comments_along(fake: FakeGitHub, token: str) -> None:
    for run in (100, 200, 100):
        fake.add_comment(REPOSITORY, PULL, body_of(RED, run))
    publish(fake, token, GREEN, 100)
    assert runs(fake) == [200]


def test_a_list_that_lags_behind_brings_no_second_comment(fake: FakeGitHub, token: str) -> None:
    fake.fail("GET */comments", fakes.slow(0))
    fake.fail("GET */comments", fakes.content(b"[]"), times=2)
    publish(fake, token, RED, 100)
    assert (runs(fake), posted(fake)) == ([100], 1)


# Lost answers --------------------------------------------------------------------------------

# So many names that the marker cannot hold all of them.
BIG = with_names(f"{hashlib.sha512(b'%d' % number).hexdigest()}.wasm" for number in range(200))
LOST = {
    "hung up": fakes.hang_up("after"),
    "500": fakes.error(500, effect="after"),
    "502": fakes.bad_gateway("after"),
    "broken": fakes.malformed_json(),
    "cut": fakes.truncated(),
    "something else": fakes.content(b"{}"),
    "nothing": fakes.content(b""),
    "null": fakes.content(b"null"),
    "a list": fakes.content(b"[]"),
    "text": fakes.content(b"Hello"),
    "nobody's": fakes.content(b'{"id": 1, "user": null, "body": ""}'),
    "redirected": fakes.respond(307, b'{"message": "Moved"}', {"location": "/"}, "after"),
}


@pytest.mark.parametrize("told", [RED, BIG], ids=["small", "big"])
@pytest.mark.parametrize("how", LOST.values(), ids=LOST)
def test_a_comment_whose_answer_was_lost_is_not_posted_twice(
    fake: FakeGitHub, token: str, how: fakes.How, told: Report
) -> None:
    fake.fail("POST *", how)
    published = publish(fake, token, told, 100)
    assert (runs(fake), posted(fake)) == ([100], 1)
    assert published.failures == []


@pytest.mark.parametrize("how", LOST.values(), ids=LOST)
def test_an_edit_whose_answer_was_lost_still_tells_what_changed(
    fake: FakeGitHub, token: str, how: fakes.How
) -> None:
    publish(fake, token, RED, 100)
    fake.fail("PATCH *", how)
    published = publish(fake, token, GREEN, 101)
    assert runs(fake) == [101]
    if not published.failures:
        assert "- 1 mended" in only_body(fake)


@pytest.mark.parametrize(
    "how", [fakes.hang_up(), fakes.error(503), fakes.bad_gateway(), fakes.secondary(2)]
)
def test_a_comment_that_never_was_is_posted_again(
    fake: FakeGitHub, token: str, how: fakes.How
) -> None:
    fake.fail("POST *", how, times=3)
    publish(fake, token, RED, 100)
    assert runs(fake) == [100]
    assert posted(fake) == 4


def test_a_lost_answer_and_a_lost_look_make_one_comment(fake: FakeGitHub, token: str) -> None:
    fake.fail("POST *", fakes.hang_up("after"))
    fake.on_request("POST *", lambda: fake.fail("GET */comments", fakes.error(500), times=2))
    publish(fake, token, RED, 100)
    assert (runs(fake), posted(fake)) == ([100], 1)


# Modes ---------------------------------------------------------------------------------------

REPORTS = {"red": RED, "green": GREEN, "untold": UNTOLD}
MODES = {
    # mode, what the comment was: what makes it speak
    ("always", None): {"red", "green", "untold"},
    ("always", "red"): {"red", "green", "untold"},
    ("always", "green"): {"red", "green", "untold"},
    ("on-change", None): {"red", "green", "untold"},
    ("on-change", "red"): {"green", "untold"},
    ("on-change", "green"): {"red", "untold"},
    ("on-refusal", None): {"red", "untold"},
    ("on-refusal", "red"): {"red", "green", "untold"},
    ("on-refusal", "green"): {"red", "green", "untold"},
    ("off", None): set(),
    ("off", "red"): set(),
    ("off", "green"): set(),
}


@pytest.mark.parametrize("now", REPORTS)
@pytest.mark.parametrize(("mode", "before"), MODES)
def test_the_comments_modes(
    fake: FakeGitHub, token: str, mode: str, before: str | None, now: str
) -> None:
    if before is not None:
        publish(fake, token, REPORTS[before], 100)
    old = [(item.id, item.body) for item in fake.comments(REPOSITORY, PULL)]
    requests = len(fake.requests)
    told = publish(fake, token, REPORTS[now], 101, comment_mode=mode)
    new = [(item.id, item.body) for item in fake.comments(REPOSITORY, PULL)]
    assert told.failures == []
    if now in MODES[mode, before]:
        assert [key for key, _ in new] == [key for key, _ in old] or not old
        assert (len(new), runs(fake)) == (1, [101])
    else:
        assert new == old
    if mode == "off":
        assert (told.done, len(fake.requests)) == ([], requests)


def refused_as(error: SelfCheckExecutionError) -> Report:
    return report([artifact("a.wasm", outcome_refused(error))])


LEG = Leg(name="check (linux)", job="check", number=1, total=2)
WORTH_A_WORD = {
    "another variant": (refused_as(MissingSelfCheckExport()), refused_as(Call(reason="x"))),
    "a problem": (GREEN, with_problems(GREEN, ["The pattern `x` matches nothing."])),
    "another problem": (with_problems(GREEN, ["One."]), with_problems(GREEN, ["Two."])),
    "a leg that is missing": (GREEN, GREEN.model_copy(update={"legs": [LEG]})),
    "a skipped file": (
        report_of(a="p"),
        report([*report_of(a="p").artifacts, artifact("b", outcome_untold("x.", skipped=True))]),
    ),
}


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(("one", "other"), WORTH_A_WORD.values(), ids=WORTH_A_WORD)
def test_on_change_writes_whatever_else_is_told_now(
    fake: FakeGitHub, token: str, one: Report, other: Report, backwards: bool
) -> None:
    before, now = (other, one) if backwards else (one, other)
    publish(fake, token, before, 100)
    publish(fake, token, before, 101, comment_mode="on-change")
    assert runs(fake) == [100]
    publish(fake, token, now, 102, comment_mode="on-change")
    assert runs(fake) == [102]


def test_a_mode_that_is_silent_says_so(fake: FakeGitHub, token: str) -> None:
    told = publish(fake, token, GREEN, 100, comment_mode="on-refusal")
    words = f"No comment was written on pull request {PULL}: comment-mode wants none now."
    assert told.done == [words]
    assert fake.comments(REPOSITORY, PULL) == []


@pytest.mark.parametrize("mode", ["always", "on-change", "on-refusal"])
def test_a_red_comment_turns_green(fake: FakeGitHub, token: str, mode: str) -> None:
    publish(fake, token, RED, 100, comment_mode=mode)
    assert "❌ cc-lb would refuse 1 of 2 plugins" in only_body(fake)
    publish(fake, token, GREEN, 101, comment_mode=mode)
    assert "✅ cc-lb accepts all 2 plugins" in only_body(fake)
    assert "❌" not in only_body(fake)


# What changed --------------------------------------------------------------------------------


def changes(body: str) -> list[str]:
    """Return the lines on changes, without what makes names inline code."""
    _, _, rest = body.partition("Since the last run:\n\n")
    lines = rest.partition("\n\n")[0].splitlines()
    return [re.sub(r"</?code>", "", line) for line in lines]


CHANGES: dict[str, tuple[dict[str, str], dict[str, str], list[str]]] = {
    "newly refused": ({"a": "p"}, {"a": "r"}, ["- 1 newly refused: a.wasm"]),
    "refused, was untold": ({"a": "u"}, {"a": "r"}, ["- 1 newly refused: a.wasm"]),
    "mended": ({"a": "r"}, {"a": "p"}, ["- 1 mended: a.wasm"]),
    "accepted, was untold": ({"a": "u"}, {"a": "p"}, ["- 1 mended: a.wasm"]),
    "still refused": ({"a": "r"}, {"a": "r"}, ["- 1 still refused: a.wasm"]),
    "untold": ({"a": "r"}, {"a": "u"}, ["- 1 no longer determined: a.wasm"]),
    "new": ({"a": "p"}, {"a": "p", "b": "r"}, ["- 1 new: b.wasm"]),
    "gone": ({"a": "p", "b": "r"}, {"a": "p"}, ["- 1 gone: b.wasm"]),
    "several": (
        {"a": "p", "b": "r", "c": "r", "d": "p", "e": "p"},
        {"a": "r", "b": "p", "c": "r", "e": "r", "f": "p"},
        [
            "- 2 newly refused: a.wasm, e.wasm",
            "- 1 mended: b.wasm",
            "- 1 still refused: c.wasm",
            "- 1 new: f.wasm",
            "- 1 gone: d.wasm",
        ],
    ),
}


@pytest.mark.parametrize(("before", "now", "told"), CHANGES.values(), ids=CHANGES)
def test_it_tells_what_changed(
    fake: FakeGitHub, token: str, before: dict[str, str], now: dict[str, str], told: list[str]
) -> None:
    publish(fake, token, report_of(**before), 100)
    assert "last run" not in only_body(fake)
    publish(fake, token, report_of(**now), 101)
    assert changes(only_body(fake)) == told


def test_it_says_when_nothing_changed(fake: FakeGitHub, token: str) -> None:
    publish(fake, token, GREEN, 100)
    publish(fake, token, GREEN, 100, 2)
    assert "Nothing changed since the last run." in only_body(fake)


def test_a_run_that_publishes_again_compares_to_the_one_before_it(
    fake: FakeGitHub, token: str
) -> None:
    publish(fake, token, report_of(a="r", b="p", c="p"), 100)
    for told in (report_of(a="r"), report_of(a="p", b="r", c="p"), report_of(a="p", b="r", c="p")):
        publish(fake, token, told, 101)
    assert changes(only_body(fake)) == ["- 1 newly refused: b.wasm", "- 1 mended: a.wasm"]
    publish(fake, token, report_of(a="p", b="r", c="p"), 101, 2)
    assert changes(only_body(fake)) == ["- 1 still refused: b.wasm"]


def test_a_first_run_that_publishes_again_has_nothing_to_compare_to(
    fake: FakeGitHub, token: str
) -> None:
    publish(fake, token, RED, 100)
    publish(fake, token, GREEN, 100)
    assert "last run" not in only_body(fake)


def test_of_many_plugins_a_run_that_publishes_again_says_the_same(
    fake: FakeGitHub, token: str
) -> None:
    names = [f"{hashlib.sha256(b'%d' % number).hexdigest()[:16]}" for number in range(600)]
    publish(fake, token, report_of(**dict.fromkeys(names, "p")), 100)
    publish(fake, token, report_of(**dict.fromkeys(names, "p") | {names[0]: "r", "x": "r"}), 101)
    first = only_body(fake)
    publish(fake, token, report_of(**dict.fromkeys(names, "p") | {names[0]: "r", "x": "r"}), 101)
    assert only_body(fake) == first
    assert "- 1 newly refused: " in first


def one_leg(number: int, outcomes: dict[str, Outcome]) -> Report:
    leg = Leg(name=f"check ({number})", job="check", number=number, total=2)
    return leg_report(leg, {(path, path): outcome for path, outcome in outcomes.items()})


def test_what_a_missing_leg_would_have_seen_is_not_gone_and_then_not_new(
    fake: FakeGitHub, token: str
) -> None:
    both = merge([one_leg(1, {"a": refused()}), one_leg(2, {"b": refused(), "c": accepted()})])
    publish(fake, token, both, 100)
    publish(fake, token, one_leg(1, {"a": refused()}), 101)
    assert changes(only_body(fake)) == ["- 1 still refused: a", "- 2 not known this time: b, c"]
    publish(fake, token, both, 102)
    assert changes(only_body(fake)) == ["- 2 still refused: a, b"]


def test_a_leg_that_tells_of_itself_calls_no_other_plugins_gone(
    fake: FakeGitHub, token: str
) -> None:
    """As ``check`` does in each leg of a matrix."""
    one, two = one_leg(1, {"a": refused()}), one_leg(2, {"b": refused()})
    publish(fake, token, merge([one, two]), 100)
    publisher(alone(one), 101, whole=one).publish(client(fake, token))
    assert changes(only_body(fake)) == ["- 1 still refused: a", "- 1 not known this time: b"]
    assert "sent no report" not in only_body(fake)


def test_what_a_missing_leg_may_refuse_is_not_mended(fake: FakeGitHub, token: str) -> None:
    both = merge([one_leg(1, {"a": refused()}), one_leg(2, {"a": accepted()})])
    publish(fake, token, both, 100)
    publish(fake, token, one_leg(2, {"a": accepted()}), 101)
    assert changes(only_body(fake)) == ["- 1 not known this time: a (check (1))"]
    publish(fake, token, both, 102)
    assert changes(only_body(fake)) == ["- 1 still refused: a (check (1))"]


def test_what_another_leg_mended_is_known_where_a_leg_is_missing(
    fake: FakeGitHub, token: str
) -> None:
    both = merge([one_leg(1, {"a": accepted(), "b": refused()}), one_leg(2, {"a": refused()})])
    publish(fake, token, both, 100)
    publish(fake, token, one_leg(2, {"a": accepted()}), 101)
    assert changes(only_body(fake)) == [
        "- 1 mended: a (check (2))",
        "- 2 not known this time: a (check (1)), b",
    ]


def test_what_fell_into_another_part_is_known_where_its_part_of_before_is_missing(
    fake: FakeGitHub, token: str
) -> None:
    """Who mends a plugin changes its content, and so perhaps which part checks it."""

    def part(number: int, outcomes: dict[str, Outcome]) -> Report:
        leg = Leg(name=f"check ({number})", job="check", part=number, parts=2)
        return leg_report(leg, {(path, path): outcome for path, outcome in outcomes.items()})

    publish(fake, token, merge([part(1, {"a": refused()}), part(2, {"b": accepted()})]), 100)
    publish(fake, token, part(2, {"a": accepted()}), 101)
    assert changes(only_body(fake)) == ["- 1 mended: a", "- 1 not known this time: b"]


def test_what_a_first_run_did_not_see_is_not_new_in_the_next(fake: FakeGitHub, token: str) -> None:
    publish(fake, token, one_leg(1, {"a": accepted()}), 100)
    publish(fake, token, merge([one_leg(n, {"ab"[n - 1]: accepted()}) for n in (1, 2)]), 101)
    [told] = changes(only_body(fake))
    assert told == "- Not all that the last run found is known: changes are incomplete."


def test_legs_that_agree_at_last_have_mended_it(fake: FakeGitHub, token: str) -> None:
    publish(fake, token, merge([one_leg(1, {"a": refused()}), one_leg(2, {"a": accepted()})]), 100)
    publish(fake, token, merge([one_leg(n, {"a": accepted()}) for n in (1, 2)]), 101)
    assert changes(only_body(fake)) == ["- 1 mended: a (check (1))"]


def test_what_is_skipped_now_is_not_gone(fake: FakeGitHub, token: str) -> None:
    publish(fake, token, report_of(a="r", b="p"), 100)
    now = [*report_of(b="p").artifacts, artifact("a.wasm", outcome_untold("x.", skipped=True))]
    publish(fake, token, report(now), 101)
    assert changes(only_body(fake)) == ["- 1 skipped: a.wasm"]


def test_an_edit_made_again_says_the_same(fake: FakeGitHub, token: str) -> None:
    publish(fake, token, RED, 100)
    publish(fake, token, GREEN, 101)
    body = only_body(fake)
    publish(fake, token, GREEN, 101)
    assert only_body(fake) == body


@pytest.mark.parametrize("mode", ["always", "on-change"])
def test_a_memory_that_was_cut_is_owned_up_to(fake: FakeGitHub, token: str, mode: str) -> None:
    many: Report = report([*refusals(20), *passes(2_000)])
    publish(fake, token, many, 100, comment_mode=mode)
    assert len(only_body(fake).encode()) <= COMMENT_MAX_BYTES
    [marker] = markers(fake)
    # What is refused is remembered first.
    assert marker.memory.cut == (len(marker.memory.statuses) < 2_020)
    publish(fake, token, BIG, 101, comment_mode=mode)
    [marker] = markers(fake)
    assert marker.memory.cut
    publish(fake, token, BIG, 102, comment_mode=mode)
    # What was cut is compared all the same: it tells nothing else now.
    assert runs(fake) == [102 if mode == "always" else 101]
    publish(fake, token, BIG, 103)
    body = only_body(fake)
    assert "changes are incomplete" in body
    assert not re.search(r"\d (new|gone):", body)
    assert len(body) <= COMMENT_MAX_BYTES
    line = only_body(fake).partition("\n")[0]
    assert len(line) < 2 * MEMORY_MAX_CHARS + 400


def test_hostile_names_are_remembered_and_do_no_harm(fake: FakeGitHub, token: str) -> None:
    hostile: Any = sorted({*CURATED, "--", "-->", "<!--", "\n", "\ud800"})
    publish(fake, token, with_names(hostile), 100)
    publish(fake, token, with_names(hostile), 101)
    body = only_body(fake)
    assert f"- {len(hostile)} still refused" in body
    line, rest = body.split("\n", 1)
    assert not re.search(r"--|>", line[4:-3])
    assert "<!--" not in rest


def test_the_text_depends_on_the_report_and_the_run_alone(fake: FakeGitHub, token: str) -> None:
    bodies = []
    for _ in range(2):
        publish(fake, token, RED, 100)
        bodies.append(only_body(fake))
        fake.delete_comment(fake.comments(REPOSITORY, PULL)[0].id)
    assert bodies[0] == bodies[1]
    plan = Plan(REPOSITORY, HEAD, RunId(100, 1), pull_request=PULL)
    text = CommentText(RED, PublishSettings(reports=("report.json",)), plan, NO_LINKS)
    assert text.after(None) == bodies[0]


def test_a_client_shows_no_token(fake: FakeGitHub, token: str) -> None:
    api = client(fake, token)
    assert token not in repr(api) + str(api) + repr(vars(publisher()))
