"""The line table of a compilation unit in debug information, and lines as entries name them.

What cannot be read is left out, and every walk has a bound, as in ``dwarf``.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import islice
from operator import itemgetter
from typing import Any, Final, NamedTuple

from elftools.dwarf.die import DIE
from elftools.dwarf.dwarfinfo import DWARFInfo

TEXT_MAX_CHARS: Final = 1000
_ROWS_MAX: Final = 400_000
_NEAR_BYTES: Final = 64

Line = tuple[str | None, int | None, int | None]
"""A file, a line and a column, as far as they are known."""


class Named(NamedTuple):
    """A line as an entry names it: a file's number in the unit, line and column."""

    file: int
    line: int
    column: int


def text_of(die: DIE, attribute: str) -> str | None:
    """Return an entry's attribute that is text, within bounds; None without one."""
    item = die.attributes.get(attribute)
    if item is None or not isinstance(item.value, bytes):
        return None
    return item.value[:TEXT_MAX_CHARS].decode(errors="replace")


class Lines:
    """A unit's line table."""

    def __init__(self, dwarf: DWARFInfo, unit: Any) -> None:
        self._program = dwarf.line_program_for_CU(unit)
        self._folder = text_of(unit.get_top_DIE(), "DW_AT_comp_dir") or ""

    def at(self, address: int) -> Line | None:
        """Return the line of the row that holds an address."""
        held = (state for begin, end, state in self._spans if begin <= address < end)
        return self._line(next(held, None))

    def begin(self, address: int) -> int | None:
        """Return where the row begins that holds an address."""
        held = (begin for begin, end, _ in self._spans if begin <= address < end)
        return next(held, None)

    def after(self, address: int) -> tuple[int, Line | None]:
        """Return the next address that has a line, and that line, if it is near."""
        return self.first(address, address + _NEAR_BYTES)

    def first(self, start: int, end: int) -> tuple[int, Line | None]:
        """Return the first address between two that has a line, and that line."""
        inside = [row for row in self._spans if start <= row[0] < end and row[2].line]
        begin, _, state = min(inside, key=itemgetter(0), default=(start, start, None))
        return begin, self._line(state)

    def named(self, place: Named) -> Line | None:
        """Return the line that an entry names."""
        if not place.line:
            return None
        return self._file(place.file), place.line, place.column or None

    def _line(self, state: Any) -> Line | None:
        if state is None or not state.line:
            return None
        return self._file(state.file), state.line, state.column or None

    @cached_property
    def _spans(self) -> list[tuple[int, int, Any]]:
        """From where to where each row holds.

        A run of rows that begins at 0 is of a function that the linker dropped.
        """
        if self._program is None:
            return []
        states = (entry.state for entry in self._program.get_entries())
        spans = []
        before, begin = None, 0
        for state in islice(filter(None, states), _ROWS_MAX):
            if before is None:
                begin = state.address
            elif begin:
                spans.append((before.address, state.address, before))
            before = None if state.end_sequence else state
        return spans

    def _file(self, number: int) -> str | None:
        if self._program is None:
            return None
        header = self._program.header
        first = 0 if header["version"] >= 5 else 1
        files, folders = header["file_entry"], header["include_directory"]
        if not 0 <= number - first < len(files):
            return None
        file = files[number - first]
        folder = _folder(folders, file.dir_index, first)
        return _joined((self._folder, folder, _decoded(file.name)))


def _folder(folders: Any, number: int, first: int) -> str:
    if number == 0:
        return ""  # the unit's own
    return _decoded(folders[number - first]) if 0 <= number - first < len(folders) else ""


def _decoded(name: bytes | str) -> str:
    text = name if isinstance(name, str) else name.decode(errors="replace")
    return text[:TEXT_MAX_CHARS]


def _joined(parts: Iterable[str]) -> str:
    """Join folders and a file's name as a compiler means them: an absolute one begins anew."""
    path = ""
    for part in parts:
        is_absolute = part.startswith(("/", "\\")) or part[1:3] in (":\\", ":/")
        path = part if is_absolute or not path else f"{path.rstrip('/')}/{part}" if part else path
    return path[:TEXT_MAX_CHARS]
