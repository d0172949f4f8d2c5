"""The command, run as its users run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cc_lb_selfcheck.cli.app import EXIT_CODES
from cc_lb_selfcheck.diagnosis.catalogue import entries, near_misses
from cc_lb_selfcheck.options import CommandSettings, flag_of, option_of, options
from cc_lb_selfcheck.report.settings import DiffSettings, MergeSettings
from cc_lb_selfcheck.settings import CheckSettings, PublishSettings
from cc_lb_selfcheck.workflows.settings import InitSettings

PLUGINS = Path(__file__).parent / "plugins"
DIST = PLUGINS / "dist"


def run(
    *arguments: str | bytes, cwd: Path = PLUGINS, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
    done = subprocess.run(
        [sys.executable, "-m", "cc_lb_selfcheck", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**clean, **(env or {})},
    )
    assert "Traceback" not in done.stderr
    return done


def report_of(*arguments: str, cwd: Path = PLUGINS) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(
        run("check", "--format", "json", *arguments, cwd=cwd).stdout
    )
    return loaded


def expected_plugins() -> list[dict[str, Any]]:
    tables = tomllib.loads((PLUGINS / "expected.toml").read_text())
    found: list[dict[str, Any]] = next(item for item in tables.values() if isinstance(item, list))
    return found


@pytest.mark.parametrize(
    ("given", "told"), [([], "No path"), (["!dist/**"], "Only what to leave out")]
)
def test_nothing_to_check_is_told_in_a_sentence(given: list[str], told: str) -> None:
    done = run("check", *given)
    assert done.returncode == 2
    wanted = f"{told} was given: name files, directories or patterns to check."
    assert done.stderr == f"cc-lb-selfcheck: {wanted}\n"


def test_every_example_plugin_gets_its_verdict() -> None:
    report = report_of("dist", "--unmarked", "check")
    by_name = {Path(item["path"]).stem: item for item in report["artifacts"]}
    for wanted in expected_plugins():
        item = by_name.pop(wanted["name"])
        assert item["status"] == wanted["status"], wanted["name"]
        if wanted["status"] == "refused":
            assert item["verdict"]["variant"] == wanted["variant"]
            assert wanted.get("message", "") in item["verdict"]["message"]
            assert item["verdict"]["kind"] == wanted.get("kind")
            assert item["finding"]["cause"]
        elif wanted["status"] == "passed":
            assert (item["finding"] or {}).get("severity") != "error"
    assert by_name == {}


def test_a_report_fits_its_schema() -> None:
    schema = json.loads(run("schema").stdout)
    jsonschema.validate(report_of("dist"), schema)


def test_unmarked_files_are_skipped_unless_named() -> None:
    assert report_of("dist/unrel*.wasm")["artifacts"][0]["status"] == "skipped"
    assert report_of("dist/unrelated.wasm")["artifacts"][0]["status"] == "refused"


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["dist/shape.wasm"], 0),
        (["dist/empty-output.wasm"], 1),
        (["dist/empty-output.wasm", "--fail-on", "never"], 0),
        (["dist/config-at-start.wasm"], 3),
        (["dist/config-at-start.wasm", "--fail-on", "refused"], 0),
        (["dist/config-at-start.wasm", "dist/empty-output.wasm"], 1),
        (["dist/shape.wasm", "missing.wasm"], 2),
        (["dist/unrel*.wasm"], 2),
        (["dist/unrel*.wasm", "--if-no-plugins", "warn"], 0),
        (["dist", "!dist/**"], 2),
        ([], 2),
        (["dist", "--jobs", "0"], 2),
        (["dist", "--deadline", "nan"], 2),
        (["dist/shape.wasm", "--report", "/dev/null/report.json"], 2),
        (["dist/shape.wasm", "--cache-dir", "/dev/null/cache"], 2),
        (["--nonsense"], 2),
    ],
)
def test_exit_status(arguments: list[str], status: int) -> None:
    assert run("check", *arguments).returncode == status


def test_same_content_shares_a_verdict(tmp_path: Path) -> None:
    data = (DIST / "empty-output.wasm").read_bytes()
    for name in ("a.wasm", "b.wasm"):
        (tmp_path / name).write_bytes(data)
    report = report_of(".", cwd=tmp_path)
    assert [item["path"] for item in report["artifacts"]] == ["a.wasm", "b.wasm"]
    assert report["artifacts"][0]["verdict"] == report["artifacts"][1]["verdict"]


def test_bad_files_cost_no_other_verdict(tmp_path: Path) -> None:
    (tmp_path / "good.wasm").write_bytes((DIST / "shape.wasm").read_bytes())
    os.mkfifo(tmp_path / "pipe.wasm")
    (tmp_path / "outside.wasm").symlink_to("/etc/hostname")
    with (tmp_path / "huge.wasm").open("wb") as file:
        file.truncate(2 << 30)
    named = ["good.wasm", "pipe.wasm", "outside.wasm", "huge.wasm", "missing.wasm"]
    done = run("check", "--format", "json", *named, cwd=tmp_path)
    report = json.loads(done.stdout)
    assert done.returncode == 2
    assert {item["path"]: item["status"] for item in report["artifacts"]} == {
        "good.wasm": "passed",
        "huge.wasm": "undetermined",
    }
    assert {item["path"] for item in report["problems"]} == {
        "pipe.wasm",
        "outside.wasm",
        "missing.wasm",
    }


def test_hostile_names_make_no_command(tmp_path: Path) -> None:
    data = (DIST / "empty-output.wasm").read_bytes()
    names = ["a\n::error::x.wasm", "##[error]b.wasm", "\u2028::warning::c.wasm"]
    for name in names:
        (tmp_path / name).write_bytes(data)
    (tmp_path / os.fsdecode(b"d\xff.wasm")).write_bytes(data)
    done = run("check", ".", cwd=tmp_path)
    assert done.returncode == 1
    for line in (done.stdout + done.stderr).splitlines():
        assert not line.strip().startswith("::")
        assert "##[" not in line
    assert run("check", ".", "--format", "json", cwd=tmp_path).stdout.count("##[") == 0


def test_in_actions_writes_annotations_summary_and_outputs(tmp_path: Path) -> None:
    output, summary = tmp_path / "output", tmp_path / "summary"
    environment = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(output),
        "GITHUB_STEP_SUMMARY": str(summary),
        "INPUT_PATHS": "dist\n!dist/config-at-start.wasm",
        "INPUT_FAIL-ON": "never",
        "INPUT_JOBS": "",
        "INPUT_REPORT": str(tmp_path / "report.json"),
    }
    done = run("check", env=environment)
    assert done.returncode == 0
    errors = [line for line in done.stdout.splitlines() if line.startswith("::error ")]
    assert len(errors) == 10
    assert "more are not shown" in errors[-1]
    assert "refused<<" in output.read_text()
    marked = [item for item in expected_plugins() if not item.get("unmarked")]
    refused = sum(item["status"] == "refused" for item in marked)
    told = [item for item in marked if item["name"] != "config-at-start"]
    headline = f"## ❌ cc-lb would refuse {refused} of {len(told)} plugins"
    assert summary.read_text().startswith(headline)
    assert json.loads((tmp_path / "report.json").read_text())["schema_version"] == 1
    json_run = run("check", "--format", "json", env=environment)
    assert json.loads(json_run.stdout)["summary"]["refused"] == refused
    assert "::error " in json_run.stderr


def test_no_color_and_pipes_are_plain() -> None:
    assert "\x1b" not in run("check", "dist/shape.wasm").stdout


@pytest.mark.parametrize(
    ("command", "model"),
    [
        ("check", CheckSettings),
        ("publish", PublishSettings),
        ("merge", MergeSettings),
        ("diff", DiffSettings),
        ("init", InitSettings),
    ],
)
def test_the_help_of_a_command_is_whole_in_80_columns(
    command: str, model: type[CommandSettings]
) -> None:
    told = run(command, "--help", env={"COLUMNS": "80"}).stdout

    assert max(map(len, told.splitlines())) <= 80
    assert "…" not in told.replace("INPUT_…", "")
    shown = {name: field for name, field in options(model).items() if not option_of(field).hidden}
    flags = {flag_of(name) for name in shown}
    words = {word for line in told.splitlines() for word in line.split()[:1]}
    assert flags - words <= {flag_of(name) for name in ("paths", "reports", "old", "new")}


def test_the_help_tells_what_each_command_does() -> None:
    told = " ".join(run("--help", env={"COLUMNS": "80"}).stdout.split())

    assert "Publish reports of check: merged, as the pull request's comment, summary and" in told
    for status, words in EXIT_CODES.items():
        assert f" {status} {words}" in told


def test_without_a_command_the_help_is_told_as_wrong_usage() -> None:
    done = run()

    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout == run("--help").stdout


def test_explain_tells_each_variant() -> None:
    names = [line.split()[0] for line in run("explain").stdout.splitlines()]
    assert len(names) == len(set(names)) == len(entries()) + len(near_misses())
    for name in (names[0], names[-1], "wasi"):
        assert "How to mend it" in run("explain", name).stdout
    for name in ("nonsense", "", " "):
        nothing = run("explain", name)
        assert (nothing.returncode, nothing.stdout) == (2, "")
        assert nothing.stderr.endswith(" `cc-lb-selfcheck explain` lists them.\n")
    for wrong, right in (
        ("cclb-panik", "CCLB-PANIC"),
        ("painc", "CCLB-PANIC"),
        ("Instanciate", "Instantiate"),
    ):
        assert f"{wrong!r}: did you mean {right}" in run("explain", wrong).stderr


def test_generated_files_are_up_to_date() -> None:
    command = [sys.executable, "-m", "tools.generate", "--check"]
    done = subprocess.run(command, cwd=PLUGINS.parents[1], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout
