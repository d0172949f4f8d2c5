"""A plugin author's repository: its files here, for act, and its pull requests at the fake."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import Any

import yaml

from tests.support.github import FakeGitHub, sha
from tests.support.github.model import Level, Permission, Run

from .act import Job, Start, run_workflow
from .git import commit

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples/workflows"
REPOSITORY = "octo/plugins"
FORK = "stranger/plugins"
_PLUGINS = ROOT / "tests/plugins/dist"
_STAND_INS = Path(__file__).resolve().parent / "stand_ins"
_UPLOAD = "actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a"
_CODEQL = "github/codeql-action@89a39a4e59826350b863aa6b6252a07ad50cf83e"
_CACHE = "actions/cache@9255dc7a253b0ccc959486e2bca901246202afeb"
_SELFCHECK = "org/cc-lb-selfcheck@v1"


@dataclass
class Author:
    """One who copied the example workflows, to the letter.

    ``action`` is a folder with the action. What jobs upload is at the fake as soon as anyone asks.
    """

    fake: FakeGitHub
    folder: Path
    action: Path
    environment: dict[str, str] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    """Names of artifacts that never arrive."""

    def __post_init__(self) -> None:
        self._taking_up = Lock()
        self._uploads = self.folder / "uploads"
        self._uploads.mkdir(parents=True)
        self._uploads.chmod(0o777)
        self._cache = self.folder / "cache"
        self._cache.mkdir(mode=0o777)
        self._files = self.folder / "repository"
        self._api = self.fake.url
        self.fake.add_repository(REPOSITORY)
        self.fake.add_repository(FORK, fork_of=REPOSITORY)
        self.fake.add_pull(REPOSITORY, 7)
        self.fake.add_pull(REPOSITORY, 8, head="patch", head_repository=FORK)

    def write(self, *plugins: str, files: Mapping[str, str] | None = None) -> None:
        """Write the repository anew: a build of it makes these plugins."""
        shutil.rmtree(self._files, ignore_errors=True)
        workflows = self._files / ".github/workflows"
        shutil.copytree(EXAMPLES, workflows)
        for name, text in (files or {}).items():
            (self._files / name).parent.mkdir(parents=True, exist_ok=True)
            (self._files / name).write_text(text, "utf-8")
        built = self._files / "built"
        built.mkdir()
        for name in plugins:
            shutil.copy(_PLUGINS / f"{name}.wasm", built)
        commit(self._files)

    def adopt(self, repository: Path) -> None:
        """Take over a repository as it is."""
        self._files = repository

    def replace(self, name: str, by: str) -> None:
        """Let the build of one plugin make another."""
        shutil.copy(_PLUGINS / f"{by}.wasm", self._files / "built" / f"{name}.wasm")
        commit(self._files)

    def change(self, workflow: str, old: str, new: str) -> None:
        """Write a workflow otherwise than the example has it."""
        path = self._files / ".github/workflows" / workflow
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")
        commit(self._files)

    def push(self, workflow: str) -> dict[str, Job]:
        """Run a workflow as a push to the default branch does."""
        run = self.fake.add_run(REPOSITORY, event="push")
        payload = {"ref": "refs/heads/main", "after": run.head_sha, "deleted": False}
        return self._run(workflow, Start("push", payload), run)

    def dispatch(self, workflow: str) -> dict[str, Job]:
        """Run a workflow as someone does who presses its button."""
        run = self.fake.add_run(REPOSITORY, event="workflow_dispatch")
        return self._run(workflow, Start("workflow_dispatch", {"ref": "refs/heads/main"}), run)

    def pull_request(
        self, workflow: str, number: int = 7, permissions: Mapping[Permission, Level] | None = None
    ) -> tuple[Run, dict[str, Job]]:
        """Run a workflow as a new commit on a pull request does."""
        pull = self.ask(f"/repos/{REPOSITORY}/pulls/{number}")
        self.fake.push(REPOSITORY, number, sha(f"{pull['head']['sha']}, and a change"))
        pull = self.ask(f"/repos/{REPOSITORY}/pulls/{number}")
        head = pull["head"]
        run = self.fake.add_run(
            REPOSITORY,
            event="pull_request",
            head_branch=head["ref"],
            head_sha=head["sha"],
            head_repository=head["repo"]["full_name"],
        )
        payload = {"action": "synchronize", "number": number, "pull_request": pull}
        return run, self._run(workflow, Start("pull_request", payload), run, permissions)

    def after(self, first: Run, workflow: str) -> dict[str, Job]:
        """Run a workflow as ``workflow_run`` does when another run is completed."""
        run = self.fake.add_run(REPOSITORY, event="workflow_run")
        about = self.ask(f"/repos/{REPOSITORY}/actions/runs/{first.id}")
        start = Start("workflow_run", {"action": "completed", "workflow_run": about})
        return self._run(workflow, start, run, uploaded_by=first)

    def comments(self, number: int = 7) -> list[str]:
        """Return the bodies of a pull request's comments."""
        return [comment.body for comment in self.fake.comments(REPOSITORY, number)]

    def uploaded(self, name: str) -> dict[str, str]:
        """Return the files of an upload that nobody has asked for."""
        files = sorted((self._uploads / name).iterdir())
        return {file.name: file.read_text("utf-8") for file in files}

    def ask(self, path: str) -> Any:
        """Return what the API tells everyone."""
        with urllib.request.urlopen(self._api + path, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def _run(
        self,
        workflow: str,
        start: Start,
        run: Run,
        permissions: Mapping[Permission, Level] | None = None,
        uploaded_by: Run | None = None,
    ) -> dict[str, Job]:
        """Run a workflow with a token that may do what the workflow's jobs ask for, and no more."""
        path = f".github/workflows/{workflow}"
        allowed = _permissions(self._files / path) if permissions is None else permissions
        token = self.fake.add_token(REPOSITORY, permissions=allowed)
        self.fake.clear_script()
        self.fake.on_request(
            "GET */artifacts", lambda: self._take_up(uploaded_by or run), times=None
        )
        environment = {
            "GITHUB_API_URL": self.fake.url,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": str(run.id),
            "GITHUB_RUN_ATTEMPT": str(run.attempt),
            **self.environment,
        }
        tools = {
            _STAND_INS / "bin" / name: f"/usr/local/bin/{name}:ro" for name in ("cargo", "rustup")
        }
        start = replace(
            start,
            payload={**start.payload, "repository": self.ask(f"/repos/{REPOSITORY}")},
            environment=environment,
            token=token,
            actions={
                _SELFCHECK: self.action,
                _UPLOAD: _STAND_INS / "upload-artifact",
                _CODEQL: _STAND_INS / "codeql-action",
                _CACHE: _STAND_INS / "cache",
            },
            mounts={**tools, self._uploads: "/uploads", self._cache: "/cache"},
        )
        jobs = run_workflow(self._files, path, start)
        run.conclusion = "success" if all(job.succeeded for job in jobs.values()) else "failure"
        for job in jobs.values():
            assert token not in "\n".join([*job.log, job.summary, *job.outputs.values()])
        return jobs

    def _take_up(self, run: Run) -> None:
        """Give the fake what was uploaded since the last time."""
        with self._taking_up:  # legs ask at the same time
            for folder in sorted(self._uploads.glob("[!.]*")):
                if folder.name in self.lost:
                    continue
                members = {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
                self.fake.upload_artifact(run, folder.name, members)
                shutil.rmtree(folder)


def _permissions(workflow: Path) -> dict[Permission, Level]:
    """Return what the jobs of a workflow may do together."""
    jobs = yaml.safe_load(workflow.read_text("utf-8"))["jobs"].values()
    asked = [item for job in jobs for item in job["permissions"].items()]
    return {name.replace("-", "_"): level for name, level in asked}
