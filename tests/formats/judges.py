"""The tools that read our formats; each returns what it has to say, nothing where all is well."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from junitparser import Error, Failure, JUnitXml, Skipped

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parents[1]
SARIF_SCHEMA: Final = "tests/support/schemas/sarif-2.1.0.json"
TOLERATED: Final = {
    "SARIF2002": "messages are whole sentences: GitHub shows no message that is put together",
    "SARIF2003": "the commit is told where the environment tells it",
    "SARIF2006": "it asks the network for the pages of the findings",
    "SARIF2009": "ids are ours, and never change",
    "SARIF2010": "a place without a line has no snippet",
    "SARIF2011": "the report keeps one line of the sources",
    "SARIF2013": "the sources and artifacts themselves are the author's, and stay there",
}
"""Notes of sarif-multitool that are not worth mending, and why. Warnings and errors never are."""

_ALWAYS_NOTED: Final = "SARIF2009"
"""Without this note it has not looked: of what it cannot read, it says nothing at all."""


class Multitool:
    """Microsoft's sarif-multitool, installed by npm into a folder."""

    def __init__(self, folder: Path) -> None:
        """Install it. Raises ``CalledProcessError``, and ``FileNotFoundError`` without npm."""
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(HERE / "package.json", folder)
        quiet = ("--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund")
        command = ["npm", "install", *quiet, "--loglevel=error"]
        subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL)
        system = {"Windows": "win32"}.get(platform.system(), platform.system().lower())
        name = "Sarif.Multitool.exe" if system == "win32" else "Sarif.Multitool"
        self._program = folder / f"node_modules/@microsoft/sarif-multitool-{system}" / name
        self._program.chmod(0o755)

    def validate(self, file: Path) -> list[str]:
        """Return each complaint about a SARIF file, GitHub's own rules included."""
        told = file.with_suffix(".judged")
        command = [str(self._program), "validate", str(file), "--output", str(told), "--quiet"]
        command += ["--rule-kind", "Sarif;Gh;Ghas", "--level", "Error;Warning;Note"]
        command += ["--kind", "Fail", "--log", "ForceOverwrite"]
        # .NET would ask for a library of languages that not every machine has.
        environment = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if not told.exists():
            return [f"sarif-multitool gave no judgement:\n{done.stdout}{done.stderr}"]
        (run,) = json.loads(told.read_text("utf-8-sig"))["runs"]
        rules = {rule["id"]: rule for rule in run["tool"]["driver"].get("rules", [])}
        results = run.get("results", [])
        if not any(result["ruleId"] == _ALWAYS_NOTED for result in results):
            return [f"sarif-multitool could not read {file.name}, and does not say why"]
        complaints = [_complaint(result, rules) for result in results]
        return sorted(set(filter(None, complaints)))


def _complaint(result: dict[str, Any], rules: dict[str, Any]) -> str:
    rule, level = result["ruleId"], result.get("level", "warning")
    if level == "note" and rule in TOLERATED:
        return ""
    message = result["message"]
    template = rules.get(rule, {}).get("messageStrings", {}).get(message.get("id"), {})
    words = message.get("text") or template.get("text", "")
    return f"{level} {rule}: {words.format(*message.get('arguments', []))}"


def read_junit(file: Path, summary: dict[str, int], faults: int) -> list[str]:
    """Return where junitparser counts otherwise than the report, with so many wrong usages."""
    read = JUnitXml.fromfile(str(file))
    (suite,) = read
    kinds = [type(case.result[0]) if case.result else None for case in suite]
    counts = {
        "tests": (summary["artifacts"] + faults, len(kinds)),
        "failures": (summary["refused"], kinds.count(Failure)),
        "errors": (summary["undetermined"] + faults, kinds.count(Error)),
        "skipped": (summary["skipped"], kinds.count(Skipped)),
    }
    complaints = []
    for name, (wanted, counted) in counts.items():
        told = {wanted, counted, getattr(suite, name), getattr(read, name)}
        if len(told) > 1:
            complaints.append(f"{name}: the report has {wanted}, the cases {counted}: {told}")
    return complaints


def check_schema(schema: str, *files: Path) -> list[str]:
    """Return what check-jsonschema says of files that do not fit a schema."""
    return _check_jsonschema("--schemafile", str(ROOT / schema), *map(str, files))


def check_schemas(*schemas: str) -> list[str]:
    """Return what check-jsonschema says of schemas that are none."""
    return _check_jsonschema("--check-metaschema", *(str(ROOT / schema) for schema in schemas))


def _check_jsonschema(*arguments: str) -> list[str]:
    program = Path(sys.executable).parent / "check-jsonschema"
    done = subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False)
    return [] if done.returncode == 0 else [done.stdout + done.stderr]
