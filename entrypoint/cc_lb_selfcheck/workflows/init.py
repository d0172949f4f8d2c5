"""``init``: looks at the repository, asks what it cannot know, and writes the workflows.

Nothing is overwritten.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from cc_lb_selfcheck.diagnosis.repository import Repository
from cc_lb_selfcheck.options import SettingsError
from cc_lb_selfcheck.surfaces.yaml import Yaml
from cc_lb_selfcheck.targets import leads_outside

from .ask import Asker
from .compose import Plan, check_workflow, comment_workflow, names_system
from .project import PLUGIN, Command, Part, look_at
from .settings import DEFAULT_RUNNER, InitSettings

FOLDER: Final = PurePosixPath(".github/workflows")
_LEGS_MAX: Final = 256
_LEG: Final = re.compile(r"[A-Za-z0-9_][\w.-]{0,99}", re.ASCII)
_MAIN: Final = "main"
_NO_BUILD: Final = (
    "Nothing here tells how the plugins are built (no Cargo.toml with a cdylib, no package.json"
    " with assemblyscript, no go.mod, no Makefile that names a .wasm file). Say it with --build"
    " COMMAND and --paths GLOB; with --paths alone where the plugins themselves are committed."
)
_NO_PATHS: Final = "Say with --paths GLOB what the build writes, as in --paths 'dist/*.wasm'."
_NO_PACKAGES: Final = (
    "--matrix auto is for a Cargo workspace with several plugins, and here is none: name the"
    " packages, and say with --build COMMAND how to build the one in $PLUGIN."
)
_NOT_BY_PACKAGE: Final = (
    "--matrix needs a command that builds one package: say it with --build COMMAND, with the"
    " package in $PLUGIN."
)
_TWO_WAYS: Final = (
    "--matrix builds in every job, --artifacts and --shards in one for all: use either."
)


def plan_of(settings: InitSettings, repository: Repository, ask: Asker) -> Plan:
    """Return what the workflows are to do.

    Raises ``SettingsError`` for options that do not go together, and for a repository that does
    not tell enough.
    """
    given = settings.model_fields_set
    found = [] if settings.build else look_at(repository)
    build = tuple(Command(line) for line in settings.build)
    if not (build or found or settings.paths):
        build = _asked_build(ask)
    paths = settings.paths or _asked_paths(ask, found)
    matrix = _matrix(settings, found, ask)
    if not build:
        build = _build(found, by_package=bool(matrix))
    if matrix and not any(f"${PLUGIN}" in command.line for command in build):
        raise SettingsError([_NOT_BY_PACKAGE])
    artifact = settings.artifacts or ("plugins" if settings.shards > 1 else "")
    forks = settings.forks or (
        "forks" not in given and ask.confirm("Do people send pull requests from forks?")
    )
    check_run = settings.check_run or (
        "check_run" not in given and ask.confirm("Make a check run beside the comment?")
    )
    composite = (
        settings.composite
        or names_system(settings.runs_on, "windows", "macos")
        or (
            "composite" not in given
            and not ask.confirm(
                "Do the runners have Docker, as GitHub's Linux ones do?", default=True
            )
        )
    )
    is_simple = not (matrix or artifact or forks or settings.changed)
    is_named = "name" in given
    return Plan(
        paths=paths,
        build=build,
        title=settings.name.replace("-", " ").replace("_", " ").capitalize(),
        branch=_default_branch(repository.root) if is_simple else "",
        changed=settings.changed,
        matrix=matrix,
        artifact=artifact,
        shards=settings.shards,
        forks=forks,
        check_run=check_run,
        comment_id=settings.comment_id or (settings.name if is_named else ""),
        ca_bundle=settings.ca_bundle,
        composite=composite,
        runs_on=settings.runs_on or (DEFAULT_RUNNER,),
        ref=settings.ref,
    )


def files_of(plan: Plan, name: str) -> dict[PurePosixPath, Yaml]:
    """Return the workflows by their paths in the repository."""
    files = {FOLDER / f"{name}.yml": check_workflow(plan).written()}
    if plan.forks:
        files[FOLDER / f"{name}-comment.yml"] = comment_workflow(plan).written()
    return files


def write(files: Mapping[PurePosixPath, Yaml], root: Path) -> None:
    """Write the files, all or none. Raises ``SettingsError``, also where one of them exists."""
    there = [path for path in files if os.path.lexists(root / path)]
    if there:
        names = " and ".join(map(str, there))
        raise SettingsError(
            [f"{names} exists, and was left as it is: use another --name, or --print to compare."]
        )
    if leads_outside(root / FOLDER, root):
        raise SettingsError([f"{FOLDER} leads outside through a symbolic link: remove that."])
    try:
        (root / FOLDER).mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            with (root / path).open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SettingsError([f"{FOLDER} cannot be written: {reason}."]) from error


def _asked_build(ask: Asker) -> tuple[Command, ...]:
    line = ask.line("Which command builds the plugins?")
    if not line:
        raise SettingsError([_NO_BUILD])
    return (Command(line),)


def _asked_paths(ask: Asker, found: list[Part]) -> tuple[str, ...]:
    proposed = tuple(dict.fromkeys(path for part in found for path in part.paths))
    paths = ask.words("Which files does the build write?", proposed)
    if not paths:
        raise SettingsError([_NO_PATHS])
    return paths


def _matrix(settings: InitSettings, found: list[Part], ask: Asker) -> tuple[str, ...]:
    """Return the packages that get a job each."""
    packages = found[0].packages if len(found) == 1 else ()
    in_one = settings.artifacts or settings.shards > 1
    if settings.matrix and in_one:
        raise SettingsError([_TWO_WAYS])
    names = settings.matrix
    if not names and packages and not in_one and len(packages) <= _LEGS_MAX:
        question = f"Build and check each of the {len(packages)} plugins in a job of its own?"
        names = ("auto",) if ask.confirm(question) else ()
    if names == ("auto",):
        names = packages
        if not names:
            raise SettingsError([_NO_PACKAGES])
    unusable = [name for name in names if not _LEG.fullmatch(name)]
    if unusable:
        wanted = "a package's name of letters, digits, dots, hyphens and underscores"
        raise SettingsError([f"--matrix is {unusable[0]!r}: use {wanted}, or auto."])
    if len(names) > _LEGS_MAX:
        raise SettingsError(
            [f"--matrix is for up to {_LEGS_MAX} packages: use --artifacts and --shards instead."]
        )
    return names


def _build(found: list[Part], *, by_package: bool) -> tuple[Command, ...]:
    """Return the steps that build it all, or one package; each step once."""
    parts = [part.per_package if by_package else part.build for part in found]
    return tuple(dict.fromkeys(command for part in parts for command in part))


def _default_branch(root: Path) -> str:
    """Return the branch that the remote repository, or else this one, is on."""
    for name, kept in (
        ("refs/remotes/origin/HEAD", "refs/remotes/origin/"),
        ("HEAD", "refs/heads/"),
    ):
        try:
            text = (root / ".git" / name).read_text("utf-8").strip()
        except (OSError, ValueError):
            continue
        branch = text.removeprefix("ref: ").removeprefix(kept)
        if text.startswith(f"ref: {kept}") and (name != "HEAD" or branch in (_MAIN, "master")):
            return branch
    return _MAIN
