"""Several steps of one run publish, in any order of their requests, also when run again."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from typing import Any

import pytest

from cc_lb_selfcheck.report.merge import badness
from cc_lb_selfcheck.report.model import Report
from tests.support.github import FakeGitHub
from tests.support.publishing import (
    GREEN,
    RED,
    REPOSITORY,
    UNTOLD,
    furnish,
    markers,
)
from tests.support.stage import (
    Run,
    Stage,
    leave_comments,
    some_choice,
    switching,
)

from .test_writers import CHECK_RUN, RANKS, conclusions, publish

SHOWN_TOO: Mapping[str, Any] = {"check_run": True, "fail_on": "refused"}
CONCLUDED = ("success", "neutral", "failure")
RERUNS = int(os.environ.get("RACES_SCHEDULES", "60")) // 15
"""How many schedules of jobs that are run again are tried, in each mode."""


def of_one_run(**told: Report) -> list[Run]:
    return [Run(101, told=report, writer=name) for name, report in told.items()]


@pytest.mark.parametrize("start", ["none", "one"])
@pytest.mark.parametrize("names", [("rust", "zig"), ("zig", "rust")])
def test_another_step_between_any_two_requests(start: str, names: tuple[str, str]) -> None:
    acts = {run.writer: run for run in of_one_run(rust=RED, zig=GREEN)}
    number, asked_for = 0, 1
    while number < asked_for:
        with FakeGitHub() as fake:
            furnish(fake)
            leave_comments(fake, start)
            stage = Stage(fake, [acts[name] for name in names])
            stage.play(switching(number, 1_000))
            assert [marker.writer for marker in markers(fake)] == ["rust"], number
            asked_for = stage.actors[0].requests
        number += 1
    assert number > 4


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_steps_leaves_the_worst_check_run(seed: int) -> None:
    chance = random.Random(seed)
    told = [chance.choice(list(RANKS.values())) for _ in range(chance.randint(2, 4))]
    acts = [
        Run(101, told=report, writer=f"step{number}", settings=CHECK_RUN)
        for number, report in enumerate(told)
    ]
    with FakeGitHub() as fake:
        furnish(fake)
        Stage(fake, acts).play(some_choice(chance, len(acts)))
        # What has no verdict fails as well, unless that is asked for.
        worst = "success" if all(each is GREEN for each in told) else "failure"
        assert conclusions(fake) == {worst}


@pytest.mark.parametrize("seed", range(8))
def test_any_order_of_steps_leaves_the_worst(seed: int) -> None:
    chance = random.Random(seed)
    told = [chance.choice(list(RANKS.values())) for _ in range(chance.randint(2, 4))]
    acts = of_one_run(**{f"step{number}": report for number, report in enumerate(told)})
    with FakeGitHub() as fake:
        furnish(fake)
        leave_comments(fake, chance.choice(["none", "one", "two"]))
        Stage(fake, acts).play(some_choice(chance, len(acts)))
        [marker] = markers(fake)
        assert marker.badness == max({id(RED): 2, id(UNTOLD): 1}.get(id(each), 0) for each in told)


def worst_of(last: Mapping[str, Report]) -> int:
    return max(badness(told) for told in last.values())


@pytest.mark.parametrize("mode", ["always", "on-change", "on-refusal"])
@pytest.mark.parametrize("seed", range(RERUNS))
def test_any_order_of_jobs_run_again_leaves_the_worst_of_their_last_results(
    seed: int, mode: str
) -> None:
    chance = random.Random(seed)
    jobs = [f"job{number}" for number in range(chance.randint(2, 4))]
    last: dict[str, Report] = {}
    with FakeGitHub() as fake:
        furnish(fake)
        for attempt in (1, 2, 3):
            again = jobs if attempt == 1 else chance.sample(jobs, chance.randint(1, len(jobs)))
            last |= {job: chance.choice(list(RANKS.values())) for job in again}
            acts = [
                Run(
                    101,
                    attempt,
                    told=last[job],
                    writer=job,
                    settings={**SHOWN_TOO, "comment_mode": mode},
                )
                for job in again
            ]
            fake.clear_script()
            Stage(fake, acts).play(some_choice(chance, len(acts)))
            worst = worst_of(last)
            assert fake.check_runs(REPOSITORY)[-1].conclusion in CONCLUDED[worst:], attempt
            found = markers(fake)
            assert len(found) <= 1
            if worst or found:
                [marker] = found
                assert max(marker.badness, marker.elsewhere) == worst, attempt


@pytest.mark.parametrize("before", [None, GREEN])
@pytest.mark.parametrize("names", [("rust", "zig"), ("zig", "rust")])
def test_check_runs_made_at_once_all_tell_the_worst(
    names: tuple[str, str], before: Report | None
) -> None:
    told = {"rust": RED, "zig": GREEN}
    acts = [Run(101, told=told[name], writer=name, settings=CHECK_RUN) for name in names]
    for number in range(6):
        with FakeGitHub() as fake:
            token = furnish(fake)
            if before is not None:
                publish(fake, token, before, "c", 101, **CHECK_RUN)
            Stage(fake, acts).play(switching(number, 1_000))
            checks = fake.check_runs(REPOSITORY)
            assert {check.conclusion for check in checks} == {"failure"}, number
            assert {check.title for check in checks} == {"❌ cc-lb would refuse 1 of 2 plugins"}
