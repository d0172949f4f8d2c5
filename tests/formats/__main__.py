"""Judge what the command writes for the example plugins: `python -m tests.formats`.

Runs the real command on all of them, as a whole and as two legs of a matrix, merges the legs, and
has everything read by sarif-multitool (installed by npm), junitparser and check-jsonschema.
`--tools FOLDER` keeps what was installed for the next time.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from .judges import (
    ROOT,
    SARIF_SCHEMA,
    Multitool,
    check_schema,
    check_schemas,
    read_junit,
)

_FORMS: Final = ("json", "sarif", "junit")
_IN_ACTIONS: Final = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_JOB": "check",
    "GITHUB_REF_NAME": "main",
    "GITHUB_REF_TYPE": "branch",
    "GITHUB_REPOSITORY": "octo/plugins",
    "GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567",
    "GITHUB_WORKFLOW": "Plugins",
}


def selfcheck(folder: Path, name: str, *arguments: str, **environment: str) -> str:
    """Run the command in the checkout, and return what it prints.

    It writes ``name`` in every format, if there is one.
    """
    outputs = [f"--output={form}={folder / name}.{form}" for form in _FORMS]
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
    done = subprocess.run(
        [sys.executable, "-m", "cc_lb_selfcheck", *arguments, *(outputs if name else [])],
        cwd=ROOT,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1, 2, 3):
        raise RuntimeError(f"{arguments} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def write_all(folder: Path) -> list[str]:
    """Write reports of each kind in each format, and return their names."""
    cache = folder / "cache"
    cache.mkdir(mode=0o777)
    everything = ("check", "tests/plugins/dist", "--unmarked=check", f"--cache-dir={cache}")
    selfcheck(folder, "whole", *everything)
    selfcheck(
        folder, "wrong", "check", "no-such.wasm", "no-such/*", "tests/plugins/dist/filter.wasm"
    )
    for leg in ("1", "2"):
        selfcheck(
            folder,
            f"leg-{leg}",
            *everything,
            f"--shard={leg}/2",
            **_IN_ACTIONS,
            INPUT_MATRIX=f'{{"shard": {leg}}}',
            INPUT_STRATEGY=f'{{"job-index": {int(leg) - 1}, "job-total": 2}}',
        )
    legs = [str(folder / f"leg-{leg}.json") for leg in ("1", "2")]
    selfcheck(folder, "merged", "merge", *legs)
    names = ["whole", "wrong", "leg-1", "leg-2", "merged"]
    changed = selfcheck(folder, "", "diff", legs[0], str(folder / "merged.json"), "--format=json")
    (folder / "diff").write_text(changed, "utf-8")
    return names


def judge(folder: Path, multitool: Multitool) -> dict[str, list[str]]:
    """Return what each tool has to say."""
    names = write_all(folder)
    said: dict[str, list[str]] = {"sarif-multitool": [], "junitparser": [], "check-jsonschema": []}
    for name in names:
        told = json.loads((folder / f"{name}.json").read_text("utf-8"))
        faults = sum(problem["is_usage_error"] for problem in told["problems"])
        said["sarif-multitool"] += multitool.validate(folder / f"{name}.sarif")
        said["junitparser"] += read_junit(folder / f"{name}.junit", told["summary"], faults)
    said["check-jsonschema"] = [
        *check_schemas("docs/report.schema.json", "docs/diff.schema.json"),
        *check_schema("docs/report.schema.json", ROOT / "docs/report.example.json"),
        *check_schema("docs/report.schema.json", *(folder / f"{name}.json" for name in names)),
        *check_schema("docs/diff.schema.json", folder / "diff"),
        *check_schema(SARIF_SCHEMA, *(folder / f"{name}.sarif" for name in names)),
    ]
    return said


def prove_awake(folder: Path, multitool: Multitool) -> list[str]:
    """Show each judge something wrong; return which did not notice."""
    asleep = []
    wrong: dict[str, Any] = json.loads((folder / "whole.sarif").read_text("utf-8"))
    file = folder / "damaged.sarif"
    (run,) = wrong["runs"]
    for field, value in (("ruleIndex", 999), ("level", "fatal")):
        run["results"][0][field] = value
        file.write_text(json.dumps(wrong), "utf-8")
        if not multitool.validate(file):
            asleep.append(f"sarif-multitool ({field})")
    if not check_schema(SARIF_SCHEMA, file):
        asleep.append("check-jsonschema")
    shutil.copy(folder / "whole.junit", folder / "damaged.junit")
    if not read_junit(folder / "damaged.junit", dict.fromkeys(_SUMMARY, 1), 0):
        asleep.append("junitparser")
    return [f"{name} did not notice what was wrong" for name in asleep]


_SUMMARY: Final = ("artifacts", "refused", "undetermined", "skipped")


def main(arguments: list[str]) -> int:
    """Judge everything; the exit status is 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="./dev formats", description=__doc__)
    parser.add_argument("--tools", type=Path, help="where to install; a temporary folder if absent")
    options = parser.parse_args(arguments)
    if shutil.which("npm") is None:
        print("npm is not installed; it comes with Node.js: the package `npm` of your system.")
        return 1
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="formats-")))
        multitool = Multitool(options.tools or folder / "tools")
        said = judge(folder, multitool)
        said["the judges are awake"] = prove_awake(folder, multitool)
    for name, complaints in said.items():
        print(f"{name}: {'not clean' if complaints else 'clean'}", *complaints, sep="\n")
    return 1 if any(said.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
