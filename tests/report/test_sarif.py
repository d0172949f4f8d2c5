"""The report as SARIF: by the official schema, within GitHub's limits, and the same again."""

from __future__ import annotations

import gzip
import io
import random
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from cc_lb_selfcheck.diagnosis.catalogue import entries, near_misses
from cc_lb_selfcheck.diagnosis.finding import Location
from cc_lb_selfcheck.printing import Printer
from cc_lb_selfcheck.protocol.errors import Call
from cc_lb_selfcheck.report import sarif
from cc_lb_selfcheck.report.merge import merge
from cc_lb_selfcheck.report.model import Artifact, Leg, Problem, Report
from cc_lb_selfcheck.report.sarif import notices
from cc_lb_selfcheck.report.surroundings import Revision, Surroundings
from tests.support.hostile import CURATED, strings
from tests.support.reader_runner import read_log
from tests.support.reader_sarif import read_sarif
from tests.support.reports import accepted, leg_report, refused

from .build import (
    artifact,
    every_kind,
    hostile_report,
    outcome_passed,
    outcome_refused,
    outcome_untold,
    passes,
    refusals,
    report,
    untold,
)

SOURCE = Location(
    path="crates/a/src/lib.rs",
    line=7,
    column=5,
    function="a::check",
    source="    parts[3]",
    in_repository=True,
)
GITHUB_BYTES = 10_000_000
HOME = Surroundings()


def document(told: Report, around: Surroundings = HOME) -> str:
    stream = io.StringIO()
    sarif.write(told, around, Printer(stream))
    return stream.getvalue()


def run_of(told: Report, around: Surroundings = HOME) -> dict[str, Any]:
    return read_sarif(document(told, around))


def placed(path: str, place: Location | None, error: Call | None = None) -> Artifact:
    """Return a refused artifact with a place in the sources."""
    told = artifact(path, outcome_refused(error or Call(reason="boom at 0x1f")))
    assert told.finding is not None
    finding = told.finding.model_copy(update={"location": place})
    return told.model_copy(update={"finding": finding})


def prints(*artifacts: Artifact) -> list[str]:
    told = run_of(report(artifacts))["results"]
    return [item["partialFingerprints"]["primaryLocationLineHash"] for item in told]


# The schema ----------------------------------------------------------------------------------


def text_of(texts: Iterable[str]) -> list[str]:
    """Write out what is no text, as it is before it gets into a report."""
    return [text.encode("utf-8", "backslashreplace").decode() for text in texts]


def test_every_report_fits_the_schema() -> None:
    problems = [Problem(path=path, message="is odd.", is_usage_error=True) for path in ("", "x")]
    around = Surroundings(
        revision=Revision("https://github.com/o/r", "a" * 40, "main"), workflow="CI", folder="sub"
    )
    legs = [leg_report(Leg(name=f"a ({n})", job="a"), {("x", ""): refused()}) for n in (1, 2)]
    for told in (report([]), report(every_kind(), problems), merge(legs)):
        read_sarif(document(told, around))


def test_hostile_texts_stay_texts() -> None:
    """Addresses, messages and names hold them; the schema and the runner see nothing else."""
    told = hostile_report(text_of(strings(700)))
    around = Surroundings(revision=Revision("https://github.com/o/r", "a" * 40, "\0](1)"))
    written = document(told, around)
    assert read_log(written) == []
    assert written.isascii()
    run = read_sarif(written)
    assert len(run["results"]) == len(told.worth_telling())
    for item in run["results"]:
        assert len(item["locations"]) == 1


def test_hostile_places_stay_places() -> None:
    texts = text_of(CURATED)
    items = [
        placed(f"{number}.wasm", SOURCE.model_copy(update={"path": text or "x", "function": text}))
        for number, text in enumerate(texts)
    ]
    assert len(run_of(report(items))["results"]) == len(texts)


@pytest.mark.parametrize(
    "member", ["../ok.wasm", "x/../../src/lib.rs", "a.zip!/../../ok.wasm", ".."]
)
def test_a_name_in_an_archive_leads_to_no_other_file(member: str) -> None:
    run = run_of(report([artifact(f"dist/a.zip!/{member}", outcome_refused(Call(reason="x")))]))
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "dist/a.zip", "uriBaseId": "%SRCROOT%"}


