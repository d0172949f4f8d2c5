"""From what a repository needs to its workflows, which are those of ``examples/workflows``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final, NamedTuple

from cc_lb_selfcheck import HOMEPAGE
from cc_lb_selfcheck.surfaces.yaml import Yaml, flow, lines, literal, scalar

from .parts import Job, Permission, Step, Workflow
from .project import PLUGIN, Command
from .settings import DEFAULT_RUNNER, RELEASE

ACTION: Final = HOMEPAGE.removeprefix("https://github.com/")
CHECKOUT: Final = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
UPLOAD: Final = "actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1"
REPORT: Final = "cc-lb-selfcheck-report"

_INPUTS_INDENT: Final = 12
_ALWAYS: Final = "${{ !cancelled() }}"
_TO_CHECK_OUT: Final = Permission("contents", "read", "to check out")
_TO_TRUST: Final = Permission("contents", "read", "to check out the certificates")
_TO_COMMENT: Final = Permission("pull-requests", "write", "to comment")
_TO_MAKE_A_CHECK_RUN: Final = Permission("checks", "write", "to make a check run")


class Plan(NamedTuple):
    """What the workflows are to do. Empty stands for what is left out."""

    paths: tuple[str, ...]
    """What the build writes."""
    build: tuple[Command, ...] = ()
    title: str = "Plugins"
    branch: str = ""
    """Whose pushes are checked as well."""
    changed: tuple[str, ...] = ()
    """Only where a file that matches has changed."""
    matrix: tuple[str, ...] = ()
    """The packages that get a leg each."""
    artifact: str = ""
    """Build in a job of its own, and hand the plugins on under this name."""
    shards: int = 1
    forks: bool = False
    check_run: bool = False
    comment_id: str = ""
    ca_bundle: str = ""
    composite: bool = False
    runs_on: tuple[str, ...] = (DEFAULT_RUNNER,)
    ref: str = RELEASE

    @property
    def leg(self) -> str:
        """What tells a leg of the matrix, as an expression; empty where there are none."""
        name = "plugin" if self.matrix else "shard" if self.shards > 1 else ""
        return f"${{{{ matrix.{name} }}}}" if name else ""

    @property
    def trusts_what_is_checked_out(self) -> bool:
        """Whether the certificates are a file of the repository, as a relative path tells."""
        path = self.ca_bundle
        is_absolute = PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute()
        return bool(path) and not is_absolute

    @property
    def publishes_apart(self) -> bool:
        """Whether another job than that of the check comments."""
        return bool(self.leg) or self.forks


def check_workflow(plan: Plan) -> Workflow:
    """Return the workflow that checks."""
    jobs = [_check_job(plan)]
    if plan.artifact:
        jobs.insert(0, _build_job(plan))
    if plan.leg and not plan.forks:
        jobs.append(_publish_job(plan))
    triggers = ["on:"]
    if plan.branch:
        triggers += ["  push:", f"    branches: {flow([plan.branch])}"]
    triggers.append("  pull_request:")
    if plan.changed:
        triggers.append(f"    paths: {flow(plan.changed)}")
    return Workflow(scalar(plan.title), tuple(triggers), tuple(jobs))


def comment_workflow(plan: Plan) -> Workflow:
    """Return the workflow that comments on what the first has checked, for forks."""
    triggers = (
        "on: # zizmor: ignore[dangerous-triggers] nothing of the pull request runs here",
        "  workflow_run:",
        f"    workflows: {flow([plan.title])}",
        "    types: [completed]",
    )
    name = scalar(f"Comment on {plan.title[:1].lower()}{plan.title[1:]}")
    # Publishers agree among themselves; to end one would lose another pull request's comment.
    return Workflow(name, triggers, (_publish_job(plan),), is_newest_only=False)


def _build_job(plan: Plan) -> Job:
    upload = {
        "name": scalar(plan.artifact),
        "path": lines(plan.paths, _INPUTS_INDENT),
        "if-no-files-found": literal("error"),
    }
    steps = (*_build_steps(plan), Step(uses=literal(UPLOAD), inputs=upload))
    return Job("build", literal("Build"), _runs_on(plan), (_TO_CHECK_OUT,), steps)


def _check_job(plan: Plan) -> Job:
    if plan.artifact:
        before, permissions = _certificates(plan)
        permissions.append(Permission("actions", "read", "to read what was built"))
    else:
        before, permissions = _build_steps(plan), [_TO_CHECK_OUT]
    steps = [*before, Step(uses=_action(plan), inputs=_check_inputs(plan))]
    if plan.publishes_apart:
        steps.append(_keep_report(plan))
    if not plan.publishes_apart:
        permissions += _to_publish(plan)
    name = "Self-check"
    if plan.leg:
        name += f" of {plan.leg}" if plan.matrix else f", part {plan.leg}"
    matrix = None
    if plan.matrix:
        matrix = ("plugin", flow(plan.matrix))
    elif plan.leg:
        matrix = ("shard", literal(f"[{', '.join(map(str, range(1, plan.shards + 1)))}]"))
    return Job(
        "check" if plan.publishes_apart else "self-check",
        literal(name),
        _runs_on(plan),
        tuple(permissions),
        tuple(steps),
        needs="build" if plan.artifact else "",
        matrix=matrix,
    )


def _build_steps(plan: Plan) -> list[Step]:
    steps = [_check_out()]
    for command in plan.build:
        variables, shell = {}, ""
        if plan.matrix and f"${PLUGIN}" in command.line:
            variables = {PLUGIN: literal(plan.leg)}
            # PowerShell, which is the default there, has another way to ask for a variable.
            shell = "bash" if names_system(plan.runs_on, "windows") else ""
        folder = scalar(command.folder) if command.folder else literal("")
        line = literal(f"{scalar(command.line)}{f' # {command.note}' if command.note else ''}")
        steps.append(Step(runs=line, folder=folder, shell=shell, variables=variables))
    return steps


def names_system(labels: Iterable[str], *systems: str) -> bool:
    """Tell whether a runner's labels name one of these systems, as ``windows-latest`` does."""
    return any(system in label.lower() for label in labels for system in systems)


