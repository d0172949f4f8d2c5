"""Writes what is made from the settings model and the catalogue, or checks that it is up to date.

Made: ``action.yml``, its twins, most of ``examples/workflows``, what stands between markers in
``PAGES``, ``docs/findings.md`` with a page for each finding under ``docs/findings/``, the JSON
Schemas, and the example of a report. Run ``python -m tools.generate`` to write, ``--check`` to
compare.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tools import action_image, example, picture
from tools.refusal import Refusal
from tools.tables import made_parts, table
from tools.twins import composite_yml, example_workflows, reusable_yml

from cc_lb_selfcheck.diagnosis.catalogue import (
    FINDINGS_FOLDER,
    FINDINGS_PAGE,
    Entry,
    entries,
    glossary,
    near_misses,
)
from cc_lb_selfcheck.options import default_text, flag_of, option_of, options, takes_many
from cc_lb_selfcheck.report.page import page_markdown
from cc_lb_selfcheck.report.schema import SCHEMAS
from cc_lb_selfcheck.settings import CheckSettings, PublishSettings
from cc_lb_selfcheck.telling import OUTPUTS

ROOT = Path(__file__).resolve().parent.parent

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
  image: {image}
  args:
    - ${{{{ inputs.command }}}}
"""


def action_yml(text: str) -> str:
    """Return the Action's metadata, with the image that the present ``text`` of it names.

    Raises ``Refusal`` where that is no image of ours: which one a release names, only the release
    knows.
    """
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
    return _ACTION.format(
        inputs="\n".join(inputs),
        outputs="\n".join(outputs),
        image=action_image.image_of(text),
    )


PAGES = (
    "README.md",
    "docs/options.md",
    "docs/architecture.md",
    "docs/report.md",
    "docs/guides/pull-request.md",
)
"""Pages with parts that are made, each between two markers."""


def with_made_parts(text: str) -> str:
    """Return a page with its made parts renewed."""
    for name, part in made_parts().items():
        begin, end = f"<!-- begin:{name} -->\n", f"<!-- end:{name} -->"
        before, found, rest = text.partition(begin)
        if found:
            text = f"{before}{begin}{part}\n{end}{rest.partition(end)[2]}"
    return text


_MADE = "<!-- Made by tools/generate.py from the catalogue; do not edit by hand. -->\n"
_INDEX = """\
# Findings

Everything that a check may say about a plugin has a page here: what it means, what leads to it, how
to mend it. `cc-lb-selfcheck explain ID` prints the same.

## By verdict

The host's verdict alone leads to one of these. Most refusals have a finding that is more precise.

{verdicts}

## More precise findings

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
        verdicts=table(
            ("Finding", "Verdict", "In words"),
            [(_linked(entry), f"`{entry.name}`", entry.title) for entry in entries()],
        ),
        near=table(
            ("Finding", "With the verdict", "Severity", "In words"),
            [
                (_linked(entry), ", ".join(entry.seen_with), entry.severity, entry.title)
                for entry in near_misses()
            ],
        ),
        words="\n".join(f"- **{word}**: {meaning}" for word, meaning in glossary().items()),
        plugins=table(("Plugin", "What is wrong with it", "Finding"), plugin_rows()),
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
    verdicts = ", ".join(f"`{name}`" for name in entry.told_with)
    about = f"severity: {entry.severity} · verdict: {verdicts}"
    parts = [f"{_MADE}# {entry.title}\n", f"`{entry.id}` · {about}\n", page_markdown(entry)]
    return "\n".join([*parts, f"[All findings](../{Path(FINDINGS_PAGE).name})\n"])


def main(arguments: list[str]) -> int:
    """Write everything, or with ``--check`` name what is out of date and return 1."""
    try:
        return _generate(check="--check" in arguments)
    except Refusal as refusal:
        print(refusal)
        return 1


def _generate(*, check: bool) -> int:
    action = action_yml((ROOT / "action.yml").read_text("utf-8"))
    made = {
        ROOT / "action.yml": action,
        ROOT / "composite/action.yml": composite_yml(action),
        ROOT / ".github/workflows/check-plugins.yml": reusable_yml(),
        **{ROOT / "examples/workflows" / name: text for name, text in example_workflows()},
        **{ROOT / page: with_made_parts((ROOT / page).read_text("utf-8")) for page in PAGES},
        ROOT / FINDINGS_PAGE: findings_page(),
        **{ROOT / entry.page: finding_page(entry) for entry in (*entries(), *near_misses())},
        picture.PICTURE: picture.svg(),
        example.EXAMPLE: example.example(),
        **{
            ROOT / f"docs/{name}.schema.json": json.dumps(schema(), indent=2) + "\n"
            for name, schema in SCHEMAS.items()
        },
    }
    stale = [
        path for path, text in made.items() if not path.exists() or path.read_text("utf-8") != text
    ]
    orphans = sorted({*(ROOT / FINDINGS_FOLDER).glob("*.md")} - set(made))
    if check:
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
