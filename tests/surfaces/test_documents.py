"""Hostile text in XML, in addresses and in SARIF's messages, read back by others' parsers."""

from __future__ import annotations

import os
import re
from urllib.parse import unquote_to_bytes, urlsplit
from xml.etree import ElementTree as ET

import pytest
from lxml import etree
from rfc3986_validator import validate_rfc3986

from cc_lb_selfcheck.artifacts.find import shown_path
from cc_lb_selfcheck.surfaces.sarif import sarif_text
from cc_lb_selfcheck.surfaces.uri import uri_of, uri_of_shown
from cc_lb_selfcheck.surfaces.xml import DECLARATION, close_tags, element, open_tag, xml_text
from tests.support.hostile import strings
from tests.support.reader_runner import read_log

from .shown import shown

HOSTILE = tuple(strings())

# XML -----------------------------------------------------------------------------------------


def whole() -> str:
    parts = [element("a", {"b": text, "c": None}, xml_text(text)) for text in HOSTILE]
    return f"{DECLARATION}{open_tag('all', {'name': ']]>'})}{''.join(parts)}</all>"


def test_the_corpus_is_no_xml() -> None:
    broken = 0
    for text in HOSTILE[:1_000]:
        try:
            ET.fromstring(f"<a b='x'>{text}</a>".encode("utf-8", "surrogatepass"))
        except ET.ParseError:
            broken += 1
    assert broken > 300


@pytest.mark.parametrize("parser", [ET.fromstring, etree.fromstring])
def test_elements_hold_the_text_and_nothing_else(parser: object) -> None:
    assert callable(parser)
    root = parser(whole().encode("ascii"))
    assert root.attrib == {"name": "]]>"}
    assert len(root) == len(HOSTILE)
    for found, text in zip(root, HOSTILE, strict=True):
        assert (found.tag, len(found), dict(found.attrib)) == ("a", 0, {"b": shown(text)})
        assert (found.text or "") == shown(text, "\n\t"), text


def test_what_xml_cannot_hold_is_written_out() -> None:
    told = element("a", {"b": "\0\x0b\r\ud800"}, xml_text("\x1b\x7f\x85\udfff\ufffe\uffff]]>"))
    read = etree.fromstring(told)
    assert read.get("b") == r"\u{0}\u{b}\r\u{d800}"
    assert read.text == r"\u{1b}\u{7f}\u{85}\u{dfff}\u{fffe}\u{ffff}]]>"


def test_a_document_in_the_log_holds_no_command() -> None:
    assert read_log(whole()) == []


def test_empty_lines_without_end_take_no_time() -> None:
    """By the square of their number, these would take hours."""
    lines = "\n" * 1_000_000
    assert xml_text(f"{lines} ::error::x", 2_000_000) == f"{lines} &#58;:error::x"
    assert xml_text(f"{lines}x\n::error::x", 2_000_000) == f"{lines}x\n&#58;:error::x"


def test_documents_are_written_as_they_should_be() -> None:
    assert DECLARATION == '<?xml version="1.0" encoding="UTF-8"?>\n'
    told = element("a", {"b": 1, "c": None, "d": '"'}, xml_text("x"), xml_text("<y>"))
    assert told == '<a b="1" d="&quot;">x&lt;y&gt;</a>\n'
    assert open_tag("a", {"b": True, "c": ""}) == '<a b="True" c="">'
    assert close_tags("b", "a") == "</b>\n</a>\n"
    assert (element("a", {}), close_tags()) == ("<a></a>\n", "")


def test_what_commands_nobody_stays_as_it_is() -> None:
    for text in (":a", "a::b", " : :", "#[a]", "# #[a]", "[a]", "## [a]", "a:\n:b"):
        assert xml_text(text) == text
    assert xml_text("##[a] ###[b]\n \t::c") == "##&#91;a] ###&#91;b]\n \t&#58;:c"


def test_long_texts_are_cut() -> None:
    told = element("a", {"b": "x" * 100_000}, xml_text("y" * 100_000, 100))
    read = etree.fromstring(told)
    assert len(read.get("b")) <= 4_000
    assert len(read.text) <= 100
    assert read.text.endswith("(100,000 characters in all)")
    assert len(etree.fromstring(element("a", {}, xml_text("y" * 30_000))).text) == 20_000


# Addresses -----------------------------------------------------------------------------------


def assert_path_alone(address: str) -> None:
    assert validate_rfc3986(address, rule="URI_reference"), address
    parts = urlsplit(address)
    assert (parts.netloc, parts.query, parts.fragment) == ("", "", ""), address
    assert parts.scheme == ("file" if address.startswith("file:") else "")


