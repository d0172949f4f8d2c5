"""The identity section: which plugin an artifact says it is, by the host's own rules.

The host reads it before anything else of an artifact, in another step than the self-check.
Source: cc-lb-runtime-protocol 0.1.0 ``src/identity.rs``, cc-lb-plugin-wire 0.1.1
``src/identity.rs``. Which payloads are taken, and which variant refuses the others, is the
crate's; where JSON is at fault, serde_json's words are not made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Literal, NoReturn, TypeAlias

from pydantic import BaseModel, ConfigDict

SECTION_MAX_BYTES: Final = 65536
NAME_MAX_BYTES: Final = 64
VERSION_MAX_BYTES: Final = 32
FIELDS: Final = ("magic", "abi_envelope", "plugin_name", "plugin_version")
MAGIC: Final = [0xCC, 0x1B, 0x70, 0x10, 0, 1, 0, 0]
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]*")
U32_MAX: Final = 2**32 - 1


class PluginIdentity(BaseModel):
    """What an accepted section says."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: str
    version: str


Rule: TypeAlias = Literal[
    "section-missing",
    "section-twice",
    "section-too-large",
    "no-json",
    "no-object",
    "field-unknown",
    "field-twice",
    "field-missing",
    "field-type",
    "magic",
    "name-empty",
    "name-pattern",
    "version-empty",
    "version-too-long",
]
"""Which rule refuses an artifact; finer than the crate's variants."""

_VARIANTS: Final[dict[Rule, str]] = {
    "section-missing": "MissingCustomSection",
    "section-twice": "DuplicateCustomSection",
    "section-too-large": "SectionTooLarge",
    "no-json": "MalformedPayload",
    "no-object": "MalformedPayload",
    "field-unknown": "MalformedPayload",
    "field-twice": "MalformedPayload",
    "field-missing": "MalformedPayload",
    "field-type": "MalformedPayload",
    "magic": "MagicMismatch",
    "name-empty": "Validation",
    "name-pattern": "Validation",
    "version-empty": "Validation",
    "version-too-long": "Validation",
}


class IdentityRefused(Exception):
    """A rule refuses the artifact.

    ``subject`` is the field, name or number of bytes that breaks it; ``keys`` are the fields that a
    section has which is no identity.
    """

    def __init__(self, rule: Rule, subject: str = "", keys: tuple[str, ...] = ()) -> None:
        super().__init__(f"{_VARIANTS[rule]}: {rule}")
        self.rule = rule
        self.subject = subject
        self.keys = keys

    @property
    def variant(self) -> str:
        """The variant of the crate's ``IdentityReadError``."""
        return _VARIANTS[self.rule]


def read_identity(payloads: Iterable[bytes]) -> PluginIdentity:
    """Judge the payloads of all identity sections, in the file's order. Raises IdentityRefused."""
    accepted: PluginIdentity | None = None
    for payload in payloads:
        if accepted is not None:
            raise IdentityRefused("section-twice")
        accepted = _judged(payload)
    if accepted is None:
        raise IdentityRefused("section-missing")
    return accepted


def _judged(payload: bytes) -> PluginIdentity:
    if len(payload) > SECTION_MAX_BYTES:
        raise IdentityRefused("section-too-large", str(len(payload)))
    fields = _fields(payload)
    if fields["magic"] != MAGIC:
        raise IdentityRefused("magic")
    name, version = fields["plugin_name"], fields["plugin_version"]
    if not name:
        raise IdentityRefused("name-empty")
    if len(name.encode()) > NAME_MAX_BYTES or not _NAME.fullmatch(name):
        raise IdentityRefused("name-pattern", name)
    if not version:
        raise IdentityRefused("version-empty")
    if len(version.encode()) > VERSION_MAX_BYTES:
        raise IdentityRefused("version-too-long", str(len(version.encode())))
    return PluginIdentity(name=name, version=version)


def _fields(payload: bytes) -> dict[str, Any]:
    """Read the payload as serde_json does, an object or an array of the four fields."""
    try:
        value = json.loads(
            payload.decode(),
            object_pairs_hook=_Object,
            parse_int=lambda digits: float(digits) if digits == "-0" else int(digits),
            parse_constant=_no_json,
        )
        json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError):
        raise IdentityRefused("no-json") from None
    keys: tuple[str, ...] = ()
    if isinstance(value, _Object):
        keys = tuple(key for key, _ in value)
        for rule, key in _key_faults(keys):
            raise IdentityRefused(rule, key, keys)
        fields = dict(value)
    elif isinstance(value, list) and len(value) == len(FIELDS):
        fields = dict(zip(FIELDS, value, strict=True))
    else:
        raise IdentityRefused("no-object")
    for field, is_right in _TYPES.items():
        if not is_right(fields[field]):
            raise IdentityRefused("field-type", field, keys)
    return fields


class _Object(list[tuple[str, Any]]):
    """The pairs of an object, with keys that occur twice."""


def _no_json(constant: str) -> NoReturn:
    raise ValueError(constant)


def _key_faults(keys: tuple[str, ...]) -> Iterator[tuple[Rule, str]]:
    for number, key in enumerate(keys):
        if key not in FIELDS:
            yield "field-unknown", key
        elif key in keys[:number]:
            yield "field-twice", key
    for field in FIELDS:
        if field not in keys:
            yield "field-missing", field


def _is_int(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _is_magic(value: object) -> bool:
    """Tell whether it is an array of eight bytes, whichever they are."""
    if isinstance(value, _Object) or not isinstance(value, list):
        return False
    return len(value) == len(MAGIC) and all(_is_int(item, 255) for item in value)


_TYPES: Final[dict[str, Callable[[object], bool]]] = {
    "magic": _is_magic,
    "abi_envelope": lambda value: _is_int(value, U32_MAX),
    "plugin_name": lambda value: isinstance(value, str),
    "plugin_version": lambda value: isinstance(value, str),
}
