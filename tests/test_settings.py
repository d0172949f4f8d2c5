"""Options and inputs, as the command and the Action take them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from cc_lb_selfcheck.cli import whole_app
from cc_lb_selfcheck.options import default_text, flag_of, is_switch, option_of, options
from cc_lb_selfcheck.settings import CheckSettings
from tests.support.builder import Module
from tests.support.modules import output_module, success
from tests.support.reader_runner import read_env_file, read_log

ROOT = Path(__file__).parents[1]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Return a function that runs the command among three plugins and a foreign module.

    ``inputs`` are set as the runner sets an Action's; given, the command believes to be in Actions.
    """
    for number, name in enumerate(("a", "b", "c d"), 1):
        (tmp_path / f"{name}.wasm").write_bytes(output_module(success(number)))
    foreign = Module()
    foreign.function(b"", export="main")
    (tmp_path / "foreign.mod").write_bytes(foreign.build())
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, inputs: dict[str, str] | None = None) -> Result:
        if inputs is not None:
            monkeypatch.setenv("GITHUB_ACTIONS", "true")
            for key, value in inputs.items():
                monkeypatch.setenv(f"INPUT_{key.upper()}", value)
        result = CliRunner().invoke(whole_app(), ["check", *arguments])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return run


def checked(result: Result) -> list[str]:
    return [item["path"] for item in json.loads(result.stdout)["artifacts"]]


# Wrong values --------------------------------------------------------------------------------

CHOICES = "use one of "
JOBS = "use a whole number from 1 to 256."
SECONDS = "use a number above 0 and up to 86400."


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("jobs", "0", JOBS),
        ("jobs", "257", JOBS),
        ("jobs", "-1", JOBS),
        ("jobs", "1.5", JOBS),
        ("jobs", "many", JOBS),
        ("jobs", "9" * 5_000, JOBS),
        ("deadline", "0", SECONDS),
        ("deadline", "-1", SECONDS),
        ("deadline", "nan", SECONDS),
        ("deadline", "inf", SECONDS),
        ("deadline", "86401", SECONDS),
        ("deadline", "1 s", SECONDS),
        ("unmarked", "Skip", f"{CHOICES}skip, check."),
        ("if-no-plugins", "no", f"{CHOICES}fail, warn, ignore."),
        ("fail-on", "refused,undetermined", f"{CHOICES}any, refused, never."),
    ],
)
def test_a_wrong_value_is_told_in_a_sentence(
    command: Command, name: str, value: str, wanted: str
) -> None:
    by_flag = command("a.wasm", f"--{name}={value}")
    assert by_flag.exit_code == 2
    [line] = by_flag.stderr.splitlines()
    assert line.startswith(f"cc-lb-selfcheck: --{name} (input `{name}`) is '{value[:20]}")
    assert line.endswith(wanted)
    assert len(line) < 400
    by_input = command(inputs={"paths": "a.wasm", name: value})
    assert by_input.exit_code == 2
    [annotation] = read_log(by_input.stderr.rstrip("\n"))
    assert annotation.name == "error"
    assert annotation.data == line.removeprefix("cc-lb-selfcheck: ")


def test_each_of_several_wrong_values_is_told(command: Command) -> None:
    result = command("a.wasm", "--jobs=0", "--deadline=x", "--fail-on=y", "--format=z")
    assert result.exit_code == 2
    told = [line.split()[1] for line in result.stderr.splitlines()]
    assert sorted(told) == ["--deadline", "--fail-on", "--format", "--jobs"]


def test_a_hostile_value_makes_no_command(command: Command) -> None:
    value = "1\n::error::x\r::add-mask::y ##[error]z \x1b[2J"
    by_flag = command("a.wasm", f"--jobs={value}")
    assert read_log(by_flag.stdout + by_flag.stderr) == []
    assert "\x1b" not in by_flag.stderr
    by_input = command(inputs={"paths": "a.wasm", "jobs": value})
    assert [item.name for item in read_log(by_input.stderr)] == ["error"]


def test_without_a_path_it_says_what_to_give(command: Command) -> None:
    for result in (command(), command(inputs={"paths": " \n \n"})):
        assert result.exit_code == 2
        assert "path" in result.stderr
        assert result.stdout == ""


