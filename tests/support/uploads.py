"""A run whose artifacts are fetched from a fake of GitHub."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from cc_lb_selfcheck.github.uploads import fetch

from .github import FakeGitHub
from .github.model import Run
from .publishing import HEAD, REPOSITORY, client, furnish


class Place:
    """A fake of GitHub with a run, and a token for it."""

    def __init__(self, fake: FakeGitHub) -> None:
        self.fake = fake
        self.token = furnish(fake)
        self.run: Run = fake.add_run(REPOSITORY, head_sha=HEAD, event="pull_request")
        self.slept: list[float] = []
        self.ca_bundle: Path | None = None

    def fetched(self, *names: str, run: int | None = None) -> tuple[dict[str, bytes], list[str]]:
        """Fetch artifacts; the zips' bytes by name, and the faults."""
        bundle = self.ca_bundle
        api = client(self.fake, self.token, sleep=self.slept.append, ca_bundle=bundle)
        with ExitStack() as resources:
            got = fetch(api, run or self.run.id, names, resources)
            read = {name: path.read_bytes() for name, path in got.files.items()}
            return read, [*got.faults, *got.absent]

    def fault(self, *names: str, run: int | None = None) -> str:
        """Return the one sentence that tells why nothing was fetched."""
        read, faults = self.fetched(*names, run=run)
        assert read == {}
        [fault] = faults
        assert fault.endswith(".")
        assert self.token not in fault
        return fault
