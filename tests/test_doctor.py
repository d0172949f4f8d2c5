"""The command ``doctor``: what it tells, as text and as JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from typing import Any

import pytest

from cc_lb_selfcheck.doctor import Examination, examine, lines_of
from cc_lb_selfcheck.host.sandbox import GIVES


def doctor(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cc_lb_selfcheck", "doctor", *arguments],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1", **environment},
    )


def test_tells_each_layer_and_whether_it_holds() -> None:
    done = doctor("--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["problem"] is None
    assert told["engine"]["extism"] == "1.41.0"
    assert [layer["name"] for layer in told["sandbox"]] == [*GIVES, "cache"]
    for layer in told["sandbox"]:
        assert layer["gives"]
        assert layer["holds"] or layer["detail"]


def test_text_says_what_is_missing_and_why() -> None:
    found = examine()
    layers = [layer.model_copy(update={"holds": True, "detail": ""}) for layer in found.sandbox]
    whole = found.model_copy(update={"sandbox": layers})
    assert [*lines_of(whole)][-1] == "All layers hold."
    layers[3] = layers[3].model_copy(update={"holds": False, "detail": "it is Tuesday"})
    text = "".join(f"{line}\n" for line in lines_of(found.model_copy(update={"sandbox": layers})))
    assert f"✗ {layers[3].name}" in text
    assert "missing here: it is Tuesday\n" in text
    assert text.endswith(f"\nMissing: {layers[3].name}.\n")
    assert max(map(len, text.splitlines())) <= 100


def test_without_a_place_for_temporary_files_the_cache_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/dev/null/nowhere")
    cache = examine().sandbox[-1]
    assert (cache.name, cache.holds) == ("cache", False)
    assert "no place for temporary files" in cache.detail


def test_an_engine_that_does_not_run_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    found = examine()
    assert found.problem == "The engine's process cannot be started: no such file or directory."
    assert str(found.problem) in [*lines_of(found)]
    assert Examination.model_validate_json(found.model_dump_json()) == found


def test_another_format_is_wrong_usage() -> None:
    done = doctor("--format", "xml\x1b[31m")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "use one of text, json" in done.stderr
    assert "\x1b" not in done.stderr


def test_what_cannot_be_printed_is_printed_in_other_characters() -> None:
    done = doctor(PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u2713 process" in done.stdout
