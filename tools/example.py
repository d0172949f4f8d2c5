"""Makes the example of a report, by the real command on a few of the example plugins.

What depends on the machine is replaced: times, and how plugins are held there. Everything else is
the same wherever it runs.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
EXAMPLE: Final = ROOT / "docs/report.example.json"
PATHS: Final = (
    "tests/plugins/dist/bad-identity.wasm",
    "tests/plugins/dist/config-at-start.wasm",
    "tests/plugins/dist/filter.wasm",
    "tests/plugins/dist/misspelt-status.wasm",
    "tests/plugins/dist/panic-with-debuginfo.wasm",
    "tests/plugins/dist/unrel*.wasm",
)
_MS: Final = 0.25
_ANSWERED: Final = re.compile(r'(?<=ed_at)(\\*": ?)\d{10}\b')
"""The time that plugins answer with, which is that of the request, also where it is quoted."""
_WHEN: Final = r"\g<1>1767268800"
_TIMES: Final = {"started_at": "2026-01-01T12:00:00Z", "finished_at": "2026-01-01T12:00:02Z"}


def example() -> str:
    """Return the example. Raises ``RuntimeError`` where there is no report."""
    command = [sys.executable, "-m", "cc_lb_selfcheck", "check", *PATHS, "--format", "json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if not done.stdout:
        raise RuntimeError(f"The example's command made no report:\n{done.stderr}")
    report = {**_with_fixed_times(json.loads(done.stdout)), **_TIMES}
    for layer in report["sandbox"]:
        layer |= {"holds": True, "detail": ""}
    text = json.dumps(report, indent=2, ensure_ascii=False)
    return f"{_ANSWERED.sub(_WHEN, text)}\n"


def _with_fixed_times(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_fixed_times(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _MS if key.endswith("_ms") and item is not None else _with_fixed_times(item)
        for key, item in value.items()
    }
