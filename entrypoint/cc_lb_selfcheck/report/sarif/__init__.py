"""The report as SARIF 2.1.0, within what GitHub's code scanning takes.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"; GitHub Docs,
"SARIF support for code scanning".
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final

from cc_lb_selfcheck import HOMEPAGE
from cc_lb_selfcheck.printing import Printer
from cc_lb_selfcheck.surfaces.json import indented, json_text
from cc_lb_selfcheck.surfaces.sarif import sarif_text
from cc_lb_selfcheck.surfaces.visible import shorten

from ..merge import is_whole
from ..model import Artifact, Report
from ..surroundings import Surroundings
from .notices import descriptors, notice, on_configuration, on_execution
from .results import ROOT, place_of_uri, results_of, shown_uri
from .rules import all_rules

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
RESULTS_MAX: Final = 25_000
"""GitHub refuses a run with more, and shows the first 5,000."""
PACKED_MAX_BYTES: Final = 9_000_000
"""GitHub takes 10 MB, packed by gzip."""
_RESULTS_PART: Final = 0.8
_ARTIFACTS_MAX: Final = 25_000
_SEMANTIC: Final = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
_CATEGORY_MAX_CHARS: Final = 200


def write(report: Report, around: Surroundings, printer: Printer) -> None:
    """Write one run with a result for each content that there is something to tell of."""
    printer.json(map(json_text, _pieces(report, around)))


def _pieces(report: Report, around: Surroundings) -> Iterator[str]:
    folder = around.folder
    yield f'{{\n  "$schema": "{SCHEMA}",\n  "version": "2.1.0",\n  "runs": [\n    {{'
    separator = ""
    room = _Room()
    for name, value in _frame(report, around).items():
        yield f'{separator}\n      "{name}": {room.taken(indented(value, 3))}'
        separator = ","
    told = _List(room, PACKED_MAX_BYTES * _RESULTS_PART, RESULTS_MAX)
    yield f'{separator}\n      "results": ['
    yield from told.pieces(results_of(report, folder))
    named = _List(room, PACKED_MAX_BYTES, _ARTIFACTS_MAX)
    yield ',\n      "artifacts": ['
    yield from named.pieces(_artifact(item, folder) for item in _in_order(report))
    left_out = []
    if told.left_out:
        words = f"{told.left_out:,} results are left out: GitHub takes no more. Worst come first."
        left_out.append(notice("LEFT-OUT", words))
    if named.left_out:
        words = f"{named.left_out:,} artifacts are not listed. The JSON report holds all."
        left_out.append(notice("LEFT-OUT", words))
    yield f',\n      "invocations": [\n        {indented(_invocation(report, folder, left_out), 4)}'
    yield "\n      ]\n    }\n  ]\n}\n"


class _Room:
    """Counts the bytes that a document takes when it is packed, as GitHub does."""

    def __init__(self) -> None:
        self._packer = zlib.compressobj(1)  # others pack it smaller
        self.bytes = 0

    def taken(self, piece: str) -> str:
        """Return a piece of the document, counted. Up to some 100 KB are counted late."""
        self.bytes += len(self._packer.compress(piece.encode()))
        return piece


class _List:
    """Writes as many items as there is room for, and counts the rest."""

    def __init__(self, room: _Room, max_bytes: float, max_items: int) -> None:
        self._room = room
        self._max_bytes = max_bytes
        self._max_items = max_items
        self.left_out = 0

    def pieces(self, items: Iterable[dict[str, Any]]) -> Iterator[str]:
        """Yield the items, and the bracket that ends their list."""
        kept = 0
        for item in items:
            if kept < self._max_items and not self.left_out:
                piece = self._room.taken(indented(item, 4))
                if self._room.bytes <= self._max_bytes:
                    yield f"{',' if kept else ''}\n        {piece}"
                    kept += 1
                    continue
            self.left_out += 1
        yield "\n      ]" if kept else "]"


def _frame(report: Report, around: Surroundings) -> dict[str, Any]:
    """Return what a run tells besides its lists."""
    root = {"description": {"text": "The root of the repository."}}
    frame = {
        "tool": {"driver": _driver(report)},
        "automationDetails": {"id": _category(report, around)},
        "originalUriBaseIds": {ROOT: root},
        "columnKind": "unicodeCodePoints",
        "defaultEncoding": "utf-8",
        "language": "en-US",
        "properties": {
            "engine": _shown(report.engine.model_dump()),
            "protocol": _shown(report.protocol.model_dump()),
        },
    }
    if around.revision is not None:
        provenance = {
            "repositoryUri": around.revision.repository,
            "revisionId": around.revision.commit,
            "branch": around.revision.branch and sarif_text(around.revision.branch),
            "mappedTo": {"uriBaseId": ROOT},
        }
        frame["versionControlProvenance"] = [_without_none(provenance)]
    return frame


def _driver(report: Report) -> dict[str, Any]:
    version = sarif_text(report.tool.version)
    semantic = {"semanticVersion": version} if _SEMANTIC.fullmatch(version) else {}
    return {
        "name": report.tool.name,
        "version": version,
        **semantic,
        "informationUri": HOMEPAGE,
        "rules": all_rules(),
        "notifications": descriptors(),
    }


def _category(report: Report, around: Surroundings) -> str:
    """Return the run's category, which ends in a slash: GitHub keeps the alerts of each apart.

    The legs of a matrix upload one each; several legs together are one.
    """
    leg = report.legs[0].name if len(report.legs) == 1 else ""
    parts = [report.tool.name, around.workflow, leg]
    return "".join(f"{shorten(sarif_text(part), _CATEGORY_MAX_CHARS)}/" for part in parts if part)


def _invocation(report: Report, folder: str, left_out: list[dict[str, Any]]) -> dict[str, Any]:
    undetermined = any(item.status == "undetermined" for item in report.artifacts)
    return {
        "executionSuccessful": is_whole(report) and not undetermined,
        "startTimeUtc": _moment(report.started_at),
        "endTimeUtc": _moment(report.finished_at),
        "toolExecutionNotifications": [*left_out, *on_execution(report, folder)],
        "toolConfigurationNotifications": on_configuration(report, folder),
    }


def _artifact(artifact: Artifact, folder: str) -> dict[str, Any]:
    hashes = None if artifact.sha256 is None else {"sha-256": artifact.sha256}
    return _without_none(
        {
            "location": place_of_uri(shown_uri(artifact.path, folder)),
            "length": artifact.size,
            "roles": ["analysisTarget"],
            "hashes": hashes,
        }
    )


def _in_order(report: Report) -> Iterator[Artifact]:
    told = report.worst_first()
    return chain(told, (item for item in report.artifacts if item.status == "passed"))


def _moment(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown(told: dict[str, Any]) -> dict[str, Any]:
    return {key: sarif_text(str(value)) for key, value in told.items() if value is not None}


def _without_none(told: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if value is not None}
