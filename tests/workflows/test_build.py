"""``init``: how it finds that plugins are built, and what it leaves as it was given."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cc_lb_selfcheck.diagnosis.repository import Repository
from cc_lb_selfcheck.options import SettingsError
from cc_lb_selfcheck.workflows.ask import Nobody
from cc_lb_selfcheck.workflows.init import files_of, plan_of
from cc_lb_selfcheck.workflows.settings import InitSettings
from tests.support.hostile import CURATED
from tests.workflows.repositories import (
    CARGO,
    CRATE,
    ONE,
    RELEASE,
    RUSTUP,
    THREE,
    commands,
    made,
    steps_of,
    write,
)


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
