"""How a single line is mended: pure functions, so that a patch can be told to be one of ours."""

from __future__ import annotations

import re
from typing import Final

from cc_lb_selfcheck.protocol.limits import SELF_CHECK_EXPORT

from .spelling import closest
from .toml_edit import with_first_element, with_value

TARGET: Final = "wasm32-unknown-unknown"
CRATE_TYPE: Final = "crate[-_]type"
CDYLIB: Final = '"cdylib"'
DEBUG: Final = ("debug", "1")
STRIP: Final = ("strip", '"none"')
NO_MANGLE: Final = ("#[unsafe(no_mangle)]", "#[no_mangle]")

_OTHER_TARGETS: Final = re.compile(
    r"(?<![\w-])wasm32-(?:wasip1-threads|wasip1|wasip2|wasi|unknown-emscripten)(?![\w-])"
)
_IDENTIFIERS: Final = re.compile(r"\b[A-Za-z_]\w{0,63}\b")
_NEARNESS: Final = 0.8


def with_right_target(line: str) -> str:
    """Return the line with the plugins' target in place of one that brings imports along."""
    return _OTHER_TARGETS.sub(TARGET, line)


def with_right_name(line: str) -> str | None:
    """Return the line with the self-check's name in place of the one name that comes near it."""
    near = {
        name
        for name in _IDENTIFIERS.findall(line)
        if closest(name, (SELF_CHECK_EXPORT,), _NEARNESS) is not None
    }
    if len(near) != 1 or near == {SELF_CHECK_EXPORT}:
        return None
    [name] = near
    return re.sub(rf"\b{name}\b", SELF_CHECK_EXPORT, line)


def mended_lines(line: str) -> set[str]:
    """Return all that a line, without its end, may become."""
    mended = {
        line,  # the last one, which had no line feed
        with_right_target(line),
        with_right_name(line),
        with_first_element(line, CRATE_TYPE, CDYLIB),
        with_value(line, *DEBUG),
        with_value(line, *STRIP),
    }
    return {one for one in mended if one is not None}


_INSERTED: Final = re.compile(
    "|".join(
        (
            r"|\[lib\]|\[profile\.[A-Za-z0-9_-]{1,64}\]",
            *map(re.escape, (f"crate-type = [{CDYLIB}]", *NO_MANGLE)),
            *(re.escape(" = ".join(setting)) for setting in (DEBUG, STRIP)),
        )
    )
)


def is_inserted(line: str) -> bool:
    """Tell whether a line is one of the few that are ever put in, margins aside."""
    return _INSERTED.fullmatch(line.strip()) is not None
