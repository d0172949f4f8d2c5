"""The Action's twins, made from its inputs and outputs, and the example workflows.

The examples are what ``init`` writes for a Cargo workspace with three plugins.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cc_lb_selfcheck.diagnosis.repository import Repository
from cc_lb_selfcheck.output import OUTPUTS
from cc_lb_selfcheck.settings import CheckSettings, PublishSettings, flag_of, option_of, options
from cc_lb_selfcheck.surfaces.yaml import Yaml
from cc_lb_selfcheck.workflows.ask import Nobody
from cc_lb_selfcheck.workflows.init import files_of, plan_of
from cc_lb_selfcheck.workflows.settings import InitSettings

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
