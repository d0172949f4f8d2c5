"""What a plugin that broke out of the engine would find: tried in the engine's place."""

from __future__ import annotations

import io
import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest

from cc_lb_selfcheck.host import pool as pool_module
from cc_lb_selfcheck.host.cache import CompilationCache
from cc_lb_selfcheck.host.frames import receive, send
from cc_lb_selfcheck.host.process import WorkerProcess
from tests.host.sandbox.inside import TRIED

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")

# The worker itself, with a class in the engine's place that answers with what it could do.
ATTACK: Final = """
import sys
sys.path.insert(0, {entrypoint!r})
import ctypes, json, mmap, os, resource, signal, socket, stat, threading, time
from cc_lb_selfcheck.host import linux, worker

PARENT, PORTS, PLACE = os.getppid(), {ports!r}, {place!r}

def tried(act, *arguments):
    try:
        return ["done", str(act(*arguments))]
    except OSError as error:
        return [type(error).__name__]

def write(path):
    with open(path, "r+") as file:
        file.write("x")

def ask(family, kind, address):
    with socket.socket(family, kind) as reached:
        reached.settimeout(1)
        reached.connect(address)
        reached.send(b"x")

def kind_of(descriptor):
    state = os.fstat(descriptor)
    if stat.S_ISREG(state.st_mode) and state.st_nlink == 0:
        return "nameless file"
    tests = {{stat.S_ISFIFO: "pipe", stat.S_ISCHR: "device", stat.S_ISREG: "file"}}
    return next((kind for test, kind in tests.items() if test(state.st_mode)), "other")

def opened():
    kinds = {{}}
    for descriptor in range(resource.getrlimit(resource.RLIMIT_NOFILE)[0]):
        try:
            kinds[descriptor] = kind_of(descriptor)
        except OSError:
            pass
    return kinds

def in_a_thread(act):
    seen = []
    thread = threading.Thread(target=lambda: seen.append(tried(act)))
    thread.start()
    thread.join()
    return seen[0]

def attempts():
    runner = {{
        f"{{name}} {{act.__name__}}": tried(act, f"{{PLACE}}/{{name}}")
        for name in ("output", "event.json", "docker.sock", "folder")
        for act in (open, write, os.unlink, os.listdir, os.chmod_777, os.truncated)
    }}
    return {{
        "environment": dict(os.environ),
        "descriptors": opened(),
        "layers": LAYERS,
        "runner": runner,
        "parent": {{
            name: tried(open, f"/proc/{{PARENT}}/{{name}}", "rb")
            for name in ("environ", "mem", "maps", "fd/0", "fd/1", "cmdline", "root/etc/passwd")
        }},
        "signal": tried(os.kill, PARENT, 0),
        "network": {{
            "tcp": tried(ask, socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", PORTS[0])),
            "udp": tried(ask, socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", PORTS[1])),
            "unix": tried(ask, socket.AF_UNIX, socket.SOCK_STREAM, f"{{PLACE}}/docker.sock"),
            "abstract": tried(ask, socket.AF_UNIX, socket.SOCK_STREAM, "\\0" + PORTS[2]),
        }},
        "thread": in_a_thread(lambda: open(f"{{PLACE}}/output")),
        "program": tried(os.execv, "/bin/true", ["/bin/true"]),
        "child": tried(os.fork),
        "death": tried(linux.prctl, linux.PARENT_DEATH_SIGNAL, 0),
        "memory": tried(linux.call, {vm_readv}, PARENT, 0, 0, 0, 0, 0),
        "session": tried(os.setsid),
    }}

os.chmod_777 = lambda path: os.chmod(path, 0o777)
os.chmod_777.__name__ = "chmod"
os.truncated = lambda path: os.truncate(path, 0)
os.truncated.__name__ = "truncate"
real_enter, LAYERS = worker.sandbox.enter, {{}}
def enter(**told):
    layers = real_enter(**told)
    LAYERS.update((layer.name, layer.holds) for layer in layers)
    return layers
worker.sandbox.enter = enter

class BrokenOut:
    def __init__(self, wasm, **terms):
        raise worker.EngineError("compile", json.dumps(attempts()).encode())

worker.CompiledPlugin = BrokenOut
worker.serve(*worker._own_pipes())
"""
START: Final = """#!{python} -I
import os, sys
os.execv(sys.executable, [sys.executable, "-I", "-c", {code!r}])
"""
VM_READV: Final = {"x86_64": 310, "aarch64": 270}


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make what the runner mounts into a container: files that anybody may write, Docker's socket.

    Its own permissions stand in nobody's way.
    """
    place = tmp_path_factory.mktemp("runner")
    for parent in (place, place.parent):
        parent.chmod(0o777)
    for name in ("output", "event.json"):
        (place / name).write_text("secret")
        (place / name).chmod(0o666)
    (place / "folder").mkdir()
    (place / "folder").chmod(0o777)
    return place


@pytest.fixture(scope="module")
def found(runner: Path) -> dict[str, Any]:
    """Let the broken-out plugin try everything, and return what it answers."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        listeners = [tcp]
        abstract = f"cc-lb-selfcheck-{os.getpid()}"
        for address in (str(runner / "docker.sock"), f"\0{abstract}"):
            listener = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            listener.bind(address)
            listener.listen()
            listeners.append(listener)
        (runner / "docker.sock").chmod(0o777)
        program = runner.parent / f"{runner.name}-python"
        code = ATTACK.format(
            entrypoint=str(Path(pool_module.__file__).parents[2]),
            ports=[tcp.getsockname()[1], udp.getsockname()[1], abstract],
            place=str(runner),
            vm_readv=VM_READV.get(os.uname().machine, -1),
        )
        program.write_text(START.format(python=sys.executable, code=code))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        patch.setattr(sys, "executable", str(program))
        patch.setenv("GITHUB_TOKEN", "secret")
        patch.setenv("LD_LIBRARY_PATH", "/nonexistent")
        with CompilationCache() as cache:
            worker = WorkerProcess()
            stack.callback(worker.close)
            worker.start(cache_config=cache.config, threads=1)
            _, text = worker.ask({"command": "build", "wall_ms": 1, "fuel": 1, "exports": []})
            told: dict[str, Any] = json.loads(text)
            told["cache"] = cache.config
        for listener in listeners:
            listener.setblocking(False)
            with pytest.raises(BlockingIOError):
                listener.accept()
        udp.setblocking(False)
        with pytest.raises(BlockingIOError):
            udp.recv(1)
    return told


