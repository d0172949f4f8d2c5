"""The comment and the summary: what a reader sees first, within GitHub's limits, and tame."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest

from cc_lb_selfcheck.github.comment_text import CommentText
from cc_lb_selfcheck.github.event import Plan, RunId
from cc_lb_selfcheck.github.marker import read_marker
from cc_lb_selfcheck.protocol.errors import Call, DecodeResponse, Instantiate
from cc_lb_selfcheck.report.changes import Changes, Named
from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.load import UnusableReport, load_report
from cc_lb_selfcheck.report.markdown import (
    COMMENT_MAX_BYTES,
    SUMMARY_MAX_BYTES,
    render_markdown,
)
from cc_lb_selfcheck.report.merge import merge
from cc_lb_selfcheck.report.model import Engine, Leg, Problem, Report
from cc_lb_selfcheck.report.surroundings import Links
from cc_lb_selfcheck.settings import PublishSettings
from tests.support.github import sha
from tests.support.hostile import CURATED, LINKS, MARKDOWN, strings
from tests.support.reader_gfm import Page, read
from tests.support.reports import accepted, artifact, leg_report, refused, report, untold

GITHUB_MAX_CHARS = 65_536
RUN = "https://github.com/o/r/actions/runs/1"
PAGE = Links(run=RUN, report=f"{RUN}#artifacts")
FULL = Links(PAGE.run, PAGE.report, f"{RUN}/commit", f"{RUN}/job/")
ADDRESSES = ("https://github.com/org/cc-lb-selfcheck/blob/main/docs/", RUN)
OURS = {
    *("h2", "p", "ul", "li", "code", "wbr", "table", "thead", "tbody", "tr", "th", "td"),
    *("details", "summary", "strong", "a", "pre", "sub"),
}
WHERE = "The [workflow run](https://github.com/o/r/actions/runs/1)"


def named(*names: str) -> tuple[Named, ...]:
    """Return how plugins are told of which some became the same."""
    return tuple(Named(name, ()) for name in names)


def comment_of(told: Report) -> str:
    """Return a pull request's first comment, its marker included."""
    plan = Plan("o/r", sha("head"), RunId(1, 1), pull_request=7)
    settings = PublishSettings(reports=("x",))
    comment = CommentText(told, settings, plan, PAGE).after(None)
    assert comment is not None
    return comment


def refusals(count: int, words: str = "x") -> list[Any]:
    return [
        artifact(f"dist/{words}-{n:05}.wasm", refused(Call(reason=f"{words} {n}")))
        for n in range(count)
    ]


def passes(count: int) -> list[Any]:
    return [artifact(f"dist/ok-{n:05}.wasm", accepted()) for n in range(count)]


def left_out(text: str) -> str:
    return next((line for line in text.splitlines() if line.startswith("Left out")), "")


# Size ----------------------------------------------------------------------------------------


def test_two_hundred_refused_and_five_thousand_accepted() -> None:
    told = report(*refusals(200), *passes(5_000))
    comment = comment_of(told)
    assert len(comment.encode()) <= COMMENT_MAX_BYTES
    assert len(comment) < GITHUB_MAX_CHARS
    first, heading, *_ = comment.splitlines()
    assert read_marker(comment) is not None
    assert first.startswith("<!-- ")
    assert heading == "## ❌ cc-lb would refuse 200 of 5,200 plugins"
    page = read(comment)
    # Every refused one has its row, and what is left out is counted, with where it is.
    assert [row[0] for row in page.items[:200]] == ["❌"] * 200
    kept = sum(text.startswith("❌") for text in page.summaries)
    assert kept >= 20
    rows = len(page.items) - 200
    assert page.summaries[-1] == f"✅ 5,000 accepted ({rows:,} shown)"
    counts = f"{5_000 - rows:,} rows of the table, the details of {200 - kept:,} plugins"
    assert left_out(comment) == (
        f"Left out for size: {counts} and parts of the details that are shown. {WHERE} has more in"
        " its summary, and all in its JSON report."
    )
    summary = render_markdown(told, links=PAGE)
    assert SUMMARY_MAX_BYTES < 1 << 20
    assert len(summary.encode()) <= SUMMARY_MAX_BYTES
    assert len(read(summary).items) == 5_200
    assert read(summary).summaries[200:] == ["✅ 5,000 accepted"]
    assert left_out(summary) == ""


