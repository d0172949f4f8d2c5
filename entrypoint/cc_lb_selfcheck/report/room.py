"""How much Markdown fits: what there is room for is kept, and what is not is counted."""

from collections.abc import Iterable

from cc_lb_selfcheck.surfaces.markdown import Markdown, joined, written


def fit(parts: Iterable[Markdown], room: int) -> list[Markdown]:
    """Return the first parts that together have no more than ``room`` bytes."""
    kept: list[Markdown] = []
    for part in parts:
        room -= size(part)
        if room < 0:
            break
        kept.append(part)
    return kept


def size(*texts: str) -> int:
    """Return how many bytes of UTF-8 the texts have together."""
    return sum(len(text.encode()) for text in texts)


def and_more(shown: Iterable[Markdown], more: int) -> Markdown:
    """Return what is shown, with commas, and how many more there are."""
    told = joined(shown, ", ")
    return written("{} and {:,} more", told, more) if more else told
