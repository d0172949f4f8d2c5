"""Suggestions: the mends of a run's findings as patches, one each, and one for all together."""

from __future__ import annotations

from pathlib import PurePosixPath

from cc_lb_selfcheck.host.outcome import Outcome

from .finding import Finding, Suggestion
from .locate import Locator
from .mends import Edit, Files, keeps_debug_info, mend_of
from .patch import patch_of, whole_patch
from .repository import Repository


class Suggester:
    """Makes suggestions for one repository; nothing in it is written."""

    def __init__(self, repository: Repository, locator: Locator) -> None:
        self._repository = repository
        self._locator = locator
        self._mended = _Mended(repository)

    def suggest(self, finding: Finding, outcome: Outcome, artifact: str) -> Suggestion | None:
        """Return the mend of a refusal of the artifact at that path; None where there is none."""
        package = self._locator.package_of(artifact, outcome)

        def made_to(files: Files) -> list[Edit]:
            found = mend_of(finding, outcome, artifact, package, self._repository, files)
            return found[1] if found else []

        found = mend_of(finding, outcome, artifact, package, self._repository, self._repository)
        if found is None:
            return None
        mend, edits = found
        patches = [patch_of(edit.path, edit.before, edit.after) for edit in edits]
        if not all(patches):
            return None
        self._mended.take(made_to(self._mended))
        return Suggestion(mend=mend, patch="".join(filter(None, patches)))

    def with_profile(self, outcome: Outcome, artifact: str) -> Outcome:
        """Return a refusal with whether its package keeps the debug information it lacks."""
        evidence = outcome.evidence
        if "Rust" not in evidence.languages:
            return outcome
        if any(section.name == ".debug_info" for section in evidence.custom_sections):
            return outcome
        package = self._locator.package_of(artifact, outcome)
        if package is None or package.manifest.name != "Cargo.toml":
            return outcome
        kept = keeps_debug_info(artifact, package, self._repository, self._repository)
        evidence = evidence.model_copy(update={"debug_info_kept": kept})
        return outcome.model_copy(update={"evidence": evidence})

    @property
    def patch(self) -> str | None:
        """All suggestions so far as one patch; None without any."""
        return whole_patch(self._mended.files) or None


class _Mended:
    """The repository's files as they are once everything that was suggested is done."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self.files: dict[str, tuple[str, str]] = {}
        """The texts before and after of each file that was edited."""

    def text(self, path: PurePosixPath) -> str | None:
        """Return a file's text as it is by now."""
        known = self.files.get(path.as_posix())
        return known[1] if known else self._repository.text(path)

    def take(self, edits: list[Edit]) -> None:
        """Keep what becomes of some files."""
        for path, before, after in edits:
            first = self.files.get(path, (before, after))[0]
            self.files[path] = (first, after)
