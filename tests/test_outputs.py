"""What `check`, `merge` and `diff` print and write: every format, whole, and over no input."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from junitparser import JUnitXml
from typer.testing import CliRunner, Result

from cc_lb_selfcheck.cli import whole_app
from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.model import Leg, Report
from cc_lb_selfcheck.settings import Format
from cc_lb_selfcheck.targets import give_to_owner_of
from tests.support.modules import error_module, identity_section, output_module, success
from tests.support.reader_runner import read_env_file, read_log
from tests.support.reader_sarif import read_sarif
from tests.support.reports import accepted, artifact, leg_report, refused, report, untold

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs the command in a directory with a good and a bad plugin."""
    good = output_module(success()) + identity_section("good", "1.0.0")
    (tmp_path / "good.wasm").write_bytes(good)
    (tmp_path / "bad.wasm").write_bytes(error_module(b"no <model> ]]> @here"))
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("GITHUB_", "INPUT_"))]:
        monkeypatch.delenv(name)

    def invoke(*arguments: str, inputs: dict[str, str] | None = None) -> Result:
        for key, value in (inputs or {}).items():
            monkeypatch.setenv(key, value)
        result = CliRunner().invoke(whole_app(), arguments)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return invoke


def keep(path: Path, told: Report) -> str:
    path.write_text(render_json(told), "utf-8")
    return str(path)


GREEN = report(artifact("a.wasm", accepted()))
RED = report(artifact("a.wasm", refused()))
UNTOLD = report(artifact("b.wasm", untold()))


# Check ---------------------------------------------------------------------------------------


def test_one_check_writes_every_format(run: Run, tmp_path: Path) -> None:
    forms = get_args(Format)
    outputs = [f"--output={form}={form}.out" for form in forms]
    result = run("check", "good.wasm", "bad.wasm", "--report=report.json", *outputs)
    assert result.exit_code == 1
    assert "2 artifacts: 1 passed, 1 refused" in result.stdout
    told = {form: (tmp_path / f"{form}.out").read_text("utf-8") for form in forms}
    assert told["text"] == result.stdout
    assert told["json"] == (tmp_path / "report.json").read_text("utf-8")
    assert told["markdown"].startswith("## ❌ cc-lb would refuse 1 of 2 plugins")
    (command,) = read_log(told["github"].rstrip("\n"))
    assert command.properties["title"] == (
        "The plugin reports an error instead of a response (CCLB-PLUGIN-ERROR)"
    )
    (item,) = read_sarif(told["sarif"])["results"]
    assert "The host says: self-check call failed: no <model> ]]> @here" in item["message"]["text"]
    suite = JUnitXml.fromstring(told["junit"].encode())
    assert (suite.tests, suite.failures) == (2, 1)
    assert {path.name for path in tmp_path.iterdir() if path.suffix != ".wasm"} == {
        "report.json",
        *(f"{form}.out" for form in forms),
    }


@pytest.mark.parametrize("form", ["sarif", "junit", "github", "markdown", "json"])
def test_in_actions_a_format_stays_whole_on_stdout(run: Run, tmp_path: Path, form: str) -> None:
    inputs = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(tmp_path / "outputs"),
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_SHA": "a" * 40,
        "GITHUB_REF_TYPE": "branch",
        "GITHUB_REF_NAME": "main",
        "GITHUB_WORKFLOW": "Plugins",
        "GITHUB_JOB": "check",
        "INPUT_PATHS": "good.wasm\nbad.wasm",
        "INPUT_OUTPUT": "sarif=a.sarif\njunit=a b.xml",
        "INPUT_REPORT": "r.json",
    }
    result = run("check", f"--format={form}", inputs=inputs)
    assert result.exit_code == 1
    commands = read_log(result.stdout.rstrip("\n"))
    assert [item.name for item in commands] == (["error"] if form == "github" else [])
    annotations = read_log(result.stderr.rstrip("\n"))
    assert [item.name for item in annotations] == ([] if form == "github" else ["error"])
    sarif = read_sarif((tmp_path / "a.sarif").read_text("utf-8"))
    assert sarif["automationDetails"]["id"] == "cc-lb-selfcheck/Plugins/check/"
    assert sarif["versionControlProvenance"][0] == {
        "repositoryUri": "https://github.com/o/r",
        "revisionId": "a" * 40,
        "branch": "main",
        "mappedTo": {"uriBaseId": "%SRCROOT%"},
    }
    assert JUnitXml.fromfile(str(tmp_path / "a b.xml")).failures == 1
    assert read_env_file((tmp_path / "outputs").read_text())["report"] == "r.json"


