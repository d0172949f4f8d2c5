"""Makes the pictures under docs/images from real runs on the example plugins.

Run ``python docs/pictures.py`` after a change to what the terminal shows.
"""

from __future__ import annotations

import io
import re
import shutil
import tempfile
from pathlib import Path
from typing import Final

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from cc_lb_selfcheck.check import run_check
from cc_lb_selfcheck.report.text import render_text
from cc_lb_selfcheck.settings import load

ROOT: Final = Path(__file__).resolve().parent.parent
PLUGINS: Final = ROOT / "tests/plugins/dist"
IMAGES: Final = ROOT / "docs/images"
SHOWN: Final = ("filter", "misspelt-export", "observe-c", "wasi-build")
COLUMNS: Final = 94

# Rich's template fetches its font from the web, which an image in a README may not do.
_SVG_FORMAT: Final = re.sub(
    r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL
).replace("Fira Code", "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono")


def terminal_svg() -> str:
    """Return a terminal that shows ``check`` on a few of the example plugins."""
    console = Console(
        record=True,
        width=COLUMNS,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
    )
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "dist")
        folder.mkdir()
        for name in SHOWN:
            shutil.copy(PLUGINS / f"{name}.wasm", folder)
        report = run_check(load({"paths": ("dist",)}), Path(place))
    command = "cc-lb-selfcheck check dist/"
    console.print(Text("$ ", style="dim") + Text(command))
    render_text(report, console)
    return console.export_svg(title=command, code_format=_SVG_FORMAT, unique_id="check")


def main() -> None:
    """Write every picture."""
    IMAGES.mkdir(exist_ok=True)
    (IMAGES / "check.svg").write_text(terminal_svg(), "utf-8")


if __name__ == "__main__":
    main()