@pytest.mark.parametrize("limit", [1_500, 3_000, 10_000, 65_000, 900_000])
@pytest.mark.parametrize(
    "words", ["x", "ä" * 90, "💥" * 90, "|`<@a" * 20], ids=["short", "long", "wide", "hostile"]
)
def test_any_report_fits_any_room(limit: int, words: str) -> None:
    legs = [Leg(name=f"{words}{n}", job=words, number=n, total=900) for n in range(1, 31)]
    seen = {(f"{words}{n}.wasm", str(n)): refused(Call(reason=words * 50)) for n in range(40)}
    first = {**seen, (f"{words}0.wasm", "0"): accepted()}
    problems = [Problem(path=words * 99, message=words * 99, is_usage_error=True)] * 30
    whole = merge([leg_report(leg, first if leg.number % 2 else seen) for leg in legs])
    told = whole.model_copy(update={"problems": problems})
    names = named(*(f"{words}{n}" for n in range(500)))
    changes = Changes(names, names, names, names, names, names, names, names, incomplete=True)
    text = render_markdown(told, limit, changes=changes if limit >= 65_000 else None, links=PAGE)
    assert len(text.encode()) <= limit
    assert text.startswith("## ❌ cc-lb would refuse 40 of 40 plugins\n")
    assert {len(row) for row in read(text).rows} <= {4}
    # Notes and changes leave the larger part to the verdicts.
    assert len(read(text).items) > (7 if limit >= 65_000 else -1)


def test_endless_texts_are_cut_and_the_next_are_told() -> None:
    endless = "x" * 400_000
    told = report(
        artifact(f"a{endless}", refused(Call(reason=endless))),
        artifact("b.wasm", untold(f"It says {endless}.")),
        artifact("c.wasm", untold(f"It says {endless}.", skipped=True)),
        artifact("d.wasm", accepted()),
        problems=[Problem(path=endless, message=endless, is_usage_error=False)],
    )
    loaded = load_report(render_json(told).encode())
    text = render_markdown(loaded, COMMENT_MAX_BYTES)
    assert len(text.encode()) < 20_000
    assert [row[0] for row in read(text).rows] == ["", "❌", "❔", "✅", "○"]
    cut = "Left out for size: parts of the details that are shown."
    assert left_out(text) == f"{cut} The JSON report holds all."
    assert "characters in all" in text


def test_the_ladder_leaves_out_the_least_useful_first() -> None:
    """Rows of what was accepted go first, then details of blocks, then blocks, then rows."""
    told = report(*refusals(30), *passes(300))
    seen: list[tuple[int, int, int]] = []
    for limit in range(2_000, 90_000, 4_000):
        text = render_markdown(told, limit)
        assert len(text.encode()) <= limit
        page = read(text)
        icons = [row[0] for row in page.items]
        blocks = sum(text.startswith("❌") for text in page.summaries)
        seen.append((icons.count("❌"), blocks, icons.count("✅")))
    assert seen[-1] == (30, 30, 300)
    assert [rows for rows, _, _ in seen] == sorted(rows for rows, _, _ in seen)
    for rows, blocks, green in seen:
        # Accepted ones have rows when each refused one has both, but for a few that fit into what
        # is too little for a block.
        assert green == 0 or (rows, blocks) == (30, 30) or green < 20
        assert blocks <= rows


def test_a_foreign_engines_name_is_no_sentence() -> None:
    engine = Engine(extism="1.41.0 Approved, merge now", wasmtime=None)
    told = report(*passes(1)).model_copy(update={"engine": engine})
    with pytest.raises(UnusableReport, match="a version, or the crate's name, is none"):
        load_report(render_json(told).encode())


# What a reader sees --------------------------------------------------------------------------


def test_which_why_and_what_to_do_stand_in_this_order() -> None:
    text = comment_of(report(*refusals(1), *passes(2)))
    wanted = [
        "## ❌ cc-lb would refuse 1 of 3 plugins",
        "| ❌ | <code>dist/x-00000.wasm</code> |",
        "| ✅ |",
        "<details open>",
        "<summary>❌ <code>dist/x-00000.wasm</code>: ",
        "**Why",
        "**What to do.**",
        "The host says:",
        "self-check call failed: x 0",
        "</details>",
        "[Workflow run](",
    ]
    places = [text.find(words) for words in wanted]
    assert -1 not in places
    assert places == sorted(places)


def test_of_several_blocks_none_is_open() -> None:
    text = render_markdown(report(*refusals(2)))
    assert text.count("<details>") == 2
    assert "<details open>" not in text