def test_paths_in_sarif_begin_at_the_repository(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub" / "dist").mkdir(parents=True)
    (tmp_path / "bad.wasm").rename(tmp_path / "sub" / "dist" / "bad.wasm")
    monkeypatch.chdir(tmp_path / "sub")
    (item,) = read_sarif(run("check", "dist/bad.wasm", "--format=sarif").stdout)["results"]
    physical = item["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "sub/dist/bad.wasm"


# Targets -------------------------------------------------------------------------------------


def test_what_cannot_be_written_costs_no_other_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    outputs = ("sarif=none/a.sarif", "junit=folder", "json=good.json", "text=/dev/full")
    result = run("check", "good.wasm", *(f"--output={output}" for output in outputs))
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "cc-lb-selfcheck: The report none/a.sarif cannot be written: no such file or directory.",
        "cc-lb-selfcheck: The report folder cannot be written: is a directory.",
        "cc-lb-selfcheck: The report /dev/full cannot be written: no space left on device.",
    ]
    assert json.loads((tmp_path / "good.json").read_text())["summary"]["passed"] == 1
    assert "✓ passed" in result.stdout


@pytest.mark.parametrize(
    ("option", "link", "to"),
    [
        ("--report=r.json", "r.json", "../mine"),
        ("--report=./d/../r.json", "r.json", "../not-there"),
        ("--output=sarif=d/r", "d", ".."),
        ("--cache-dir=c", "c", "../folder"),
        ("--cache-dir=c/d/e", "c", "/"),
    ],
)
def test_a_strangers_link_leads_no_file_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str, link: str, to: str
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    (work / "good.wasm").write_bytes(output_module(success()))
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "folder").mkdir()
    (work / link).symlink_to(to)
    result = CliRunner().invoke(whole_app(), ["check", "good.wasm", option])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "leads outside through a symbolic link" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "mine", "work"]
    assert (tmp_path / "mine").read_text() == "mine"
    assert list((tmp_path / "folder").iterdir()) == []


def test_links_are_followed_and_pipes_written_into(run: Run, tmp_path: Path) -> None:
    (tmp_path / "real.xml").write_text("earlier")
    (tmp_path / "link.xml").symlink_to("real.xml")
    result = run("check", "good.wasm", "--output=junit=link.xml", "--output=sarif=/dev/null")
    assert result.exit_code == 0
    assert (tmp_path / "link.xml").is_symlink()
    assert JUnitXml.fromfile(str(tmp_path / "real.xml")).tests == 1


def hard_link(folder: Path) -> str:
    os.link(folder / "good.wasm", folder / "other")
    return "other"


def symbolic_link(folder: Path) -> str:
    (folder / "other").symlink_to("good.wasm")
    return "other"


def archive(folder: Path) -> str:
    with zipfile.ZipFile(folder / "dist.zip", "w") as file:
        file.write(folder / "good.wasm", "good.wasm")
    return "dist.zip"


@pytest.mark.parametrize("name_of", [lambda _: "./good.wasm", hard_link, symbolic_link, archive])
def test_what_is_read_is_not_written_over(
    run: Run, tmp_path: Path, name_of: Callable[[Path], str]
) -> None:
    name = name_of(tmp_path)
    before = (tmp_path / name).read_bytes()
    result = run("check", ".", "*.zip", "--output=junit=fine.xml", f"--output=sarif={name}")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == (
        f"cc-lb-selfcheck: {Path(name)} is to be written, and to be read as well: name another"
        " file to write, by --report (input `report`) or --output.\n"
    )
    assert (tmp_path / name).read_bytes() == before
    assert not (tmp_path / "fine.xml").exists()


def test_a_plugin_that_is_not_read_may_be_written_over(run: Run) -> None:
    assert run("check", "good.wasm", "--report=bad.wasm").exit_code == 0


