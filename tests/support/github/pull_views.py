"""From records of pull requests, comments and reactions to GitHub's JSON."""

from .model import ACTIONS_BOT, Comment, Json, Pull, Reaction
from .owner_views import HTML, OwnerViews, node_id


class PullViews(OwnerViews):
    """Writes pull requests and what people say in them."""

    def pull(self, pull: Pull) -> Json:
        """Write a pull request as lists have it."""
        api = f"{self.api(pull.repository)}"
        own, issue = f"{api}/pulls/{pull.number}", f"{api}/issues/{pull.number}"
        html = f"{HTML}/{self.state.repositories[pull.repository].full_name}/pull/{pull.number}"
        addresses = {
            "url": own,
            "html_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "issue_url": issue,
            "commits_url": f"{own}/commits",
            "review_comments_url": f"{own}/comments",
            "review_comment_url": f"{api}/pulls/comments{{/number}}",
            "comments_url": f"{issue}/comments",
            "statuses_url": f"{api}/statuses/{pull.head_sha}",
        }
        names = ("html", "issue", "comments", "review_comments", "review_comment", "commits")
        links = {name: {"href": addresses[f"{name}_url"]} for name in (*names, "statuses")}
        closed = None if pull.state == "open" else pull.updated_at
        return addresses | {
            "_links": links | {"self": {"href": own}},
            "id": pull.id,
            "node_id": node_id("PR", pull.id),
            "number": pull.number,
            "state": pull.state,
            "locked": pull.locked,
            "title": pull.title,
            "user": self.user(pull.author),
            "body": None,
            "labels": [],
            "milestone": None,
            "active_lock_reason": None,
            "created_at": pull.created_at,
            "updated_at": pull.updated_at,
            "closed_at": closed,
            "merged_at": closed if pull.merged else None,
            "merge_commit_sha": None,
            "assignee": None,
            "assignees": [],
            "requested_reviewers": [],
            "requested_teams": [],
            "head": self.head(pull),
            "base": self.pull_base(pull),
            "author_association": "CONTRIBUTOR",
            "auto_merge": None,
            "draft": False,
        }

    def head(self, pull: Pull) -> Json:
        """Write where a pull request comes from; `repo` is null once a fork was deleted."""
        return {
            "label": f"{pull.head_owner}:{pull.head_ref}",
            "ref": pull.head_ref,
            "sha": pull.head_sha,
            "user": self.user(pull.head_owner),
            "repo": self.known(pull.head_repository),
        }

    def pull_base(self, pull: Pull) -> Json:
        """Write where a pull request goes to."""
        into = self.state.repositories[pull.repository]
        return {
            "label": f"{into.owner}:{pull.base_ref}",
            "ref": pull.base_ref,
            "sha": pull.base_sha,
            "user": self.user(into.owner),
            "repo": self.repository(into),
        }

    def full_pull(self, pull: Pull) -> Json:
        """Write a pull request as its own route does."""
        counts = ("review_comments", "commits", "additions", "deletions", "changed_files")
        return self.pull(pull) | {
            **dict.fromkeys(counts, 0),
            "comments": len(self.state.comments_of(pull.repository, pull.number)),
            "merged": pull.merged,
            "mergeable": None,
            "rebaseable": None,
            "mergeable_state": "unknown",
            "merged_by": None,
            "maintainer_can_modify": False,
        }

    def pulls_of(self, repository: int, head_sha: str, source: int | None) -> list[Json]:
        """Write the open pull requests of the repository's own branches that have this head."""
        if source != repository:
            return []
        return [
            self.short_pull(pull)
            for pull in self.state.pulls.values()
            if (pull.repository, pull.head_sha) == (repository, head_sha)
            and pull.head_repository == repository
            and pull.state == "open"
        ]

    def short_pull(self, pull: Pull) -> Json:
        """Write a pull request as runs and checks name it."""
        into = self.state.repositories[pull.repository]
        repo = {"id": into.id, "url": self.api(into.id), "name": into.name}
        return {
            "id": pull.id,
            "number": pull.number,
            "url": f"{self.api(into.id)}/pulls/{pull.number}",
            "head": {"ref": pull.head_ref, "sha": pull.head_sha, "repo": repo},
            "base": {"ref": pull.base_ref, "sha": pull.base_sha, "repo": repo},
        }

    def comment(self, comment: Comment) -> Json:
        """Write a comment. One that a workflow's token wrote names the App as well."""
        api = f"{self.api(comment.repository)}/issues"
        own = f"{api}/comments/{comment.id}"
        full_name = self.state.repositories[comment.repository].full_name
        votes = ("+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket")
        left = [each.content for each in self.state.reactions_to(comment.id)]
        counts = {vote: left.count(vote) for vote in votes}
        reactions = {"url": f"{own}/reactions", "total_count": len(left), **counts}
        bot = comment.author == ACTIONS_BOT
        return {
            "id": comment.id,
            "node_id": node_id("IC", comment.id),
            "url": own,
            "html_url": f"{HTML}/{full_name}/pull/{comment.number}#issuecomment-{comment.id}",
            "issue_url": f"{api}/{comment.number}",
            "body": comment.body,
            "user": self.user(comment.author),
            "created_at": comment.created_at,
            "updated_at": comment.updated_at,
            "author_association": "NONE" if bot else "CONTRIBUTOR",
            "performed_via_github_app": self.app() if comment.app else None,
            "reactions": reactions,
            "pin": None,
            "minimized": None,
        }

    def reaction(self, reaction: Reaction) -> Json:
        """Write a reaction."""
        return {
            "id": reaction.id,
            "node_id": node_id("REA", reaction.id),
            "user": self.user(reaction.author),
            "content": reaction.content,
            "created_at": reaction.created_at,
        }
