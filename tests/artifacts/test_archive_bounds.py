"""Archives take little memory, and nothing on disk."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tempfile
import zipfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from cc_lb_selfcheck.artifacts.expand import expand
from cc_lb_selfcheck.artifacts.find import find
from tests.artifacts.hostile_archives import WHOLE
from tests.artifacts.reading import (
    GOOD,
    MIB,
    PAIR,
    contents,
)
from tests.support.packing import (
    CENTRAL,
    LOCAL,
    SIZE_AT,
    patched,
    tar_header,
    tar_of,
    tgz_of,
    u32,
    with_zip64_end,
    zip_of,
    zip_with_directory,
)

PROBE = """
import re
from contextlib import ExitStack
from pathlib import Path
from cc_lb_selfcheck.artifacts.expand import expand
from cc_lb_selfcheck.artifacts.find import find
from cc_lb_selfcheck.artifacts.read import Unreadable

def peak():
    # Not ru_maxrss, which begins with the parent's.
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

before = peak()
with ExitStack() as resources:
    findings = expand(find(sorted(p.name for p in Path().iterdir()), (), Path()), resources)
    for found in findings.found:
        try:
            len(found.read())
        except Unreadable:
            pass
print(peak() - before >> 10, len(findings.found))
"""


def small_lie(method: int) -> bytes:
    """Return a zip that says of 256 MiB that they are 1,000 bytes."""
    whole = zip_of({"a.wasm": bytes(256 * MIB)}, method)
    return patched(patched(whole, LOCAL, 22, u32(1_000)), CENTRAL, SIZE_AT, u32(1_000))


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the peak of memory")
def test_bombs_take_little_memory(tmp_path: Path) -> None:
    bombs = {
        "deflate.zip": small_lie(zipfile.ZIP_DEFLATED),
        "bzip2.zip": small_lie(zipfile.ZIP_BZIP2),
        "honest.zip": zip_of({"a.wasm": bytes(127 * MIB)}),
        "directory.zip": with_zip64_end(zip_with_directory(1_000_000), size=52),
        "header.tar": WHOLE["huge extended header"][1],
        "gzip.tar.gz": gzip.compress(tar_header("a.wasm", 200 * MIB) + bytes(200 * MIB), 1),
        "layers.zip": zip_of({"a.tgz": gzip.compress(bytes(100 * MIB), 1), "b.tar": tar_of(PAIR)}),
    }
    for name, data in bombs.items():
        (tmp_path / name).write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    peak_mib, found = map(int, done.stdout.split())
    assert found >= 5
    assert peak_mib < 128


def test_nothing_is_extracted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, temporary = tmp_path / "work", tmp_path / "temporary"
    place.mkdir()
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    large = {"a.wasm": os.urandom(2 * MIB), "../b.wasm": GOOD, "/c.wasm": GOOD}
    (place / "x.zip").write_bytes(zip_of({"in.tgz": tgz_of(large), **large}))
    with ExitStack() as resources:
        findings = expand(find(["x.zip"], (), place), resources)
        read, _ = contents(findings)
        assert read["x.zip!/in.tgz!/a.wasm"] == large["a.wasm"]
        assert list(temporary.iterdir()) == []
    assert list(place.iterdir()) == [place / "x.zip"]
    assert list(temporary.iterdir()) == []
