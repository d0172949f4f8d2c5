r"""Text as an attacker would write it: file names, error texts, responses, names in a module.

``CURATED`` holds known tricks by surface, ``strings()`` mixes them at random. All of it is plain
data: nothing here knows how the product defends itself.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

RUNNER: Final = (
    "::error::x",
    "::error file=a.py,line=1::x",
    " ::set-output name=passed::999",
    "\u00a0::warning::x",
    "\u2003\u3000::notice::x",
    "\u1680\u202f\u205f::debug::x",
    "\t::group::x",
    "\n::error::x",
    "\r::error::x",
    "\r\n::add-mask::a",
    "\v::error::x",
    "\f::error::x",
    "\x1c\x1d\x1e::error::x",
    "\u0085::error::x",
    "\u2028::error::x",
    "\u2029::error::x",
    "\ufeff::error::x",
    "::stop-commands::token",
    "\ufe0f::error::x",
    ":\ufe0f:error::x",
    "##\ufe0f[error]x",
    "\u200b::error::x",
    ":::error::x",
    "##[error]x",
    "###[error]x",
    "##\n[error]x",
    "##[set-output name=passed;]999",
    "before ##[add-matcher]x.json",
    "##[group]x\r\n##[endgroup]",
    "%0A::error::x",
    "%250A::error::x",
    "%0D%0A##%5Berror%5D",
    "a,b:c=d;e]f",
    "=,=,::",
    "passed=999",
    "passed<<EOF\n999\nEOF",
    "\nEOF\npassed=999\n",
    "ghadelimiter_00000000-0000-0000-0000-000000000000",
    "\ncc_lb_selfcheck_\npassed=999",
    "a<<b",
    "<<",
)
TERMINAL: Final = (
    "\x1b[31mred\x1b[0m",
    "\x1b[2J\x1b[H",
    "\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
    "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x1b]0;title\x07",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x9b31m",
    "\x9d8;;https://evil.example\x9c",
    "\x1bP+q\x1b\\",
    "\x08\x08\x08\x7f",
    "a\rb",
    "\0",
    "\x01\x02\x0e\x0f",
    "\u202egnp.exe",
    "a\ufe00b\ufe0fc",
    "\u2615\ufe0f \u26a0\ufe0e 1\ufe0f\u20e3",
    "\U000e0100\U000e01ef",
    "\u034f\u115f\u1160\u3164\uffa0",
    "\u17b4\u17b5\u180b\u180c\u180d\u180f",
    "\u2066a\u2067b\u2068c\u2069",
    "\u200e\u200f\u061c",
    "zero\u200bwidth\u200c\u200d\u2060",
    "soft\u00adhyphen",
    "\U000e0001\U000e0041",
    "\ufff9a\ufffab\ufffb",
    "\ud800",
    "\udfff\ud800",
    "\udcff\udc80",
    "\ufffe\uffff",
    "\ue000\U0010fffd",
    "e\u0301\u0302\u0303",
    "\U0001f468\u200d\U0001f469",
    "[bold red]rich[/]",
    "[link=https://evil.example]x[/link]",
    "[/]",
    ":boom:",
)
MARKDOWN: Final = (
    "`",
    "``",
    "` ` `",
    "```",
    "\n```\n# x",
    "````\n```",
    "\n~~~\n",
    "\n    code",
    "a|b",
    "\\|",
    "|\n|---|\n|",
    "\n\n# heading",
    "\n---\n",
    "\n- item",
    "\n> quote",
    "> [!WARNING]",
    "*a* _b_ ~~c~~ **d** __e__",
    "[text](https://evil.example)",
    "![image](https://evil.example/x.png)",
    "[text][ref]\n\n[ref]: https://evil.example",
    "[^1]\n\n[^1]: note",
    "<https://evil.example>",
    "<a@evil.example>",
    "<b>bold</b>",
    "</code>",
    "</code></td></tr></table>",
    "</details></summary>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://evil.example/x.png'>",
    "<!--",
    "-->",
    "<!-- cc-lb-selfcheck -->",
    "<![CDATA[",
    "<?php",
    "<!DOCTYPE html>",
    "<wbr>",
    "&lt;b&gt;",
    "&#64;user",
    "&amp;#64;user",
    "&commat;user",
    "\\<b>",
    "$x^2$",
    "$$x$$",
    "$`x`$",
    "- [ ] task",
    "1. one",
    "\\",
    "a  \nb",
)
LINKS: Final = (
    "@user",
    "@org/team",
    "(@user)",
    "a@b",
    "user@evil.example",
    "a.b+c@d-e.example",
    "mailto:user@evil.example",
    "xmpp:user@evil.example/x",
    "#1",
    "o/r#1",
    "GH-1",
    "gh-12",
    "(gh-12)",
    "http://evil.example",
    "HTTPS://EVIL.EXAMPLE/a?b=c#1",
    "ftp://evil.example",
    "www.evil.example",
    "WwW.evil.example",
    "(www.evil.example)",
    "https://github.com/o/r/issues/1",
    "o/r@0123456789abcdef0123456789abcdef01234567",
    "a://b",
    "javascript:alert(1)",
    ":+1:",
    ":shipit:",
)
PLAIN: Final = (
    "",
    " ",
    "  two  spaces  ",
    "dist/plugin.wasm",
    "plug-in v1.2 (final).wasm",
    "päivää/插件/плагин.wasm",
    "\u05e9\u05dc\u05d5\u05dd.wasm",
    'it\'s "quoted" & <angled>',
    "C:\\dist\\plugin.wasm",
    "50% #done",
    "line one\nline two\n",
    "\ttabbed",
    "\\n is no line feed, nor is \\u{a}",
)
CURATED: Final = (*RUNNER, *TERMINAL, *MARKDOWN, *LINKS, *PLAIN)

_GLUE: Final = (
    "",
    "",
    "",
    " ",
    "\n",
    "\r",
    "\r\n",
    "`",
    "|",
    "#",
    "@",
    ":",
    "%",
    "<",
    "\\",
    ".",
    "-",
)


def strings(count: int = 10_000, seed: int = 20_261_124) -> Iterator[str]:
    """Yield the curated texts, each alone, then mixtures of them: ``count`` in all."""
    yield from CURATED
    chance = random.Random(seed)
    for _ in range(count - len(CURATED)):
        pieces = []
        for _ in range(chance.randint(1, 4)):
            pieces += [_piece(chance), chance.choice(_GLUE)]
        yield "".join(pieces)


def _piece(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.6:
        return chance.choice(CURATED)
    if kind < 0.75:
        whole = chance.choice(CURATED)
        return whole[chance.randint(0, len(whole)) :]
    if kind < 0.9:
        return chance.choice("#@:[]()`|<>&\\*_~$!%=,;-.0aé") * chance.randint(1, 5)
    top = chance.choice((0x80, 0x100, 0x3000, 0x11_0000))
    return "".join(chr(chance.randrange(top)) for _ in range(chance.randint(1, 4)))
