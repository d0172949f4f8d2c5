"""Which files a worker reaches, and who reaches its own."""

from __future__ import annotations

import stat
from pathlib import Path

from cc_lb_selfcheck.host.cache import CompilationCache

from .inside import Layers, inside, needs


def test_no_file_is_within_reach_but_the_cache(tmp_path: Path, here: Layers) -> None:
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


def test_files_are_not_changed_without_being_opened(tmp_path: Path, here: Layers) -> None:
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