def test_one_file_for_two_formats_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "b").symlink_to("a")
    result = run("check", "good.wasm", "--output=sarif=a", "--output=junit=b")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "b is to be written as sarif and as junit: name a file for each." in result.stderr
    twice = run("check", "good.wasm", "--report=a", "--output=json=./a", "--output=json=a")
    assert twice.exit_code == 0
    both = run("check", "good.wasm", "--output=sarif=/dev/null", "--output=junit=/dev/null")
    assert both.exit_code == 0


@pytest.mark.parametrize("value", ["sarif", "sarif=", "=a", "xml=a", "SARIF=a", "a.sarif", "\0=a"])
def test_an_output_that_is_none_is_told(run: Run, value: str) -> None:
    result = run("check", "good.wasm", f"--output={value}")
    assert result.exit_code == 2
    [line] = result.stderr.splitlines()
    assert line.startswith("cc-lb-selfcheck: --output (input `output`) is '")
    forms = ", ".join(get_args(Format))
    assert line.endswith(f"use one of {forms}, then `=` and a file; --format says what to print.")


@pytest.mark.parametrize("option", ["--report", "--output"])
@pytest.mark.parametrize("command", ["check", "publish", "merge"])
def test_a_hyphen_is_no_file(run: Run, tmp_path: Path, command: str, option: str) -> None:
    """Where others mean stdout by it, a file of that name would surprise."""
    before = sorted(tmp_path.iterdir())
    result = run(command, "good.wasm", f"{option}={'-' if option == '--report' else 'json=-'}")
    assert (result.exit_code, result.stdout) == (2, "")
    [line] = result.stderr.splitlines()
    assert line.startswith(f"cc-lb-selfcheck: {option} (input `{option[2:]}`) is '")
    assert line.endswith("; --format says what to print.")
    assert sorted(tmp_path.iterdir()) == before


def test_a_file_may_be_called_by_a_hyphen_and_its_folder(run: Run, tmp_path: Path) -> None:
    assert run("check", "good.wasm", "--report=./-").exit_code == 0
    assert json.loads((tmp_path / "-").read_text())["summary"]["passed"] == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_what_root_writes_belongs_to_the_directorys_owner(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.touch()
    os.chown(tmp_path, 1234, 5678)
    give_to_owner_of(tmp_path, file)
    assert (file.stat().st_uid, file.stat().st_gid) == (1234, 5678)


# Merge ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reports", "options", "status"),
    [
        ([GREEN], [], 0),
        ([GREEN, RED], [], 1),
        ([GREEN, RED], ["--fail-on=never"], 0),
        ([GREEN, RED], ["--continue-on-refusal"], 0),
        ([GREEN, UNTOLD], [], 3),
        ([UNTOLD, RED], [], 1),
    ],
)
def test_merge_exits_as_check_would(
    run: Run, tmp_path: Path, reports: list[Report], options: list[str], status: int
) -> None:
    paths = [keep(tmp_path / f"{number}.json", told) for number, told in enumerate(reports)]
    result = run("merge", *paths, *options)
    assert (result.exit_code, result.stderr) == (status, "")


def test_merge_makes_one_report_of_the_legs(run: Run, tmp_path: Path) -> None:
    legs = [Leg(name=f"a ({number})", job="a", number=number, total=2) for number in (1, 2)]
    (tmp_path / "legs").mkdir()
    for number, leg in enumerate(legs):
        keep(tmp_path / "legs" / f"{number}.json", leg_report(leg, {("x.wasm", ""): refused()}))
    result = run("merge", "legs", "--report=all.json", "--output=sarif=all.sarif", "--format=junit")
    assert result.exit_code == 1
    whole = json.loads((tmp_path / "all.json").read_text())
    assert [item["legs"] for item in whole["artifacts"]] == [["a (1)", "a (2)"]]
    assert len(read_sarif((tmp_path / "all.sarif").read_text())["results"]) == 1
    assert JUnitXml.fromstring(result.stdout.encode()).failures == 1
    again = run("merge", "all.json", "legs", "--format=json")
    assert json.loads(again.stdout) == whole


def test_merge_tells_which_leg_is_missing(run: Run, tmp_path: Path) -> None:
    leg = Leg(name="a (1)", job="a", number=1, total=3)
    keep(tmp_path / "one.json", leg_report(leg, {("x.wasm", ""): accepted()}))
    sentence = "Legs 2 and 3 of 3 of the job `a` sent no report: their plugins are not here."
    result = run("merge", "one.json", "--output=junit=one.xml")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-2:] == [f"! {sentence}", "1 artifact: 1 passed"]
    assert JUnitXml.fromfile(str(tmp_path / "one.xml")).errors == 1
    result = run("merge", "one.json", "--format=json")
    assert result.stderr == f"cc-lb-selfcheck: {sentence}\n"
    assert run("merge", "one.json", "--format=github").stdout.count(sentence) == 1


