"""Plugins checked for real, for tests of what is told of each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from cc_lb_selfcheck.check import run_check
from cc_lb_selfcheck.report.model import Artifact
from cc_lb_selfcheck.settings import CheckSettings
from tests.diagnosis.claims import Checked


@pytest.fixture
def checked(tmp_path: Path) -> Checked:
    def check(modules: Mapping[str, bytes]) -> dict[str, Artifact]:
        for name, data in modules.items():
            (tmp_path / name).write_bytes(data)
        settings = CheckSettings(paths=tuple(modules), unmarked="check", jobs=1)
        return {item.path: item for item in run_check(settings, tmp_path).artifacts}

    return check
