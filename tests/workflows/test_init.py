"""``init`` as a command: the files that it writes, that it harms none, and what it asks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.workflows.repositories import ONE, RELEASE, ROOT, THREE, write


def init(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "cc_lb_selfcheck", "init", *arguments],
        cwd=folder,
        env={key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


def test_the_files_are_written_at_the_repositorys_root(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, THREE)
    done = init(tmp_path / "plugins/shape", "--forks")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "Wrote .github/workflows/plugins.yml.\n"
        "Wrote .github/workflows/plugins-comment.yml.\n"
        "The second runs once it is on the default branch.\n"
    )
    folder = tmp_path / ".github/workflows"
    assert sorted(path.name for path in folder.iterdir()) == ["plugins-comment.yml", "plugins.yml"]
    examples = ROOT / "examples/workflows"
    assert (folder / "plugins.yml").read_bytes() == (examples / "fork-check.yml").read_bytes()


@pytest.mark.parametrize("there", ["plugins.yml", "plugins-comment.yml"])
@pytest.mark.parametrize("is_link", [False, True], ids=["a file", "a link to nothing"])
def test_nothing_is_overwritten(there: str, is_link: bool, tmp_path: Path) -> None:
    folder = write(tmp_path, ONE) / ".github/workflows"
    folder.mkdir(parents=True)
    if is_link:
        (folder / there).symlink_to("nowhere")
    else:
        (folder / there).write_text("mine\n")
    done = init(tmp_path, "--forks")
    assert done.returncode == 2
    assert done.stdout == ""
    assert f".github/workflows/{there} exists, and was left as it is" in done.stderr
    assert [path.name for path in folder.iterdir()] == [there]
    assert is_link or (folder / there).read_text() == "mine\n"
    assert init(tmp_path, "--forks", "--name", "other").returncode == 0


def test_nothing_is_written_where_a_link_leads(tmp_path: Path) -> None:
    repository = write(tmp_path / "repository", ONE)
    (tmp_path / "elsewhere").mkdir()
    (repository / ".github").symlink_to("../elsewhere")
    done = init(repository)
    assert (done.returncode, done.stdout) == (2, "")
    assert ".github/workflows leads outside through a symbolic link" in done.stderr
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_printing_writes_no_file(tmp_path: Path) -> None:
    write(tmp_path, ONE)
    done = init(tmp_path, "--print")
    assert done.stdout == (ROOT / "examples/workflows/pull-request.yml").read_text("utf-8")
    done = init(tmp_path, "--print", "--forks")
    assert done.stdout.startswith("# .github/workflows/plugins.yml\nname: Plugins\n")
    assert "\n# .github/workflows/plugins-comment.yml\nname: Comment on plugins\n" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["Cargo.toml"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    write(tmp_path, {**ONE, ".github": "a file\n"})
    done = init(tmp_path)
    assert done.returncode == 2
    assert ".github/workflows cannot be written: " in done.stderr


def at_a_terminal(folder: Path, answers: list[str], *arguments: str) -> tuple[int, str]:
    """Run ``init`` at a terminal, answer each question as it comes, and return what is shown."""
    pty = pytest.importorskip("pty", reason="there are no such terminals here")
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        command = [sys.executable, "-m", "cc_lb_selfcheck", "init", *arguments]
        environment = {**os.environ, "TERM": "dumb", "COLUMNS": "200"}
        os.execve(sys.executable, command, environment)  # noqa: S606 - ourselves
    shown = b""
    waiting = list(answers)
    while True:
        try:
            data = os.read(terminal, 4096)
        except OSError:  # so Linux tells the end
            break
        if not data:
            break
        shown += data
        if shown.rstrip(b"\r\n").endswith(b": ") and waiting:
            os.write(terminal, f"{waiting.pop(0)}\n".encode())
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(terminal)
    return status, shown.decode().replace("\r\n", "\n")


def test_at_a_terminal_it_asks(tmp_path: Path) -> None:
    write(tmp_path, THREE)
    status, shown = at_a_terminal(tmp_path, ["'a b/*.wasm' c", "y", "y", "n", "n"])
    assert status == 0, shown
    assert f"Which files does the build write? ['{RELEASE}']: " in shown
    assert "each of the 3 plugins in a job of its own? [y/N]: " in shown
    assert "Do people send pull requests from forks? [y/N]: " in shown
    assert "Make a check run beside the comment? [y/N]: " in shown
    assert "Do the runners have Docker, as GitHub's Linux ones do? [Y/n]: " in shown
    workflow = yaml.safe_load((tmp_path / ".github/workflows/plugins.yml").read_text())
    step = workflow["jobs"]["check"]["steps"][3]
    assert step["uses"] == "org/cc-lb-selfcheck/composite@v1"
    assert step["with"]["paths"] == "a b/*.wasm\nc\n"
    assert (tmp_path / ".github/workflows/plugins-comment.yml").exists()


def test_what_was_given_is_not_asked(tmp_path: Path) -> None:
    write(tmp_path, ONE)
    flags = ("--paths", "x", "--no-forks", "--no-check-run", "--no-composite", "--print")
    status, shown = at_a_terminal(tmp_path, [], *flags)
    assert (status, shown.partition("\n")[0]) == (0, "name: Plugins")


def test_the_end_of_answers_is_told(tmp_path: Path) -> None:
    write(tmp_path, ONE)
    status, shown = at_a_terminal(tmp_path, ["\x04"])
    assert status == 2
    assert "The questions were not answered, and nothing was written." in shown
    assert not (tmp_path / ".github").exists()
