"""The Action's twins, made from its inputs and outputs, and the example workflows.

The twins are the composite action and the reusable workflow. The examples are what ``init`` writes
for a Cargo workspace with three plugins.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from cc_lb_selfcheck.diagnosis.repository import Repository
from cc_lb_selfcheck.options import default_text, flag_of, is_switch, option_of, options, takes_many
from cc_lb_selfcheck.settings import CheckSettings, PublishSettings
from cc_lb_selfcheck.surfaces.yaml import Yaml
from cc_lb_selfcheck.telling import OUTPUTS
from cc_lb_selfcheck.workflows.ask import Nobody
from cc_lb_selfcheck.workflows.compose import ACTION, CHECKOUT, REPORT, UPLOAD
from cc_lb_selfcheck.workflows.init import files_of, plan_of
from cc_lb_selfcheck.workflows.settings import DEFAULT_RUNNER, RELEASE, InitSettings

PLUGINS: Final = ("filter", "shape", "signer")
EXAMPLES: Final = {
    ("pull-request.yml",): InitSettings(),
    ("fork-check.yml", "fork-publish.yml"): InitSettings(forks=True),
    ("matrix.yml",): InitSettings(matrix=("auto",)),
    ("monorepo.yml",): InitSettings(
        artifacts="plugins",
        shards=3,
        changed=("plugins/**",),
        check_run=True,
        comment_id="plugins",
    ),
    ("enterprise.yml",): InitSettings(
        runs_on=("self-hosted", "linux"), ca_bundle="certificates/ca.pem"
    ),
}
"""The files in ``examples/workflows``, and the options that make them."""
_STEPS = """\
runs:
  using: composite
  steps:
    - id: set-up
      shell: bash
      run: bash "$GITHUB_ACTION_PATH/find-python.sh"
    - id: check
      shell: bash
      run: exec "$PYTHON" -IXutf8 -m cc_lb_selfcheck "$COMMAND"
      env:
        PYTHON: ${{ steps.set-up.outputs.python }}
        COMMAND: ${{ inputs.command }}
"""


def composite_yml(action: str) -> str:
    """Return the metadata of the composite action, from that of the Action.

    The inputs get to the check as the runner gives them to the Action: in variables ``INPUT_…``.
    """
    head = action.partition("\noutputs:\n")[0]
    outputs = [
        f"  {name}:\n    description: {json.dumps(words)}\n"
        f"    value: ${{{{ steps.check.outputs.{name} }}}}\n"
        for name, words in OUTPUTS.items()
    ]
    fields = {**options(CheckSettings), **options(PublishSettings)}
    names = [flag_of(name)[2:] for name, field in fields.items() if option_of(field).is_input]
    inputs = [f"        INPUT_{name.upper()}: ${{{{ inputs.{name} }}}}\n" for name in names]
    return "".join([head, "\noutputs:\n", *outputs, _STEPS, *inputs])


_REUSABLE: Final = """\
# Made by tools/twins.py; do not edit by hand.
# Builds plugins, checks them in parts, and comments once: see docs/guides/monorepo.md.
name: Check plugins

on:
  workflow_call:
    inputs:
      build:
        description: "Commands for bash that build the plugins; none where a job before did."
        type: string
        default: ""
      paths:
        description: "What the commands write: files and patterns. One a line."
        type: string
        default: ""
      artifacts:
        description: "The artifact that hands the plugins on, or that a job before uploaded."
        type: string
        default: "plugins"
      shards:
        description: "How many jobs share the plugins."
        type: number
        default: 1
      runs-on:
        description: "The runner's label."
        type: string
        default: "{runner}"
      reports:
        description: "What the reports' artifacts are called; another name for each use."
        type: string
        default: "{report}"
{inputs}    outputs:
{outputs}
permissions: {{}}

