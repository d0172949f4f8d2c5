"""Fuzzes targets for a time, and keeps what it finds.

python -m tests.fuzz [TARGET…] [--seconds N] [--seed N] [--findings DIR]

With atheris installed (``pip install atheris``; Linux) it is led by what code each input reaches;
without, seeds are damaged at random. The exit status is 1 where something was found; each finding
is a file, to become a test.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import time
import traceback
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .mutation import mutated
from .targets import ALL, seeds


def main() -> int:
    """Run the command; see above."""
    parser = argparse.ArgumentParser(prog="./dev fuzz")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(ALL))
    parser.add_argument("--seconds", type=float, default=60, help="for each target")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"))
    parser.add_argument("--plain", action="store_true", help="without atheris")
    options = parser.parse_args()
    for name in options.targets:
        if name not in ALL:
            parser.error(f"there is no target {name!r}: use {', '.join(ALL)}")
    led = not options.plain and find_spec("atheris") is not None
    if led and len(options.targets) == 1:
        _led(options.targets[0], options)  # does not return
    found = 0
    for name in options.targets or ALL:
        found += _damaged(name, options)
    return 1 if found else 0


def _damaged(name: str, options: argparse.Namespace) -> int:
    """Damage seeds at random; return how many findings were kept."""
    chance = random.Random(options.seed)
    begun, ends_at = seeds(name), time.monotonic() + options.seconds
    runs, kept = 0, set()
    while time.monotonic() < ends_at:
        runs += 1
        data = mutated(begun, chance)
        try:
            ALL[name](data)
        except Exception:  # noqa: BLE001 - whatever it is, it was found
            words = traceback.format_exc()
            place = words.splitlines()[-3:-1]
            if str(place) not in kept:
                kept.add(str(place))
                print(f"{name}: {_keep(name, data, options.findings)}\n{words}", flush=True)
    print(f"{name}: {runs:,} runs, {len(kept)} findings", flush=True)
    return len(kept)


def _led(name: str, options: argparse.Namespace) -> None:
    """Let atheris find new ways through one target."""
    atheris: Any = import_module("atheris")  # may not be installed, and has no types

    corpus = options.findings / f"{name}-corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for data in seeds(name):
        (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    atheris.instrument_all()
    limits = [f"-max_total_time={int(options.seconds)}", f"-artifact_prefix={options.findings}/"]
    seed = [] if options.seed is None else [f"-seed={options.seed}"]
    atheris.Setup([sys.argv[0], *limits, *seed, str(corpus)], ALL[name])
    atheris.Fuzz()


def _keep(name: str, data: bytes, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{hashlib.sha256(data).hexdigest()[:16]}"
    path.write_bytes(data)
    return path


if __name__ == "__main__":
    sys.exit(main())
