"""The parts of a workflow file, and how they are written.

Source: GitHub Docs, "Workflow syntax for GitHub Actions".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from cc_lb_selfcheck.surfaces.yaml import Yaml, literal

_NOTHING: Final = literal("")


class Permission(NamedTuple):
    """What a job's token may do, and why."""

    scope: str
    level: str
    why: str


class Step(NamedTuple):
    """A step: an action that it ``uses``, or a command that it ``runs``."""

    uses: Yaml = _NOTHING
    runs: Yaml = _NOTHING
    condition: str = ""
    folder: Yaml = _NOTHING
    shell: str = ""
    inputs: Mapping[str, Yaml] = {}
    """What follows ``with``; a value may end in a comment."""
    variables: Mapping[str, Yaml] = {}

    def written(self) -> Iterator[str]:
        """Yield lines."""
        keys = {
            "if": self.condition,
            "uses": self.uses,
            "run": self.runs,
            "working-directory": self.folder,
            "shell": self.shell,
        }
        first = "- "
        for key, value in keys.items():
            if value:
                yield f"{first}{key}: {value}"
                first = "  "
        for key, pairs in (("with", self.inputs), ("env", self.variables)):
            if pairs:
                yield f"  {key}:"
                yield from (f"    {name}: {value}" for name, value in pairs.items())


class Job(NamedTuple):
    """A job. ``matrix`` is the one dimension that its legs differ in, and its values."""

    id: str
    name: Yaml
    runs_on: Yaml
    permissions: tuple[Permission, ...]
    steps: tuple[Step, ...]
    needs: str = ""
    condition: str = ""
    matrix: tuple[str, Yaml] | None = None

    def written(self) -> Iterator[str]:
        """Yield lines."""
        yield f"{self.id}:"
        keys = {
            "name": self.name,
            "needs": self.needs,
            "if": self.condition,
            "runs-on": self.runs_on,
        }
        yield from (f"  {key}: {value}" for key, value in keys.items() if value)
        yield "  permissions:"
        yield from (f"    {item.scope}: {item.level} # {item.why}" for item in self.permissions)
        if self.matrix:
            name, values = self.matrix
            yield from ("  strategy:", "    fail-fast: false", "    matrix:")
            yield f"      {name}: {values}"
        yield "  steps:"
        for step in self.steps:
            yield from (f"    {line}" for line in step.written())


class Workflow(NamedTuple):
    """A workflow: what starts it (lines of YAML), and its jobs, none of which may do anything else.

    ``is_newest_only``: a newer run for the same branch ends an older one.
    """

    name: Yaml
    triggers: tuple[str, ...]
    jobs: tuple[Job, ...]
    is_newest_only: bool = True

    def written(self) -> Yaml:
        """Return the file."""
        parts = [f"name: {self.name}\n", "".join(f"{line}\n" for line in self.triggers)]
        parts.append("permissions: {}\n")
        if self.is_newest_only:
            parts.append(
                "concurrency:\n"
                "  group: ${{ github.workflow }}-${{ github.ref }}\n"
                "  cancel-in-progress: true\n"
            )
        jobs = ("".join(f"  {line}\n" for line in job.written()) for job in self.jobs)
        return literal("\n".join([*parts, "jobs:\n" + "\n".join(jobs)]))
