"""JSON Schemas, made from the models: of the report, and of the difference of two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from .diff import DIFF_VERSION, Diff
from .model import SCHEMA_VERSION, Report

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a report."""
    return {
        "$schema": _DIALECT,
        "$id": f"urn:cc-lb-selfcheck:report:{SCHEMA_VERSION}",
        **Report.model_json_schema(mode="serialization"),
        "title": f"Report of cc-lb-selfcheck, version {SCHEMA_VERSION}",
    }


def diff_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of what ``diff --format json`` prints."""
    return {
        "$schema": _DIALECT,
        "$id": f"urn:cc-lb-selfcheck:diff:{DIFF_VERSION}",
        **Diff.model_json_schema(mode="serialization"),
        "title": f"Difference of two reports of cc-lb-selfcheck, version {DIFF_VERSION}",
    }


SCHEMAS: Final[dict[str, Callable[[], dict[str, Any]]]] = {
    "report": report_schema,
    "diff": diff_schema,
}
"""By the name of what they are of."""
