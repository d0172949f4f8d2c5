"""What a check of one artifact yields: the host's verdict, or why there is none, and evidence."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, Literal, Self, TypeAlias

from pydantic import Field

from cc_lb_selfcheck.protocol.errors import SelfCheckExecutionError, Validation
from cc_lb_selfcheck.protocol.response import SelfCheckResponse
from cc_lb_selfcheck.wasm.ends import missing_bytes, reads_as_text, surplus, zeros_from
from cc_lb_selfcheck.wasm.features import largest_bulk, newer_features
from cc_lb_selfcheck.wasm.items import Export, Kind, Signature
from cc_lb_selfcheck.wasm.kind import TEXT, describe_foreign
from cc_lb_selfcheck.wasm.origin import has_debug_checks, languages
from cc_lb_selfcheck.wasm.outline import Outline
from cc_lb_selfcheck.wasm.text import TextModule

from .evidence import (
    ExportEvidence,
    Frame,
    IdentityEvidence,
    ImportEvidence,
    Model,
    Runs,
    SectionEvidence,
    SourceEvidence,
)

Status: TypeAlias = Literal["passed", "refused", "undetermined", "skipped"]
StoppedFor: TypeAlias = Literal["deadline", "memory", "crash"]
Padding: TypeAlias = Literal["zero", "space", "tab", "line end", "end-of-file mark"]
STATUSES: tuple[Status, ...] = ("passed", "refused", "undetermined", "skipped")

_PADDING: dict[int, Padding] = {
    0x00: "zero",
    0x20: "space",
    0x09: "tab",
    0x0A: "line end",
    0x0D: "line end",
    0x1A: "end-of-file mark",
}
_LISTED_MAX = 1000
_NAME_MAX_CHARS = 1000
_TEXT_MAX_BYTES = 256 << 10
_FRAMES_MAX = 64


class Verdict(Model):
    """The host's answer. ``variant`` is null when it accepts the plugin."""

    variant: str | None = Field(description="Variant of SelfCheckExecutionError; null: accepted")
    kind: str | None = Field(description="For Validation: which rule is broken")
    message: str | None = Field(description="The host's exact text")
    fields: dict[str, Any] = Field(description="The variant's own fields, as the crate names them")
    response: SelfCheckResponse | None = Field(description="The response, when accepted")

    @property
    def name(self) -> str:
        """The variant and its kind; empty where nothing is refused."""
        return ".".join(filter(None, (self.variant, self.kind)))

    @classmethod
    def accepted(cls, response: SelfCheckResponse) -> Self:
        """Return the verdict on a plugin that passed."""
        return cls(variant=None, kind=None, message=None, fields={}, response=response)

    @classmethod
    def refused(cls, error: SelfCheckExecutionError) -> Self:
        """Return the verdict that a variant stands for."""
        kind = error.error.kind if isinstance(error, Validation) else None
        return cls(
            variant=error.variant,
            kind=kind,
            message=str(error),
            fields=error.fields(),
            response=None,
        )


