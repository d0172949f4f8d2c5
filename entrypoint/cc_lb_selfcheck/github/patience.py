"""How long one command waits for GitHub in all, whatever it asks for."""

from __future__ import annotations

import time
from collections.abc import Callable


class Patience:
    """The seconds that are left to wait, shared by all who ask GitHub for anything.

    Out of them come the pauses between tries, and the time spent on tries without an answer.
    """

    def __init__(self, seconds: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self._left_s = seconds
        self._has_answer = False
        self._sleep = sleep

    @property
    def is_lost(self) -> bool:
        """Whether all was spent, and GitHub has not answered even once."""
        return self._left_s < 0 and not self._has_answer

    def has_answer(self) -> None:
        """Note that GitHub answers, be it with what makes no sense."""
        self._has_answer = True

    def spend(self, seconds: float) -> None:
        """Count what a try took that brought no answer, such as a time-out."""
        self._left_s -= seconds

    def wait(self, seconds: float) -> bool:
        """Wait, if so much is left; tell whether it was."""
        if seconds > self._left_s:
            return False
        self._left_s -= seconds
        self._sleep(seconds)
        return True
