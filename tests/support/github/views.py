"""From records to GitHub's JSON, with every member that its OpenAPI description requires."""

import hashlib

from .model import Artifact, CheckRun, Json, Run, Token
from .owner_views import HTML, node_id
from .pull_views import PullViews

RETENTION = "2026-04-01T00:00:00Z"


class Views(PullViews):
    """Writes all there is: runs and checks here, what they name in the classes below it."""

    # Actions.

    def run(self, run: Run) -> Json:
        """Write a workflow run.

        `pull_requests` has the open ones of the repository's own branches only: for a fork's run
        it is empty (actions/runner#3444).
        """
        api = self.api(run.repository)
        own = f"{api}/actions/runs/{run.id}"
        into = self.state.repositories[run.repository]
        workflow, suite = 90_000_001, run.id + 1
        return {
            "id": run.id,
            "name": run.name,
            "node_id": node_id("WFR", run.id),
            "check_suite_id": suite,
            "check_suite_node_id": node_id("CS", suite),
            "head_branch": run.head_branch,
            "head_sha": run.head_sha,
            "path": run.path,
            "run_number": run.number,
            "run_attempt": run.attempt,
            "event": run.event,
            "status": run.status,
            "conclusion": run.conclusion,
            "workflow_id": workflow,
            "display_title": run.name,
            "url": own,
            "html_url": f"{HTML}/{into.full_name}/actions/runs/{run.id}",
            "pull_requests": self.pulls_of(run.repository, run.head_sha, run.head_repository),
            "created_at": run.created_at,
            "updated_at": run.updated_at,
            "run_started_at": run.created_at,
            "actor": self.user(run.actor),
            "triggering_actor": self.user(run.actor),
            "jobs_url": f"{own}/jobs",
            "logs_url": f"{own}/logs",
            "check_suite_url": f"{api}/check-suites/{suite}",
            "artifacts_url": f"{own}/artifacts",
            "cancel_url": f"{own}/cancel",
            "rerun_url": f"{own}/rerun",
            "previous_attempt_url": None
            if run.attempt == 1
            else f"{own}/attempts/{run.attempt - 1}",
            "workflow_url": f"{api}/actions/workflows/{workflow}",
            "head_commit": self.commit(run),
            "repository": self.repository(into),
            "head_repository": self.known(run.head_repository),
        }

    def commit(self, run: Run) -> Json:
        """Write the commit that a run was for."""
        who = {"name": run.actor, "email": f"{run.actor.removesuffix('[bot]')}@example.com"}
        fixed = {"message": "A change", "timestamp": run.created_at, "tree_id": run.head_sha}
        return {"id": run.head_sha, "author": who, "committer": who} | fixed

    def artifact(self, artifact: Artifact) -> Json:
        """Write an artifact; `digest` is of the zip, `expired` after its days of retention."""
        run = self.state.runs[artifact.run]
        own = f"{self.api(run.repository)}/actions/artifacts/{artifact.id}"
        source = {
            "id": run.id,
            "repository_id": run.repository,
            "head_repository_id": run.head_repository or 0,
            "head_branch": run.head_branch or "",
            "head_sha": run.head_sha,
        }
        return {
            "id": artifact.id,
            "node_id": node_id("A", artifact.id),
            "name": artifact.name,
            "size_in_bytes": len(artifact.content),
            "url": own,
            "archive_download_url": f"{own}/zip",
            "expired": artifact.expired,
            "digest": f"sha256:{hashlib.sha256(artifact.content).hexdigest()}",
            "created_at": artifact.created_at,
            "updated_at": artifact.created_at,
            "expires_at": RETENTION,
            "workflow_run": source,
        }

    def job(self, check: CheckRun) -> Json:
        """Write a job, by the check run that Actions made of it."""
        api = self.api(check.repository)
        runs = (run for run in self.state.runs.values() if run.head_sha == check.head_sha)
        run = next((run.id for run in runs if run.repository == check.repository), 1)
        full_name = self.state.repositories[check.repository].full_name
        return {
            "id": check.id,
            "run_id": run,
            "run_url": f"{api}/actions/runs/{run}",
            "run_attempt": 1,
            "node_id": node_id("J", check.id),
            "head_sha": check.head_sha,
            "head_branch": None,
            "url": f"{api}/actions/jobs/{check.id}",
            "html_url": f"{HTML}/{full_name}/actions/runs/{run}/job/{check.id}",
            "status": check.status,
            "conclusion": check.conclusion,
            "created_at": check.started_at,
            "started_at": check.started_at,
            "completed_at": check.completed_at,
            "name": check.name,
            "steps": [],
            "check_run_url": f"{api}/check-runs/{check.id}",
            "labels": ["ubuntu-latest"],
            "runner_id": 1,
            "runner_name": "A runner",
            "runner_group_id": 1,
            "runner_group_name": "GitHub Actions",
            "workflow_name": "Plugins",
        }

    # Checks.

    def check(self, check: CheckRun) -> Json:
        """Write a check run; its annotations are counted here and listed by a route of theirs."""
        own = f"{self.api(check.repository)}/check-runs/{check.id}"
        full_name = self.state.repositories[check.repository].full_name
        return {
            "id": check.id,
            "name": check.name,
            "node_id": node_id("CR", check.id),
            "head_sha": check.head_sha,
            "external_id": check.external_id,
            "url": own,
            "html_url": f"{HTML}/{full_name}/runs/{check.id}",
            "details_url": check.details_url,
            "status": check.status,
            "conclusion": check.conclusion,
            "started_at": check.started_at,
            "completed_at": check.completed_at,
            "output": {
                "title": check.title,
                "summary": check.summary,
                "text": check.text,
                "annotations_count": len(check.annotations),
                "annotations_url": f"{own}/annotations",
            },
            "check_suite": {"id": 60_000_000_001},
            "app": self.app(),
            "pull_requests": self.pulls_of(check.repository, check.head_sha, check.repository),
        }

    def annotation(self, check: CheckRun, annotation: Json) -> Json:
        """Write an annotation as the list of them does: what was not given is null."""
        full_name = self.state.repositories[check.repository].full_name
        optional = ("start_column", "end_column", "title", "raw_details")
        blob = f"{HTML}/{full_name}/blob/{check.head_sha}/{annotation['path']}"
        return dict.fromkeys(optional) | annotation | {"blob_href": blob}

    # The hour's requests.

    def limits(self, token: Token) -> Json:
        """Write the state of a token's hour."""
        core = {
            "limit": token.limit,
            "used": token.used,
            "remaining": token.limit - token.used,
            "reset": token.reset,
        }
        return {"resources": {"core": core, "search": core}, "rate": core}
