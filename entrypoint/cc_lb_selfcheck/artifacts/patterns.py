"""Path patterns: ``*``, ``?``, ``[…]`` within a name, ``**`` across directories, ``{a,b}``.

As in shells, a wildcard does not match a leading dot.
"""

from __future__ import annotations

import fnmatch
import re
from functools import lru_cache
from typing import Final

_ALTERNATIVES_MAX: Final = 1000
_PATTERN_MAX_CHARS: Final = 4_096
"""As long as a path may be on Linux; the work on a pattern may grow with the square of it."""


class PatternError(ValueError):
    """The pattern cannot be used; the message says why."""


def is_pattern(text: str) -> bool:
    """Tell whether a path holds a wildcard or a brace."""
    return any(char in text for char in "*?[{")


def expand_braces(text: str) -> list[str]:
    """Return the patterns that ``{a,b}`` stands for, nested ones too. Raises ``PatternError``."""
    if len(text) > _PATTERN_MAX_CHARS:
        raise PatternError(f"it has more than {_PATTERN_MAX_CHARS:,} characters")
    done: list[str] = []
    waiting = [text]
    while waiting:
        current = waiting.pop(0)
        group = re.search(r"\{([^{}]*,[^{}]*)\}", current)
        if group is None:
            done.append(current)
        else:
            before, after = current[: group.start()], current[group.end() :]
            waiting += [f"{before}{option}{after}" for option in group[1].split(",")]
        if len(done) + len(waiting) > _ALTERNATIVES_MAX:
            raise PatternError(f"its braces stand for more than {_ALTERNATIVES_MAX} patterns")
    return list(dict.fromkeys(done))


@lru_cache(maxsize=4096)
def _name_regex(segment: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(segment), re.DOTALL)


def matches_name(segment: str, name: str) -> bool:
    """Match one name against one segment of a pattern."""
    if name.startswith(".") and not segment.startswith("."):
        return False
    return _name_regex(segment).match(name) is not None


def matches_path(segments: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Match a path, or a directory above it, against a pattern's segments."""
    # Each state is the number of segments used up so far; ** may stay where it is.
    states = through_stars(segments, {0})
    for name in names:
        if len(segments) in states:
            return True
        taken = {
            state if segments[state] == "**" else state + 1
            for state in states
            if segments[state] == "**" or matches_name(segments[state], name)
        }
        states = through_stars(segments, taken)
    return len(segments) in states


def enter(segments: tuple[str, ...], states: set[int], name: str) -> set[int]:
    """Return the states in which a walk goes on in a directory of that name; none: not at all."""
    taken = {
        state if segments[state] == "**" else state + 1
        for state in states
        if state < len(segments) and matches_name(_as_name(segments[state]), name)
    }
    return {state for state in through_stars(segments, taken) if state < len(segments)}


def ends_at(segments: tuple[str, ...], states: set[int], name: str) -> bool:
    """Tell whether a pattern ends with this file."""
    last = len(segments) - 1
    return last in states and matches_name(_as_name(segments[last]), name)


def through_stars(segments: tuple[str, ...], states: set[int]) -> set[int]:
    """Add the states that are reached where ``**`` stands for no directory."""
    reached = set(states)
    for start in states:
        state = start
        while state < len(segments) and segments[state] == "**":
            state += 1
            reached.add(state)
    return reached


def _as_name(segment: str) -> str:
    return "*" if segment == "**" else segment
