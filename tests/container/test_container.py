"""The image, run as its users run it."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import tarfile
import tomllib
from pathlib import Path

import pytest

from tests.support.image import base_here

pytestmark = pytest.mark.container

ROOT = Path(__file__).resolve().parents[2]
IMAGE = "cc-lb-selfcheck:ways"
PASSING = "tests/plugins/dist/shape.wasm"
REFUSED = "tests/plugins/dist/empty-output.wasm"
NOBODY = ("--user", "12345:12345")
LOCKED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
RELEASE = {
    "VERSION": "1.2.3",
    "REVISION": "0123456789abcdef0123456789abcdef01234567",
    "CREATED": "2024-01-31T12:00:00Z",
    "SOURCE": "https://github.example/org/cc-lb-selfcheck",
}
"""What a release says of the image it builds."""
MAX_ADDED_BYTES = 30_000_000


def docker(*arguments: str, status: int = 0) -> str:
    done = subprocess.run(
        ["docker", *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def check(
    *arguments: str, options: tuple[str, ...] = (), status: int = 0, is_kept: bool = False
) -> str:
    mounted = ("-v", f"{ROOT}:/work:ro", "-w", "/work", "--network", "none")
    options = (*mounted, *options) if is_kept else ("--rm", *mounted, *options)
    return docker("run", *options, IMAGE, "check", *arguments, status=status)


@pytest.fixture(scope="session", autouse=True)
def _image() -> None:
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"}
    known = [
        f"--build-arg={name}={value}" for name, value in {**RELEASE, "BASE": base_here()}.items()
    ]
    subprocess.run(
        ["docker", "build", "--network=host", "-q", "-t", IMAGE, *known, "."],
        check=True,
        cwd=ROOT,
        env=environment,
    )


@pytest.fixture(scope="session")
def root_is_closed() -> bool:
    mode = docker("run", "--rm", "--entrypoint", "/usr/bin/stat", IMAGE, "-c", "%a", "/")
    return mode.strip()[-1] == "0"


@pytest.mark.parametrize(
    "options", [(), LOCKED, (*LOCKED, *NOBODY)], ids=["as-it-is", "locked", "locked-nobody"]
)
def test_checks_a_read_only_workspace_without_network(
    options: tuple[str, ...], root_is_closed: bool
) -> None:
    if "--user" in options and root_is_closed:
        pytest.skip("the base image closes its root directory to all users but root")
    report = json.loads(check("tests/plugins/dist", "--format", "json", options=options, status=1))
    told = {Path(item["path"]).stem: item["status"] for item in report["artifacts"]}
    plugins = tomllib.loads((ROOT / "tests/plugins/expected.toml").read_text())["plugin"]
    assert told == {
        item["name"]: "skipped" if item.get("unmarked") else item["status"] for item in plugins
    }


def test_exit_status_tells_the_outcome() -> None:
    check(PASSING)
    check(REFUSED, status=1)
    check("missing.wasm", status=2)


def test_the_layers_of_the_sandbox_hold_in_a_default_container(root_is_closed: bool) -> None:
    told = json.loads(
        docker("run", "--rm", "--network", "none", IMAGE, "doctor", "--format", "json")
    )
    assert told["problem"] is None
    missing = [layer["name"] for layer in told["sandbox"] if not layer["holds"]]
    assert missing == (["user"] if root_is_closed else [])


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


def test_no_module_comes_from_the_workspace(tmp_path: Path) -> None:
    for name in ("cc_lb_selfcheck", "json", "typer"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken from the workspace')\n")
    workspace = ("-v", f"{tmp_path}:/github/workspace:ro", "-w", "/github/workspace")
    workspace += ("-e", "PYTHONPATH=/github/workspace")
    told = docker("run", "--rm", *workspace, IMAGE, "check", "missing.wasm", status=2)
    assert "taken" not in told


def test_nothing_is_compiled_when_it_starts() -> None:
    """What is found uncompiled is compiled, and written where the container may write."""
    files = ("--output=sarif=/tmp/told.sarif", "--output=junit=/tmp/told.xml")
    actions = ("-e", "GITHUB_ACTIONS=true", "-e", "GITHUB_STEP_SUMMARY=/tmp/summary")
    container = f"compiles-nothing-{os.getpid()}"
    try:
        check(
            PASSING,
            REFUSED,
            *files,
            options=(*actions, "--name", container),
            status=1,
            is_kept=True,
        )
        assert [line for line in docker("diff", container).splitlines() if ".pyc" in line] == []
    finally:
        docker("rm", "--force", container)


def test_is_a_command_for_a_shell() -> None:
    shell = ("run", "--rm", "--entrypoint", "/bin/sh", IMAGE, "-c")
    assert docker(*shell, "cc-lb-selfcheck --version").startswith("cc-lb-selfcheck ")


def test_tells_where_it_comes_from() -> None:
    labels = json.loads(docker("image", "inspect", "-f", "{{json .Config.Labels}}", IMAGE))
    prefix = "org.opencontainers.image"
    assert {name: labels[f"{prefix}.{name.lower()}"] for name in RELEASE} == RELEASE
    assert labels[f"{prefix}.documentation"] == f"{RELEASE['SOURCE']}#readme"
    assert labels[f"{prefix}.licenses"] == "Apache-2.0"


def test_adds_at_most_30_mb_compressed(tmp_path: Path) -> None:
    saved = tmp_path / "image.tar"
    docker("save", "--output", str(saved), IMAGE)
    below = len(
        json.loads(docker("image", "inspect", "-f", "{{json .RootFS.Layers}}", base_here()))
    )
    with tarfile.open(saved) as archive:
        manifest = archive.extractfile("manifest.json")
        assert manifest is not None
        added = json.load(manifest)[0]["Layers"][below:]
        assert added
        size = 0
        for name in added:
            layer = archive.extractfile(name)
            assert layer is not None
            size += len(gzip.compress(layer.read(), compresslevel=6))
    assert size <= MAX_ADDED_BYTES