def test_what_was_accepted_is_folded_up_where_there_is_much() -> None:
    warned = artifact("warned.wasm", accepted(file_kind="WebAssembly text"))
    few = [*refusals(3), *passes(16), warned]
    text = render_markdown(report(*few))
    assert len(read(text).items) == 20
    assert len(read(text).summaries) == 3
    text = render_markdown(report(*few, *passes(1), artifact("s", untold("A link.", skipped=True))))
    page = read(text)
    assert len(page.items) == 22
    assert page.summaries[3:] == ["✅ 17 accepted, ○ 1 skipped"]
    # What is worth a word stays in sight, and the rest comes after the blocks.
    assert [row[1] for row in page.items[3:5]] == ["warned.wasm", "dist/ok-00000.wasm"]
    assert text.index("warned") < text.index("<details>")
    assert text.index("</details>") < text.index("✅ 17 accepted") < text.index("ok-00000")
    alone = read(render_markdown(report(*passes(21))))
    assert (len(alone.items), alone.summaries) == (21, ["✅ 21 accepted"])


def test_reasons_that_many_share_are_counted_first() -> None:
    told = report(
        *refusals(9),
        *(artifact(f"e{n}.wasm", refused()) for n in range(3)),
        *(artifact(f"u{n}.wasm", untold()) for n in range(1)),
    )
    text = render_markdown(told)
    titles = {item.path[0]: item.finding.title for item in told.artifacts if item.finding}
    lines = text.partition("Most often:\n\n")[2].splitlines()[:3]
    assert read(lines[0]).text.strip() == f"9 plugins: {titles['d']}"
    assert read(lines[1]).text.strip() == f"3 plugins: {titles['e']}"
    assert lines[2] == ""
    assert "Most often" not in render_markdown(report(*refusals(10)))


@pytest.mark.parametrize(
    ("told", "headline"),
    [
        (report(*passes(3)), "✅ cc-lb accepts all 3 plugins"),
        (
            report(
                *passes(1),
                problems=[Problem(path="x", message="is gone.", is_usage_error=True)],
            ),
            "⚠️ cc-lb accepts the plugin, but not everything was checked",
        ),
        (
            report(
                *passes(1),
                problems=[Problem(path="x*", message="matches no file.", is_usage_error=False)],
            ),
            "✅ cc-lb accepts the plugin",
        ),
        (
            leg_report(
                Leg(name="t (1)", job="t", number=1, total=2), {("a.wasm", "x"): accepted()}
            ),
            "⚠️ cc-lb accepts the plugin, but not everything was checked",
        ),
        (
            leg_report(Leg(name="t (1)", job="t", number=1, total=2), {("a.wasm", "x"): refused()}),
            "❌ cc-lb would refuse 1 of 1 plugin",
        ),
    ],
)
def test_a_green_headline_is_true(told: Report, headline: str) -> None:
    assert render_markdown(told).splitlines()[0] == f"## {headline}"


def test_changes_are_told_with_names_and_numbers() -> None:
    changes = Changes(
        newly_refused=named("a.wasm"),
        mended=named(*(f"m{n}.wasm" for n in range(12))),
        still_refused=named("b.wasm", "c.wasm"),
        new=named("d.wasm"),
        gone=named("e.wasm"),
    )
    page = read(render_markdown(report(*refusals(1)), changes=changes))
    for line in (
        "1 newly refused: a.wasm",
        "12 mended: m0.wasm, m1.wasm, m2.wasm, m3.wasm, m4.wasm, m5.wasm, m6.wasm, m7.wasm,"
        " m8.wasm, m9.wasm and 2 more",
        "2 still refused: b.wasm, c.wasm",
        "1 new: d.wasm",
        "1 gone: e.wasm",
    ):
        assert line in page.text
    text = render_markdown(report(*passes(1)), changes=Changes())
    assert "Nothing changed since the last run." in text
    cut = render_markdown(report(*passes(1)), changes=Changes(incomplete=True))
    assert "changes are incomplete" in cut
    assert "Since the last run" not in render_markdown(report(*passes(1)))


