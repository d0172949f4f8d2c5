"""The flags of a command, from the model of its settings, and its help."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Annotated, Any

import typer
from pydantic.fields import FieldInfo
from typer.core import TyperCommand

from cc_lb_selfcheck.options import (
    CommandSettings,
    choices_of,
    default_text,
    flag_of,
    is_switch,
    option_of,
    options,
    panel_of,
    takes_many,
)


class Command(TyperCommand):
    """A command whose help is plain text: names stand whole in 80 columns, under their headings."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, then the options of each panel."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is None:
                continue
            name, words = record
            if parameter.param_type_name == "argument":
                panel, name = "Arguments", name.partition(" ")[0]  # without its type in Python
            else:
                panel = getattr(parameter, "rich_help_panel", None) or "Options"
            panels.setdefault(panel, []).append((name, words))
        for panel, records in panels.items():
            with formatter.section(panel):
                formatter.write_dl(records)

    def get_short_help_str(self, limit: int = 0) -> str:  # noqa: ARG002 - nothing is cut
        """Return the first paragraph, whole."""
        return " ".join((self.help or "").partition("\n\n")[0].split())


def with_options(
    model: type[CommandSettings], *arguments: str
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command a parameter for each setting, beside the context where it takes one.

    None of them has a default but None.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        parameters = [
            inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
            for name in inspect.signature(function).parameters
            if name == "context"
        ]
        for name, field in options(model).items():
            is_argument = name in arguments
            panel = None if is_argument else panel_of(name, model)
            annotation = _annotation(name, field, panel, is_argument=is_argument)
            parameters.append(
                inspect.Parameter(
                    name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
                )
            )
        function.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads it
        function.__annotations__ = {item.name: item.annotation for item in parameters}
        return function

    return decorate


def _annotation(name: str, field: FieldInfo, panel: str | None, *, is_argument: bool) -> Any:
    option = option_of(field)
    default = "" if is_switch(field) else default_text(field)
    shown = f" (default: {default})" if default else ""
    words = f"{field.description}{shown}"
    flag = flag_of(name)
    kind: Any = list[str] if takes_many(field) else str
    if is_argument:
        info = typer.Argument(metavar=option.metavar, help=words, show_default=False)
        return Annotated[kind | None, info]
    if is_switch(field):
        both = f"{flag}/--no-{flag[2:]}"
        switch = typer.Option(both, help=words, show_default=False, rich_help_panel=panel)
        return Annotated[bool | None, switch]
    choices = choices_of(field)
    info = typer.Option(
        flag,
        metavar=option.metavar,
        help=words,
        show_default=False,
        hidden=option.hidden,
        rich_help_panel=panel,
        autocompletion=one_of(choices) if choices else None,
    )
    return Annotated[kind | None, info]


def one_of(choices: Iterable[str]) -> Callable[[str], list[str]]:
    """Return what completes a word for a shell."""

    def complete(incomplete: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(incomplete)]

    return complete
