"""The formats of a report: what each needs to be one."""

from __future__ import annotations

import io
import json
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import get_args

import pytest

from cc_lb_selfcheck import report as folder
from cc_lb_selfcheck.printing import Printer
from cc_lb_selfcheck.report.formats import writer_of
from cc_lb_selfcheck.report.surroundings import Links, Surroundings
from cc_lb_selfcheck.settings import Format
from tests.support.hostile import strings
from tests.support.reader_runner import read_log

from .build import every_kind, hostile_report, report

FORMATS: tuple[Format, ...] = get_args(Format)
HOSTILE = [text.encode("utf-8", "backslashreplace").decode() for text in strings(400)]


def test_what_writes_is_a_format_and_what_is_a_format_writes() -> None:
    modules = {path.stem for path in Path(folder.__file__).parent.glob("[a-z]*")}
    writing = {
        name
        for name in modules
        if (write := getattr(import_module(f"{folder.__name__}.{name}"), "write", None))
        and len(signature(write).parameters) == 3
        and next(iter(signature(write).parameters)) == "report"
    }
    assert writing == set(FORMATS)


@pytest.mark.parametrize("form", FORMATS)
def test_each_format_writes_what_it_is_given(form: Format) -> None:
    stream = io.StringIO()
    around = Surroundings(links=Links(run="https://github.com/o/r/actions/runs/1"))
    writer_of(form)(report(every_kind()), around, Printer(stream))
    assert "a.wasm" in stream.getvalue()
    assert stream.getvalue().endswith("\n")
    if form in ("json", "sarif"):
        json.loads(stream.getvalue())


@pytest.mark.parametrize("form", FORMATS)
def test_in_a_log_no_format_makes_a_command_of_a_text(form: Format) -> None:
    stream = io.StringIO()
    told = hostile_report(HOSTILE)
    writer_of(form)(told, Surroundings(), Printer(stream))
    commands = read_log(stream.getvalue())
    wanted = {"error", "warning"} if form == "github" else set()
    assert {command.name for command in commands} == wanted