class Evidence(Model):
    """What else was seen. Times in milliseconds, sizes in bytes; null: not reached or not told."""

    wall_ms: float | None = Field(default=None, description="Wall time of the call")
    cpu_ms: float | None = Field(
        default=None, description="Processor time of the call: what else is running adds nothing"
    )
    compile_ms: float | None = Field(default=None, description="Wall time of compiling")
    link_ms: float | None = Field(default=None, description="Wall time of linking and starting")
    fuel_at_least: int | None = Field(
        default=None, description="So much fuel did not suffice for the call; null: not seen"
    )
    fuel_below: int | None = Field(
        default=None, description="So much fuel sufficed for the call; null: not seen"
    )
    warn_at: int | None = Field(
        default=None, le=100, description="Percent of a limit from which on a warning was asked for"
    )
    runs: Runs | None = Field(
        default=None, description="The runs, where more than one was asked for"
    )
    output_bytes: int | None = Field(default=None, description="Size of what the call answered")
    output_preview: str | None = Field(
        default=None, description="The output as text, when it is within the limit and refused"
    )
    engine_message: str | None = Field(default=None, description="The engine's own fuller message")
    backtrace: list[str] = Field(default=[], description="The engine's, a frame a line")
    trace: list[Frame] = Field(
        default=[],
        max_length=_FRAMES_MAX,
        description="The call stack where it trapped or was stopped, innermost first, with inlined"
        " functions: of a run of its own, after the verdict",
    )
    stopped_in_loop: bool = Field(
        default=False, description="Whether a loop's beginning is where `trace` was taken"
    )
    own_error: bool = Field(
        default=False, description="Whether the call's failure is a text that the plugin set itself"
    )
    own_text: str | None = Field(
        default=None,
        description="The error text that the plugin had set before the call failed otherwise",
    )
    declared: Frame | None = Field(
        default=None, description="Where the export at fault is declared, by debug information"
    )
    exports: list[ExportEvidence] = Field(default=[], description="What the module offers")
    imports: list[ImportEvidence] = Field(default=[], description="What the module asks for")
    custom_sections: list[SectionEvidence] = Field(
        default=[], description="What the module holds besides code and data"
    )
    lists_cut: bool = Field(
        default=False,
        description=f"Whether a list above was cut to its first {_LISTED_MAX}, or a name in it to"
        f" its first {_NAME_MAX_CHARS} characters, or all of them to less, where plugins say more"
        " than a report may hold",
    )
    stopped_for: StoppedFor | None = Field(
        default=None, description="What kept the engine from an answer, where there is no verdict"
    )
    file_kind: str | None = Field(
        default=None, description="What the file is when it is no core module, in words"
    )
    unreadable_at: int | None = Field(
        default=None, description="Offset of the first byte that makes no sense as a module"
    )
    missing_bytes: int | None = Field(
        default=None, description="How many bytes the file's last section lacks at least"
    )
    zeros_from: int | None = Field(
        default=None, description="Offset from which on the file is zeros alone, amid its code"
    )
    reads_as_text: bool = Field(
        default=False, description="Whether a damaged module is UTF-8 throughout, as none can be"
    )
    surplus_bytes: int | None = Field(
        default=None, description="How many bytes of padding follow a whole module"
    )
    surplus_kinds: list[Padding] = Field(default=[], description="Which bytes these are")
    file_bytes: int | None = Field(default=None, description="Size of the file")
    identity: IdentityEvidence | None = Field(
        default=None, description="What the host reads of the plugin's name and version"
    )
    languages: list[str] = Field(default=[], description="Languages of the module's sources")
    debug_checks: bool = Field(
        default=False, description="Whether the module holds the checks of a Rust debug build"
    )
    features: list[str] = Field(
        default=[], description="What the module uses that older engines refuse, of what is known"
    )
    largest_bulk: int | None = Field(
        default=None, description="Largest constant length of a memory.fill or memory.copy"
    )
    bulk_on_stack: bool | None = Field(
        default=None,
        description="Whether the function with `largest_bulk` is in `trace`; null: not looked for",
    )
    debug_info_kept: bool | None = Field(
        default=None,
        description="Whether the package's profile keeps debug information, which is not there",
    )
    sources: SourceEvidence | None = Field(
        default=None, description="What the repository's sources say, where they were searched"
    )

    @property
    def is_text(self) -> bool:
        """Whether the file is a module in text, of which little is read."""
        return self.file_kind == TEXT

    @classmethod
    def of(cls, outline: Outline, **seen: Any) -> Self:
        """Gather what the module says of itself and what was seen of its run."""
        file_kind = describe_foreign(outline.data)
        if file_kind == TEXT:
            seen |= _of_text(outline.data)
        lists = (outline.exports, outline.imports, outline.custom_sections)
        # Lists that are given are not copied, as defaults would be.
        seen = {
            "backtrace": [],
            "trace": [],
            "exports": [
                _export(_cut(item.name), item.kind, item.signature)
                for item in _likeliest(outline.exports)[:_LISTED_MAX]
            ],
            "imports": [
                _import(_cut(item.module), _cut(item.name), item.kind, item.signature)
                for item in outline.imports[:_LISTED_MAX]
            ],
            **seen,
        }
        return cls(
            custom_sections=[
                _section(_cut(section.name), section.size)
                for section in outline.custom_sections[:_LISTED_MAX]
            ],
            lists_cut=outline.is_cut
            or any(len(items) > _LISTED_MAX for items in lists)
            or max(map(len, _names(outline)), default=0) >= _NAME_MAX_CHARS,
            file_kind=file_kind,
            unreadable_at=outline.damage,
            file_bytes=len(outline.data),
            identity=IdentityEvidence.of(outline),
            **(_of_module(outline) if outline.is_module else {}),
            **seen,
        )


def _of_module(outline: Outline) -> dict[str, Any]:
    padding = surplus(outline)
    return {
        "missing_bytes": missing_bytes(outline),
        "zeros_from": zeros_from(outline),
        "reads_as_text": reads_as_text(outline),
        "surplus_bytes": len(padding) or None,
        "surplus_kinds": list(dict.fromkeys(map(_PADDING.__getitem__, padding))),
        "languages": languages(outline),
        "debug_checks": has_debug_checks(outline),
        "features": newer_features(outline),
        "largest_bulk": bulk.size if (bulk := largest_bulk(outline)) else None,
    }


def _of_text(data: bytes) -> dict[str, Any]:
    """Return what a module in text imports and exports, where it is short enough to be read."""
    if len(data) > _TEXT_MAX_BYTES:
        return {}
    module = TextModule(data)
    exports, imports = islice(module.exports(), _LISTED_MAX), islice(module.imports(), _LISTED_MAX)
    return {
        "exports": [_export(_cut(name), kind, None) for name, kind in exports],
        "imports": [
            _import(_cut(item.module), _cut(item.name), item.kind, item.signature)
            for item in imports
        ],
    }


def _likeliest(exports: list[Export]) -> list[Export]:
    """Return the exports, those first that are named after cc-lb where not all are kept."""
    if len(exports) <= _LISTED_MAX:
        return exports
    return sorted(exports, key=lambda export: "cc" not in export.name.casefold())


def _cut(name: str) -> str:
    return name[:_NAME_MAX_CHARS]


def _names(outline: Outline) -> Iterator[str]:
    yield from (item.module for item in outline.imports)
    for items in (outline.imports, outline.exports, outline.custom_sections):
        yield from (item.name for item in items)


# Plugins resemble each other: thousands of them import and export much the same, and share it.


@lru_cache(maxsize=4096)
def _export(name: str, kind: Kind, signature: Signature | None) -> ExportEvidence:
    return ExportEvidence(name=name, kind=kind, type=_type_text(signature))


@lru_cache(maxsize=4096)
def _import(module: str, name: str, kind: Kind, signature: Signature | None) -> ImportEvidence:
    return ImportEvidence(module=module, name=name, kind=kind, type=_type_text(signature))


@lru_cache(maxsize=4096)
def _section(name: str, size: int) -> SectionEvidence:
    return SectionEvidence(name=name, size=size)


def _type_text(signature: Signature | None) -> str | None:
    return None if signature is None else str(signature)


class Outcome(Model):
    """One artifact's outcome. ``reason`` is a sentence, set when there is no verdict."""

    status: Status
    verdict: Verdict | None
    reason: str | None
    evidence: Evidence
