"""Hostile text in Markdown, rendered and read as GitHub renders it."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

import pytest

from cc_lb_selfcheck.surfaces.markdown import block, code, hidden, joined, link, prose, written
from tests.support.hostile import strings
from tests.support.reader_gfm import Page, read

from .shown import shown

HOSTILE = tuple(strings())
TABLE = {"table", "thead", "tbody", "tr", "th", "td"}
HEAD = "| a | b | c |\n|---|---|---|\n"


def assert_tame(page: Page, allowed: set[str]) -> None:
    """Assert that a page holds only these tags, none with attributes, and leads nowhere."""
    assert page.names <= allowed
    assert {tag.attributes for tag in page.tags} == {()}
    assert page.links == []
    assert page.references == []


def spaced(text: str) -> str:
    """Leave out what a cell's edges and a paragraph's folding may change."""
    return " ".join(text.split())


def said_in_prose(text: str) -> str:
    """Tell how a sentence reads: quoted pieces on one line, the rest with spaces for line ends."""
    pieces = text.split("`")
    return "".join(
        shown(piece) if index % 2 else shown(piece, "\n\t") for index, piece in enumerate(pieces)
    )


def test_the_corpus_is_hostile() -> None:
    pages = [read(text) for text in HOSTILE[:1_000]]
    assert sum(1 for page in pages if page.links) > 100
    assert sum(1 for page in pages if page.references) > 100
    names = set().union(*(page.names for page in pages))
    assert {"script", "img", "a", "em", "s", "h1", "li", "pre", "table", "!"} <= names


def test_cells_hold_the_code_and_nothing_else() -> None:
    page = read(HEAD + "\n".join(f"| ✅ | {code(text)} | c |" for text in HOSTILE))
    assert_tame(page, TABLE | {"code", "wbr"})
    assert page.rows[1:] == [["✅", shown(text), "c"] for text in HOSTILE]


def test_cells_hold_the_sentence_and_nothing_else() -> None:
    some = HOSTILE[::3]
    rows = [f"| ✅ | {prose(f'It says {text}')} | c |" for text in some]
    page = read(HEAD + "\n".join(rows))
    assert_tame(page, TABLE | {"code", "wbr"})
    assert [len(row) for row in page.rows] == [3] * (len(some) + 1)
    for text, (_, sentence, _) in zip(some, page.rows[1:], strict=True):
        assert spaced(sentence) == spaced(said_in_prose(f"It says {text}"))


def test_summary_lines_hold_the_text_and_nothing_else() -> None:
    some = HOSTILE[::3]
    parts = [
        f"<details>\n<summary>❌ {code(text)}: {prose(text)}</summary>\n\nText.\n\n</details>\n"
        for text in some
    ]
    page = read("\n".join(parts))
    assert_tame(page, {"details", "summary", "p", "code", "wbr"})
    assert [tag.name for tag in page.tags].count("summary") == len(some)
    after = [node.inside for node in page.nodes if node.text == "Text."]
    assert after == [("details", "p")] * len(some)


def test_list_items_hold_the_text_and_nothing_else() -> None:
    some = HOSTILE[:2_000]
    page = read("".join(f"- ⚠️ {prose(f'`{text}` does {text}')}\n" for text in some))
    assert_tame(page, {"ul", "li", "code", "wbr"})
    assert [tag.name for tag in page.tags].count("li") == len(some)


def test_inline_code_may_stand_alone() -> None:
    some = HOSTILE[:2_000]
    page = read("\n\n".join(code(text) for text in some))
    assert_tame(page, {"p", "code", "wbr"})
    assert page.codes == [shown(text) for text in some]


def test_blocks_hold_the_text_and_nothing_else() -> None:
    parts = [f"<details>\n\nIt says:\n\n{block(text)}\n\n</details>\n" for text in HOSTILE]
    page = read("\n".join(parts))
    assert page.names == {"details", "p", "pre", "code"}
    assert page.links == []
    assert page.references == []
    assert page.blocks == [shown(text, "\n\t") for text in HOSTILE]


@pytest.mark.parametrize(
    "text", ["# x", "###### x", "> x", "* x", "~~~ x", "| a |", "<b>", "[^1]: x"]
)
def test_a_sentence_may_begin_a_paragraph(text: str) -> None:
    page = read(f"Before.\n\n{prose(text)}\n")
    assert [tag.name for tag in page.tags] == ["p", "p"]
    assert page.nodes[-2].text == text


@pytest.mark.parametrize("ticks", [1, 2, 3, 4, 50, 3000])
def test_no_run_of_backticks_ends_a_block(ticks: int) -> None:
    text = f"a\n{'`' * ticks}\n# b"
    assert read(block(text)).blocks == [text]


def test_math_needs_a_dollar_that_we_never_write() -> None:
    assert not [text for text in HOSTILE if "$" in code(text) + prose(text)]


def test_a_cut_text_is_as_tame() -> None:
    for text in ("<b>" * 500, "`" * 5000, "@a" * 500, "|" * 500, "&" * 500, "\x1b" * 2000):
        page = read(f"{HEAD}| {code(text, 100)} | {prose(f'`{text}`')} | x |")
        assert_tame(page, TABLE | {"code", "wbr"})
        assert [len(row) for row in page.rows] == [3, 3]
        assert "characters in all" in page.codes[0]
        fenced = read(block(text, 100))
        assert fenced.names == {"pre", "code"}
        assert len(fenced.blocks[0]) <= 100


def test_quoted_text_copies_as_it_was() -> None:
    for text in (
        "https://a.example/b?c=d#1",
        "user@host.example",
        "o/r#1",
        "GH-1",
        "www.a.example",
    ):
        page = read(code(text))
        assert page.codes == [text]
        assert re.search(r"<wbr>", code(text))


def test_a_comment_for_programs_shows_nothing_and_ends_where_it_should() -> None:
    for text in HOSTILE:
        told = json.dumps({"text": text})
        comment = hidden("name", told)
        page = read(f"{comment}\nAfter.")
        assert [tag.name for tag in page.tags] == ["!", "p"], text
        assert page.text.strip() == "After."
        # HTML: "--" ends a comment for some parsers, and it may not begin with ">" or "->".
        assert "--" not in comment[len("<!--") : -len("-->")]
        assert json.loads(comment[len("<!-- name ") : -len(" -->")]) == {"text": text}


def test_a_link_of_ours_leads_where_it_says_and_nowhere_else() -> None:
    address = "https://[::1]:8443/a-b_c/d.e~f?g=h&i=%20+1@j#k-1"
    for text in HOSTILE[:2_000]:
        page = read(f"| {link(text, address)} |\n|---|\n")
        assert page.names <= TABLE | {"a", "wbr"}
        assert page.links == [address]
        assert page.references == []
        assert spaced(page.text) == spaced(shown(text, "\n\t"))


def test_what_is_no_address_is_no_link() -> None:
    for text in (*HOSTILE[:2_000], "https://a.example/(b)", "https://a.example/ b", "ftp://a.b"):
        for address in (text, f"https://a.example/{text}", f"javascript:{text}"):
            page = read(f"| {link('words', address)} | x |\n|---|---|\n")
            assert [*map(unquote, page.links)] in ([], [unquote(address)]), address
            assert page.text.split() == ["words", "x"], address
            assert len(page.rows[0]) == 2
            assert not page.links or re.fullmatch(r"https?://[!-~]+", address), address


def test_parts_are_put_together_as_they_are() -> None:
    part = code("{} {0} %s")
    assert read(written("a {} b {:,}", part, 1_000)).text.strip() == "a {} {0} %s b 1,000"
    assert joined([part, part], " · ") == f"{part} · {part}"
    assert joined([]) == ""


def test_the_reader_finds_what_github_links() -> None:
    page = read(
        "Ask @user or @o/team on #1, o/r#2, GH-3 :+1: see www.a.example, http://b, c@d.e and"
        " <code>f@g.h</code> [x](https://y) ![z](https://i)\n\n```\n@no #4 http://no\n```\n"
    )
    assert page.links == ["https://y", "https://i", "www.a.example,", "http://b,", "c@d.e", "f@g.h"]
    assert page.references == ["@user", "@o/team", "#1", "o/r#2", "GH-3", ":+1:"]


def test_the_reader_counts_a_tables_cells() -> None:
    assert [len(row) for row in read("|a|b|\n|-|-|\n|`x|y`|z|\n").rows] == [2, 2]
    assert read("|a|b|\n|-|-|\n|`x|y`|z|\n").rows[1] == ["`x", "y`"]
