"""Draws what GitHub shows: ``./dev pictures``, or ``./dev pictures FOLDER`` for more to look at.

Real reports on the example plugins, rendered as GitHub renders Markdown, in Chromium. Needs
``chromium`` and a font with emoji (Debian: chromium, fonts-noto-color-emoji, fonts-liberation).
The pictures differ a little from machine to machine, as fonts do, so nothing compares them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt

from cc_lb_selfcheck.github.comment_text import CommentText
from cc_lb_selfcheck.github.event import Plan, RunId
from cc_lb_selfcheck.github.links import run_links
from cc_lb_selfcheck.github.marker import Marker
from cc_lb_selfcheck.host.outcome import Status
from cc_lb_selfcheck.report.markdown import render_markdown
from cc_lb_selfcheck.report.memory import Memory, Spot
from cc_lb_selfcheck.report.merge import merge, nothing
from cc_lb_selfcheck.report.model import Artifact, Leg, Report, Summary
from cc_lb_selfcheck.report.seen import Seen
from cc_lb_selfcheck.settings import PublishSettings

from .picture import report_on

HERE: Final = Path(__file__).resolve().parent
IMAGES: Final = HERE.parent / "docs/images"
_WIDTH: Final = 860
_HEIGHT_MAX: Final = 6_000
_CHROMIUM: Final = (
    *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
    *("--no-first-run", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--disable-quic", "--force-device-scale-factor=1"),
)
_PAGE: Final = """<!doctype html><meta charset="utf-8"><style>{style}</style>
<div class="box"><div class="head">{head}</div><div class="body">{body}</div></div>
<script>document.title = document.documentElement.getBoundingClientRect().height</script>
"""
_COMMENT: Final = "<b>github-actions</b> <i>bot</i> commented"
_SUMMARY: Final = "<b>Self-check</b> summary"
_SHA: Final = "3f786850e387550fdab836ed7e6dc881de23001b"
_ONE_REFUSED: Final = ("filter", "misspelt-export", "observe")
_TWO_REFUSED: Final = (*_ONE_REFUSED, "panic-with-debuginfo")


def plan() -> Plan:
    """Return the plan of a run on a pull request."""
    return Plan("octo-org/plugins", _SHA, RunId(16_208_453_137, 1), pull_request=7)


def comment(report: Report, earlier: Mapping[str, Status] | None = None) -> str:
    """Return the comment on a report; ``earlier`` tells the statuses before it, by name."""
    settings = PublishSettings(reports=("report.json",))
    text = CommentText(report, settings, plan(), run_links(plan(), {}))
    before = None
    if earlier is not None:
        seen = {Spot(path): status for path, status in earlier.items()}
        memory = Memory({**Seen.of(report).statuses, **seen})
        before = Marker("", "0" * 40, RunId(1, 1), memory)
    return text.after(before) or ""


def summary(report: Report) -> str:
    """Return the job summary on a report."""
    return render_markdown(report, links=run_links(plan(), {}))


def legs() -> Report:
    """Return the report of a matrix of three, of which one leg is missing."""
    reports = []
    for number, plugins in ((1, ("filter", "signer")), (2, ("filter", "panics"))):
        leg = Leg(
            name=f"check (linux-{number})", job="check", number=number, total=3, check_run=number
        )
        one = report_on(plugins)
        named = [item.model_copy(update={"legs": [leg.name]}) for item in one.artifacts]
        reports.append(one.model_copy(update={"legs": [leg], "artifacts": named}))
    return merge(reports)


def every() -> Report:
    """Return the report on all example plugins."""
    return report_on(path.stem for path in sorted((HERE.parent / "tests/plugins/dist").iterdir()))


def huge() -> Report:
    """Return a report on 5,200 plugins, of which 200 are refused."""
    base = every()
    refused = [item for item in base.artifacts if item.status == "refused"]
    passed = [item for item in base.artifacts if item.status == "passed"]
    many = [*_copies(refused, range(200)), *_copies(passed, range(200, 5_200))]
    summary = Summary.of(item.status for item in many)
    return base.model_copy(update={"artifacts": many, "summary": summary, "problems": []})


def _copies(items: list[Artifact], numbers: Iterable[int]) -> list[Artifact]:
    return [
        item.model_copy(
            update={"path": f"dist/{number:04}-{Path(item.path).name}", "sha256": f"{number:064x}"}
        )
        for number in numbers
        for item in [items[number % len(items)]]
    ]


SHOWN: Final[dict[str, tuple[str, Callable[[], str]]]] = {
    "comment": (
        _COMMENT,
        lambda: comment(report_on(_ONE_REFUSED), {"dist/observe.wasm": "refused"}),
    ),
    "summary": (_SUMMARY, lambda: summary(report_on(_TWO_REFUSED))),
}
"""In docs/images: what stands above each, and its Markdown."""

MORE: Final[dict[str, tuple[str, Callable[[], str]]]] = {
    "comment-green": (_COMMENT, lambda: comment(report_on(("filter", "observe", "signer")), {})),
    "comment-legs": (_COMMENT, lambda: comment(legs())),
    "comment-every": (_COMMENT, lambda: comment(every())),
    "comment-huge": (_COMMENT, lambda: comment(huge())),
    "comment-nothing": (
        _COMMENT,
        lambda: comment(nothing(["Run 5 has no artifact `report`; it has none."])),
    ),
    "summary-every": (_SUMMARY, lambda: summary(every())),
}
"""To look at, each after a change to what it shows."""


def draw(head: str, markdown: str, target: Path) -> None:
    """Draw Markdown as GitHub shows it, down to a bound, as PNG."""
    renderer = MarkdownIt("commonmark").enable(["table", "strikethrough", "linkify"])
    body = renderer.render(re.sub(r"\A<!--.*?-->\n", "", markdown))
    style = (HERE / "github.css").read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        page, picture = Path(folder, "page.html"), Path(folder, "page.png")
        page.write_text(_PAGE.format(style=style, head=head, body=body), "utf-8")
        found = re.search(r"<title>([0-9.]+)</title>", _chromium(folder, "--dump-dom", page))
        if found is None:
            raise RuntimeError("Chromium did not tell the height of a page.")
        height = min(int(float(found[1])) + 1, _HEIGHT_MAX)
        _chromium(folder, f"--screenshot={picture}", page, f"--window-size={_WIDTH},{height}")
        shutil.copy(picture, target)


def _chromium(folder: str, task: str, page: Path, size: str = f"--window-size={_WIDTH},600") -> str:
    done = subprocess.run(
        [*_CHROMIUM, f"--user-data-dir={folder}/profile", size, task, page.as_uri()],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def main(arguments: list[str]) -> None:
    """Write the pictures."""
    if shutil.which("chromium") is None:
        sys.exit("chromium is not installed; it comes from the package of your system.")
    folder = Path(arguments[0]) if arguments else IMAGES
    folder.mkdir(parents=True, exist_ok=True)
    for name, (head, markdown) in (SHOWN | MORE if arguments else SHOWN).items():
        target = folder / f"{name}.png"
        draw(head, markdown(), target)
        print(f"wrote {target}")


if __name__ == "__main__":
    main(sys.argv[1:])
