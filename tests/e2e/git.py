"""The little of git that act needs: it runs what is committed."""

from __future__ import annotations

import subprocess
from pathlib import Path


def commit(repository: Path) -> None:
    """Commit everything in a folder, which becomes a repository."""
    author = ("-c", "user.name=e2e", "-c", "user.email=e2e@example.invalid")
    git(repository, "init", "--quiet", "--initial-branch=main")
    git(repository, "add", "--all", "--force")
    git(repository, *author, "commit", "--quiet", "--allow-empty", "--message=e2e")


def git(where: Path, *arguments: str) -> str:
    """Run git in a folder and return what it prints. Raises ``CalledProcessError``."""
    done = subprocess.run(
        ["git", *arguments], cwd=where, capture_output=True, text=True, check=True
    )
    return done.stdout
