"""Files in C and C++ that other projects have too: the function has to be in the source."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diagnosis.test_locate import frame
from tests.diagnosis.test_matching import place_of

C_SOURCE = """\
int deflate(int);
int own(void) {
    inflate(1); if (other(2)) return 3;
    return 1 / 0;
}
MADE(observe) int on_event(void) {
    return 1 / 0;
}
HANDLER(shape) {
    return 1 / 0;
}
namespace quota {
    class Window {
        int share(int n) const { return 1 / n; }
        auto f = [](int m) { return 1 / m; };
    };
}
"""


@pytest.mark.parametrize(
    ("function", "line", "is_there"),
    [
        ("own", 4, True),
        ("on_event", 7, True),
        ("shape_handler", 10, True),
        ("quota::Window<int>::share(int) const", 14, True),
        ("quota::Window<int>::$_0::operator()(int) const", 15, True),
        ("inflate", 4, False),
        ("deflate", 4, False),
        ("other", 4, False),
        ("dep::half(int)", 7, False),
        ("dep::half(int)", 14, True),  # open: what is around is indented, after a macro's
        (None, 4, True),
    ],
)
@pytest.mark.parametrize("name", ["util.c", "util.hpp"])
def test_a_file_in_c_has_to_declare_the_function(
    tmp_path: Path, function: str | None, line: int, name: str, *, is_there: bool
) -> None:
    for folder in ("", "/build/", f"{tmp_path}/"):
        told = place_of(tmp_path, {name: C_SOURCE}, frame(f"{folder}{name}", function, line=line))
        assert told == (f"{name}:{line}" if is_there else None)


def test_a_path_that_leaves_the_root_is_elsewhere(tmp_path: Path) -> None:
    root = tmp_path / "plugin"
    files = {"dep/src/util.hpp": C_SOURCE, "src/util.hpp": "int other(void) {\n\n\n\n}\n"}
    told = frame(f"{root}/src/../../dep/src/util.hpp", "dep::half(int)", line=4)
    assert place_of(root, files, told) is None
    told = frame(f"{root}/src/../dep/src/util.hpp", "own", line=4)
    assert place_of(root, files, told) == "dep/src/util.hpp:4"