@pytest.fixture
def layers(found: dict[str, Any]) -> Callable[..., None]:
    def needs(*names: str) -> None:
        for name in names:
            if not found["layers"][name]:
                pytest.skip(f"{name} is missing here")

    return needs


def test_its_environment_is_what_the_engine_reads(found: dict[str, Any]) -> None:
    wanted = {"EXTISM_CACHE_CONFIG": found["cache"], "RAYON_NUM_THREADS": "1"}
    assert found["environment"] == wanted


def test_its_descriptors_are_its_pipes_and_files_without_a_name(found: dict[str, Any]) -> None:
    kinds = list(found["descriptors"].values())
    assert kinds[:5] == ["device"] * 3 + ["pipe"] * 2  # the device is /dev/null
    assert set(kinds[5:]) == {"nameless file"}  # the engine's log


def test_the_runners_files_and_dockers_socket_are_out_of_reach(
    found: dict[str, Any], layers: Callable[..., None], runner: Path
) -> None:
    layers("files", "calls")
    for attempt, (outcome, *_) in found["runner"].items():
        assert outcome in ("PermissionError", "NotADirectoryError"), attempt
    assert len(found["runner"]) == 24
    for name in ("output", "event.json"):
        assert (runner / name).read_text() == "secret"
        assert stat.S_IMODE((runner / name).stat().st_mode) == 0o666
    assert (runner / "folder").is_dir()
    assert found["thread"] == ["PermissionError"]


def test_it_reaches_nobody(found: dict[str, Any], layers: Callable[..., None]) -> None:
    layers("calls")
    for kind, outcome in found["network"].items():
        assert outcome == ["PermissionError"], kind
    for what in ("signal", "program", "child", "death", "memory", "session"):
        assert found[what] == ["PermissionError"], what


def test_the_parent_is_closed_to_it(found: dict[str, Any], layers: Callable[..., None]) -> None:
    layers("files")
    assert {outcome[0] for outcome in found["parent"].values()} <= {"PermissionError"}


# The process that reads debug information, with a class in the reader's place.
READER: Final = f"""
import os, socket, sys
from cc_lb_selfcheck.host import reader
from cc_lb_selfcheck.wasm import dwarf
{TRIED}
class BrokenOut:
    def __init__(self, outline):
        pass
    def places(self, offset):
        return [SEEN]

def outline_of(data):
    SEEN[:] = [tried(open, sys.argv[1]), tried(socket.socket), tried(os.fork), data.decode()]

SEEN = []
reader.read_outline, dwarf.DebugInfo = outline_of, BrokenOut
reader._serve(sys.stdin.buffer, sys.stdout.buffer)
"""


def test_the_reader_of_debug_information_is_held_before_it_reads(
    runner: Path, layers: Callable[..., None]
) -> None:
    layers("files", "calls")
    asked = io.BytesIO()
    send(asked, {"offsets": [0], "parent": os.getpid()}, b"artifact")
    done = subprocess.run(
        [sys.executable, "-I", "-c", READER, str(runner / "output")],
        input=asked.getvalue(),
        capture_output=True,
        check=True,
    )
    answer, _ = receive(io.BytesIO(done.stdout))
    assert answer == {"places": [[[*["PermissionError"] * 3, "artifact"]]]}
