"""Patches as they are shown, and what a stranger may send for one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cc_lb_selfcheck.diagnosis.finding import Suggestion
from cc_lb_selfcheck.diagnosis.patch import is_ours, patch_of
from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.load import load_report
from cc_lb_selfcheck.report.markdown import render_markdown
from cc_lb_selfcheck.report.model import Report
from tests.diagnosis.author import LINES, RUST, TRAP, Author, package, refused
from tests.report.build import artifact, report
from tests.support.reader_gfm import read


@pytest.fixture
def told(tmp_path: Path) -> Report:
    """A report with one suggestion."""
    author = Author(tmp_path, {"Cargo.toml": package()})
    outcome = refused(TRAP, **RUST)
    item = artifact("quota.wasm", outcome)
    assert item.finding is not None
    finding = item.finding.model_copy(update={"suggestion": author.suggest(outcome)})
    return report([item.model_copy(update={"finding": finding})])


def suggestion_in(told: Report) -> Suggestion | None:
    finding = told.artifacts[0].finding
    return finding.suggestion if finding else None


def test_the_comment_shows_it_folded_and_the_json_carries_it(told: Report) -> None:
    markdown = render_markdown(told)
    assert "<summary>A patch that keeps debug information in the artifact</summary>" in markdown
    assert "```diff\n--- a/Cargo.toml\n+++ b/Cargo.toml\n" in markdown
    assert [tag.name for tag in read(markdown).tags].count("details") == 3
    [item] = json.loads(render_json(told))["artifacts"]
    assert item["finding"]["suggestion"]["mend"] == "debug-info"
    assert suggestion_in(load_report(render_json(told).encode())) == suggestion_in(told)


FENCE = "--- a/Cargo.toml\n+++ b/Cargo.toml\n@@ -1,1 +1,2 @@\n x\n"
HOSTILE = [
    "",
    "debug = 1\n",
    FENCE + '+build = "evil.rs"\n',
    FENCE + "-[dependencies]\n",
    FENCE + "-a\n+debug = 1\n",
    FENCE + "-a\n-b\n+a\n",
    FENCE + "-debug = false\n+debug = 2\n",
    FENCE + "+debug = 1",
    FENCE + "+debug = 1\n```\n# not in the fence\n",
    FENCE + "+debug = 1\n\x1b[31m\n",
    FENCE + " \u202edebug\n+debug = 1\n",
    FENCE + " ::error::x\n+debug = 1\n",
    FENCE + " ##[error]x\n+debug = 1\n",
    FENCE.replace("Cargo.toml", "../Cargo.toml") + "+debug = 1\n",
    FENCE.replace("b/Cargo.toml", "b/other.toml") + "+debug = 1\n",
    FENCE.replace("Cargo.toml", ".git/hooks/x") + "+debug = 1\n",
    FENCE.replace("a/Cargo.toml", "/dev/null") + "+debug = 1\n",
    "rename from a\nrename to b\n" + FENCE + "+debug = 1\n",
    FENCE + " x\n" * 5_000 + "+debug = 1\n",
]


@pytest.mark.parametrize("patch", HOSTILE)
def test_a_strangers_patch_is_shown_only_if_it_could_be_ours(told: Report, patch: str) -> None:
    document = json.loads(render_json(told))
    document["patch"] = patch
    document["artifacts"][0]["finding"]["suggestion"]["patch"] = patch
    loaded = load_report(json.dumps(document).encode())
    assert suggestion_in(loaded) is None
    assert loaded.patch is None
    assert "```diff" not in render_markdown(loaded)


def test_what_surrounds_a_change_stays_in_its_fence(told: Report) -> None:
    document = json.loads(render_json(told))
    patch = FENCE.replace(" x\n", " ```\n @everyone <img src=x>\n") + "+debug = 1\n"
    document["artifacts"][0]["finding"]["suggestion"]["patch"] = patch
    loaded = load_report(json.dumps(document).encode())
    page = read(render_markdown(loaded))
    assert suggestion_in(loaded) is not None
    assert "img" not in [tag.name for tag in page.tags]
    assert "````diff" in render_markdown(loaded)


@given(st.lists(LINES, max_size=8), st.lists(LINES, max_size=8))
@settings(max_examples=150, deadline=None)
def test_a_patch_is_ours_only_if_each_of_its_lines_is(before: list[str], after: list[str]) -> None:
    patch = patch_of("Cargo.toml", "\n".join([*before, ""]), "\n".join([*after, ""]))
    if patch is None or not is_ours(patch):
        return
    lines = patch.split("\n")[2:]
    assert "+a = 1" not in lines or "-a = 1" in lines
    assert "-#x" not in lines or "+#x" in lines
