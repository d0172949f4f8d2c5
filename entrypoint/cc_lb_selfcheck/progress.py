"""A progress bar, for long work watched by a person."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

_SHOWN_AFTER_S: Final = 1.0


@contextmanager
def progress(stream: TextIO) -> Iterator[Callable[[int, int], None]]:
    """Yield a function to call with (done, total). It draws on a terminal, after a second."""
    if not stream.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("checking"), BarColumn(), MofNCompleteColumn())
    bar = Progress(*columns, console=Console(file=stream), transient=True)
    task = bar.add_task("checking", total=None)
    begun = time.monotonic()

    def show(done: int, total: int) -> None:
        if not bar.live.is_started and time.monotonic() - begun > _SHOWN_AFTER_S:
            bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield show
    finally:
        bar.stop()
