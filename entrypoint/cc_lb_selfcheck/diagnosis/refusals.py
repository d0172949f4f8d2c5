"""Explains refusals with what the repository's sources tell."""

from __future__ import annotations

from cc_lb_selfcheck.host.outcome import Outcome

from .finding import Finding
from .findings import finding_on, writable
from .locate import Locator
from .repository import Repository
from .sources import Sources
from .suggest import Suggester


class Refusals:
    """The refusals of one run, and the sources around it."""

    def __init__(self, repository: Repository) -> None:
        self._sources = Sources(repository)
        self._locator = Locator(repository)
        self._suggester = Suggester(repository, self._locator)

    def explained(self, shown: str, outcome: Outcome) -> tuple[Outcome, Finding]:
        """Return a refusal of the artifact at that path with what the sources tell, and the
        finding on it.
        """
        outcome = self._sources.added_to(outcome, shown)
        outcome = self._suggester.with_profile(outcome, shown)
        location = self._locator.locate(shown, outcome)
        outcome = self._locator.resolved(shown, outcome)
        finding = finding_on(outcome)
        if location is not None:
            finding = finding.model_copy(update={"location": location})
            suggestion = self._suggester.suggest(finding, outcome, shown)
            finding = finding.model_copy(update={"suggestion": suggestion})
        return outcome, writable(finding)

    @property
    def patch(self) -> str | None:
        """What mends all that can be mended by rule, once all artifacts were asked for."""
        return self._suggester.patch
