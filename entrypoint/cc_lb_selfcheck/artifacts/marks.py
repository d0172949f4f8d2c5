"""Tells plugins of cc-lb from other files, so that a directory may hold both."""

from __future__ import annotations

from cc_lb_selfcheck.protocol.limits import WIRE_FUNCTIONS
from cc_lb_selfcheck.wasm.kind import describe_foreign
from cc_lb_selfcheck.wasm.outline import Outline


def is_marked(outline: Outline) -> bool:
    """Tell whether a file bears a mark of a cc-lb plugin.

    A mark is a ``cc_lb.*`` custom section, or an export that is a wire function's or holds
    ``cc_lb``; in what is no whole core module (a component, say, or text), the text ``cc_lb_``.
    """
    is_whole = outline.is_module and outline.damage is None
    if not is_whole and b"cc_lb_" in outline.data:
        return True
    return any(section.name.startswith("cc_lb.") for section in outline.custom_sections) or any(
        export.name in WIRE_FUNCTIONS or "cc_lb" in export.name.lower()
        for export in outline.exports
    )


def why_unmarked(outline: Outline) -> str:
    """Return a sentence for a file that was skipped because it bears no mark."""
    foreign = describe_foreign(outline.data)
    return (
        f"It is {foreign or 'a module without a mark of a cc-lb plugin'}. A plugin has a cc_lb"
        " section, or an export of cc_lb or of a wire function. Name the file, or use"
        " `--unmarked check`, to check it all the same."
    )
