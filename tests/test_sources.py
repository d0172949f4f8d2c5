"""Where artifacts come from: a source is an option, and a module of its name."""

from __future__ import annotations

from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

from cc_lb_selfcheck import sources
from cc_lb_selfcheck.github.patience import Patience
from cc_lb_selfcheck.options import Option, option_of
from cc_lb_selfcheck.settings import CheckSettings, Names, PublishSettings

BUCKET = """
from cc_lb_selfcheck.artifacts.find import Findings, Found

def bring(settings, environ, resources, suffix, patience):
    found = (Found(environ["ROOT"] + name, name + suffix, False) for name in settings.bucket)
    return Findings([*found])
"""


class WithBucket(CheckSettings):
    bucket: Annotated[Names, Option("NAME", is_source=True)] = Field(default=())


def test_a_source_is_an_option_and_a_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bucket.py").write_text(BUCKET, "utf-8")
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, str(tmp_path)])
    settings = WithBucket(bucket=("a", "b"))
    assert sources.names_any(settings)
    with ExitStack() as resources:
        found = sources.bring_all(settings, {"ROOT": "/"}, resources, Patience(0)).found
    assert [(item.path, item.shown) for item in found] == [("/a", "a.wasm"), ("/b", "b.wasm")]
    assert not sources.names_any(WithBucket())


@pytest.mark.parametrize("model", [CheckSettings, PublishSettings])
def test_every_option_of_a_source_has_its_module(model: type[CheckSettings]) -> None:
    names = [name for name, field in model.model_fields.items() if option_of(field).is_source]
    assert names == ["artifacts"]
    assert all(find_spec(f"{sources.__name__}.{name}") for name in names)