def _check_out() -> Step:
    return Step(uses=literal(CHECKOUT), inputs={"persist-credentials": literal("false")})


def _certificates(plan: Plan) -> tuple[list[Step], list[Permission]]:
    """Return what a job that builds nothing needs to have the certificates that it names."""
    return ([_check_out()], [_TO_TRUST]) if plan.trusts_what_is_checked_out else ([], [])


def _check_inputs(plan: Plan) -> dict[str, Yaml]:
    inputs = {}
    if plan.artifact:
        inputs["artifacts"] = scalar(plan.artifact)
    else:
        inputs["paths"] = lines(plan.paths, _INPUTS_INDENT)
    if plan.shards > 1:
        inputs["shard"] = literal(f"{plan.leg}/{plan.shards}")
    if not plan.publishes_apart:
        inputs |= _publishing_inputs(plan)
    elif not plan.forks:
        inputs["comment-mode"] = literal('"off" # the job below comments')
    elif plan.artifact:
        inputs["comment-mode"] = literal('"off" # the other workflow comments')
    else:
        inputs["github-token"] = literal('"" # strangers\' code runs here')
    if plan.publishes_apart and plan.artifact:
        inputs |= _trust(plan)
    return inputs


def _publishing_inputs(plan: Plan) -> dict[str, Yaml]:
    inputs = {}
    if plan.comment_id:
        comment = "a comment of its own, beside those of other workflows"
        inputs["comment-id"] = literal(f"{scalar(plan.comment_id)} # {comment}")
    if plan.check_run:
        inputs["check-run"] = literal("true")
    return inputs | _trust(plan)


def _trust(plan: Plan) -> dict[str, Yaml]:
    return {"ca-bundle": scalar(plan.ca_bundle)} if plan.ca_bundle else {}


def _keep_report(plan: Plan) -> Step:
    name = f"{REPORT}-{plan.leg}" if plan.leg else REPORT
    inputs = {"name": literal(name), "path": literal(f"{REPORT}.json")}
    return Step(uses=literal(UPLOAD), condition=_ALWAYS, inputs=inputs)


def _publish_job(plan: Plan) -> Job:
    inputs = {
        "command": literal("publish"),
        "artifacts": literal(f"{REPORT}-*" if plan.leg else REPORT),
    }
    condition = _ALWAYS
    if plan.forks:
        run = "github.event.workflow_run"
        condition = f"{run}.event == 'pull_request' && {run}.conclusion != 'cancelled'"
        why = "the pull request's own check has failed already"
        inputs["fail-on"] = literal(f"never # {why}")
    inputs |= _publishing_inputs(plan)
    what = "reports" if plan.leg else "report"
    # In workflow_run, what is checked out is the default branch, and nothing of the pull request.
    before, permissions = _certificates(plan)
    permissions += [Permission("actions", "read", f"to read the {what}"), *_to_publish(plan)]
    return Job(
        "publish",
        literal("Comment"),
        _runs_on(plan),
        tuple(permissions),
        (*before, Step(uses=_action(plan), inputs=inputs)),
        needs="" if plan.forks else "check",
        condition=condition,
    )


def _to_publish(plan: Plan) -> tuple[Permission, ...]:
    return (_TO_MAKE_A_CHECK_RUN, _TO_COMMENT) if plan.check_run else (_TO_COMMENT,)


def _runs_on(plan: Plan) -> Yaml:
    return scalar(plan.runs_on[0]) if len(plan.runs_on) == 1 else flow(plan.runs_on)


def _action(plan: Plan) -> Yaml:
    return literal(f"{ACTION}{'/composite' if plan.composite else ''}@{plan.ref}")
