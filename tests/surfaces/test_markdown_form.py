"""Markdown in its very form: what is written for what."""

from __future__ import annotations

import pytest

from cc_lb_selfcheck.surfaces.markdown import (
    Markdown,
    block,
    code,
    hidden,
    joined,
    link,
    prose,
    with_first_line,
    written,
)


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("plain X", "plain X"),
        (
            "&<>\"'`*_{}[]|~\\$^",
            "&#38;&#60;&#62;&#34;&#39;&#96;&#42;&#95;&#123;&#125;&#91;&#93;&#124;&#126;&#92;&#36;&#94;",
        ),
        ("a@b", "a@<wbr>b"),
        ("a:b", "a:<wbr>b"),
        ("a: b:", "a: b:"),
        ("#1 #a", "&#35;<wbr>1 &#35;a"),
        ("www.a WWW.a", "www.<wbr>a WWW.<wbr>a"),
        ("ww.a wwwxa a.b", "ww.a wwwxa a.b"),
        ("gh-1 GH-1", "gh-<wbr>1 GH-<wbr>1"),
        ("h-1 gh-a a-1", "h-1 gh-a a-1"),
        ("a\nb", "a&#92;nb"),
        ("", ""),
    ],
)
def test_code(text: str, inside: str) -> None:
    assert code(text) == f"<code>{inside}</code>"


def test_code_is_cut() -> None:
    assert code("x" * 400) == f"<code>{'x' * 400}</code>"
    assert code("x" * 401) == f"<code>{'x' * 374} … (401 characters in all)</code>"
    assert code("x" * 50, 30) == f"<code>{'x' * 5} … (50 characters in all)</code>"


@pytest.mark.parametrize(
    ("text", "fence"),
    [("a\n\tb", "```"), ("", "```"), ("`", "```"), ("``", "```"), ("a ``` b ` c", "````")],
)
def test_a_block(text: str, fence: str) -> None:
    assert block(text) == f"{fence}text\n{text}\n{fence}"
    assert block(text, language="diff") == f"{fence}diff\n{text}\n{fence}"


def test_a_block_is_cut() -> None:
    assert block("x" * 4_000) == f"```text\n{'x' * 4_000}\n```"
    assert block("x" * 4_001) == f"```text\n{'x' * 3_972} … (4,001 characters in all)\n```"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("It is `a` and `b`, not c.", "It is <code>a</code> and <code>b</code>, not c."),
        ("one\ntwo\tx", "one two\tx"),
        ("open `a", "open <code>a</code>"),
        ("*a* <b>", "&#42;a&#42; &#60;b&#62;"),
        ("", ""),
    ],
)
def test_a_sentence(text: str, told: str) -> None:
    assert prose(text) == told


@pytest.mark.parametrize(
    "address",
    [
        "https://a",
        "http://a.b-c:8080",
        "https://[::1]/x",
        "https://a/",
        "https://a/b.c:d~e/f?g=h&i=j%20+k@l-m#n-o",
        "https://a#b",
    ],
)
def test_a_link_of_ours(address: str) -> None:
    assert link("see *it*", address) == f"[see &#42;it&#42;]({address})"


@pytest.mark.parametrize(
    "address",
    ["", "ftp://a", "https://", "https://a?b=c", "https://a~b", "https://a/(b)", "https://a/b c"],
)
def test_an_address_that_makes_no_link(address: str) -> None:
    assert link("see", address) == "see"


def test_a_comment_for_programs() -> None:
    assert hidden("name", '{"a":"-->","b":"X"}') == (
        r'<!-- name {"a":"\u002d\u002d\u003e","b":"X"} -->'
    )
    assert hidden("name", "<") == r"<!-- name \u003c -->"


def test_another_first_line() -> None:
    line = Markdown("new")
    assert with_first_line(line, "old\nsecond\nthird") == "new\nsecond\nthird"
    assert with_first_line(line, "old") == "new\n"


def test_parts_are_put_together() -> None:
    parts = [Markdown("a"), Markdown("b")]
    assert (joined(parts), joined(parts, ", "), joined([])) == ("ab", "a, b", "")
    assert written("{} and {}, {}", *parts, 3) == "a and b, 3"
