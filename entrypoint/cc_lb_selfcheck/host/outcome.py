"""What a check of one artifact yields: the host's verdict, or why there is none, and evidence."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from cc_lb_selfcheck.protocol.errors import SelfCheckExecutionError, Validation
from cc_lb_selfcheck.protocol.response import SelfCheckResponse
from cc_lb_selfcheck.wasm.kind import describe_foreign
from cc_lb_selfcheck.wasm.outline import Outline, Signature

Status: TypeAlias = Literal["passed", "refused", "undetermined", "skipped"]
STATUSES: tuple[Status, ...] = ("passed", "refused", "undetermined", "skipped")

_LISTED_MAX = 1000


class Model(BaseModel):
    """Base of the report's parts: frozen, and no field that the schema does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Verdict(Model):
    """The host's answer. ``variant`` is null when it accepts the plugin."""

    variant: str | None = Field(description="Variant of SelfCheckExecutionError; null: accepted")
    kind: str | None = Field(description="For Validation: which rule is broken")
    message: str | None = Field(description="The host's exact text")
    fields: dict[str, Any] = Field(description="The variant's own fields, as the crate names them")
    response: SelfCheckResponse | None = Field(description="The response, when accepted")

    @classmethod
    def accepted(cls, response: SelfCheckResponse) -> Verdict:
        """Return the verdict on a plugin that passed."""
        return cls(variant=None, kind=None, message=None, fields={}, response=response)

    @classmethod
    def refused(cls, error: SelfCheckExecutionError) -> Verdict:
        """Return the verdict that a variant stands for."""
        kind = error.error.kind if isinstance(error, Validation) else None
        return cls(
            variant=error.variant,
            kind=kind,
            message=str(error),
            fields=error.fields(),
            response=None,
        )


class ImportEvidence(Model):
    """One import of the artifact."""

    module: str
    name: str
    kind: str
    type: str | None = None


class ExportEvidence(Model):
    """One export of the artifact."""

    name: str
    kind: str
    type: str | None = None


class SectionEvidence(Model):
    """One custom section of the artifact; ``size`` in bytes."""

    name: str
    size: int


class Evidence(Model):
    """What else was seen. Times in milliseconds, sizes in bytes; null: not reached or not told."""

    wall_ms: float | None = Field(default=None, description="Wall time of the call")
    compile_ms: float | None = None
    link_ms: float | None = None
    fuel_used: int | None = Field(
        default=None, description="Fuel burnt, where the engine tells: all of it, or nothing known"
    )
    output_bytes: int | None = None
    output_preview: str | None = Field(
        default=None, description="The output as text, when it is within the limit and refused"
    )
    engine_message: str | None = Field(default=None, description="The engine's own fuller message")
    backtrace: list[str] = []
    exports: list[ExportEvidence] = []
    imports: list[ImportEvidence] = []
    custom_sections: list[SectionEvidence] = []
    lists_cut: bool = Field(
        default=False, description=f"Whether a list above was cut to its first {_LISTED_MAX}"
    )
    file_kind: str | None = Field(
        default=None, description="What the file is when it is no core module, in words"
    )
    unreadable_at: int | None = Field(
        default=None, description="Offset of the first byte that makes no sense as a module"
    )

    @classmethod
    def of(cls, outline: Outline, **seen: Any) -> Evidence:
        """Gather what the module says of itself and what was seen of its run."""
        lists = (outline.exports, outline.imports, outline.custom_sections)
        return cls(
            exports=[
                _export(item.name, item.kind, item.signature)
                for item in outline.exports[:_LISTED_MAX]
            ],
            imports=[
                _import(item.module, item.name, item.kind, item.signature)
                for item in outline.imports[:_LISTED_MAX]
            ],
            custom_sections=[
                _section(section.name, section.size)
                for section in outline.custom_sections[:_LISTED_MAX]
            ],
            lists_cut=any(len(items) > _LISTED_MAX for items in lists),
            file_kind=describe_foreign(outline.data),
            unreadable_at=outline.damage,
            **seen,
        )


# Plugins resemble each other: thousands of them import and export much the same, and share it.


@lru_cache(maxsize=4096)
def _export(name: str, kind: str, signature: Signature | None) -> ExportEvidence:
    return ExportEvidence(name=name, kind=kind, type=_type_text(signature))


@lru_cache(maxsize=4096)
def _import(module: str, name: str, kind: str, signature: Signature | None) -> ImportEvidence:
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
