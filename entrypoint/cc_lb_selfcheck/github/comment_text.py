"""What the pull request's comment says of a report: its first line, and the words under it."""

from __future__ import annotations

from cc_lb_selfcheck.report.changes import Changes
from cc_lb_selfcheck.report.markdown import COMMENT_MAX_BYTES, WHOLE, render_markdown
from cc_lb_selfcheck.report.merge import badness, is_empty
from cc_lb_selfcheck.report.model import Report
from cc_lb_selfcheck.report.seen import Seen, digest_of
from cc_lb_selfcheck.report.surroundings import Links
from cc_lb_selfcheck.settings import Settings
from cc_lb_selfcheck.surfaces.markdown import Markdown, link, written

from .event import Plan
from .marker import Marker


def wants_comment(settings: Settings, plan: Plan) -> bool:
    """Tell whether the settings and the event may ask for a comment."""
    return settings.comment_mode != "off" and plan.comments


class CommentText:
    """The comment on one report, whatever comment there is already. Asks GitHub nothing."""

    def __init__(
        self,
        report: Report,
        settings: Settings,
        plan: Plan,
        links: Links,
        *,
        writer: str = "",
        whole: Report | None = None,
    ) -> None:
        """Take a report, and the plan of the event.

        ``writer`` is a key of the step that publishes; ``whole`` the report as it was made, where
        another is shown.
        """
        self._report = report
        self._settings = settings
        self._plan = plan
        self._links = links
        self._writer = writer
        self._seen = Seen.of(whole or report)

    def after(self, before: Marker | None) -> Markdown | None:
        """Return the comment after the one with the marker ``before``; None: not wanted."""
        marker = self.marker(before)
        if not self._is_wanted(before, marker):
            return None
        line = marker.line()
        body = self._body(before, marker, COMMENT_MAX_BYTES - len(line.encode()) - 1)
        return written("{}\n{}", line, body)

    def unmarked(self) -> Markdown | None:
        """Return what a first comment shows, without its marker; None: not wanted."""
        marker = self.marker(None)
        if not self._is_wanted(None, marker):
            return None
        return self._body(None, marker, COMMENT_MAX_BYTES)

    def _body(self, before: Marker | None, marker: Marker, room: int) -> Markdown:
        changes = None
        if marker.told and marker.before is not None:
            changes = Changes.between(marker.before, self._seen_after(before))
            if self._seen.complete is None:
                # Of legs that are not in a report that is whole other steps tell.
                changes = changes._replace(unknown=())
        whole = WHOLE
        if self._links.run:
            run = link("workflow run", self._links.run)
            whole = written("The {} has more in its summary.", run)
            if self._links.report:
                whole = written("The {} has more in its summary, and all in its JSON report.", run)
        return render_markdown(
            self._report,
            room,
            changes=changes,
            links=self._links,
            whole=whole,
            name=self._settings.comment_id.strip(),
            elsewhere=marker.elsewhere,
            is_of_one=marker.shared,
        )

    def _is_wanted(self, before: Marker | None, now: Marker) -> bool:
        mode = self._settings.comment_mode
        if mode == "on-refusal":
            summary = self._report.summary
            return before is not None or bool(summary.refused or summary.undetermined)
        if mode == "on-change":
            if before is None or (before.shared and not now.is_of_run(before)):
                return True  # or the next step would not know that this one has told anything
            return (before.digest, before.elsewhere) != (now.digest, now.elsewhere)
        return mode == "always"

    def marker(self, before: Marker | None) -> Marker:
        """Return the marker of our comment after the one with the marker ``before``."""
        told, earlier = not is_empty(self._report), None
        if before is not None:
            # Of the same run, published again, the comment compares to the same as before.
            earlier = before.before if before.run == self._plan.run else before.memory
            if not before.told and not before.memory.statuses:
                earlier = None
        known = before.memory if before is not None and self._is_one_of_several(before) else earlier
        memory = self._seen_after(before).remembered(known)
        if before is not None and not told:
            memory = before.memory
        marker = Marker(
            self._settings.comment_id,
            self._plan.sha,
            self._plan.run,
            memory,
            earlier,
            told,
            self._writer,
            badness(self._report),
            digest_of(self._report),
        )
        return marker.after(before)

    def _seen_after(self, before: Marker | None) -> Seen:
        """Return what is seen; where other steps publish as well, they see other legs."""
        is_part = before is not None and self._is_one_of_several(before)
        return self._seen.of_a_part() if is_part else self._seen

    def _is_one_of_several(self, before: Marker) -> bool:
        """Tell whether other steps publish as well, in this run or in the last one."""
        is_this_run = (before.sha, before.run.number) == (self._plan.sha, self._plan.run.number)
        return before.shared or (is_this_run and before.writer != self._writer)
