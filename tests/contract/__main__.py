"""Hold the fake of GitHub against GitHub's own description: `python -m tests.contract`.

Installs Stoplight Prism and GitHub's OpenAPI description by npm (needs node and npm), puts Prism
between the scenarios and the fake, and fails when Prism finds a request or an answer that the
description does not have. `--tools FOLDER` keeps what was installed for the next time.
"""

import argparse
import sys
import tempfile
import traceback
from contextlib import ExitStack
from pathlib import Path

from tests.support.github import FakeGitHub, Request, content
from tests.support.github.routes import ROUTES

from . import scenarios_publish  # noqa: F401 - registers its scenarios
from .judge import Prism, free_port, install
from .scenarios import REPOSITORY, SCENARIOS, Scenario, Setting, furnish


def play(
    scenario: Scenario, port: int, strict: Prism, lenient: Prism, log: list[Request]
) -> list[str]:
    """Play one scenario with a fake of its own and return what was wrong; `log` grows."""
    problems: list[str] = []
    with FakeGitHub(port=port, public_url=strict.url) as fake:
        furnish(fake)
        try:
            scenario(Setting(fake, strict.url, lenient.url))
        except Exception:  # noqa: BLE001 - whatever it is, the next scenario is played
            problems.append(traceback.format_exc())
        log += fake.requests
    return problems + strict.violations() + lenient.violations()


def prove_awake(port: int, strict: Prism, lenient: Prism) -> list[str]:
    """Show the judge a wrong answer and a wrong request; return what it did not notice."""

    def wrong(setting: Setting) -> None:
        setting.fake.fail("GET *", content(b"{}"))
        setting.ask("GET", f"/repos/{REPOSITORY}", 500)
        setting.ask("POST", f"/repos/{REPOSITORY}/issues/7/comments", 422, {"text": "?"})

    found = play(wrong, port, strict, lenient, [])
    expected = ("must have required property 'id'", "must have required property 'body'")
    missed = [each for each in expected if not any(each in line for line in found)]
    return [f"The judge did not notice: {each}\nIt said: {found}" for each in missed]


def never_asked(log: list[Request]) -> list[str]:
    """Return the fake's routes that no scenario had a success from: these are not judged."""
    done = [each for each in log if each.status is not None and each.status < 400]
    return [
        f"{route.method} {route.pattern.pattern}"
        for route in ROUTES
        if not any(route.method == d.method and route.pattern.fullmatch(d.path) for d in done)
    ]


def main(arguments: list[str]) -> int:
    """Play every scenario; the exit status is 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.contract", description=__doc__)
    parser.add_argument("--tools", type=Path, help="where to install; a temporary folder if absent")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = options.tools
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="contract-")))
        install(folder)
        port = free_port()
        upstream = f"http://127.0.0.1:{port}"
        strict = stack.enter_context(Prism(folder, upstream))
        lenient = stack.enter_context(Prism(folder, upstream, requests=False))
        strict.violations(), lenient.violations()
        failed = report("the judge is awake", prove_awake(port, strict, lenient))
        log: list[Request] = []
        for scenario in SCENARIOS:
            name = (scenario.__doc__ or scenario.__name__).strip().partition("\n")[0]
            failed += report(name.rstrip("."), play(scenario, port, strict, lenient, log))
        failed += report("every route was asked", never_asked(log))
    print(f"{len(SCENARIOS) + 2 - failed} passed, {failed} failed")
    return 1 if failed else 0


def report(name: str, problems: list[str]) -> int:
    """Print how a scenario went; 1 when something was wrong."""
    print(f"{'FAILED' if problems else 'ok'}: {name}", flush=True)
    for problem in problems:
        print("    " + problem.replace("\n", "\n    "), flush=True)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