def test_merge_tells_what_is_no_report_and_merges_the_rest(run: Run, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text('{"schema_version": 9}')
    good = keep(tmp_path / "good.json", GREEN)
    result = run("merge", good, "odd.json", "missing.json", "--format=json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["summary"]["passed"] == 1
    assert "`odd.json` is a report of version 9" in result.stderr
    assert "`missing.json` does not exist." in result.stderr
    for arguments in ((), ("odd.json",), ("good.wasm",)):
        alone = run("merge", *arguments)
        assert (alone.exit_code, alone.stdout) == (2, "")
        assert alone.stderr.startswith("cc-lb-selfcheck: ")


def test_merge_does_not_write_over_a_report(run: Run, tmp_path: Path) -> None:
    path = keep(tmp_path / "a.json", GREEN)
    keep(tmp_path / "b.json", RED)
    before = (tmp_path / "a.json").read_bytes()
    result = run("merge", ".", f"--report={path}")
    assert result.exit_code == 2
    assert "is to be written, and to be read as well" in result.stderr
    assert (tmp_path / "a.json").read_bytes() == before


# Diff ----------------------------------------------------------------------------------------


def test_diff_exits_by_what_is_newly_refused(run: Run, tmp_path: Path) -> None:
    green, red = keep(tmp_path / "green.json", GREEN), keep(tmp_path / "red.json", RED)
    worse, better, same = run("diff", green, red), run("diff", red, green), run("diff", red, red)
    assert [item.exit_code for item in (worse, better, same)] == [1, 0, 0]
    assert worse.stdout.startswith("1 newly refused\n  - a.wasm  was passed, is refused")
    assert better.stdout.startswith("1 mended\n")
    assert same.stdout.startswith("1 still refused\n")
    told: dict[str, Any] = json.loads(run("diff", green, red, "--format=json").stdout)
    assert told["regressed"] is True
    assert [item["name"] for item in told["newly_refused"]] == ["a.wasm"]
    assert run("diff", green, red, "--format=markdown").stdout.startswith("### 1 newly refused\n")


def test_diff_takes_the_reports_of_a_run_together(run: Run, tmp_path: Path) -> None:
    for name, reports in (("old", [GREEN]), ("new", [GREEN, UNTOLD])):
        (tmp_path / name).mkdir()
        for number, told in enumerate(reports):
            keep(tmp_path / name / f"{number}.json", told)
    result = run("diff", "old", "new")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "1 new")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Two reports are needed"),
        (["a.json"], "Two reports are needed"),
        (["a.json", "missing.json"], "`missing.json` does not exist."),
        (["a.json", "good.wasm"], "good.wasm` is no JSON"),
        (["a.json", "a.json", "--format=sarif"], "use one of text, json, markdown."),
        (["a.json", "a.json", "--threshold=-1"], "use a whole number from 0 to 100000."),
    ],
)
def test_diff_tells_wrong_usage(run: Run, tmp_path: Path, arguments: list[str], words: str) -> None:
    keep(tmp_path / "a.json", GREEN)
    result = run("diff", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


def test_diff_has_a_threshold(run: Run, tmp_path: Path) -> None:
    old = keep(tmp_path / "o.json", report(artifact("a.wasm", accepted(wall_ms=50.0))))
    new = keep(tmp_path / "n.json", report(artifact("a.wasm", accepted(wall_ms=90.0))))
    words = "  - a.wasm  time: was 50.0, is 90.0 of 200 ms (+80%)"
    assert words in run("diff", old, new).stdout
    assert run("diff", old, new, "--threshold=81").stdout == "Nothing changed.\n"


def test_schemas_are_printed(run: Run) -> None:
    assert json.loads(run("schema").stdout)["$id"] == "urn:cc-lb-selfcheck:report:1"
    assert json.loads(run("schema", "diff").stdout)["$id"] == "urn:cc-lb-selfcheck:diff:1"
    assert run("schema", "other").exit_code == 2