def test_an_address_is_the_path_and_nothing_else() -> None:
    for text in HOSTILE:
        address = uri_of(text)
        assert_path_alone(address)
        if text and not address.startswith("file:"):
            assert unquote_to_bytes(address) == bytes_of(text), text


def bytes_of(text: str) -> bytes:
    """Return the bytes that a name stands for, or those of surrogates that stand for none."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def test_an_address_of_a_shown_path_names_the_file_itself() -> None:
    names = [b"a\xffb.wasm", b"\\xff.wasm", b"\\x5cff", b"a\\xzz", "ä\\".encode(), b"%41?#[]:"]
    for name in (*names, *(os.fsencode(text) for text in HOSTILE if is_name(text))):
        address = uri_of_shown(shown_path(os.fsdecode(name)))
        assert_path_alone(address)
        assert unquote_to_bytes(address.removeprefix("file://")) == name


def is_name(text: str) -> bool:
    """Tell whether a file can have that name."""
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return text not in ("", ".") and re.match("[A-Za-z]:/", text) is None


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("dist/a b.wasm", "dist/a%20b.wasm"),
        ("c:d/e.wasm", "c%3Ad/e.wasm"),
        ("C:/dist/e.wasm", "file:///C:/dist/e.wasm"),
        ("/dist/e.wasm", "file:///dist/e.wasm"),
        ("//evil.example/e.wasm", "file:////evil.example/e.wasm"),
        ("a.zip!b/c.wasm", "a.zip!b/c.wasm"),
        ("50%.wasm", "50%25.wasm"),
        ("a?b#c.wasm", "a%3Fb%23c.wasm"),
        ("päivää", "p%C3%A4iv%C3%A4%C3%A4"),
        ("!$&'()*+,;=@", "!$&'()*+,;=@"),
        ("-._~/aZ09", "-._~/aZ09"),
        ('"<>[]^`{|}\\ ', "%22%3C%3E%5B%5D%5E%60%7B%7C%7D%5C%20"),
        ("C:/a:b/c d", "file:///C:/a:b/c%20d"),
        ("z:/", "file:///z:/"),
        ("c:", "c%3A"),
        ("1:/a", "1%3A/a"),
        ("a\udcffb", "a%FFb"),
        ("\udc80\udcff", "%80%FF"),
        ("\udc80\ud800", "%ED%B2%80%ED%A0%80"),
        ("\udc7f", "%ED%B1%BF"),
        ("\udd00", "%ED%B4%80"),
        ("\udfff", "%ED%BF%BF"),
        ("a\ud800", "a%ED%A0%80"),
        ("", "."),
    ],
)
def test_addresses(path: str, address: str) -> None:
    assert uri_of(path) == address


@pytest.mark.parametrize(
    ("shown_as", "address"),
    [
        ("a\\xffb", "a%FFb"),
        ("\\x09\\xa0\\xf0", "%09%A0%F0"),
        ("\\xFF", "%5CxFF"),
        ("\\xf", "%5Cxf"),
        ("\\\\x41", "%5CA"),
        ("x41", "x41"),
        ("/a\\x20", "file:///a%20"),
        ("\ud800", "%ED%A0%80"),
    ],
)
def test_addresses_of_shown_paths(shown_as: str, address: str) -> None:
    assert uri_of_shown(shown_as) == address


# Messages ------------------------------------------------------------------------------------


def test_a_message_makes_no_link_and_takes_no_argument() -> None:
    for text in HOSTILE:
        told = sarif_text(text)
        assert re.search(r"\]\(|\{\d+\}", told) is None, text
        assert told.replace("\u200b", "") == shown(text, "\n\t").replace("\u200b", ""), text
        told.encode()


def test_a_message_keeps_lines() -> None:
    told = sarif_text("a\n\tb [x](1) {0} {a} {1b} [y]\x1b\0")
    assert told == "a\n\tb [x]\u200b(1) {\u200b0} {a} {1b} [y]\\u{1b}\\u{\u200b0}"


def test_a_message_is_parted_where_it_would_act_alone() -> None:
    assert sarif_text("10} {12} {} ](x) ] (y)") == "10} {\u200b12} {} ]\u200b(x) ] (y)"


@pytest.mark.parametrize(("limit", "length"), [(None, 8_000), (100, 100)])
def test_a_long_message_is_cut_and_says_so(limit: int | None, length: int) -> None:
    told = sarif_text("x" * 9_000) if limit is None else sarif_text("x" * 9_000, limit)
    assert len(told) == length
    assert told.endswith(" … (9,000 characters in all)")
    assert sarif_text("x" * length, length) == "x" * length
