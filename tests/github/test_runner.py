"""The runner's files and paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from cc_lb_selfcheck.github.runner import (
    RunnerFileError,
    add_summary,
    container_path,
    in_actions,
    set_outputs,
)
from cc_lb_selfcheck.surfaces.markdown import written
from tests.support.hostile import CURATED
from tests.support.reader_runner import read_env_file

DOCKER = {
    "GITHUB_WORKSPACE": "/github/workspace",
    "RUNNER_WORKSPACE": "/runner/_work/repo",
    "GITHUB_REPOSITORY": "owner/repo",
}


def test_outputs_are_set_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "output"
    file.write_text("earlier=1\n")
    hostile = {f"o{n}": text for n, text in enumerate(CURATED)}
    set_outputs({"GITHUB_OUTPUT": str(file)}, {"passed": "3", **hostile, "refused": "0"})
    values = read_env_file(file.read_bytes().decode())
    assert list(values) == ["earlier", "passed", *hostile, "refused"]
    assert (values["earlier"], values["passed"], values["refused"]) == ("1", "3", "0")
    assert values["o0"] == CURATED[0]


def test_the_summary_is_added_to_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "summary"
    file.write_bytes(b"# Earlier\n")
    add_summary({"GITHUB_STEP_SUMMARY": str(file)}, written("## Ours ✅\n"))
    assert file.read_bytes() == "# Earlier\n## Ours ✅\n".encode()


def test_without_the_runners_files_nothing_happens() -> None:
    set_outputs({}, {"a": "b"})
    add_summary({"GITHUB_STEP_SUMMARY": ""}, written("x"))


@pytest.mark.parametrize("place", ["", "missing/file"])
def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, place: str) -> None:
    path = str(tmp_path / place)
    with pytest.raises(RunnerFileError, match=r"^GITHUB_OUTPUT cannot be written: .+\.$"):
        set_outputs({"GITHUB_OUTPUT": path}, {"a": "b"})
    with pytest.raises(RunnerFileError, match=r"^GITHUB_STEP_SUMMARY cannot be written: .+\.$"):
        add_summary({"GITHUB_STEP_SUMMARY": path}, written("x"))


def test_only_the_runner_is_the_runner() -> None:
    assert in_actions({"GITHUB_ACTIONS": "true"})
    assert not in_actions({"GITHUB_ACTIONS": "false"})
    assert not in_actions({"CI": "true"})


@pytest.mark.parametrize(
    ("given", "inside"),
    [
        ("dist", "dist"),
        ("dist/**/*.wasm", "dist/**/*.wasm"),
        ("/runner/_work/repo/repo", "/github/workspace"),
        ("/runner/_work/repo/repo/dist", "/github/workspace/dist"),
        ("!/runner/_work/repo/repo/dist/*", "!/github/workspace/dist/*"),
        ("/runner/_work/repo/repo2/dist", "/runner/_work/repo/repo2/dist"),
        ("/runner/_work/repo", "/runner/_work/repo"),
        ("/runner/_work/_temp/a", "/github/runner_temp/a"),
        ("sarif=/runner/_work/repo/repo/a.sarif", "sarif=/github/workspace/a.sarif"),
        ("/github/workspace/dist", "/github/workspace/dist"),
        ("/elsewhere", "/elsewhere"),
    ],
)
def test_a_hosts_path_is_found_in_the_container(given: str, inside: str) -> None:
    assert container_path(given, DOCKER) == inside


def test_outside_of_a_container_paths_stay() -> None:
    on_host = {**DOCKER, "GITHUB_WORKSPACE": "/runner/_work/repo/repo"}
    assert container_path("/runner/_work/repo/repo/x", on_host) == "/runner/_work/repo/repo/x"
    assert container_path("/runner/_work/repo/repo/x", {}) == "/runner/_work/repo/repo/x"
