"""What a report has to tell as results of SARIF, the worst first."""

from __future__ import annotations

import hashlib
import posixpath
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from cc_lb_selfcheck.diagnosis.finding import Finding, Location
from cc_lb_selfcheck.surfaces.sarif import sarif_text
from cc_lb_selfcheck.surfaces.uri import Uri, uri_of, uri_of_shown

from ..brief import brief, names_of
from ..model import Artifact, Report, shared_blocks, verdict_name
from .rules import rule_indexes

ROOT: Final = "%SRCROOT%"
"""What addresses are relative to: the root of the repository."""
_RELATED_MAX: Final = 100
"""GitHub takes 1,000 locations of a result, and shows 100."""
_NAME_MAX_CHARS: Final = 1000
_FINGERPRINT_CHARS: Final = 32


def results_of(report: Report, folder: str) -> Iterator[dict[str, Any]]:
    """Yield a result for each content that there is something to tell of.

    ``folder`` is where the report's paths are seen from, seen from the repository's root.
    """
    seen: Counter[str] = Counter()
    for artifact, paths in shared_blocks(report.worth_telling()):
        finding = artifact.finding
        if finding is not None:
            result = _result(artifact, finding, paths, [shown_uri(path, folder) for path in paths])
            yield {**result, "partialFingerprints": _fingerprints(finding, paths[0], seen)}


def shown_uri(shown: str, folder: str) -> Uri:
    """Return the address of a path as reports show it.

    What is in an archive and is named after a place elsewhere has the archive's: it is no other
    file.
    """
    archive, _, member = shown.partition("!/")
    if ".." in member.split("/"):
        shown = archive
    return uri_of_shown(posixpath.normpath(posixpath.join(folder, shown)))


def place_of_uri(uri: Uri) -> dict[str, Any]:
    """Return the location of an artifact as a whole, or of a file."""
    return {"uri": uri} if uri.startswith("file:") else {"uri": uri, "uriBaseId": ROOT}


def _result(
    artifact: Artifact, finding: Finding, paths: list[str], uris: list[Uri]
) -> dict[str, Any]:
    names = names_of(paths, quote="'")
    words = [f"{finding.title}: {names}.", *brief(artifact, finding)]
    target = place_of_uri(uris[0])
    place = finding.location if finding.location and finding.location.in_repository else None
    verdict = verdict_name(artifact)
    result: dict[str, Any] = {
        "ruleId": finding.id,
        "ruleIndex": rule_indexes()[finding.id],
        "level": finding.severity,
        "message": {"text": sarif_text("\n\n".join(words))},
        "locations": [_location(finding, target, place)],
        "properties": {
            "status": artifact.status,
            **({"verdict": verdict} if verdict else {}),
            "confidence": finding.confidence,
        },
    }
    if place is not None:
        result["analysisTarget"] = target
    if len(uris) > 1:
        result["relatedLocations"] = [
            {"id": number, "message": {"text": "The same content."}, **_physical(uri)}
            for number, uri in enumerate(uris[1 : _RELATED_MAX + 1], 1)
        ]
    return result


def _location(finding: Finding, target: dict[str, Any], place: Location | None) -> dict[str, Any]:
    """Return the place in the sources; where none is known, the artifact itself.

    GitHub shows no result without a place, and no place without a line.
    """
    file, region = target, {"startLine": 1}
    if place is not None:
        file = place_of_uri(uri_of(place.path))
        region = _region(place)
    location: dict[str, Any] = {"physicalLocation": {"artifactLocation": file, "region": region}}
    function = finding.location.function if finding.location else None
    if function:
        name = sarif_text(function, _NAME_MAX_CHARS)
        location["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "function"}]
    return location


def _region(place: Location) -> dict[str, Any]:
    if place.line is None:
        return {"startLine": 1}
    region: dict[str, Any] = {"startLine": place.line}
    if place.column is not None:
        region["startColumn"] = place.column
    if place.source:
        region["snippet"] = {"text": sarif_text(place.source, _NAME_MAX_CHARS)}
    return region


def _physical(uri: Uri) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": place_of_uri(uri)}}


def _fingerprints(finding: Finding, path: str, seen: Counter[str]) -> dict[str, str]:
    """Return what stays the same as long as it is the same fault of the same plugin.

    Lines move and messages tell addresses: neither counts, but the text of the source line does.
    GitHub knows but this one fingerprint.
    """
    facts = [finding.id, path]
    if finding.location is not None and finding.location.in_repository:
        facts += [finding.location.path, " ".join((finding.location.source or "").split())]
    digest = hashlib.sha256("\0".join(facts).encode("utf-8", "surrogatepass")).hexdigest()
    key = digest[:_FINGERPRINT_CHARS]
    seen[key] += 1
    return {"primaryLocationLineHash": f"{key}:{seen[key]}"}
