"""Writes what is made from the settings model and the catalogue, or checks that it is up to date.

Made: ``action.yml``, the tables between markers in ``README.md`` and ``docs/report.md``,
``docs/findings.md`` with a page for each finding under ``docs/findings/``, the JSON Schemas, and the
example of a report. Run
``python -m tools.generate`` to write, ``--check`` to compare.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tools import example, picture

from cc_lb_selfcheck.cli import EXIT_CODES
from cc_lb_selfcheck.diagnosis.catalogue import (
    FINDINGS_FOLDER,
    FINDINGS_PAGE,
    Entry,
    entries,
    glossary,
    near_misses,
)
from cc_lb_selfcheck.output import OUTPUTS
from cc_lb_selfcheck.report.page import page_markdown
from cc_lb_selfcheck.report.schema import SCHEMAS
from cc_lb_selfcheck.settings import (
    CheckSettings,
    PublishSettings,
    Settings,
    default_text,
    flag_of,
    option_of,
    options,
    takes_many,
)

ROOT = Path(__file__).resolve().parent.parent
REPORT_PAGE = ROOT / "docs/report.md"

_ACTION = """\
# Made by tools/generate.py from entrypoint/cc_lb_selfcheck/settings.py; do not edit by hand.
name: cc-lb self-check
description: Runs the cc-lb host's self-check on plugin artifacts and says why it would refuse them.
branding:
  icon: shield
  color: blue
inputs:
  command:
    description: "What to do: check plugins, or publish the reports of checks."
    required: false
    default: "check"
{inputs}
outputs:
{outputs}
runs:
  using: docker
  image: Dockerfile
  args:
    - ${{{{ inputs.command }}}}
