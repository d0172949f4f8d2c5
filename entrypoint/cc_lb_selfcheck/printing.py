"""The only way to stdout and stderr, which in Actions are a log that the runner obeys.

What is written to files goes this way as well: somebody may print them there.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TextIO

from cc_lb_selfcheck.surfaces.command import CommandLine
from cc_lb_selfcheck.surfaces.diff import Diff
from cc_lb_selfcheck.surfaces.json import Json
from cc_lb_selfcheck.surfaces.markdown import Markdown
from cc_lb_selfcheck.surfaces.terminal import TerminalText, log_safe, terminal
from cc_lb_selfcheck.surfaces.xml import Xml

if TYPE_CHECKING:
    from rich.console import Console

PLAIN_WIDTH: Final = 100
"""In characters, where text is wrapped though nobody looks on."""


class OutputFailed(Exception):
    """What was to be printed cannot be; the message is a sentence."""


class Printer:
    """A stream, and what may be written to it: text is made safe here, else it was before."""

    def __init__(self, stream: TextIO) -> None:
        """Write to ``stream``, which only this and rich's consoles ever touch."""
        self._stream = stream

    @property
    def is_terminal(self) -> bool:
        """Whether a person is looking on."""
        return self._stream.isatty()

    def say(self, text: str) -> None:
        """Write text, whatever it quotes, and end the line."""
        self._stream.write(f"{log_safe(terminal(text, lines=True))}\n")

    def lines(self, lines: Iterable[TerminalText]) -> None:
        """Write lines, each of which is whole."""
        self._stream.writelines(f"{line}\n" for line in lines)

    def markdown(self, document: Markdown) -> None:
        """Write a document, a line of which may begin with anything."""
        self._stream.write(log_safe(document))

    def json(self, pieces: Iterable[Json]) -> None:
        """Write a document of JSON, and nothing behind it."""
        self._stream.writelines(pieces)

    def xml(self, pieces: Iterable[Xml]) -> None:
        """Write a document of XML."""
        self._stream.writelines(pieces)

    def console(self) -> Console:
        """Return rich's console: as wide as the terminal, if it is one, else plain."""
        from rich.console import Console

        width = None if self.is_terminal else PLAIN_WIDTH
        return Console(file=self._stream, highlight=False, width=width)

    def commands(self, lines: Iterable[CommandLine]) -> None:
        """Tell the runner something, a line each."""
        self._stream.writelines(f"{line}\n" for line in lines)

    def diff(self, patch: Diff) -> None:
        """Write a patch as it is to be applied, whatever the terminal's encoding and line ends."""
        self._stream.flush()
        self._stream.buffer.write(patch.encode())

    def flush(self) -> None:
        """Write what is waiting."""
        self._stream.flush()


def stderr() -> Printer:
    """Return where faults are told."""
    return Printer(sys.stderr)


@contextmanager
def complaining() -> Iterator[Printer]:
    """Lend stderr. Where it cannot be written, the exit status alone has to tell."""
    printer = stderr()
    try:
        yield printer
        printer.flush()
    except OSError:
        _give_up(sys.stderr)


def give_up_stdout() -> None:
    """Let what is still to be flushed there go nowhere: the interpreter would complain."""
    _give_up(sys.stdout)


def _give_up(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def printing(*, aside: bool = False) -> Iterator[Printer]:
    """Lend stdout, or ``aside`` of it stderr.

    Raises ``OutputFailed``, and ``BrokenPipeError`` where nobody reads.
    """
    printer = stderr() if aside else Printer(sys.stdout)
    try:
        yield printer
        printer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        if sys.platform == "win32" and error.errno == errno.EINVAL:  # so Windows tells it
            raise BrokenPipeError from error
        reason = (error.strerror or str(error)).lower()
        raise OutputFailed(f"The output cannot be written: {reason}.") from error
