"""What the author is told about one artifact."""

from typing import Final, Literal, TypeAlias

from pydantic import Field

from cc_lb_selfcheck.host.evidence import Model

Severity: TypeAlias = Literal["error", "warning", "note"]
Confidence: TypeAlias = Literal["certain", "likely", "possible"]


class Location(Model):
    """A place in the author's sources; ``line`` and ``column`` count from 1."""

    path: str = Field(description="From the repository's root, or as the compiler wrote it")
    line: int | None = Field(description="Counted from 1; null: the file as a whole")
    column: int | None = Field(description="In characters, counted from 1")
    function: str | None = Field(description="The function that it is in")
    source: str | None = Field(description="The source line itself")
    in_repository: bool = Field(description="Whether the file is in the author's repository")


class Excerpt(Model):
    """The place in the response at which the host's decoder stops."""

    text: str = Field(description="The part of the line around it, what is invisible written out")
    caret: str = Field(description="Spaces and a caret, which stands under the byte")
    line: int = Field(description="Counted from 1")
    column: int = Field(description="In bytes, as the decoder counts")
    path: str = Field(description="The field, as in `failures[0].stage`; empty at the outermost")
    expected: str | None = Field(default=None, description="What the decoder reads there")
    found: str | None = Field(default=None, description="What is there instead")
    spelling: str | None = Field(
        default=None, description="The right word closest to what is there"
    )


class Cause(Model):
    """Something that is, or may be, wrong besides the finding's main cause."""

    id: str = Field(description="The finding that explains it")
    text: str = Field(description="What is wrong, in a sentence")
    confidence: Confidence = Field(description="How sure that is")
    seen: list[str] = Field(default=[], description="What speaks for it")


Mend: TypeAlias = Literal["crate-type", "debug-info", "export", "name", "target"]
MENDS: Final[dict[Mend, str]] = {
    "crate-type": "asks for a `cdylib`",
    "debug-info": "keeps debug information in the artifact",
    "export": "marks the function for export",
    "name": "corrects the function's name",
    "target": "names the right target",
}
"""What each patch does."""


class Suggestion(Model):
    """A mend that a program can make: a patch, to be read before it is applied."""

    mend: Mend = Field(description="What it changes")
    patch: str = Field(description="A unified diff, from the repository's root")


class Finding(Model):
    """Words for one outcome: drawn from the catalogue, with this artifact's specifics."""

    id: str = Field(description="Never changes; `explain ID` and the link tell more")
    severity: Severity = Field(description="An error refuses the plugin")
    title: str = Field(description="A line without a period")
    meaning: str = Field(description="What the host did and saw; the first sentence stands alone")
    cause: str = Field(description="Why it happens in this artifact, as far as that is known")
    fix: str = Field(description="What to do")
    location: Location | None = Field(description="Where in the sources; null: not known")
    link: str = Field(description="Address of the finding's page")
    confidence: Confidence = Field(default="likely", description="How sure the cause is")
    seen: list[str] = Field(default=[], description="What speaks for the cause")
    excerpt: Excerpt | None = Field(default=None, description="Of the response, where one was read")
    others: list[Cause] = Field(default=[], description="What else is or may be wrong")
    hint: str | None = Field(
        default=None, description="How to build so that file and line are told, where they are not"
    )
    suggestion: Suggestion | None = Field(
        default=None, description="The mend as a patch, where it is mechanical"
    )
