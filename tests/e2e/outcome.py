"""Compares what a step of the action said with what the example plugins should get.

    STEP='{"outcome": …, "outputs": {…}}' python3 outcome.py CONCLUSION

``STEP`` is the workflow's ``toJSON(steps.ID)``. The verdicts of the report must be those of
``tests/plugins/expected.toml``, the counts those of the report, and the step must have failed
unless the conclusion is ``success``. Needs the standard library only.
"""

from __future__ import annotations

import json
import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
EXPECTED = ROOT / "tests/plugins/expected.toml"


def disagreements(step: Mapping[str, Any], conclusion: str) -> Iterator[str]:
    """Yield a sentence for each thing that is not as expected."""
    outputs = step["outputs"]
    outcome = "success" if conclusion == "success" else "failure"
    if step["outcome"] != outcome:
        yield f"The step ended in {step['outcome']}, not {outcome}."
    if outputs.get("conclusion") != conclusion:
        yield f"The conclusion is {outputs.get('conclusion')!r}, not {conclusion!r}."
    report = json.loads((ROOT / outputs["report"]).read_text("utf-8"))
    for name in ("passed", "refused", "undetermined"):
        count = str(report["summary"][name])
        if outputs.get(name) != count:
            yield f"The output {name} is {outputs.get(name)!r}, the report says {count}."
    expected = {entry["name"]: entry for entry in _plugins()}
    for artifact in report["artifacts"]:
        yield from _disagreements(artifact, expected[PurePosixPath(artifact["path"]).stem])


def _plugins() -> list[dict[str, Any]]:
    return tomllib.loads(EXPECTED.read_text("utf-8"))["plugin"]  # type: ignore[no-any-return]


def _disagreements(artifact: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[str]:
    if expected.get("unmarked") and artifact["status"] == "skipped":
        return
    verdict = artifact["verdict"] or {}
    told = {"status": artifact["status"], **{key: verdict.get(key) for key in ("variant", "kind")}}
    for key, value in told.items():
        if value != expected.get(key):
            yield f"{artifact['path']}: the {key} is {value!r}, not {expected.get(key)!r}."
    if expected.get("message", "") not in (verdict.get("message") or ""):
        yield f"{artifact['path']}: the message is {verdict.get('message')!r}."


def main() -> int:
    """Print what disagrees; return 1 where something does."""
    step = json.loads(os.environ["STEP"])
    found = list(disagreements(step, sys.argv[1]))
    for sentence in found:
        print(sentence)
    if not found:
        print(f"As expected: {json.dumps(step['outputs'])}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
