"""Routes of GitHub Actions: runs and artifacts (docs: rest/actions)."""

from .access import Needs
from .answers import Answer, Refused, answer_json, not_found
from .model import Artifact, Run
from .routes import Call, route

READ = Needs("read", ("actions",))
# The one route that asks for the permission in public repositories as well: its page lacks the
# sentence "can be used without authentication".
DOWNLOAD = Needs("read", ("actions",), always=True)


def find_run(call: Call) -> Run:
    """Return the run of the path. Raises Refused(404)."""
    found = call.state.runs.get(call.number("run"))
    if found is None or found.repository != call.repository.id:
        raise not_found()
    return found


def find_artifact(call: Call) -> Artifact:
    """Return the artifact of the path. Raises Refused(404)."""
    found = call.state.artifacts.get(call.number("artifact"))
    if found is None or call.state.runs[found.run].repository != call.repository.id:
        raise not_found()
    return found


@route("GET", "/actions/runs/{run}", "actions/workflow-runs#get-a-workflow-run", READ)
def get_run(call: Call) -> Answer:
    """Answer with one run: always its latest attempt."""
    return answer_json(200, call.views.run(find_run(call)))


@route(
    "GET", "/actions/runs/{run}/artifacts", "actions/artifacts#list-workflow-run-artifacts", READ
)
def list_artifacts(call: Call) -> Answer:
    """List a run's artifacts, expired ones too, newest first; `name` must match whole."""
    run = find_run(call)
    name = call.request.query.get("name")
    found = [
        each
        for each in call.state.artifacts.values()
        if each.run == run.id and name in (None, each.name)
    ]
    found.sort(key=lambda each: each.id, reverse=True)
    return call.page((call.views.artifact(each) for each in found), "artifacts")


@route("GET", "/actions/jobs/{job}", "actions/workflow-jobs#get-a-job-for-a-workflow-run", READ)
def get_job(call: Call) -> Answer:
    """Answer with one job, whose number is that of its check run (`check_run_url`)."""
    check = call.state.checks.get(call.number("job"))
    if check is None or not check.of_a_job or check.repository != call.repository.id:
        raise not_found()
    return answer_json(200, call.views.job(check))


@route("GET", "/actions/artifacts/{artifact}", "actions/artifacts#get-an-artifact", READ)
def get_artifact(call: Call) -> Answer:
    """Answer with one artifact."""
    return answer_json(200, call.views.artifact(find_artifact(call)))


@route(
    "GET",
    "/actions/artifacts/{artifact}/zip",
    "actions/artifacts#download-an-artifact",
    DOWNLOAD,
)
def download_artifact(call: Call) -> Answer:
    """Redirect to the storage, another host that refuses the token; 410 once expired."""
    artifact = find_artifact(call)
    if artifact.expired:
        raise Refused(410, "Artifact has expired")
    location = call.storage.sign(str(artifact.id), artifact.content)
    return Answer(302, {"location": location})
