"""Asks what only a person knows; where nobody is there, the answers are the defaults."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Protocol

import typer

from cc_lb_selfcheck.options import SettingsError
from cc_lb_selfcheck.surfaces.terminal import terminal


class Asker(Protocol):
    """Whoever answers."""

    def confirm(self, question: str, *, default: bool = False) -> bool:
        """Ask for yes or no."""
        ...

    def words(self, question: str, default: Sequence[str] = ()) -> tuple[str, ...]:
        """Ask for words, written as for a shell."""
        ...

    def line(self, question: str) -> str:
        """Ask for a line, which may be empty."""
        ...


class Nobody:
    """Nobody is there to ask."""

    def confirm(self, question: str, *, default: bool = False) -> bool:  # noqa: ARG002
        """Return the default."""
        return default

    def words(self, question: str, default: Sequence[str] = ()) -> tuple[str, ...]:  # noqa: ARG002
        """Return the default."""
        return tuple(default)

    def line(self, question: str) -> str:  # noqa: ARG002
        """Return nothing."""
        return ""


class Person:
    """A person at a terminal, asked on stderr. Raises ``SettingsError`` where none answers."""

    def confirm(self, question: str, *, default: bool = False) -> bool:
        """Ask for yes or no."""
        try:
            return typer.confirm(question, default=default, err=True)
        except typer.Abort as error:
            raise _unanswered() from error

    def words(self, question: str, default: Sequence[str] = ()) -> tuple[str, ...]:
        """Ask for words, written as for a shell."""
        proposed = shlex.join(default)
        shown = f"{question} [{terminal(proposed)}]" if proposed else question
        while True:
            answer = self.line(shown)
            try:
                return tuple(shlex.split(answer)) or tuple(default)
            except ValueError:  # a quote without its other half: asked once more
                continue

    def line(self, question: str) -> str:
        """Ask for a line, which may be empty."""
        try:
            answer: str = typer.prompt(question, default="", show_default=False, err=True)
        except typer.Abort as error:
            raise _unanswered() from error
        return answer.strip()


def _unanswered() -> SettingsError:
    return SettingsError(["The questions were not answered, and nothing was written."])
