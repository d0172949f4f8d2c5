"""The image, run as its users run it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.container

ROOT = Path(__file__).resolve().parents[2]
IMAGE = "cc-lb-selfcheck:test"
PASSING = "tests/plugins/dist/shape.wasm"
REFUSED = "tests/plugins/dist/empty-output.wasm"


def docker(*arguments: str, status: int = 0) -> str:
    done = subprocess.run(
        ["docker", *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def check(*arguments: str, options: tuple[str, ...] = (), status: int = 0) -> str:
    mounted = ("-v", f"{ROOT}:/work:ro", "-w", "/work", "--network", "none")
    return docker("run", "--rm", *mounted, *options, IMAGE, "check", *arguments, status=status)


@pytest.fixture(scope="session", autouse=True)
def _image() -> None:
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"}
    subprocess.run(
        ["docker", "build", "--network=host", "-q", "-t", IMAGE, "."],
        check=True,
        cwd=ROOT,
        env=environment,
    )


@pytest.mark.parametrize(
    "options",
    [(), ("--user", "12345:12345"), ("--read-only",), ("--read-only", "--user", "12345:12345")],
)
def test_checks_a_read_only_workspace_without_network(options: tuple[str, ...]) -> None:
    root_mode = docker("run", "--rm", "--entrypoint", "/usr/bin/stat", IMAGE, "-c", "%a", "/")
    if "--user" in options and root_mode.strip()[-1] == "0":
        pytest.skip("the base image closes its root directory to all users but root")
    report = json.loads(check("tests/plugins/dist", "--format", "json", options=options, status=1))
    assert report["summary"]["passed"] == 8
    assert report["summary"]["refused"] == 35


def test_exit_status_tells_the_outcome() -> None:
    check(PASSING)
    check(REFUSED, status=1)
    check("missing.wasm", status=2)


def test_takes_inputs_as_the_runner_gives_them(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    output = tmp_path / "output"
    output.touch()
    options = ("-v", f"{tmp_path}:/files", "-e", "GITHUB_ACTIONS=true")
    options += ("-e", "GITHUB_OUTPUT=/files/output", "-e", f"INPUT_PATHS={PASSING}\n{REFUSED}")
    options += ("-e", "INPUT_FAIL-ON=never")
    printed = check(options=options)
    assert "::error title=" in printed
    assert "refused<<" in output.read_text()


def test_adds_at_most_30_mb_compressed(tmp_path: Path) -> None:
    docker("create", "--name", "cc-lb-selfcheck-size", IMAGE)
    try:
        archive = tmp_path / "added.tar"
        docker("cp", "cc-lb-selfcheck-size:/opt/cc-lb-selfcheck", str(tmp_path / "added"))
        subprocess.run(["tar", "-czf", archive, "-C", tmp_path, "added"], check=True)
        size = archive.stat().st_size
    finally:
        docker("rm", "cc-lb-selfcheck-size")
    assert size <= 30_000_000
