"""The report's JSON Schema, made from the model."""

from __future__ import annotations

from typing import Any

from .model import SCHEMA_VERSION, Report


def report_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a report."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:cc-lb-selfcheck:report:{SCHEMA_VERSION}",
        **Report.model_json_schema(mode="serialization"),
    }
