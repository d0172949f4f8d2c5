"""What an option is: how a field of the settings is shown, given as flag or input, and refused.

The options themselves are the fields in ``settings.py`` and its like.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, Literal, NamedTuple, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from cc_lb_selfcheck.surfaces.visible import shorten

_GIVEN_MAX_CHARS: Final = 120


class SettingsError(Exception):
    """Settings that cannot be used; each message is a sentence."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("\n".join(messages))
        self.messages = messages


class Option(NamedTuple):
    """How a field is shown: its placeholder, and what the Action makes of it."""

    metavar: str
    is_input: bool = True
    input_default: str = ""
    """The Action's default, where it differs from leaving the option out."""
    hidden: bool = False
    """Set by the Action itself; in no table and no help."""
    is_source: bool = False
    """It names what the module of its name in ``sources/`` is to bring."""
    wanted: str = ""
    """What to write there, as in "a path"; empty where the field's type tells."""


class CommandSettings(BaseModel):
    """What the settings of every command share: they are frozen, and know no others."""

    # Built when first used: a run has one command.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
    panel: ClassVar[str | None] = None
    """Under which heading the help shows these settings; None: under the first."""


Kind = TypeVar("Kind", bound=CommandSettings)


def options(model: type[CommandSettings]) -> dict[str, FieldInfo]:
    """Return a command's options in the order in which they are shown: its own first."""
    fields = model.model_fields
    return {name: fields[name] for name in sorted(fields, key=_shared_by(model))}


def _shared_by(model: type[CommandSettings]) -> Callable[[str], bool]:
    return lambda name: name not in model.__annotations__


def panel_of(name: str, model: type[CommandSettings]) -> str | None:
    """Return the heading that a field is shown under; None for a command's own."""
    if name in model.__annotations__:
        return None
    declared = (kind for kind in model.__mro__ if name in getattr(kind, "__annotations__", {}))
    return next((kind.panel for kind in declared if issubclass(kind, CommandSettings)), None)


def flag_of(name: str) -> str:
    """Return a field's flag: ``--if-no-plugins``; also the Action's input, without dashes."""
    return f"--{name.replace('_', '-')}"


def option_of(field: FieldInfo) -> Option:
    """Return how a field is shown."""
    return next(item for item in field.metadata if isinstance(item, Option))


def default_text(field: FieldInfo) -> str:
    """Return a field's default as one would write it; empty where it is to leave the option out."""
    default = None if field.default_factory else field.default
    if isinstance(default, bool):
        return str(default).lower()
    return (
        "" if default in (None, ()) else format(default, "g" if isinstance(default, float) else "")
    )


def takes_many(field: FieldInfo) -> bool:
    """Tell whether a field is a list, which an input gives a line each."""
    return get_origin(field.annotation) is tuple


def choices_of(field: FieldInfo) -> tuple[str, ...]:
    """Return the words of which a field takes one; none where it takes others."""
    return get_args(field.annotation) if get_origin(field.annotation) is Literal else ()


def is_switch(field: FieldInfo) -> bool:
    """Tell whether a field is on or off."""
    return field.annotation is bool


def is_emptied(name: str, environ: Mapping[str, str]) -> bool:
    """Tell whether a workflow empties an input that has a default: left out, it is not empty."""
    return environ.get(_variable(name), "?").strip() == ""


def _variable(name: str) -> str:
    return f"INPUT_{flag_of(name)[2:].upper()}"


def inputs_from(environ: Mapping[str, str], model: type[CommandSettings]) -> dict[str, Any]:
    """Return the settings that the Action's inputs give; an empty input is one left out.

    The runner sets ``INPUT_`` and the input's name in capitals, hyphens kept
    (actions/runner, ``Handler.cs``).
    """
    given: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if not option_of(field).is_input:
            continue
        value = environ.get(_variable(name), "").strip()
        if not value:
            continue
        lines = [line.strip() for line in value.splitlines()]
        given[name] = tuple(line for line in lines if line) if takes_many(field) else value
    return given


def load(given: Mapping[str, Any], model: type[Kind]) -> Kind:
    """Validate settings. Raises ``SettingsError`` with a sentence for each wrong value."""
    try:
        return model(**given)
    except ValidationError as error:
        messages = [_sentence(dict(item), model) for item in error.errors()]
        raise SettingsError(messages) from error


def _sentence(error: dict[str, Any], model: type[CommandSettings]) -> str:
    name = str(error["loc"][0])
    field = model.model_fields[name]
    given = shorten(repr(error["input"]), _GIVEN_MAX_CHARS)
    flag = flag_of(name)
    shown = f"{flag} (input `{flag[2:]}`)" if option_of(field).is_input else flag
    return f"{shown} is {given}: {_wanted(field)}"


def _wanted(field: FieldInfo) -> str:
    if wanted := option_of(field).wanted:
        return f"use {wanted}."
    if choices := choices_of(field):
        return f"use one of {', '.join(choices)}."
    if is_switch(field):
        return "use true or false."
    bounds = {
        key: getattr(item, key)
        for item in field.metadata
        for key in ("ge", "gt", "le", "max_length")
        if hasattr(item, key)
    }
    noun = "a number" if field.annotation is float else "a whole number"
    if "ge" in bounds:
        return f"use {noun} from {bounds['ge']} to {bounds['le']}."
    if "gt" in bounds:
        return f"use {noun} above {bounds['gt']} and up to {bounds['le']}."
    if "max_length" in bounds:
        return f"use at most {bounds['max_length']} characters."
    return {
        "I/N": "use two whole numbers, I from 1 to N and N up to 10000, as in 2/8.",
        "OWNER/NAME": "name a repository by its owner and name, as in octo-org/plugins.",
        "JSON": "use JSON.",
    }.get(option_of(field).metavar, "use a path.")
