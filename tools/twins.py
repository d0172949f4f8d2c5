"""The Action's twins: the composite action, made from the Action's own inputs and outputs."""

from __future__ import annotations

import json

from cc_lb_selfcheck.output import OUTPUTS
from cc_lb_selfcheck.settings import CheckSettings, PublishSettings, flag_of, option_of, options

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
