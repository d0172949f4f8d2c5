"""Writes what is made from the settings model and the catalogue, or checks that it is up to date.

Made: ``action.yml``, the tables between markers in ``README.md``, ``docs/findings.md`` and
``docs/report.schema.json``. Run ``python tools/generate.py`` to write, ``--check`` to compare.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from cc_lb_selfcheck.cli import EXIT_CODES
from cc_lb_selfcheck.diagnosis.catalogue import FINDINGS_PAGE, Entry, entries
from cc_lb_selfcheck.output import OUTPUTS
from cc_lb_selfcheck.report.schema import report_schema
from cc_lb_selfcheck.settings import CheckSettings, default_text, flag_of, option_of, takes_many

ROOT = Path(__file__).resolve().parent.parent

_ACTION = """\
# Made by tools/generate.py from entrypoint/cc_lb_selfcheck/settings.py; do not edit by hand.
name: cc-lb self-check
description: Runs the cc-lb host's self-check on plugin artifacts and says why it would refuse them.
branding:
  icon: shield
  color: blue
inputs:
{inputs}
outputs:
{outputs}
runs:
  using: docker
  image: Dockerfile
  args:
    - check
"""


def action_yml() -> str:
    """Return the Action's metadata."""
    inputs = []
    for name, field in CheckSettings.model_fields.items():
        option = option_of(field)
        if not option.is_input:
            continue
        lines = " One a line." if takes_many(field) else ""
        inputs += [
            f"  {flag_of(name)[2:]}:",
            f"    description: {json.dumps(f'{field.description}{lines}', ensure_ascii=False)}",
            f"    required: {'true' if name == 'paths' else 'false'}",
        ]
        if name != "paths":
            inputs.append(f"    default: {json.dumps(option.input_default or default_text(field))}")
    outputs = [
        line
        for name, words in OUTPUTS.items()
        for line in (f"  {name}:", f"    description: {json.dumps(words)}")
    ]
    return _ACTION.format(inputs="\n".join(inputs), outputs="\n".join(outputs))


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [header, ["---"] * len(list(header)), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def readme_tables() -> dict[str, str]:
    """Return the README's generated parts, by the name in their markers."""
    options = []
    for name, field in CheckSettings.model_fields.items():
        option = option_of(field)
        flag = "`PATHS…`" if name == "paths" else f"`{flag_of(name)} {option.metavar}`"
        given = f"`{flag_of(name)[2:]}`" if option.is_input else ""
        default = option.input_default and f"(input: `{option.input_default}`)"
        shown = default_text(field)
        words = (field.description or "").replace("|", "\\|")
        cells = (flag.replace("|", "\\|"), given, f"`{shown}`" if shown else default, words)
        options.append(cells)
    return {
        "options": _table(("Option", "Input", "Default", "Meaning"), options),
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
                    f"[{entry.id}]({FINDINGS_PAGE}#{entry.id.lower()})",
                )
                for entry in entries()
            ],
        ),
    }


def readme(text: str) -> str:
    """Return the README with its generated parts renewed."""
    for name, table in readme_tables().items():
        begin, end = f"<!-- begin:{name} -->\n", f"<!-- end:{name} -->"
        before, found, rest = text.partition(begin)
        if found:
            text = f"{before}{begin}{table}\n{end}{rest.partition(end)[2]}"
    return text


def findings_page() -> str:
    """Return the page with every finding."""
    head = (
        "<!-- Made by tools/generate.py from the catalogue; do not edit by hand. -->\n"
        "# Findings\n\nEvery refusal of the host has a finding here, with its likely causes and how"
        " to mend it. `cc-lb-selfcheck explain ID` prints the same.\n"
    )
    return head + "".join(_finding(entry) for entry in entries())


def _finding(entry: Entry) -> str:
    parts = [
        f"\n## {entry.id}\n",
        f"**{entry.title}** (`{entry.name}`)\n",
        f"{entry.meaning}\n",
    ]
    if not entry.provoked_by_artifact:
        parts.append("An artifact cannot cause this.\n")
    if entry.example:
        parts.append(f"The host says:\n\n```text\n{entry.example.rstrip()}\n```\n")
    parts.append(f"### Likely causes of {entry.id}\n")
    parts.append("\n".join(f"- {cause}" for cause in entry.causes) + "\n")
    parts.append(f"### How to mend {entry.id}\n\n{entry.fix}\n")
    if entry.code:
        parts.append(f"```{entry.code_language}\n{entry.code.rstrip()}\n```\n")
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Write everything, or with ``--check`` name what is out of date and return 1."""
    made = {
        ROOT / "action.yml": action_yml(),
        ROOT / "README.md": readme((ROOT / "README.md").read_text("utf-8")),
        ROOT / FINDINGS_PAGE: findings_page(),
        ROOT / "docs/report.schema.json": json.dumps(report_schema(), indent=2) + "\n",
    }
    stale = [
        path for path, text in made.items() if not path.exists() or path.read_text("utf-8") != text
    ]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is out of date: run python tools/generate.py")
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(made[path], "utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
