"""Who tests a block of code in the pages: each block is claimed by exactly one suite.

A block that no suite claims fails ``test_blocks.py``, so that no command and no example stands in
the pages untested. The suite goes by what is in the block; a new program in a page is added here,
to the suite that can run it.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Final

from .pages import Block, blocks

_EVERYWHERE: Final = frozenset(("cat", "cd", "cp", "echo", "ls", "mkdir", "mv", "rm", "sed"))
_ENDS: Final = frozenset(("&&", "||", "|", ";", "(", ")", "&"))


def programs(command: str) -> set[str]:
    """Return the programs that a script starts."""
    found = set()
    for line in command.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.wordchars += "$:{}@%^,![]"
        starts = True
        for word in lexer:
            if word in _ENDS:
                starts = True
            elif starts and "=" not in word:
                found.add(word)
                starts = False
    return found


def _starts(block: Block) -> set[str]:
    if not block.is_shell:
        return set()
    return {name for command in block.commands for name in programs(command)} - _EVERYWHERE


def _shell_with(*names: str) -> Callable[[Block], bool]:
    return lambda block: (
        block.is_shell
        and not _of_catalogue(block)
        and bool(_starts(block))
        and _starts(block) <= {*names}
    )


def _of_catalogue(block: Block) -> bool:
    return block.page.startswith("docs/findings/")


def _written(*languages: str) -> Callable[[Block], bool]:
    return lambda block: block.language in languages and not block.file and not _of_catalogue(block)


SUITES: Final[Mapping[str, Callable[[Block], bool]]] = {
    "catalogue": _of_catalogue,  # test_snippets.py: what the findings' pages show is well-formed
    "container": _shell_with("docker"),  # tests/container/test_documented.py
    "data": _written("json"),  # test_snippets.py
    "developer": _shell_with("./dev", ".ci/run"),  # test_developer.py
    "drawing": _written("mermaid"),  # ./dev lint: tools/generate.py makes it
    "examples": _written("yaml"),  # test_examples.py: shown as they are in examples/
    "install": _shell_with("pip", "pipx", "uvx"),  # tests/ways/test_documented.py
    "program": _written("python"),  # test_programs.py: run as a reader would
    "session": lambda block: (  # test_sessions.py: run, page by page, as a reader would
        bool(block.file) or _shell_with("cc-lb-selfcheck", "cargo", "jq", "rustup")(block)
    ),
}


def claimed_by(suite: str) -> list[Block]:
    """Return the blocks that a suite has to test."""
    return [block for block in blocks() if SUITES[suite](block)]
