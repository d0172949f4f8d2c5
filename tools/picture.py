"""Draws the README's picture of the command, from its real report on a few example plugins.

``svg()`` returns the same text wherever it runs: the time of a run, and what is run again
for it, is all that varies, and the picture shows a fixed one. ``python tools/picture.py`` writes
``docs/images/check.svg``.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from cc_lb_selfcheck.protocol.limits import SELF_CHECK_FUEL
from cc_lb_selfcheck.report.model import Report
from cc_lb_selfcheck.report.text import render_text

ROOT: Final = Path(__file__).resolve().parent.parent
PICTURE: Final = ROOT / "docs/images/check.svg"
PLUGINS: Final = ("filter", "host-functions", "misspelt-export", "observe-c")
COMMAND: Final = "cc-lb-selfcheck check dist"

_COLUMNS: Final = 90
_TIMES: Final = {"wall_ms": 0.2, "fuel_at_least": None, "fuel_below": SELF_CHECK_FUEL}
"""As of a call that is too short for a further run with less fuel."""
_THEME: Final = TerminalTheme(
    background=(22, 27, 34),
    foreground=(230, 237, 243),
    normal=[
        (72, 79, 88),
        (255, 123, 114),
        (63, 185, 80),
        (210, 153, 34),
        (88, 166, 255),
        (188, 140, 255),
        (57, 197, 207),
        (177, 186, 196),
    ],
)
# An image in a README may fetch nothing: the reader's own fonts, each glyph cell held to its width
# by rich's textLength.
_SVG: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<title>cc-lb-selfcheck in a terminal</title>
<style>
.{unique_id}-matrix {{
  font: {char_height}px/{line_height}px ui-monospace, SFMono-Regular, Menlo, Consolas,
    "DejaVu Sans Mono", "Liberation Mono", monospace;
}}
.{unique_id}-title {{ font: 600 16px system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix" xml:space="preserve">
{matrix}
</g>
</g>
</svg>
"""


def svg() -> str:
    """Return the picture as SVG."""
    console = Console(
        record=True,
        file=io.StringIO(),
        width=_COLUMNS,
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
        legacy_windows=False,
    )
    console.print(Text.assemble(("$ ", "dim"), COMMAND))
    render_text(_with_fixed_times(report_on(PLUGINS)), console)
    console.width += 2  # space between the longest lines and the frame
    drawn = console.export_svg(
        title="cc-lb-selfcheck", theme=_THEME, code_format=_SVG, unique_id="check"
    )
    # One element a line, so that a change shows as a small difference.
    drawn = drawn.replace("</text><text", "</text>\n<text")
    return "".join(f"{line.strip()}\n" for line in drawn.splitlines() if line.strip())


def report_on(plugins: Iterable[str]) -> Report:
    """Run the command on copies of some plugins and read the report that it writes.

    They are beside what they are built from, as in their own repository.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "dist")
        folder.mkdir()
        for name in plugins:
            shutil.copy(ROOT / f"tests/plugins/dist/{name}.wasm", folder)
            sources = ROOT / f"tests/plugins/rust/{name}/src"
            if sources.is_dir():
                shutil.copytree(sources, Path(place, sources.relative_to(ROOT)))
        command = [sys.executable, "-m", "cc_lb_selfcheck", *COMMAND.split()[1:]]
        done = subprocess.run(
            [*command, "--format", "json"], cwd=place, capture_output=True, text=True, check=False
        )
    if not done.stdout:
        raise RuntimeError(f"{COMMAND} made no report:\n{done.stderr}")
    return Report.model_validate_json(done.stdout)


def _with_fixed_times(report: Report) -> Report:
    timed = [
        artifact.model_copy(update={"evidence": artifact.evidence.model_copy(update=_TIMES)})
        if artifact.evidence.wall_ms is not None
        else artifact
        for artifact in report.artifacts
    ]
    return report.model_copy(update={"artifacts": timed})


def main() -> None:
    """Write the picture."""
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(svg(), "utf-8")


if __name__ == "__main__":
    main()
