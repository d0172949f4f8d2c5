"""Which of a workflow's jobs, legs and steps this is, from GitHub's contexts."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from cc_lb_selfcheck.report.model import Leg
from cc_lb_selfcheck.settings import Shard
from cc_lb_selfcheck.surfaces.visible import shorten

from .runner import in_actions

_LEG_MAX_CHARS: Final = 200
_WRITER_CHARS: Final = 8


class Step(NamedTuple):
    """The step that publishes.

    ``key`` is short, and the same in each attempt at a run; empty at home. It does not tell apart
    the calls of one reusable workflow: that does the name of the ``job`` with this number, where
    GitHub tells it.
    """

    key: str = ""
    job: int | None = None

    def called(self, job: str) -> str:
        """Return a key of the step in the job with a name."""
        return _short(self.key, job) if self.key and job else self.key


AT_HOME: Final = Step()
"""Where there are no others."""


class Contexts(NamedTuple):
    """GitHub's contexts of these names, as far as they are known (GitHub Docs, "Contexts")."""

    matrix: object = None
    strategy: object = None
    job: object = None


def leg_of(environ: Mapping[str, str], contexts: Contexts, shard: Shard | None) -> Leg | None:
    """Name this run among the legs of a workflow; None at home, where there are no others."""
    matrix, strategy = contexts.matrix, contexts.strategy
    job = environ.get("GITHUB_JOB", "") if in_actions(environ) else ""
    if not job and shard is None:
        return None
    number, total = 1, 1
    if isinstance(strategy, Mapping):
        index, count = strategy.get("job-index"), strategy.get("job-total")
        if isinstance(index, int) and isinstance(count, int) and 0 <= index < count:
            number, total = index + 1, count
    values = list(matrix.values()) if isinstance(matrix, Mapping) else []
    told = [value if isinstance(value, str) else json.dumps(value) for value in values]
    if shard is not None:
        told += [] if told else [f"{shard.number}/{shard.total}"]
    name = f"{job} ({', '.join(told)})" if told else job
    return Leg(
        name=shorten(name.strip(), _LEG_MAX_CHARS),
        job=job,
        number=number,
        total=total,
        shares=shard is not None,
        part=shard.number if shard else None,
        parts=shard.total if shard else None,
        check_run=_check_run(contexts.job),
    )


def step_of(environ: Mapping[str, str], contexts: Contexts, shard: Shard | None) -> Step:
    """Return the step that publishes, by its job, its leg, and its id in the job."""
    leg = leg_of(environ, contexts, shard) if in_actions(environ) else None
    if leg is None:
        return AT_HOME
    action = environ.get("GITHUB_ACTION", "")
    return Step(_short(leg.job, leg.name, leg.number, action), leg.check_run)


def _short(*told: str | int) -> str:
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:_WRITER_CHARS]


def _check_run(job: object) -> int | None:
    """Return the number of the job's own check run; older servers do not tell it."""
    number = job.get("check_run_id") if isinstance(job, Mapping) else None
    text = str(number) if isinstance(number, int | str) else ""
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,14}", text) else None
