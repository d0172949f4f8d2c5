"""``init``: what it makes of a repository, and that it harms nothing."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from cc_lb_selfcheck.diagnosis.repository import Repository
from cc_lb_selfcheck.options import SettingsError, load
from cc_lb_selfcheck.workflows.ask import Nobody
from cc_lb_selfcheck.workflows.compose import CHECKOUT, UPLOAD
from cc_lb_selfcheck.workflows.init import files_of, plan_of
from cc_lb_selfcheck.workflows.settings import InitSettings
from tests.support.hostile import CURATED

ROOT = Path(__file__).resolve().parent.parent
CRATE = '[package]\nname = "{}"\n[lib]\ncrate-type = ["cdylib"]\n'
RUSTUP = "rustup target add wasm32-unknown-unknown"
CARGO = "cargo build --release --target wasm32-unknown-unknown"
RELEASE = "target/wasm32-unknown-unknown/release/*.wasm"
ONE = {"Cargo.toml": CRATE.format("one")}
THREE = {
    "Cargo.toml": '[workspace]\nmembers = ["plugins/*", "tool"]\n',
    "tool/Cargo.toml": '[package]\nname = "tool"\n',
    **{f"plugins/{name}/Cargo.toml": CRATE.format(name) for name in ("filter", "shape", "signer")},
}


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def made(folder: Path, files: Mapping[str, str], **given: Any) -> list[dict[Any, Any]]:
    """Return the workflows for a repository with these files, as YAML tells them."""
    settings = load(given, InitSettings)
    plan = plan_of(settings, Repository(write(folder, files)), Nobody())
    return [yaml.safe_load(text) for text in files_of(plan, settings.name).values()]


def steps_of(workflow: Mapping[Any, Any], job: str) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = workflow["jobs"][job]["steps"]
    return steps


def commands(steps: list[dict[str, Any]]) -> list[str]:
    """Return the shell lines, with the folder that they are run in."""
    runs = [step for step in steps if "run" in step]
    return [":".join(filter(None, (step.get("working-directory"), step["run"]))) for step in runs]


@pytest.mark.parametrize(
    ("files", "build", "paths"),
    [
        pytest.param(ONE, [RUSTUP, CARGO], RELEASE, id="a crate"),
        pytest.param(THREE, [RUSTUP, CARGO], RELEASE, id="a Cargo workspace"),
        pytest.param(
            {
                "wasm/Cargo.toml": CRATE.format("one"),
                "wasm/.cargo/config.toml": '[build]\ntarget-dir = "../out"\n',
            },
            [f"wasm:{RUSTUP}", f"wasm:{CARGO}"],
            "out/wasm32-unknown-unknown/release/*.wasm",
            id="a crate in a folder, with a target folder of its own",
        ),
        pytest.param(
            {"a/Cargo.toml": CRATE.format("a"), "b/Cargo.toml": CRATE.format("b")},
            [f"a:{RUSTUP}", f"a:{CARGO}", f"b:{RUSTUP}", f"b:{CARGO}"],
            f"a/{RELEASE}\nb/{RELEASE}",
            id="two crates that know nothing of each other",
        ),
        pytest.param(
            {
                "package.json": '{"devDependencies": {"assemblyscript": "1"},'
                ' "scripts": {"asbuild": "asc", "asbuild:release": "asc"}}',
                "package-lock.json": "{}",
                "asconfig.json": '{"targets": {"debug": {"outFile": "build/debug.wasm"},'
                ' "release": {"outFile": "build/plugin.wasm"}}}',
            },
            ["npm ci", "npm run asbuild:release"],
            "build/plugin.wasm",
            id="AssemblyScript",
        ),
        pytest.param(
            {
                "js/package.json": '{"dependencies": {"assemblyscript": "1"}}',
                "js/pnpm-lock.yaml": "",
            },
            [
                "js:pnpm install --frozen-lockfile",
                "js:npx asc assembly/index.ts --target release",
            ],
            "js/build/release.wasm",
            id="AssemblyScript in a folder, without a script",
        ),
        pytest.param(
            {"go.mod": "module example.com/plugin\n"},
            ["tinygo build -o plugin.wasm -target wasm-unknown ."],
            "plugin.wasm",
            id="Go",
        ),
        pytest.param(
            {"Makefile": "all: dist/a.wasm dist/b.wasm\ndist/%.wasm: %.c\n\tclang -o $@ $<\n"},
            ["make"],
            "dist/a.wasm\ndist/b.wasm",
            id="C with a Makefile",
        ),
        pytest.param(
            {**ONE, "go/go.mod": "module x\n", "Makefile": "x: y.wasm\n"},
            [RUSTUP, CARGO, "go:tinygo build -o plugin.wasm -target wasm-unknown ."],
            f"{RELEASE}\ngo/plugin.wasm",
            id="two toolchains",
        ),
    ],
)
def test_the_build_is_found(
    files: dict[str, str], build: list[str], paths: str, tmp_path: Path
) -> None:
    (workflow,) = made(tmp_path, files)
    steps = steps_of(workflow, "self-check")
    assert commands(steps) == build
    assert steps[0]["uses"].startswith("actions/checkout@")
    assert steps[-1]["uses"] == "org/cc-lb-selfcheck@v1"
    assert steps[-1]["with"]["paths"].rstrip("\n") == paths


def test_what_github_lacks_is_said_where_it_is_needed(tmp_path: Path) -> None:
    plan = plan_of(InitSettings(), Repository(write(tmp_path, {"go.mod": "module x\n"})), Nobody())
    (text,) = files_of(plan, "plugins").values()
    assert " . # GitHub's machines lack TinyGo: " in text


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"Cargo.toml": '[package]\nname = "tool"\n'},
        {"Cargo.toml": "= nonsense", "package.json": "[", "asconfig.json": "{}"},
        {"package.json": '{"devDependencies": "assemblyscript", "scripts": 1}'},
        {"Makefile": "all:\n\tcc -o tool tool.c\n"},
    ],
    ids=["nothing", "no plugin", "damaged", "odd", "no wasm"],
)
def test_what_is_not_known_is_not_guessed(files: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Nothing here tells how the plugins are built"):
        made(tmp_path, files)
    (workflow,) = made(tmp_path, files, paths=("dist/*.wasm",))
    assert commands(steps_of(workflow, "self-check")) == []
    (workflow,) = made(tmp_path, files, paths=("dist/*.wasm",), build=("make a", "make b"))
    assert commands(steps_of(workflow, "self-check")) == ["make a", "make b"]


VARIANTS = [
    {
        **spread,
        **{
            name: True for name, wanted in zip(("forks", "check_run"), flags, strict=True) if wanted
        },
    }
    for spread in (
        {},
        {"matrix": ("auto",)},
        {"artifacts": "built"},
        {"artifacts": "built", "shards": 3},
    )
    for flags in itertools.product((False, True), repeat=2)
]


@pytest.mark.parametrize("given", VARIANTS, ids=lambda given: " ".join(given) or "plain")
def test_every_variant_fits_together(given: dict[str, Any], tmp_path: Path) -> None:
    first, *second = made(tmp_path, THREE, **given)
    assert len(second) == bool(given.get("forks"))
    workflows = [first, *second]
    assert all(workflow["permissions"] == {} for workflow in workflows)
    jobs = {name: job for workflow in workflows for name, job in workflow["jobs"].items()}
    steps = [step for job in jobs.values() for step in job["steps"]]

    # One job publishes, with what that takes, and no other job may write anything.
    publishers = [job for job in jobs.values() if "write" in job["permissions"].values()]
    (publisher,) = publishers
    wanted = {"pull-requests", *(["checks"] if given.get("check_run") else [])}
    assert {
        scope for scope, level in publisher["permissions"].items() if level == "write"
    } == wanted
    publishing = publisher["steps"][-1]["with"]
    assert publishing.get("check-run", False) is bool(given.get("check_run"))

    # What is uploaded is what is read.
    uploads = [step["with"]["name"] for step in steps if "upload-artifact" in step.get("uses", "")]
    reads = [step["with"]["artifacts"] for step in steps if "artifacts" in step.get("with", {})]
    for read in reads:
        assert any(fnmatch(re.sub(r"\$\{\{.*?\}\}", "leg", name), read) for name in uploads)
    assert len(uploads) == len(reads)

    # No job but a workflow_run's has a token beside strangers' code, unless it comments itself.
    check = next(job for name, job in jobs.items() if name in ("check", "self-check"))
    checking = next(s["with"] for s in check["steps"] if s.get("uses", "").startswith("org/"))
    if publisher is not check:
        assert checking.get("github-token") == "" or checking["comment-mode"] == "off"
    if given.get("forks"):
        assert second[0][True]["workflow_run"]["workflows"] == [first["name"]]
        assert not any("checkout" in step.get("uses", "") for step in publisher["steps"])
    else:
        assert publisher is check or publisher["needs"] == "check"


@pytest.mark.parametrize("given", VARIANTS, ids=lambda given: " ".join(given) or "plain")
@pytest.mark.parametrize("bundle", ["certificates/ca.pem", "/etc/ssl/ca.pem", r"C:\ca.pem"])
def test_each_job_that_talks_to_the_server_has_the_certificates(
    given: dict[str, Any], bundle: str, tmp_path: Path
) -> None:
    workflows = made(tmp_path, THREE, **given, ca_bundle=bundle)
    for job in (job for workflow in workflows for job in workflow["jobs"].values()):
        steps = job["steps"]
        ours = [step["with"] for step in steps if step.get("uses", "").startswith("org/")]
        for inputs in ours:
            talks = "artifacts" in inputs or "write" in job["permissions"].values()
            assert inputs.get("ca-bundle") == (bundle if talks else None)
        builds = any("run" in step for step in steps)
        names_a_file = any("ca-bundle" in inputs for inputs in ours)
        checkouts = [step for step in steps if step.get("uses") == CHECKOUT.partition(" ")[0]]
        assert len(checkouts) == (builds or (names_a_file and bundle == "certificates/ca.pem"))
        assert all(step["with"] == {"persist-credentials": False} for step in checkouts)
        assert (job["permissions"].get("contents") == "read") is bool(checkouts)
        assert checkouts == steps[: len(checkouts)]


@pytest.mark.parametrize(
    ("labels", "action"),
    [
        (("windows-latest",), "org/cc-lb-selfcheck/composite@v1"),
        (("macos-15-large",), "org/cc-lb-selfcheck/composite@v1"),
        (("self-hosted", "macOS"), "org/cc-lb-selfcheck/composite@v1"),
        (("self-hosted", "linux"), "org/cc-lb-selfcheck@v1"),
    ],
)
@pytest.mark.parametrize("given", VARIANTS, ids=lambda given: " ".join(given) or "plain")
def test_where_there_is_no_docker_the_composite_action_is_used(
    given: dict[str, Any], labels: tuple[str, ...], action: str, tmp_path: Path
) -> None:
    workflows = made(tmp_path, THREE, **given, runs_on=labels)
    steps = [s for one in workflows for job in one["jobs"].values() for s in job["steps"]]
    assert {s["uses"] for s in steps if s.get("uses", "").startswith("org/")} == {action}


@pytest.mark.parametrize(("label", "is_asked"), [("macos-15", False), ("ubuntu-24.04", True)])
def test_docker_is_asked_for_where_the_label_does_not_tell(
    label: str, is_asked: bool, tmp_path: Path
) -> None:
    questions = []

    class Curious(Nobody):
        def confirm(self, question: str, *, default: bool = False) -> bool:
            questions.append(question)
            return default

    plan_of(InitSettings(runs_on=(label,)), Repository(write(tmp_path, ONE)), Curious())
    assert any("Docker" in question for question in questions) is is_asked


def test_a_matrix_builds_one_package_in_each_leg(tmp_path: Path) -> None:
    (workflow,) = made(tmp_path, THREE, matrix=("auto",))
    job = workflow["jobs"]["check"]
    assert job["strategy"]["matrix"] == {"plugin": ["filter", "shape", "signer"]}
    assert job["steps"][2]["run"] == f'{CARGO} --package "$PLUGIN"'
    assert job["steps"][2]["env"] == {"PLUGIN": "${{ matrix.plugin }}"}
    given = {"matrix": ("a", "b"), "build": ('make "$PLUGIN"',), "paths": ("x",)}
    (workflow,) = made(tmp_path, {}, **given, runs_on=("windows-latest",))
    (step,) = (step for step in steps_of(workflow, "check") if "run" in step)
    assert step["shell"] == "bash"


@pytest.mark.parametrize("given", [{}, {"shards": 2}])
def test_a_variable_of_that_name_is_ones_own_without_a_matrix(
    given: dict[str, Any], tmp_path: Path
) -> None:
    (workflow,) = made(tmp_path, {}, **given, build=('make "$PLUGIN"',), paths=("x",))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert [step.get("env") for step in steps if "run" in step] == [None]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"matrix": ("auto",), "artifacts": "x"}, "use either"),
        ({"matrix": ("auto",), "shards": 2}, "use either"),
        ({"matrix": ("a b",)}, "letters, digits, dots"),
        ({"matrix": ("a",), "build": ("make",), "paths": ("x",)}, r"package in \$PLUGIN"),
        ({"build": ("make",)}, "--paths GLOB"),
        ({"matrix": tuple(f"p{n}" for n in range(257))}, "up to 256"),
        ({"name": "../x"}, "--name is '../x': use letters"),
        ({"artifacts": "a/b"}, "--artifacts is 'a/b': use letters"),
        ({"shards": "0"}, "--shards is '0': use a whole number from 1 to 256"),
        ({"ref": "a b"}, "--ref is 'a b': use a tag"),
    ],
)
def test_what_does_not_go_together_is_said(
    given: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match=sentence):
        made(tmp_path, THREE, **given)


def test_a_matrix_needs_packages(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="--matrix auto is for a Cargo workspace"):
        made(tmp_path, ONE, matrix=("auto",))


@pytest.mark.parametrize("text", [*CURATED, "no", "2.0", ".5", "a: b", "a #b", "*.wasm", "- a", ""])
def test_text_means_itself(text: str, tmp_path: Path) -> None:
    texts = (text or "x", f"b{text}")
    given = {"paths": texts, "build": texts, "changed": texts, "ca_bundle": text}
    (workflow,) = made(tmp_path, {}, **given, runs_on=texts)
    steps = steps_of(workflow, "self-check")
    assert [step["run"] for step in steps if "run" in step] == list(texts)
    assert steps[-1]["with"]["paths"].rstrip("\n") == "\n".join(texts).rstrip("\n")
    assert workflow[True]["pull_request"]["paths"] == list(texts)
    assert workflow["jobs"]["self-check"]["runs-on"] == list(texts)


def test_others_actions_are_the_ones_that_are_used_here() -> None:
    ours = "\n".join(
        path.read_text("utf-8") for path in sorted((ROOT / ".github/workflows").glob("*.yml"))
    )
    for uses in (CHECKOUT, UPLOAD):
        action = uses.partition("@")[0]
        assert set(re.findall(rf"uses: ({action}@.*)", ours)) == {uses}


@pytest.mark.parametrize(
    ("head", "remote", "branch"),
    [
        ("ref: refs/heads/topic\n", "ref: refs/remotes/origin/trunk\n", "trunk"),
        ("ref: refs/heads/topic\n", None, "main"),
        ("ref: refs/heads/master\n", None, "master"),
        ("0123456789abcdef\n", None, "main"),
    ],
)
def test_pushes_to_the_default_branch_are_checked(
    head: str, remote: str | None, branch: str, tmp_path: Path
) -> None:
    files = {**ONE, ".git/HEAD": head}
    if remote:
        files[".git/refs/remotes/origin/HEAD"] = remote
    (workflow,) = made(tmp_path, files)
    assert workflow[True]["push"] == {"branches": [branch]}


@pytest.mark.parametrize(
    "hostile",
    [
        {"${{ github.token }}/Cargo.toml": CRATE.format("two")},
        {
            "two/Cargo.toml": CRATE.format("two"),
            "two/.cargo/config.toml": '[build]\ntarget-dir = "${{ secrets.A }}"\n',
        },
        {"${{ github.token }}/go.mod": "module two\n"},
        {"${{ secrets.A }}/package.json": '{"dependencies": {"assemblyscript": "1"}}'},
    ],
)
def test_a_strangers_expression_gets_into_no_workflow(
    tmp_path: Path, hostile: Mapping[str, str]
) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "with").mkdir()
    one = {"one/Cargo.toml": CRATE.format("one")}
    assert made(tmp_path / "with", {**one, **hostile}) == made(tmp_path / "plain", one)


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
        os.execve(sys.executable, command, environment)  # noqa: S606
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
