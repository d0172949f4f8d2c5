"""Reads SARIF as its consumers do: by the official schema, with addresses by RFC 3986."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from rfc3986_validator import validate_rfc3986

_SCHEMA = Path(__file__).parent / "schemas" / "sarif-2.1.0.json"
_FORMATS = jsonschema.FormatChecker(formats=())


def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(validate_rfc3986(value))


def _is_reference(value: object) -> bool:
    return not isinstance(value, str) or bool(validate_rfc3986(value, rule="URI_reference"))


def _is_time(value: object) -> bool:
    wanted = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", re.ASCII)
    return not isinstance(value, str) or wanted.fullmatch(value) is not None


_FORMATS.checks("uri")(_is_uri)
_FORMATS.checks("uri-reference")(_is_reference)
_FORMATS.checks("date-time")(_is_time)


@cache
def _validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(_SCHEMA.read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=_FORMATS)


def read_sarif(document: str) -> dict[str, Any]:
    """Return the one run of a document that fits the schema; else fail."""
    log: dict[str, Any] = json.loads(document)
    errors = [
        f"{error.json_path}: {error.message[:300]}" for error in _validator().iter_errors(log)
    ]
    assert not errors, "\n".join(errors[:10])
    (run,) = log["runs"]
    told: dict[str, Any] = run
    return told
