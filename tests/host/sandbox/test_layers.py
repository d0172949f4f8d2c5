"""Which layers the sandbox has: told with the report, or why one is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from cc_lb_selfcheck.check import run_check
from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.host.sandbox import GIVES
from cc_lb_selfcheck.settings import CheckSettings
from tests.support.modules import output_module, success

from .inside import Layers, inside, needs

SAFE = ("CapEff:", "CapPrm:", "NoNewPrivs:", "Seccomp:")


def test_every_layer_is_told_once_and_a_missing_one_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.wasm").write_bytes(output_module(success()))
    report = run_check(CheckSettings(paths=("a.wasm",)), tmp_path)
    assert [layer.name for layer in report.sandbox] == [*GIVES]
    assert all(layer.holds or layer.detail for layer in report.sandbox)
    assert report.summary.passed == 1


def test_without_a_plugin_nothing_is_told(tmp_path: Path) -> None:
    report = run_check(CheckSettings(paths=("*.wasm",), if_no_plugins="ignore"), tmp_path)
    assert report.sandbox == []


def test_a_layer_that_the_kernel_lacks_is_told() -> None:
    layers = inside(
        "landlock.version = lambda: 0\nseccomp.machine = lambda: None\nprint(json.dumps(enter()))"
    )
    assert layers["files"] == [False, "the kernel offers no Landlock here"]
    assert layers["calls"][0] is False
    assert layers["calls"][1].startswith("there is no filter for ")


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_elsewhere_than_on_linux_all_of_it_is_told_as_missing(system: str) -> None:
    layers = inside(
        f"""
for name in [name for name in sys.modules if name.startswith("cc_lb_selfcheck.host.")]:
    del sys.modules[name]
sys.platform = {system!r}
if {system!r} == "win32":
    sys.modules["resource"] = None
import cc_lb_selfcheck.host.process
from cc_lb_selfcheck.host import sandbox
sandbox.limit_processor(1)
print(json.dumps(enter()))"""
    )
    assert {holds for holds, _ in layers.values()} == {False}
    assert {detail for _, detail in layers.values()} == {f"there is none on {system}"}


def test_where_threads_run_already_nothing_is_claimed(
    here: Layers,
) -> None:
    needs(here, "files", "calls")
    layers = inside(
        """
import threading
gate = threading.Event()
threading.Thread(target=gate.wait, daemon=True).start()
layers = enter()
gate.set()
print(json.dumps(layers))"""
    )
    for name in ("files", "calls"):
        assert layers[name] == [False, "1 more threads ran already, which it would not hold for"]


def test_a_worker_has_all_of_it_from_its_start(here: Layers) -> None:
    needs(here, "files", "calls")
    worker = WorkerProcess()
    try:
        worker.start()
        told = dict(line.split("\t") for line in _status(worker.pid) if line.startswith(SAFE))
    finally:
        worker.close()
    assert told["NoNewPrivs:"] == "1"
    assert told["Seccomp:"] == "2"
    assert {int(told[name], 16) for name in ("CapEff:", "CapPrm:")} == {0}


def _status(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/status").read_text().splitlines()
