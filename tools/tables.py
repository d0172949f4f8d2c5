"""The parts of pages that are made: tables of options, outputs and variants, and the drawing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, Literal, get_args, get_origin

from tools import architecture
from typer.main import get_command

from cc_lb_selfcheck.cli import whole_app
from cc_lb_selfcheck.cli.app import EXIT_CODES
from cc_lb_selfcheck.cli.diff import EXIT_CODES as DIFF_EXIT_CODES
from cc_lb_selfcheck.diagnosis.catalogue import entries
from cc_lb_selfcheck.options import CommandSettings, default_text, flag_of, option_of, options
from cc_lb_selfcheck.report.schema import SCHEMAS
from cc_lb_selfcheck.report.settings import DiffSettings, MergeSettings
from cc_lb_selfcheck.settings import CheckSettings, PublishSettings
from cc_lb_selfcheck.telling import OUTPUTS

_FIRST = re.compile(r"(?:`[^`]*`|[^`])+?(?=[.;:] |\.?$)")
"""The first sentence or clause, without the mark that ends it."""


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table in Markdown; the cells are Markdown, too."""
    lines = [header, ["---"] * len(list(header)), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


_ARGUMENTS: Final = {"paths": "`PATHS…`", "reports": "`REPORT…`", "old": "`OLD`", "new": "`NEW`"}


def _options(model: type[CommandSettings], names: Iterable[str]) -> str:
    rows = []
    for name in names:
        field = model.model_fields[name]
        option = option_of(field)
        if option.hidden:
            continue
        argument = _ARGUMENTS.get(name)
        flag = argument or f"`{f'{flag_of(name)} {option.metavar}'.strip()}`"
        given = f"`{flag_of(name)[2:]}`" if option.is_input else ""
        default = option.input_default and f"(input: `{option.input_default}`)"
        shown = default_text(field)
        words = (field.description or "").replace("|", "\\|")
        rows.append((flag.replace("|", "\\|"), given, f"`{shown}`" if shown else default, words))
    return table(("Option", "Input", "Default", "Meaning"), rows)


def _inputs() -> str:
    """Return the Action's inputs, each with the first sentence of its description."""
    rows = []
    for name, field in {**options(CheckSettings), **options(PublishSettings)}.items():
        option = option_of(field)
        if option.hidden or not option.is_input:
            continue
        default = option.input_default or default_text(field)
        words = _FIRST.match(field.description or "")
        told = [f"{words[0]}." if words else ""]
        if get_origin(field.annotation) is Literal:
            told.append(f"One of {', '.join(f'`{word}`' for word in get_args(field.annotation))}.")
        shown = f"`{default}`" if default else ""
        rows.append((f"`{flag_of(name)[2:]}`", shown, " ".join(told)))
    return table(("Input", "Default", "Meaning"), rows)


def _inputs_alone() -> str:
    """Return the inputs that the Action sets by itself, which are no options to choose."""
    rows = [
        (f"`{flag_of(name)[2:]}`", f"`{option_of(field).input_default}`", field.description or "")
        for name, field in options(CheckSettings).items()
        if option_of(field).hidden
    ]
    return table(("Input", "Default", "Meaning"), rows)


def _other_commands() -> str:
    """Return what typer knows of the commands that have no settings."""
    parts = []
    # Typer tells its type as that of any command; it is a group.
    for name, command in get_command(whole_app()).commands.items():  # type: ignore[attr-defined]
        if name in ("check", "publish", "merge", "diff"):
            continue
        parts.append(f"### `{name}`\n\n{command.help}\n")
        rows = []
        for parameter in command.params:
            given = [parameter.opts[0]] if parameter.param_type_name == "option" else []
            shown = f"`{' '.join((*given, parameter.metavar or '')).strip()}`"
            words = getattr(parameter, "help", "") or ""
            told, found, default = words.removesuffix(")").partition(" (default: ")
            default = default or parameter.default or ""
            cells = (shown, f"`{default}`" if default else "", told if found else words)
            rows.append([cell.replace("|", "\\|") for cell in cells])
        if rows:
            parts.append(table(("Option", "Default", "Meaning"), rows) + "\n")
    return "\n".join(parts)


_PERMISSIONS: Final = {
    "Checking plugins, the job summary, annotations, outputs": "none",
    "Checking out, by `actions/checkout`": "`contents: read`",
    "Reading what a run uploaded (`artifacts`)": "`actions: read`",
    "The comment on a pull request": "`pull-requests: write`",
    "A check run (`check-run: true`)": "`checks: write`",
    "Uploading SARIF, by `github/codeql-action/upload-sarif`": "`security-events: write`;"
    " in a private repository `actions: read` as well",
}
"""What a job's token has to be allowed, by what the job does."""


def _fields(schema: dict[str, Any]) -> str:
    """Return a table of fields for each part of a JSON Schema."""
    parts = []
    for name, part in {"": schema, **schema["$defs"]}.items():
        rows = [
            (f"`{field}`", _type_of(told), told.get("description", ""))
            for field, told in part["properties"].items()
        ]
        about = part["description"].replace("``", "`").split("\n\n")[0].replace("\n", " ")
        head = f"### {name}\n\n{about}\n\n" if name else ""
        parts.append(f"{head}{table(('Field', 'Type', 'Meaning'), rows)}\n")
    return "\n".join(parts)


def _type_of(schema: dict[str, Any]) -> str:
    """Return the type of a field in words, for a cell of a table."""
    if "anyOf" in schema:
        return " or ".join(_type_of(option) for option in schema["anyOf"])
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_type_of(schema['items'])}"
    return str(schema.get("format", schema.get("type", "any")))


def made_parts() -> dict[str, str]:
    """Return the parts that pages may hold, by the name in their markers."""
    return {
        "options": _options(CheckSettings, list(options(CheckSettings))),
        "publish-options": _options(
            PublishSettings, [name for name in PublishSettings.__annotations__ if name[0] != "_"]
        ),
        "merge-options": _options(MergeSettings, ["reports"]),
        "diff-options": _options(DiffSettings, list(options(DiffSettings))),
        "diff-exit-codes": table(
            ("Status", "Meaning"), [(f"`{code}`", words) for code, words in DIFF_EXIT_CODES.items()]
        ),
        "other-commands": _other_commands(),
        "inputs": _inputs(),
        "inputs-alone": _inputs_alone(),
        "outputs": table(
            ("Output", "Meaning"), [(f"`{name}`", words) for name, words in OUTPUTS.items()]
        ),
        "exit-codes": table(
            ("Status", "Meaning"), [(f"`{code}`", words) for code, words in EXIT_CODES.items()]
        ),
        "variants": table(
            ("Variant", "In words", "Finding"),
            [
                (f"`{entry.name}`", entry.title, f"[{entry.id}]({entry.page})")
                for entry in entries()
            ],
        ),
        **{f"{name}-fields": _fields(schema()) for name, schema in SCHEMAS.items()},
        "permissions": table(("What", "Permission of the job"), _PERMISSIONS.items()),
        "drawing": architecture.drawing(),
        "parts": table(("Part", "What it does", "Libraries"), architecture.parts()),
    }
