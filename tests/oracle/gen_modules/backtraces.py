"""Modules that trap, in each way and at each depth, and the names that are told of them then."""

from __future__ import annotations

from collections.abc import Iterator

from tests.oracle.gen_modules.parts import TRAPS, Named
from tests.support.builder import (
    HEADER,
    I32_ADD,
    NOP,
    UNREACHABLE,
    custom_section,
    name,
    name_payload,
    section,
    uleb,
    vector,
)
from tests.support.modules import Plugin, success, trap_code, trap_module

ODD_NAMES: list[str | bytes] = [
    "plain",
    "",
    " ",
    "a",
    "v",
    "main",
    "_ZN4core9panicking5panic17h0123456789abcdefE",
    "_ZN58_$LT$alloc..string..String$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE",
    "_RNvCs1234_7mycrate3foo",
    "_RNvNtCs4fqI2P2rA04_4core9panicking5panic",
    "_Z3fooi",
    "_ZNSt6vectorIiSaIiEE9push_backEOi",
    "core::panicking::panic::h0123456789abcdef",
    "core::fmt::Formatter::pad::{{closure}}::h0123456789abcdef",
    "<alloc::string::String as core::fmt::Debug>::fmt",
    "a::b[0]",
    "line\nbreak",
    "tab\tand\rreturn",
    "nul\0inside",
    "back`tick",
    'quo"te',
    "back\\slash",
    "é",
    "日本語の関数",
    "🙂🙂🙂",
    "a\u0301\u202eright\u2069",
    "\ufeffbom",
    "\x7f\x80\x9f",
    "a b  c",
    "??",
    "é?é",
    "!~ !",
    "%s%n",
    "::error file=a::pwned",
    "x" * 95,
    "x" * 96,
    "x" * 97,
    "x" * 5000,
    "é" * 60,
    "x" * 95 + "é",
    b"\xff",
    b"ok\xc3",
    b"\xed\xa0\x80",
]


def traps() -> Iterator[Named]:
    for kind in TRAPS:
        yield "trap", kind, trap_module(kind)
        yield "trap", f"{kind} named", trap_module(kind, ["check", "middle", "deep"])
        plugin = Plugin()
        code = plugin.set_output(success())
        plugin.self_check(code + trap_code(plugin, kind))
        yield "trap", f"{kind} after output", plugin.build()
        plugin = Plugin()
        plugin.self_check(trap_code(plugin, kind))
        for title in (
            ".debug_info",
            ".debug_abbrev",
            ".debug_line",
            ".debug_str",
            "sourceMappingURL",
        ):
            plugin.custom(title, bytes(range(64)))
        yield "trap", f"{kind} with nonsense for DWARF", plugin.build()
    for depth in (2, 18, 19, 20, 21, 22, 60):
        yield "trap-depth", f"{depth}", trap_module(names=[f"level{i}" for i in range(depth)])
        yield "trap-depth", f"{depth} unnamed", trap_module(names=[""] * depth)


def names() -> Iterator[Named]:
    for index, title in enumerate(ODD_NAMES):
        label = f"{index} {title[:24]!r}"
        yield "trap-name", label, trap_module(names=["outer", title, "inner"])
        plugin = Plugin()
        plugin.self_check(I32_ADD, title=title)
        yield "bad-body-name", label, plugin.build()
        plugin = Plugin()
        plugin.self_check(UNREACHABLE)
        plugin.customs.append(custom_section("name", section(0, name(title))))
        yield "module-name", label, plugin.build()
        plugin = Plugin()
        plugin.start = plugin.function(UNREACHABLE, title=title)
        plugin.self_check(b"")
        yield "start-name", label, plugin.build()


def name_sections() -> Iterator[Named]:
    """Write name sections that are out of order, too long, cut, doubled or early."""
    good = name_payload({4: "check", 5: "other"}, "mod")
    entry = uleb(4) + name("check")
    payloads = {
        "good": good,
        "cut": good[:-3],
        "trailing": good + b"\0",
        "module twice": name_payload({4: "check"}, "a") + name_payload({}, "b"),
        "functions twice": name_payload({4: "one"}) + name_payload({4: "two"}),
        "wrong order": name_payload({4: "check"}) + name_payload({}, "mod"),
        "same index twice": section(1, vector([entry, uleb(4) + name("again")])),
        "falling indices": section(1, vector([uleb(5) + name("b"), entry])),
        "index of nothing": section(1, vector([entry, uleb(99) + name("none")])),
        "index of an import": section(1, vector([uleb(0) + name("alloc"), entry])),
        "count too high": section(1, uleb(9) + entry),
        "count too low": section(1, uleb(1) + entry + uleb(5) + name("x")),
        "count huge": section(1, uleb(2**32 - 1) + entry),
        "length too long": section(1, uleb(1) + uleb(4) + uleb(200) + b"check"),
        "subsection too long": bytes([1]) + uleb(500) + vector([entry]),
        "unknown subsection": section(77, b"what") + section(1, vector([entry])),
        "locals": section(2, vector([uleb(4) + vector([uleb(0) + name("l")])]))
        + section(1, vector([entry])),
        "bad then good": section(1, uleb(2) + b"\xff") + section(1, vector([entry])),
        "good then bad": section(1, vector([entry])) + section(1, uleb(2) + b"\xff"),
        "not UTF-8 then good": section(1, vector([uleb(4) + name(b"\xff"), uleb(5) + name("o")])),
        "good then not UTF-8": section(1, vector([entry, uleb(5) + name(b"\xff")])),
        "padded numbers": section(1, uleb(1, 5) + uleb(4, 5) + uleb(5, 5) + b"check"),
        "empty": b"",
        "functions empty": section(1, b""),
        "all kinds": b"".join(section(i, b"\0") for i in range(1, 12))
        + section(1, vector([entry])),
    }
    for body, what in ((UNREACHABLE, "trap"), (I32_ADD, "bad-body")):
        for label, payload in payloads.items():
            plugin = Plugin()
            plugin.self_check(body)
            plugin.function(body)
            plugin.custom("name", payload)
            yield f"name-section-{what}", label, plugin.build()
        for label, place in (("first", 0), ("before code", -1)):
            plugin = Plugin()
            plugin.self_check(body)
            framed = plugin.sections() if plugin.memories else _with_memory(plugin)
            framed.insert(place, custom_section("name", name_payload({4: "check"})))
            yield f"name-section-{what}", label, HEADER + b"".join(framed)
        for second in ({4: "second"}, {5: "second"}):
            plugin = Plugin()
            plugin.self_check(body)
            plugin.function(NOP)
            plugin.custom("name", name_payload({4: "first"}))
            plugin.custom("name", name_payload(dict(second)))
            yield f"name-section-{what}", f"two sections {second}", plugin.build()


def _with_memory(plugin: Plugin) -> list[bytes]:
    plugin.memory(1)
    return plugin.sections()
