"""The engine's compilation cache: a private one and a kept one, and what may become of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cc_lb_selfcheck.host.answered import check_once
from cc_lb_selfcheck.host.cache import CacheUnusable, CompilationCache
from cc_lb_selfcheck.host.process import WorkerProcess
from tests.support.modules import output_module

ACCEPTED = b'{"status":"success","failures":[],"completed_at":%d}'


def test_a_private_cache_is_removed_and_a_kept_one_stays(tmp_path: Path) -> None:
    with CompilationCache() as private:
        directory = Path(private.config).parent
        assert directory.is_dir()
    assert not directory.exists()
    with CompilationCache(tmp_path / "kept"):
        pass
    assert (tmp_path / "kept" / "engine.toml").exists()
    with pytest.raises(CacheUnusable):
        CompilationCache(Path("/dev/null/cache"))


@pytest.mark.parametrize("name", ["engine", "engine.toml"])
def test_a_kept_cache_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    kept, elsewhere = tmp_path / "kept", tmp_path / "elsewhere"
    kept.mkdir()
    elsewhere.mkdir(mode=0o700)
    (elsewhere / "engine.toml").write_text("theirs")
    (kept / name).symlink_to(elsewhere if name == "engine" else elsewhere / name)
    with pytest.raises(CacheUnusable, match=f"`{name}` in it is a symbolic link"):
        CompilationCache(kept)
    assert (elsewhere / "engine.toml").read_text() == "theirs"
    assert elsewhere.stat().st_uid == os.geteuid()


def test_a_pipe_in_the_place_of_the_configuration_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "engine.toml")
    with pytest.raises(CacheUnusable, match=r"`engine\.toml` in it is no regular file"):
        CompilationCache(tmp_path)


def test_a_second_run_leaves_the_configuration_to_the_first(tmp_path: Path) -> None:
    config = tmp_path / "kept" / "engine.toml"
    with CompilationCache(config.parent):
        before = config.stat().st_ino
        with CompilationCache(config.parent):
            assert config.stat().st_ino == before
        config.write_text("[cache]\n")
        with CompilationCache(config.parent):
            assert "directory" in config.read_text()
    assert sorted(path.name for path in config.parent.iterdir()) == ["engine", "engine.toml"]


def _emptied(config: Path) -> None:
    config.write_text("")


def _garbled(config: Path) -> None:
    config.write_text("[cache")


def _without_its_directory(config: Path) -> None:
    shutil.rmtree(config.with_name("engine"))


def _with_a_file_for_a_directory(config: Path) -> None:
    _without_its_directory(config)
    config.with_name("engine").write_text("")


def _removed(config: Path) -> None:
    shutil.rmtree(config.parent)


@pytest.mark.parametrize(
    "loses",
    [
        Path.unlink,
        _emptied,
        _garbled,
        _without_its_directory,
        _with_a_file_for_a_directory,
        _removed,
    ],
)
def test_a_cache_that_is_lost_costs_no_verdict(loses: Callable[[Path], None]) -> None:
    """As by a sweep of temporary files: to the engine it would be the artifact's fault."""
    worker = WorkerProcess()
    try:
        with CompilationCache() as cache:
            worker.start(cache_config=cache.config)
            statuses = [check_once(worker, output_module(ACCEPTED % 1)).status]
            loses(Path(cache.config))
            statuses += [check_once(worker, output_module(ACCEPTED % n)).status for n in (2, 3)]
            assert statuses == ["passed"] * 3
            verdict = check_once(worker, b"\0asm\x01\0\0\0damaged").verdict
            assert verdict is not None
            assert verdict.variant == "Instantiate"
    finally:
        worker.close()
