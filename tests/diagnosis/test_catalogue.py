"""The words of the catalogue, held to rules: short, concrete, and plain to a newcomer."""

from __future__ import annotations

import re
from typing import Final

import pytest
from tools.generate import ROOT, finding_page
from typer.testing import CliRunner

from cc_lb_selfcheck.cli import whole_app
from cc_lb_selfcheck.diagnosis.catalogue import Entry, entries, glossary, near_misses
from cc_lb_selfcheck.host.outcome import STATUSES

EVERY: Final = (*entries(), *near_misses())
WIDE: Final = {"COLUMNS": "4000"}
KNOWN: Final = frozenset(
    ("API", "BOM", "C", "EF", "BB", "BF", "FE", "FF", "HTML", "ID", "JSON", "LFS", "SDK", "SIGSEGV")
)
"""Capitals that every developer knows, and names of bytes."""
JARGON: Final = ("abi", "opcode", "leb128", "monomorph", "epoch", "cranelift", "rkyv", "vtable")


each_entry = pytest.mark.parametrize("entry", EVERY, ids=lambda entry: entry.id)


def own_words(entry: Entry) -> str:
    """Return the entry's sentences without what they quote."""
    text = " ".join((entry.title, entry.meaning, *entry.causes, entry.fix))
    return re.sub(r"`[^`]*`", "", text)


def test_ids_are_unique_and_named_alike() -> None:
    ids = [entry.id for entry in EVERY]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"CCLB(?:-[A-Z0-9]+)+", name) for name in ids)
    assert len({entry.title for entry in EVERY}) == len(EVERY)


@each_entry
def test_the_title_is_short_and_no_sentence(entry: Entry) -> None:
    assert 10 <= len(entry.title) < 60
    assert not entry.title.endswith(".")
    assert entry.title[0].isupper()


@each_entry
def test_the_first_sentence_stands_alone(entry: Entry) -> None:
    first, _, _ = entry.meaning.partition(". ")
    assert 25 <= len(first) <= 240
    assert not re.match(r"(?:It|This|That|They|These|Here|Then)\b", first)
    assert entry.meaning == entry.meaning.strip()
    assert entry.meaning.endswith(".")


@each_entry
def test_causes_and_fix_are_sentences(entry: Entry) -> None:
    assert entry.causes
    for sentence in (*entry.causes, entry.fix):
        assert sentence.endswith((".", ")"))
        assert sentence == sentence.strip()
        assert not re.search(r"\b(?:see|as) below\b|\babove\b", sentence)
    assert entry.code.strip() or entry.id in _WITHOUT_CODE


@each_entry
def test_the_example_is_what_an_author_sees(entry: Entry) -> None:
    """For a refusal that is the host's own text; for what passed, the cause as it is told."""
    assert entry.example.strip(), entry.id
    messages = {
        "Instantiate": "self-check plugin instantiation failed: ",
        "MissingSelfCheckExport": "plugin does not export cc_lb_self_check",
        "Call": "self-check call failed: ",
        "DecodeResponse": "self-check response decode failed: ",
        "OutputTooLarge": "self-check output size ",
    }
    known = [messages[name] for name in entry.told_with if name in messages]
    if known and entry.severity == "error" and entry.id != "CCLB-FLAKY":
        assert entry.example.startswith(tuple(known))


_WITHOUT_CODE: Final = frozenset(
    (
        "CCLB-SERIALIZE-REQUEST",
        "CCLB-VALIDATION-EMPTY-REQUEST",
        "CCLB-VALIDATION-SERIALIZATION-FAILED",
    )
)
"""Where nothing is to be written: what is to be done is in words."""


@each_entry
def test_no_word_is_left_undefined(entry: Entry) -> None:
    words = own_words(entry)
    defined = {word.casefold() for word in glossary()}
    for capitals in re.findall(r"\b[A-Z][A-Z0-9]+(?:-\d+)?\b", words):
        assert capitals in KNOWN or capitals.casefold() in defined, capitals
    for jargon in JARGON:
        assert not re.search(rf"\b{jargon}", words.casefold()), jargon


def test_what_is_defined_is_used() -> None:
    words = " ".join(
        " ".join((entry.title, entry.meaning, *entry.causes, entry.fix)) for entry in EVERY
    ).casefold()
    for word in glossary():
        assert word.casefold() in words, word


@pytest.mark.parametrize("entry", near_misses(), ids=lambda entry: entry.id)
def test_a_near_miss_belongs_to_verdicts(entry: Entry) -> None:
    known = {general.variant for general in entries()} | set(STATUSES)
    assert entry.seen_with
    assert set(entry.seen_with) <= known - {""}
    assert (entry.severity == "error") == set(STATUSES).isdisjoint(entry.seen_with)


@each_entry
def test_the_command_and_the_page_say_the_same(entry: Entry) -> None:
    printed = CliRunner().invoke(whole_app(), ["explain", entry.id.lower()], env=WIDE)
    assert printed.exit_code == 0
    page = (ROOT / entry.page).read_text("utf-8")
    assert page == finding_page(entry)
    for words in (entry.title, entry.meaning, *entry.causes, entry.fix, entry.id):
        assert words in printed.output
        assert words in page


def test_the_index_links_to_every_page() -> None:
    index = (ROOT / "docs/findings.md").read_text("utf-8")
    pages = sorted(path.name for path in (ROOT / "docs/findings").glob("*.md"))
    assert pages == sorted(f"{entry.id.lower()}.md" for entry in EVERY)
    for name in pages:
        assert f"(findings/{name})" in index