# Rules ---------------------------------------------------------------------------------------


def test_the_rules_are_the_catalogue() -> None:
    driver = run_of(report([]))["tool"]["driver"]
    by_id = {rule["id"]: rule for rule in driver["rules"]}
    catalogue = [*entries(), *near_misses()]
    assert list(by_id) == [entry.id for entry in catalogue]
    for entry in catalogue:
        rule = by_id[entry.id]
        assert rule["shortDescription"]["text"] == f"{entry.title}."
        assert rule["defaultConfiguration"]["level"] == entry.severity
        assert rule["helpUri"] == entry.link
        assert set(rule["properties"]["tags"]) >= {"webassembly", entry.told_with[0]}
        assert len(rule["properties"]["tags"]) <= 10
        assert len(rule["fullDescription"]["text"]) <= 1024
        for text in (rule["help"]["text"], rule["help"]["markdown"]):
            assert entry.meaning.split(". ")[0] in text
            assert entry.fix in text
    names = [rule["name"] for rule in driver["rules"]]
    assert len(set(names)) == len(names)


def test_a_result_has_its_rule() -> None:
    run = run_of(report(every_kind()))
    driver = run["tool"]["driver"]
    assert {item["level"] for item in run["results"]} == {"error", "warning"}
    for item in run["results"]:
        assert driver["rules"][item["ruleIndex"]]["id"] == item["ruleId"]


# Results -------------------------------------------------------------------------------------


def test_a_place_in_the_sources_is_pointed_at() -> None:
    (item,) = run_of(report([placed("dist/a.wasm", SOURCE)]))["results"]
    (location,) = item["locations"]
    assert location == {
        "physicalLocation": {
            "artifactLocation": {"uri": "crates/a/src/lib.rs", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 7, "startColumn": 5, "snippet": {"text": "    parts[3]"}},
        },
        "logicalLocations": [{"fullyQualifiedName": "a::check", "kind": "function"}],
    }
    assert item["analysisTarget"]["uri"] == "dist/a.wasm"
    assert "'dist/a.wasm'" in item["message"]["text"].splitlines()[0]
    assert "The host says: self-check call failed: boom" in item["message"]["text"]