"""


def action_yml() -> str:
    """Return the Action's metadata."""
    inputs = []
    for name, field in {**options(CheckSettings), **options(PublishSettings)}.items():
        option = option_of(field)
        if not option.is_input:
            continue
        lines = " One a line." if takes_many(field) else ""
        inputs += [
            f"  {flag_of(name)[2:]}:",
            f"    description: {json.dumps(f'{field.description}{lines}', ensure_ascii=False)}",
            "    required: false",
            f"    default: {json.dumps(option.input_default or default_text(field))}",
        ]
    outputs = [
        line
        for name, words in OUTPUTS.items()
        for line in (f"  {name}:", f"    description: {json.dumps(words)}")
    ]
    return _ACTION.format(inputs="\n".join(inputs), outputs="\n".join(outputs))


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [header, ["---"] * len(list(header)), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _options(model: type[Settings], names: Iterable[str]) -> str:
    rows = []
    for name in names:
        field = model.model_fields[name]
        option = option_of(field)
        if option.hidden:
            continue
        argument = {"paths": "`PATHS…`", "reports": "`REPORT…`"}.get(name)
        flag = argument or f"`{f'{flag_of(name)} {option.metavar}'.strip()}`"
        given = f"`{flag_of(name)[2:]}`" if option.is_input else ""
        default = option.input_default and f"(input: `{option.input_default}`)"
        shown = default_text(field)
        words = (field.description or "").replace("|", "\\|")
        rows.append((flag.replace("|", "\\|"), given, f"`{shown}`" if shown else default, words))
    return _table(("Option", "Input", "Default", "Meaning"), rows)


def readme_tables() -> dict[str, str]:
    """Return the README's generated parts, by the name in their markers."""
    return {
        "options": _options(CheckSettings, list(options(CheckSettings))),
        "publish-options": _options(
            PublishSettings, [name for name in PublishSettings.__annotations__ if name[0] != "_"]
        ),
        "outputs": _table(
            ("Output", "Meaning"), [(f"`{name}`", words) for name, words in OUTPUTS.items()]
        ),
        "exit-codes": _table(
            ("Status", "Meaning"), [(f"`{code}`", words) for code, words in EXIT_CODES.items()]
        ),
        "variants": _table(
            ("Variant", "In words", "Finding"),
            [
                (
                    f"`{entry.name}`",
                    entry.title,
                    f"[{entry.id}]({entry.page})",
                )
                for entry in entries()
            ],
        ),
    }


def filled(text: str, tables: dict[str, str]) -> str:
    """Return a page with the tables between their markers renewed."""
    for name, table in tables.items():
        begin, end = f"<!-- begin:{name} -->\n", f"<!-- end:{name} -->"
        before, found, rest = text.partition(begin)
        if found:
            text = f"{before}{begin}{table}\n{end}{rest.partition(end)[2]}"
    return text


def field_tables() -> dict[str, str]:
    """Return the tables of the report's fields, and of a difference's."""
    return {f"{name}-fields": "\n".join(_fields(schema())) for name, schema in SCHEMAS.items()}


def _fields(schema: dict[str, Any]) -> Iterator[str]:
    for name, part in {"": schema, **schema["$defs"]}.items():
        title = f"### {name}\n\n" if name else ""
        about = part["description"].replace("``", "`").split("\n\n")[0].replace("\n", " ")
        rows = [
            (f"`{field}`", _type_of(about_field), about_field["description"])
            for field, about_field in part["properties"].items()
        ]
        yield f"{title}{about}\n\n{_table(('Field', 'Type', 'Meaning'), rows)}\n"


def _type_of(schema: dict[str, Any]) -> str:
    """Return a field's type in words, for a cell of a table."""
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


_MADE = "<!-- Made by tools/generate.py from the catalogue; do not edit by hand. -->\n"
_INDEX = """\
# Findings

Everything that a check may say about a plugin has a page here: what it means, what leads to it, how
to mend it. `cc-lb-selfcheck explain ID` prints the same.

## By verdict

The host's verdict alone leads to one of these. Most refusals have a finding that is more precise.

{verdicts}

## What is more precise

These are told where the artifact or its response shows them; a warning or a note may be told of a
plugin that passed.

{near}

## Words

{words}

## Seen on plugins

What is told about each of the plugins in [`tests/plugins`](../tests/plugins/README.md); the tests
hold the findings to this table.

{plugins}
"""


def findings_page() -> str:
    """Return the index of all findings."""
    return _MADE + _INDEX.format(
        verdicts=_table(
            ("Finding", "Verdict", "In words"),
            [(_linked(entry), f"`{entry.name}`", entry.title) for entry in entries()],
        ),
        near=_table(
            ("Finding", "With the verdict", "Severity", "In words"),
            [
                (_linked(entry), ", ".join(entry.seen_with), entry.severity, entry.title)
                for entry in near_misses()
            ],
        ),
        words="\n".join(f"- **{word}**: {meaning}" for word, meaning in glossary().items()),
        plugins=_table(("Plugin", "What is wrong with it", "Finding"), plugin_rows()),
    )


def plugin_rows() -> Iterator[tuple[str, str, str]]:
    """Yield each example plugin with what is told about it."""
    by_id = {entry.id: entry for entry in (*entries(), *near_misses())}
    plugins = tomllib.loads((ROOT / "tests/plugins/expected.toml").read_text("utf-8"))["plugin"]
    for plugin in plugins:
        told = plugin.get("finding")
        yield plugin["name"], plugin["mistake"], _linked(by_id[told]) if told else ""


def _linked(entry: Entry) -> str:
    return f"[{entry.id}](findings/{Path(entry.page).name})"


def finding_page(entry: Entry) -> str:
    """Return the page of one finding."""
    verdicts = " or ".join(f"`{name}`" for name in entry.told_with)
    about = f"Told with the verdict {verdicts}; its severity is {entry.severity}."
    parts = [f"{_MADE}# {entry.title}\n", f"`{entry.id}` · {about}\n", page_markdown(entry)]
    return "\n".join([*parts, f"[All findings](../{Path(FINDINGS_PAGE).name})\n"])


def main(arguments: list[str]) -> int:
    """Write everything, or with ``--check`` name what is out of date and return 1."""
    made = {
        ROOT / "action.yml": action_yml(),
        ROOT / "README.md": filled((ROOT / "README.md").read_text("utf-8"), readme_tables()),
        ROOT / FINDINGS_PAGE: findings_page(),
        **{ROOT / entry.page: finding_page(entry) for entry in (*entries(), *near_misses())},
        picture.PICTURE: picture.svg(),
        example.EXAMPLE: example.example(),
        REPORT_PAGE: filled(REPORT_PAGE.read_text("utf-8"), field_tables()),
        **{
            ROOT / f"docs/{name}.schema.json": json.dumps(schema(), indent=2) + "\n"
            for name, schema in SCHEMAS.items()
        },
    }
    stale = [
        path for path, text in made.items() if not path.exists() or path.read_text("utf-8") != text
    ]
    orphans = sorted({*(ROOT / FINDINGS_FOLDER).glob("*.md")} - set(made))
    if "--check" in arguments:
        for path in orphans:
            print(f"{path.relative_to(ROOT)} is the page of no finding: run tools/generate.py")
        for path in stale:
            print(f"{path.relative_to(ROOT)} is out of date: run ./dev generate")
        return 1 if stale or orphans else 0
    for path in orphans:
        path.unlink()
        print(f"removed {path.relative_to(ROOT)}")
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(made[path], "utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
