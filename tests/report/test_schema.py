"""The published schemas, and the example: whole, described, and of the shape that is written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
from tools.example import example

from cc_lb_selfcheck.report.load import load_report
from cc_lb_selfcheck.report.schema import SCHEMAS

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"
EXAMPLE: Final = (DOCS / "report.example.json").read_text("utf-8")


def shape_of(value: Any, place: str = "") -> Iterator[str]:
    """Yield the place of each field, whatever it holds."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from shape_of(item, f"{place}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from shape_of(item, f"{place}[]")
    yield place


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_published_with_its_version(name: str) -> None:
    schema = json.loads((DOCS / f"{name}.schema.json").read_text("utf-8"))
    assert schema == json.loads(json.dumps(SCHEMAS[name]()))
    jsonschema.Draft202012Validator.check_schema(schema)
    (version,) = (told for key, told in schema["properties"].items() if key.endswith("_version"))
    assert schema["$id"] == f"urn:cc-lb-selfcheck:{name}:{version['const']}"
    assert schema["title"].endswith(f"version {version['const']}")


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_is_described(name: str) -> None:
    schema = SCHEMAS[name]()
    parts = {"": schema, **schema["$defs"]}
    undescribed = [part for part, told in parts.items() if not told.get("description")]
    undescribed += [
        f"{part}.{field}"
        for part, told in parts.items()
        for field, about in told["properties"].items()
        if not about.get("description")
    ]
    assert undescribed == []


def test_the_example_is_a_report_with_one_of_each_status() -> None:
    raw = json.loads(EXAMPLE)
    jsonschema.validate(raw, SCHEMAS["report"]())
    told = load_report(EXAMPLE.encode())
    assert {item.status for item in told.artifacts} == {
        "passed",
        "refused",
        "undetermined",
        "skipped",
    }
    findings = [item.finding for item in told.artifacts if item.finding]
    assert {finding.severity for finding in findings} == {"error", "warning"}
    assert any(finding.location and finding.location.source for finding in findings)
    assert any(finding.excerpt for finding in findings)


def test_the_example_has_the_shape_of_what_is_written_now() -> None:
    """Where it has not: `./dev generate` writes it anew."""
    now = json.loads(example())
    assert {*shape_of(now)} == {*shape_of(json.loads(EXAMPLE))}
    assert [item["status"] for item in now["artifacts"]] == [
        item["status"] for item in json.loads(EXAMPLE)["artifacts"]
    ]
