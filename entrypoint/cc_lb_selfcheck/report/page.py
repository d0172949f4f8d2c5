"""The catalogue's words on a finding as a page: of the documentation, of help elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from cc_lb_selfcheck.diagnosis.catalogue import Entry

_NOT_BY_ARTIFACT = "An artifact cannot cause this."


def page_markdown(entry: Entry) -> str:
    """Return all but the title, as Markdown."""
    return "\n".join(_markdown(entry))


def _markdown(entry: Entry) -> Iterator[str]:
    yield f"{entry.meaning}\n"
    if not entry.provoked_by_artifact:
        yield f"{_NOT_BY_ARTIFACT}\n"
    if entry.example:
        yield f"What you see:\n\n```text\n{entry.example.rstrip()}\n```\n"
    yield "## Likely causes\n"
    yield "\n".join(f"- {cause}" for cause in entry.causes) + "\n"
    yield f"## How to mend it\n\n{entry.fix}\n"
    if entry.code:
        yield f"```{entry.code_language}\n{entry.code.strip()}\n```\n"


def page_text(entry: Entry) -> str:
    """Return all but the title and the example, as plain text."""
    causes = "\n".join(f"- {cause}" for cause in entry.causes)
    parts = [entry.meaning, *([] if entry.provoked_by_artifact else [_NOT_BY_ARTIFACT])]
    parts += [f"Likely causes:\n{causes}", f"How to mend it: {entry.fix}"]
    return "\n\n".join([*parts, *([entry.code.strip()] if entry.code else [])])
