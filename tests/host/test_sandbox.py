"""The sandbox of a worker, entered and then tried from the inside."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from cc_lb_selfcheck.check import run_check
from cc_lb_selfcheck.host.cache import CompilationCache
from cc_lb_selfcheck.host.process import WorkerProcess
from cc_lb_selfcheck.host.sandbox import GIVES
from cc_lb_selfcheck.host.user import WORKER_UID
from cc_lb_selfcheck.settings import CheckSettings
from tests.support.modules import output_module, success

REFUSED = pytest.importorskip(
    "cc_lb_selfcheck.host.seccomp", reason="the sandbox is Linux's", exc_type=ImportError
).REFUSED

IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
SAFE = ("CapEff:", "CapPrm:", "NoNewPrivs:", "Seccomp:")
ENTER = """
import json, os, sys
from cc_lb_selfcheck.host import landlock, linux, sandbox, seccomp
def tried(act, *arguments):
    try:
        act(*arguments)
    except OSError as error:
        return type(error).__name__
    return "done"
def enter(config=""):
    return {name: (holds, detail) for name, holds, detail
            in sandbox.enter(parent=os.getppid(), cache_config=config)}
"""


def inside(code: str, *arguments: str | Path, status: int = 0, **options: Any) -> Any:
    """Run code in a process of its own and return what it prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", ENTER + code, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **options,
    )
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout) if done.stdout else None


def layers_here() -> dict[str, tuple[bool, str]]:
    told: dict[str, tuple[bool, str]] = inside("print(json.dumps(enter()))")
    return told


@pytest.fixture(scope="module")
def here() -> dict[str, tuple[bool, str]]:
    return layers_here()


def needs(here: dict[str, tuple[bool, str]], *names: str) -> None:
    for name in names:
        if not here[name][0]:
            pytest.skip(f"{name}: {here[name][1]}")


def test_every_layer_is_told_once_and_a_missing_one_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.wasm").write_bytes(output_module(success()))
    report = run_check(CheckSettings(paths=("a.wasm",)), tmp_path)
    assert [layer.name for layer in report.sandbox] == [*GIVES]
    assert all(layer.holds or layer.detail for layer in report.sandbox)
    assert report.summary.passed == 1


def test_without_a_plugin_nothing_is_told(tmp_path: Path) -> None:
    report = run_check(CheckSettings(paths=("*.wasm",), if_no_plugins="ignore"), tmp_path)
    assert report.sandbox == []


# Files ---------------------------------------------------------------------------------------


def test_no_file_is_within_reach_but_the_cache(
    tmp_path: Path, here: dict[str, tuple[bool, str]]
) -> None:
    needs(here, "files")
    (tmp_path / "secret").write_text("secret")
    with CompilationCache() as cache:
        engine = Path(cache.config).parent / "engine"
        seen = inside(
            """
config, engine, outside = sys.argv[1:]
held = enter(config)["files"][0]
def write(path):
    with open(path, "w") as file:
        file.write("x")
def work():
    os.mkdir(f"{engine}/new")
    write(f"{engine}/new/a")
    os.rename(f"{engine}/new/a", f"{engine}/b")
    open(f"{engine}/b", "r+").truncate(0)
    os.unlink(f"{engine}/b")
    os.rmdir(f"{engine}/new")
print(json.dumps({
    "held": held,
    "cache": [tried(work), tried(open, config), tried(os.listdir, engine)],
    "elsewhere": {
        "read": tried(open, f"{outside}/secret"),
        "list": tried(os.listdir, outside),
        "make": tried(write, f"{outside}/new"),
        "overwrite": tried(write, f"{outside}/secret"),
        "remove": tried(os.unlink, f"{outside}/secret"),
        "truncate": tried(os.truncate, f"{outside}/secret", 0),
        "link": tried(os.link, f"{outside}/secret", f"{engine}/link"),
        "move out": tried(os.rename, config, f"{outside}/config"),
        "configuration": tried(write, config),
        "users": tried(open, "/etc/passwd"),
        "parent": tried(open, f"/proc/{os.getppid()}/environ"),
        "runner": tried(os.listdir, "/github"),
        "device": tried(open, "/dev/null"),
    },
}))""",
            cache.config,
            engine,
            tmp_path,
        )
    assert seen["held"]
    assert seen["cache"] == ["done"] * 3
    assert set(seen["elsewhere"].values()) <= {"PermissionError", "FileNotFoundError", "OSError"}
    assert (tmp_path / "secret").read_text() == "secret"
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_files_are_not_changed_without_being_opened(
    tmp_path: Path, here: dict[str, tuple[bool, str]]
) -> None:
    needs(here, "calls")
    file = tmp_path / "file"
    file.touch(mode=0o600)
    before = file.stat()
    tmp_path.chmod(0o777)
    seen = inside(
        """
path = sys.argv[1]
enter()
print(json.dumps([
    tried(os.chmod, path, 0o777), tried(os.chown, path, os.getuid(), -1),
    tried(os.utime, path, (1, 1)), tried(os.setxattr, path, "user.x", b"x"),
]))""",
        file,
    )
    assert seen == ["PermissionError"] * 4
    after = file.stat()
    assert (after.st_mode, after.st_uid, after.st_mtime) == (
        before.st_mode,
        before.st_uid,
        before.st_mtime,
    )


