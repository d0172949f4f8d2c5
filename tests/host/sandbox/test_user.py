"""Which user a worker is."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest

from cc_lb_selfcheck.check import run_check
from cc_lb_selfcheck.host.user import WORKER_UID
from cc_lb_selfcheck.settings import CheckSettings
from tests.support.modules import output_module, success

from .inside import Layers, inside, needs

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.mark.skipif(not IS_ROOT, reason="only root has another user's rights to give")
def test_root_gives_itself_up() -> None:
    seen = inside(
        """
layers = enter()
import resource
print(json.dumps([layers["user"], os.getresuid(), os.getresgid(), os.getgroups(),
                  linux.capabilities(), resource.getrlimit(resource.RLIMIT_NPROC)]))"""
    )
    (holds, detail), uids, gids, groups, capabilities, processes = seen
    if not holds:
        pytest.skip(detail)
    assert uids == gids == [WORKER_UID] * 3
    assert groups == []
    assert capabilities == 0
    assert processes == [4096, 4096]


@pytest.mark.skipif(not IS_ROOT, reason="needs root")
def test_root_that_may_not_change_users_says_so_and_keeps_no_capability() -> None:
    layers, uid, capabilities = inside(
        """
linux.drop_capabilities()
print(json.dumps([enter(), os.getuid(), linux.capabilities()]))"""
    )
    assert layers["user"][0] is False
    assert "it stays root, without capabilities: it may not change users" in layers["user"][1]
    assert (uid, capabilities) == (0, 0)
    assert layers["limits"][0]
    assert layers["parent"][0]


@pytest.mark.skipif(not IS_ROOT, reason="needs root")
def test_a_kept_cache_that_only_root_reaches_is_used_and_told(tmp_path: Path) -> None:
    (tmp_path / "a.wasm").write_bytes(output_module(success()))
    kept = tmp_path / "kept"
    report = run_check(CheckSettings(paths=("a.wasm",), cache_dir=kept), tmp_path)
    assert report.summary.passed == 1
    user = next(layer for layer in report.sandbox if layer.name == "user")
    assert not user.holds
    assert user.detail.endswith("no other user can reach the compilation cache")
    assert any((kept / "engine").rglob("*"))


@pytest.mark.skipif(not IS_ROOT, reason="needs root")
def test_a_kept_cache_is_its_owners_again_and_the_workers_in_each_run(
    here: Layers,
) -> None:
    needs(here, "files", "user")
    owner = 1001
    with tempfile.TemporaryDirectory() as place:
        workspace = Path(place)
        workspace.chmod(0o755)
        os.chown(workspace, owner, owner)
        (workspace / "a.wasm").write_bytes(output_module(success()))
        kept = workspace / "kept"
        for _ in range(2):
            report = run_check(CheckSettings(paths=("a.wasm",), cache_dir=kept), workspace)
            assert report.summary.passed == 1
            assert {layer.name for layer in report.sandbox if layer.holds} >= {"files", "user"}
            found = [kept, *kept.rglob("*")]
            assert len(found) > 4
            assert {path.stat().st_uid for path in found} == {owner}
            for path in found:  # as what unpacks a stored cache leaves it
                path.chmod(0o700 if path.is_dir() else 0o600)


@pytest.mark.skipif(not IS_ROOT, reason="needs root to become another user")
def test_another_user_has_all_layers_but_its_own_user(here: Layers) -> None:
    needs(here, "files", "calls")
    python = Path(sys.executable).resolve()
    if any(not parent.stat().st_mode & 1 for parent in (*python.parents, *Path(__file__).parents)):
        pytest.skip("no other user reaches this interpreter")
    layers = inside("print(json.dumps(enter()))", user=12345, group=12345, extra_groups=())
    assert [name for name, (holds, _) in layers.items() if not holds] == ["user"]