# Inputs --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ("a.wasm", ["a.wasm"]),
        ("a.wasm\nb.wasm", ["a.wasm", "b.wasm"]),
        ("\n\n  b.wasm  \r\n\ta.wasm\r\n\n", ["a.wasm", "b.wasm"]),
        ("c d.wasm", ["c d.wasm"]),
        ("*.wasm\n!a.*", ["b.wasm", "c d.wasm"]),
        ("{a,b}.wasm", ["a.wasm", "b.wasm"]),
    ],
)
def test_a_list_has_a_line_each(command: Command, paths: str, expected: list[str]) -> None:
    result = command("--format=json", inputs={"paths": paths})
    assert result.exit_code == 0
    assert checked(result) == expected


def test_an_excluding_input_has_a_line_each(command: Command) -> None:
    result = command("--format=json", inputs={"paths": ".", "exclude": "a.wasm\nc*"})
    assert checked(result) == ["b.wasm"]


def test_an_empty_input_is_one_left_out(command: Command) -> None:
    every = {**dict.fromkeys(ACTION["inputs"], ""), "paths": "a.wasm"}
    result = command("--format=json", inputs=every)
    assert result.exit_code == 0
    assert checked(result) == ["a.wasm"]


def test_hyphens_stay_in_an_inputs_name(command: Command) -> None:
    missing = {"paths": "*.mod"}
    assert command(inputs=missing).exit_code == 2
    assert command(inputs={**missing, "if_no_plugins": "ignore"}).exit_code == 2
    assert command(inputs={**missing, "if-no-plugins": "ignore"}).exit_code == 0


def test_a_flag_wins_over_an_input(command: Command) -> None:
    result = command("b.wasm", "--format=json", inputs={"paths": "a.wasm"})
    assert checked(result) == ["b.wasm"]


def test_outside_of_actions_inputs_mean_nothing(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INPUT_PATHS", "b.wasm")
    monkeypatch.setenv("INPUT_JOBS", "nonsense")
    assert checked(command("a.wasm", "--format=json")) == ["a.wasm"]


# The Action ----------------------------------------------------------------------------------


def test_the_actions_defaults_are_good_settings(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    defaults = {
        name: value
        for name, told in ACTION["inputs"].items()
        if "${{" not in (value := str(told.get("default", "")))
    }
    assert command(inputs={**defaults, "paths": "a.wasm"}).exit_code == 0
    outputs = read_env_file((tmp_path / "output").read_text())
    assert set(outputs) == set(ACTION["outputs"])
    assert (outputs["passed"], outputs["conclusion"]) == ("1", "success")
    assert outputs["report"] == defaults["report"]
    assert json.loads((tmp_path / outputs["report"]).read_text())["summary"]["passed"] == 1


def test_an_output_may_hold_what_is_no_text(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    assert command(inputs={"paths": "a.wasm", "report": "r\udcff.json"}).exit_code == 0
    assert read_env_file((tmp_path / "output").read_text())["report"] == r"r\udcff.json"


def test_the_pages_tell_every_input_and_output() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in (*ACTION["inputs"], *ACTION["outputs"]):
        told = rf"^\|.*`{name}`.*\|$"
        pages = readme + (ROOT / "docs/options.md").read_text("utf-8")
        assert re.search(told, pages, re.MULTILINE) or f"`{name}` is" in readme, name


def test_the_help_tells_every_option_and_default_under_its_heading() -> None:
    shown = CliRunner().invoke(whole_app(), ["check", "--help"]).stdout
    plain = " ".join(shown.split())
    headings = ("Options", "Exit status and output", "What workflow runs uploaded", "On GitHub")
    places = [plain.index(f" {heading}: ") for heading in headings]
    assert places == sorted(places)
    for name, field in options(CheckSettings).items():
        if name == "paths" or option_of(field).hidden:
            continue
        _, found, words = plain.partition(f"{flag_of(name)} ")
        default = default_text(field)
        assert found, name
        assert f"(default: {default})" in words or not default or is_switch(field)