def test_the_private_cache_is_closed_to_others() -> None:
    with CompilationCache() as cache:
        directory = Path(cache.config).parent
        for path in (directory, directory / "engine"):
            assert not path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH), path
        assert not Path(cache.config).stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH)


# Calls ---------------------------------------------------------------------------------------


def test_there_is_no_network_and_no_other_process(here: dict[str, tuple[bool, str]]) -> None:
    needs(here, "calls")
    seen = inside(
        """
import ctypes, resource, signal, socket
enter()
families = (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK)
kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
def io_uring():
    linux.call(425, 8, ctypes.create_string_buffer(120))
print(json.dumps({
    **{f"{f.name} {k.name}": tried(socket.socket, f, k) for f in families for k in kinds},
    "fork": tried(os.fork),
    "exec": tried(os.execv, sys.executable, [sys.executable]),
    "spawn": tried(os.posix_spawn, sys.executable, [sys.executable], {}),
    "kill": tried(os.kill, os.getppid(), 0),
    "limit another": tried(resource.prlimit, os.getppid(), resource.RLIMIT_NOFILE),
    "user": tried(os.setresuid, 0, 0, 0),
    "root": tried(os.chroot, "/"),
    "io_uring": tried(io_uring),
}))"""
    )
    assert set(seen.values()) == {"PermissionError"}, seen


def test_the_engines_own_calls_pass(here: dict[str, tuple[bool, str]]) -> None:
    needs(here, "calls")
    seen = inside(
        """
import mmap, threading
enter()
done = []
threads = [threading.Thread(target=done.append, args=(n,)) for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE)
memory = os.fdopen(os.memfd_create("m"), "w+b")
memory.write(b"x" * 100)
memory.flush()
again = open(f"/proc/self/fd/{memory.fileno()}", "rb").read()
sandbox.limit_processor(60)
print(json.dumps([len(done), len(code), len(again)]))"""
    )
    assert seen == [4, 4096, 100]


def test_threads_that_start_later_are_held_as_well(here: dict[str, tuple[bool, str]]) -> None:
    needs(here, "calls", "files")
    seen = inside(
        """
import socket, threading
enter()
seen = []
def act():
    seen.append(tried(socket.socket))
    seen.append(tried(open, "/etc/passwd"))
thread = threading.Thread(target=act)
thread.start()
thread.join()
print(json.dumps(seen))"""
    )
    assert seen == ["PermissionError"] * 2


def test_where_threads_run_already_nothing_is_claimed(
    here: dict[str, tuple[bool, str]],
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


def test_an_abort_is_still_an_abort() -> None:
    inside("enter()\nos.abort()", status=-signal.SIGABRT)


# User ----------------------------------------------------------------------------------------


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
    here: dict[str, tuple[bool, str]],
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
def test_another_user_has_all_layers_but_its_own_user(here: dict[str, tuple[bool, str]]) -> None:
    needs(here, "files", "calls")
    python = Path(sys.executable).resolve()
    if any(not parent.stat().st_mode & 1 for parent in (*python.parents, *Path(__file__).parents)):
        pytest.skip("no other user reaches this interpreter")
    layers = inside("print(json.dumps(enter()))", user=12345, group=12345, extra_groups=())
    assert [name for name, (holds, _) in layers.items() if not holds] == ["user"]


# Life and death ------------------------------------------------------------------------------


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_worker_ends_with_a_parent_that_was_killed() -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from cc_lb_selfcheck.host.process import WorkerProcess\n"
            "import os, signal, time\n"
            "worker = WorkerProcess(); worker.start()\n"
            # Stopped, it does not see that the pipe is closed.
            "os.kill(worker.pid, signal.SIGSTOP)\n"
            "print(worker.pid, flush=True); time.sleep(600)",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    assert is_running(worker)
    parent.kill()
    parent.communicate()
    for _ in range(600):
        if not is_running(worker):
            return
        time.sleep(0.05)
    os.kill(worker, signal.SIGKILL)
    raise AssertionError("the worker outlived its parent")


def test_a_worker_of_a_parent_that_is_gone_already_ends() -> None:
    inside(
        "print(json.dumps('begun'), flush=True)\n"
        "sandbox.enter(parent=2 ** 22 + 1, cache_config='')\nprint('went on')",
        status=1,
    )


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


def test_a_worker_has_all_of_it_from_its_start(here: dict[str, tuple[bool, str]]) -> None:
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
