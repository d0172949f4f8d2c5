"""What may end a command at any time, and is told in a sentence."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class OutputFailed(Exception):
    """What was to be printed cannot be; the message is a sentence."""


@contextmanager
def printing() -> Iterator[TextIO]:
    """Lend stdout. Raises ``OutputFailed``, and ``BrokenPipeError`` where nobody reads."""
    try:
        yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        if sys.platform == "win32" and error.errno == errno.EINVAL:  # so Windows tells it
            raise BrokenPipeError from error
        reason = (error.strerror or str(error)).lower()
        raise OutputFailed(f"The output cannot be written: {reason}.") from error