jobs:
  build:
    name: Build
    runs-on: ${{{{ inputs.runs-on }}}}
    timeout-minutes: 120
    permissions:
      contents: read # to check out
    outputs:
      parts: ${{{{ steps.parts.outputs.parts }}}}
    steps:
      - id: parts
        run: |
          parts=1
          for ((part = 2; part <= SHARDS; part++)); do parts+=", $part"; done
          echo "parts=[$parts]" >> "$GITHUB_OUTPUT"
        shell: bash
        env:
          SHARDS: ${{{{ inputs.shards }}}}
      - if: inputs.build != ''
        uses: {checkout}
        with:
          persist-credentials: false
      - if: inputs.build != ''
        run: bash -euo pipefail -c "$BUILD"
        shell: bash
        env:
          BUILD: ${{{{ inputs.build }}}}
      - if: inputs.build != ''
        uses: {upload}
        with:
          name: ${{{{ inputs.artifacts }}}}
          path: ${{{{ inputs.paths }}}}
          if-no-files-found: error

  check:
    name: Self-check, part ${{{{ matrix.shard }}}}
    needs: build
    runs-on: ${{{{ inputs.runs-on }}}}
    timeout-minutes: 60
    permissions:
      actions: read # to read what was built
      contents: read # to check out the certificates
    strategy:
      fail-fast: false
      matrix:
        shard: ${{{{ fromJSON(needs.build.outputs.parts) }}}}
    steps:
{certificates}      - uses: {action}
        with:
          artifacts: ${{{{ inputs.artifacts }}}}
          shard: ${{{{ matrix.shard }}}}/${{{{ inputs.shards }}}}
          comment-mode: "off" # the job below comments
{check}      - if: ${{{{ !cancelled() }}}}
        uses: {upload}
        with:
          name: ${{{{ inputs.reports }}}}-${{{{ matrix.shard }}}}
          path: {report}.json

  publish:
    name: Comment
    needs: check
    if: ${{{{ !cancelled() }}}}
    runs-on: ${{{{ inputs.runs-on }}}}
    timeout-minutes: 30
    permissions:
      actions: read # to read the reports
      contents: read # to check out the certificates
      pull-requests: write # to comment
    outputs:
{results}    steps:
{certificates}      - id: publish
        uses: {action}
        with:
          command: publish
          artifacts: ${{{{ inputs.reports }}}}-*
{publish}"""
_CERTIFICATES: Final = f"""\
      - if: inputs.ca-bundle != '' && !startsWith(inputs.ca-bundle, '/')
        uses: {CHECKOUT}
        with:
          persist-credentials: false
          sparse-checkout: ${{{{ inputs.ca-bundle }}}}
          sparse-checkout-cone-mode: false
"""
_OF_CHECK: Final = ("exclude", "unmarked", "if_no_plugins", "deadline", "memory")
_OF_PUBLISH: Final = ("comment_mode", "comment_id", "publish_errors", "max_wait")
_OF_BOTH: Final = ("fail_on", "continue_on_refusal", "ca_bundle")
"""The Action's inputs that the reusable workflow has as well."""
_RESULTS: Final = tuple(name for name in OUTPUTS if name != "report")


def reusable_yml() -> str:
    """Return the reusable workflow, whose inputs are given to the Action."""

    def forwarded(names: Iterable[str]) -> str:
        flags = (flag_of(name)[2:] for name in names)
        return "".join(f"          {flag}: ${{{{ inputs.{flag} }}}}\n" for flag in flags)

    fields = options(CheckSettings)
    inputs = []
    for name in (*_OF_CHECK, *_OF_BOTH, *_OF_PUBLISH):
        field = fields[name]
        default = default_text(field)
        words = f"{field.description}{' One a line.' if takes_many(field) else ''}"
        inputs += [
            f"      {flag_of(name)[2:]}:",
            f"        description: {json.dumps(words, ensure_ascii=False)}",
            f"        type: {'boolean' if is_switch(field) else 'string'}",
            f"        default: {default if is_switch(field) else json.dumps(default)}",
        ]
    outputs = [
        f"      {name}:\n        description: {json.dumps(OUTPUTS[name])}\n"
        f"        value: ${{{{ jobs.publish.outputs.{name} }}}}\n"
        for name in _RESULTS
    ]
    results = [f"      {name}: ${{{{ steps.publish.outputs.{name} }}}}\n" for name in _RESULTS]
    return _REUSABLE.format(
        inputs="".join(f"{line}\n" for line in inputs),
        outputs="".join(outputs),
        results="".join(results),
        runner=DEFAULT_RUNNER,
        report=REPORT,
        checkout=CHECKOUT,
        certificates=_CERTIFICATES,
        upload=UPLOAD,
        action=f"{ACTION}@{RELEASE}",
        check=forwarded((*_OF_CHECK, *_OF_BOTH)),
        publish=forwarded((*_OF_BOTH, *_OF_PUBLISH)),
    )


def example_workflows() -> Iterator[tuple[str, Yaml]]:
    """Yield the name and the text of each example workflow."""
    with tempfile.TemporaryDirectory() as folder:
        for plugin in PLUGINS:
            crate = Path(folder, plugin)
            crate.mkdir()
            manifest = f'[package]\nname = "{plugin}"\n[lib]\ncrate-type = ["cdylib"]\n'
            (crate / "Cargo.toml").write_text(manifest, "utf-8")
        Path(folder, "Cargo.toml").write_text('[workspace]\nmembers = ["*"]\n', "utf-8")
        repository = Repository(Path(folder))
        for names, settings in EXAMPLES.items():
            files = files_of(plan_of(settings, repository, Nobody()), settings.name)
            yield from zip(names, files.values(), strict=True)