def test_without_a_place_the_artifact_is_pointed_at() -> None:
    """A result without a place, or a place without a line, is not shown on GitHub."""
    elsewhere = SOURCE.model_copy(update={"path": "/rustc/x/lib.rs", "in_repository": False})
    for place in (None, elsewhere):
        (item,) = run_of(report([placed("dist/a b.wasm", place)]))["results"]
        physical = item["locations"][0]["physicalLocation"]
        assert physical["artifactLocation"]["uri"] == "dist/a%20b.wasm"
        assert physical["region"] == {"startLine": 1}
        assert ("It is in /rustc/x/lib.rs:7:5" in item["message"]["text"]) == (place is not None)
    manifest = SOURCE.model_copy(update={"path": "Cargo.toml", "line": None})
    (item,) = run_of(report([placed("a.wasm", manifest)]))["results"]
    assert item["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}


def test_paths_are_told_from_the_repositorys_root() -> None:
    items = [artifact(path, outcome_refused(Call(reason=path))) for path in ("a", "../b", "/c")]
    told = run_of(report(items), Surroundings(folder="plugins/x"))["results"]
    files = [item["locations"][0]["physicalLocation"]["artifactLocation"] for item in told]
    assert files == [
        {"uri": "plugins/b", "uriBaseId": "%SRCROOT%"},
        {"uri": "file:///c"},
        {"uri": "plugins/x/a", "uriBaseId": "%SRCROOT%"},
    ]


def test_one_content_is_one_result() -> None:
    outcome = outcome_refused(Call(reason="x"))
    many = [artifact(f"{number:03}.wasm", outcome, "same") for number in range(150)]
    (item,) = run_of(report(many))["results"]
    assert "'004.wasm' and 145 more." in item["message"]["text"]
    assert len(item["relatedLocations"]) == 100


def test_remarks_come_last() -> None:
    identity = {"identity": {"fault": "MissingCustomSection"}}
    warned = artifact("a.wasm", accepted(**identity))
    run = run_of(report([warned, *passes(1), *untold(1), *refusals(1)]))
    told = [(item["properties"]["status"], item["level"]) for item in run["results"]]
    assert told == [("refused", "error"), ("undetermined", "warning"), ("passed", "warning")]


# Fingerprints --------------------------------------------------------------------------------


def test_a_fingerprint_stays_from_run_to_run() -> None:
    before = report([placed("a.wasm", SOURCE), *refusals(3)])
    later = before.model_copy(
        update={
            "started_at": before.started_at + timedelta(days=1),
            "finished_at": before.finished_at + timedelta(days=2),
        }
    )
    around = Surroundings(revision=Revision("https://github.com/o/r", "b" * 40), workflow="Other")
    first, second = run_of(before)["results"], run_of(later, around)["results"]
    assert [item["partialFingerprints"] for item in first] == [
        item["partialFingerprints"] for item in second
    ]


def test_a_fingerprint_stays_when_other_plugins_come_before_and_behind() -> None:
    five = refusals(5)
    other = placed("0.wasm", SOURCE).model_copy(update={"sha256": "f" * 64})
    assert prints(*five[2:4]) == prints(*five)[2:4]
    assert prints(*five) == prints(other, *five)[1:]


def test_a_fingerprint_stays_when_other_lines_and_addresses_move() -> None:
    moved = {"line": 99, "column": 1, "source": "\tparts[3]", "function": "a::{closure#2}"}
    told = [
        placed("a.wasm", SOURCE),
        placed("a.wasm", SOURCE.model_copy(update=moved), Call(reason="boom at 0x2e")),
    ]
    assert len({prints(item)[0] for item in told}) == 1


def test_another_fault_has_another_fingerprint() -> None:
    other_line = SOURCE.model_copy(update={"source": "    parts[4]"})
    told = [
        placed("a.wasm", SOURCE),
        placed("b.wasm", SOURCE),
        placed("a.wasm", other_line),
        placed("a.wasm", None),
        artifact("a.wasm", outcome_untold("It is odd.")),
    ]
    assert len({prints(item)[0] for item in told}) == len(told)


def test_no_two_results_of_a_run_have_one_fingerprint() -> None:
    same = [placed("a.wasm", SOURCE, Call(reason=str(number))) for number in range(3)]
    same = [item.model_copy(update={"sha256": f"{number:064}"}) for number, item in enumerate(same)]
    told = prints(*same)
    assert len(set(told)) == 3
    assert [text.rpartition(":")[2] for text in told] == ["1", "2", "3"]


# The run -------------------------------------------------------------------------------------


def leg(name: str) -> Report:
    return leg_report(Leg(name=name, job="check"), {("a.wasm", ""): refused()})


def test_each_leg_has_a_category() -> None:
    """GitHub closes the alerts of a category that a later upload of it does not have."""
    one, other = leg("check (linux)"), leg("check (mac)")
    around = Surroundings(workflow="CI")
    told = [run_of(item, around)["automationDetails"]["id"] for item in (one, other)]
    assert told == ["cc-lb-selfcheck/CI/check (linux)/", "cc-lb-selfcheck/CI/check (mac)/"]
    assert run_of(merge([one, other]), around)["automationDetails"]["id"] == "cc-lb-selfcheck/CI/"
    assert run_of(report([]))["automationDetails"]["id"] == "cc-lb-selfcheck/"


def test_the_commit_is_told_where_it_is_known() -> None:
    around = Surroundings(revision=Revision("https://github.com/o/r", "a" * 40, "main"))
    (told,) = run_of(report([]), around)["versionControlProvenance"]
    assert told == {
        "repositoryUri": "https://github.com/o/r",
        "revisionId": "a" * 40,
        "branch": "main",
        "mappedTo": {"uriBaseId": "%SRCROOT%"},
    }
    assert "versionControlProvenance" not in run_of(report([]))


def test_what_has_no_verdict_and_what_went_wrong_is_notified() -> None:
    problems = [
        Problem(path="*.wasm", message="matches no file.", is_usage_error=False),
        Problem(path="missing", message="does not exist.", is_usage_error=True),
    ]
    skipped = artifact("s.wasm", outcome_untold("It is a link.", skipped=True))
    run = run_of(report([*untold(1), skipped, *passes(1)], problems))
    (told,) = run["invocations"]
    assert told["executionSuccessful"] is False
    on_run = told["toolExecutionNotifications"]
    assert [(item["descriptor"]["id"], item["level"]) for item in on_run] == [
        ("CCLB-RUN-PROBLEM", "warning"),
        ("CCLB-RUN-UNDETERMINED", "error"),
        ("CCLB-RUN-SKIPPED", "note"),
    ]
    (usage,) = told["toolConfigurationNotifications"]
    assert usage["message"]["text"] == "`missing` does not exist."
    driver = run["tool"]["driver"]["notifications"]
    for item in (*on_run, usage):
        assert driver[item["descriptor"]["index"]]["id"] == item["descriptor"]["id"]
    (fine,) = run_of(report([*passes(1), *refusals(1), skipped]))["invocations"]
    assert fine["executionSuccessful"] is True
    assert "suppressions" not in document(report(every_kind()))


def test_a_missing_leg_makes_no_successful_run() -> None:
    told = leg_report(Leg(name="a (1)", job="a", number=1, total=2), {("x", ""): accepted()})
    (invocation,) = run_of(told)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "sent no report" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_artifacts_are_told_with_their_hashes() -> None:
    told = run_of(report(every_kind()))["artifacts"]
    by_uri = {item["location"]["uri"]: item for item in told}
    one = by_uri["a.wasm"]
    assert len(one["hashes"]["sha-256"]) == 64
    assert one["length"] == 100
    assert "hashes" not in by_uri["huge.wasm"]
    assert "c.wasm" not in by_uri


# Limits --------------------------------------------------------------------------------------


def notified(run: dict[str, Any], kind: str) -> list[str]:
    (invocation,) = run["invocations"]
    told = invocation["toolExecutionNotifications"]
    return [item["message"]["text"] for item in told if item["descriptor"]["id"] == kind]


def test_the_limits_are_githubs() -> None:
    assert sarif.RESULTS_MAX == 25_000
    assert sarif.PACKED_MAX_BYTES < GITHUB_BYTES


def test_beyond_the_limit_the_worst_are_kept_and_the_rest_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sarif, "RESULTS_MAX", 30)
    monkeypatch.setattr(notices, "_NOTICES_MAX", 10)
    run = run_of(report([*untold(40), *refusals(20)]))
    statuses = [item["properties"]["status"] for item in run["results"]]
    assert statuses == ["refused"] * 20 + ["undetermined"] * 10
    assert notified(run, "CCLB-RUN-LEFT-OUT") == [
        "30 results are left out: GitHub takes no more. Worst come first.",
        "30 more are not told here.",
    ]
    assert len(run["artifacts"]) == 60
    assert len(notified(run, "CCLB-RUN-UNDETERMINED")) == 10


def test_what_does_not_pack_is_cut_to_the_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "PACKED_MAX_BYTES", 400_000)
    chance = random.Random(5)
    texts = ["".join(chr(chance.randrange(33, 0x3000)) for _ in range(6_000)) for _ in range(100)]
    items = [
        artifact(f"{number}.wasm", outcome_refused(Call(reason=text)))
        for number, text in enumerate(texts)
    ]
    written = document(report([*items, *passes(3_000)]))
    run = read_sarif(written)
    assert len(gzip.compress(written.encode())) < 400_000 + 100_000
    assert 10 < len(run["results"]) < 100
    (results_left, artifacts_left) = notified(run, "CCLB-RUN-LEFT-OUT")
    assert results_left.startswith(f"{100 - len(run['results']):,} results are left out")
    assert artifacts_left.startswith(f"{3_100 - len(run['artifacts']):,} artifacts")


def test_endless_texts_are_cut() -> None:
    outcome = outcome_refused(Call(reason="x" * 100_000))
    told = [artifact("a" * 5_000, outcome), artifact("b", outcome_passed())]
    (item,) = run_of(report(told))["results"]
    assert len(item["message"]["text"]) <= 8_000
