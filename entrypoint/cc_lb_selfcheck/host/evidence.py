"""The parts of an outcome's evidence, as the report shows them."""

from functools import cache, lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from cc_lb_selfcheck.protocol.identity import IdentityRefused, read_identity
from cc_lb_selfcheck.protocol.limits import IDENTITY_SECTION
from cc_lb_selfcheck.wasm.binary import Damaged
from cc_lb_selfcheck.wasm.items import Kind
from cc_lb_selfcheck.wasm.outline import Outline, custom_payloads

_KEYS_MAX = 16
_KEY_MAX_CHARS = 80
_FUNCTION_MAX_CHARS = 300
_FILE_MAX_CHARS = 1000
_TALLIED_MAX_CHARS = 60
_TALLIES_MAX = 20


class Model(BaseModel):
    """Base of the report's parts: frozen, and no field that the schema does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    def model_post_init(self, _context: Any) -> None:
        """Share the set of fields that were given: one for each takes more than the fields."""
        object.__setattr__(self, "__pydantic_fields_set__", _all_fields(type(self)))


@cache
def _all_fields(model: type[Model]) -> set[str]:
    return set(model.model_fields)


class ImportEvidence(Model):
    """One import of the artifact."""

    module: str = Field(description="Where it is from")
    name: str = Field(description="Its name there")
    kind: Kind = Field(description="function, table, memory, global or tag")
    type: str | None = Field(default=None, description="A function's, as in `(i64) -> i32`")


class ExportEvidence(Model):
    """One export of the artifact."""

    name: str = Field(description="Its name")
    kind: Kind = Field(description="function, table, memory, global or tag")
    type: str | None = Field(default=None, description="A function's, as in `(i64) -> i32`")


class SectionEvidence(Model):
    """One custom section of the artifact."""

    name: str = Field(description="Its name")
    size: int = Field(description="In bytes")


class IdentityEvidence(Model):
    """What the host's identity rules make of the artifact; ``rule`` is null if they take it."""

    fault: str | None = Field(default=None, description="Variant of IdentityReadError")
    rule: str | None = Field(default=None, description="Which rule refuses it; finer than `fault`")
    subject: str | None = Field(default=None, description="The field, name or size that breaks it")
    name: str | None = Field(default=None, description="The plugin's name")
    version: str | None = Field(default=None, description="The plugin's version")
    keys: list[str] = Field(default=[], description="Fields of a section that is no identity")

    @classmethod
    def of(cls, outline: Outline) -> "IdentityEvidence":
        """Read the identity as the host does before it runs anything."""
        try:
            identity = read_identity(custom_payloads(outline, IDENTITY_SECTION))
        except IdentityRefused as refusal:
            keys = tuple(key[:_KEY_MAX_CHARS] for key in refusal.keys[:_KEYS_MAX])
            return _refused(refusal.variant, refusal.rule, refusal.subject[:_KEY_MAX_CHARS], keys)
        except Damaged:
            return cls(fault="WasmParseError")
        return cls(name=identity.name, version=identity.version)


class SourceEvidence(Model):
    """What the repository's sources say about the self-check's function, and of the crate."""

    function: str | None = Field(default=None, description="Where it is declared: path:line")
    exported: bool | None = Field(
        default=None, description="Whether it is marked for export; null: by a macro, perhaps"
    )
    export_name: str | None = Field(
        default=None, description="The name that its attribute `export_name` gives"
    )
    macro: str | None = Field(
        default=None, description="Its attribute that may be a macro's, such as `plugin_fn`"
    )
    manifest: str | None = Field(default=None, description="Path of the crate's Cargo.toml")
    cdylib: bool | None = Field(default=None, description="Whether its crate-type says cdylib")
    same_name: bool = Field(
        default=False, description="Whether the crate's name is that of the artifact"
    )


class Frame(Model):
    """One function on the call stack, or the declaration of one; null: not known."""

    function: str | None = Field(
        default=None, max_length=_FUNCTION_MAX_CHARS, description="Its name, demangled"
    )
    file: str | None = Field(
        default=None, max_length=_FILE_MAX_CHARS, description="In the repository, else as compiled"
    )
    line: int | None = Field(default=None, ge=1, lt=1 << 31, description="Counted from 1")
    column: int | None = Field(default=None, ge=1, lt=1 << 31, description="In bytes, from 1")
    library: bool = Field(
        default=False, description="Whether it belongs to a standard library or a dependency"
    )


class Tally(Model):
    """How many runs came to one verdict."""

    verdict: str = Field(
        max_length=_TALLIED_MAX_CHARS,
        pattern=r"^[A-Za-z]+(?:\.[A-Za-z]+)?$",
        description="`passed`, or variant and kind",
    )
    runs: int = Field(ge=1, lt=1 << 31, description="How many runs came to it")


class Runs(Model):
    """Several runs of one self-check; each has a request that tells another time."""

    verdicts: list[Tally] = Field(
        min_length=1, max_length=_TALLIES_MAX, description="The most frequent first"
    )
    wall_ms_least: float = Field(
        ge=0, lt=1e12, allow_inf_nan=False, description="Wall time of the shortest call"
    )
    wall_ms_median: float = Field(
        ge=0, lt=1e12, allow_inf_nan=False, description="Wall time of the call in the middle"
    )
    wall_ms_most: float = Field(
        ge=0, lt=1e12, allow_inf_nan=False, description="Wall time of the longest call"
    )
    initiated_at: int = Field(
        ge=0, lt=1 << 63, description="What the request of the run told, whose verdict stands here"
    )

    @property
    def total(self) -> int:
        """How many runs there were."""
        return sum(tally.runs for tally in self.verdicts)

    @property
    def passed(self) -> int:
        """How many runs passed."""
        return sum(tally.runs for tally in self.verdicts if tally.verdict == "passed")

    @property
    def agree(self) -> bool:
        """Whether all came to one verdict."""
        return len(self.verdicts) == 1


@lru_cache(maxsize=4096)
def _refused(fault: str, rule: str, subject: str, keys: tuple[str, ...]) -> IdentityEvidence:
    return IdentityEvidence(fault=fault, rule=rule, subject=subject, keys=list(keys))