def test_the_commit_and_the_logs_are_linked_to() -> None:
    commit = f"https://github.com/o/r/commit/{sha('head')}"
    links = Links(run=RUN, report=f"{RUN}#artifacts", commit=commit, jobs=f"{RUN}/job/")
    legs = [
        Leg(
            name=f"test ({n})",
            job="test",
            number=n,
            total=30,
            check_run=1_000 + n if n > 1 else None,
        )
        for n in range(1, 31)
    ]
    told = merge([leg_report(leg, {("a.wasm", "x"): accepted()}) for leg in legs])
    text = render_markdown(told, links=links)
    foot = text.splitlines()[-3]
    page = read(foot)
    assert page.links[:3] == [RUN, f"{RUN}#artifacts", commit]
    # In the order of the report, and no more than one can take in.
    numbers = [leg.check_run for leg in told.legs if leg.check_run]
    assert page.links[3:] == [f"{RUN}/job/{number}" for number in numbers[:10]]
    assert f"Workflow run · JSON report · Commit {sha('head')[:7]} · Logs: test (" in page.text
    assert page.text.rstrip().endswith("and 19 more")
    alone = render_markdown(told, links=PAGE)
    assert "Logs" not in alone
    assert "Commit" not in alone


# What is hostile -----------------------------------------------------------------------------

TEXTS = [text.encode("utf-8", "backslashreplace").decode() for text in (*CURATED, *LINKS)]


def assert_tame(page: Page, cells: Iterable[int]) -> None:
    """Assert that a page leads to our own pages only, and holds nothing that was not meant."""
    assert page.names <= OURS
    assert {link for link in page.links if not link.startswith(ADDRESSES)} == set()
    assert page.references == []
    assert {len(row) for row in page.rows} == set(cells)
    allowed = {(), (("open", ""),), (("class", "language-text"),)}
    assert {tag.attributes for tag in page.tags if tag.name != "a"} <= allowed


def everywhere(text: str) -> Report:
    """Return a report of two legs in which a text stands wherever a stranger may put one."""
    legs = [Leg(name=f"{text} {n}", job=text, number=n, total=5, check_run=10**15) for n in (1, 2)]
    reason = f"It says {text}."
    seen = {
        (f"{text}/i.wasm", text): refused(Instantiate(reason=text), engine_message=text),
        (f"c/{text}", "c"): refused(Call(reason=text), backtrace=[text, f"0: 0x1 - a!{text}"]),
        (f"{text}d", "d"): refused(
            DecodeResponse(reason="expected value at line 1 column 1"), output_preview=text
        ),
        (f"e{text}", "e"): refused(
            exports=[{"name": text, "kind": "function", "type": text}],
            imports=[{"module": text, "name": text, "kind": "function"}],
        ),
        (f"{text}.u", "u"): untold(reason),
        (f"{text}.s", "s"): untold(reason, skipped=True),
        (f"{text}.p", "p"): accepted(),
    }
    one = leg_report(legs[0], seen)
    other = leg_report(legs[1], {**seen, (f"{text}/i.wasm", text): accepted()})
    problems = [
        Problem(path=text, message=text, is_usage_error=True),
        Problem(path="", message=reason, is_usage_error=False),
    ]
    told = merge([one, other]).model_copy(update={"problems": problems})
    return load_report(render_json(told).encode())


@pytest.mark.parametrize("start", range(0, len(TEXTS), 40))
def test_no_text_makes_more_than_text_anywhere(start: int) -> None:
    for text in TEXTS[start : start + 40]:
        told = everywhere(text)
        one, more = named(text), named(f"{text} b", f"a {text}")
        changes = Changes(one, more, one, more, one, one)
        page = read(render_markdown(told, changes=changes, links=FULL))
        assert_tame(page, [4])
        assert len(page.items) == len(told.artifacts)


def test_mixtures_are_as_tame_when_they_are_cut() -> None:
    mixed = [text.encode("utf-8", "backslashreplace").decode() for text in strings(700)][-300:]
    for start in range(0, len(mixed), 20):
        text = "".join(mixed[start : start + 20])
        told = everywhere(text)
        for limit in (6_000, 65_000):
            cut = render_markdown(told, limit, links=PAGE)
            assert len(cut.encode()) <= limit
            assert_tame(read(cut), [4] if "\n| " in cut else [])


@pytest.mark.parametrize("text", MARKDOWN)
def test_a_comment_keeps_its_marker_whatever_its_plugins_are_called(text: str) -> None:
    told = everywhere(text.encode("utf-8", "backslashreplace").decode())
    comment = comment_of(told)
    line, _, body = comment.partition("\n")
    assert re.fullmatch(r"<!-- [^<>]* -->", line)
    assert "--" not in line[4:-3]
    marker = read_marker(comment)
    assert marker is not None
    assert marker.memory.statuses
    assert_tame(read(body), [4])
