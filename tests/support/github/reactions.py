"""The reactions on comments (docs: rest/reactions/reactions)."""

from typing import Final

from .answers import Answer, Refused, answer_json, not_found, validation_failed
from .model import ACTIONS_BOT, Reaction
from .routes import READ_COMMENTS, WRITE_COMMENTS, Call, find_comment, route

CONTENTS: Final = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


def refuse_locked(call: Call) -> None:
    """Raise Refused(403) when the conversation is locked."""
    comment = find_comment(call)
    pull = call.state.pulls.get((comment.repository, comment.number))
    if pull is not None and pull.locked:
        raise Refused(403, "Unable to react because issue is locked.")


@route(
    "GET",
    "/issues/comments/{comment}/reactions",
    "reactions/reactions#list-reactions-for-an-issue-comment",
    READ_COMMENTS,
)
def list_reactions(call: Call) -> Answer:
    """List a comment's reactions, oldest first; `content` keeps those of one kind."""
    content = call.request.query.get("content")
    found = call.state.reactions_to(find_comment(call).id)
    return call.page(call.views.reaction(each) for each in found if content in (None, each.content))


@route(
    "POST",
    "/issues/comments/{comment}/reactions",
    "reactions/reactions#create-reaction-for-an-issue-comment",
    WRITE_COMMENTS,
)
def create_reaction(call: Call) -> Answer:
    """Leave a reaction. A user has one of each kind: asked again, the same one comes with 200."""
    comment = find_comment(call)
    content = call.content().get("content")
    if content not in CONTENTS:
        raise validation_failed("Reaction", "content", "invalid")
    refuse_locked(call)
    login = ACTIONS_BOT if call.token is None else call.token.login
    for each in call.state.reactions.values():
        if (each.comment, each.author, each.content) == (comment.id, login, content):
            return answer_json(200, call.views.reaction(each))
    new = call.state.next_id("reaction")
    made = Reaction(new, comment.id, login, str(content), call.state.now())
    call.state.reactions[new] = made
    return answer_json(201, call.views.reaction(made))


@route(
    "DELETE",
    "/issues/comments/{comment}/reactions/{reaction}",
    "reactions/reactions#delete-an-issue-comment-reaction",
    WRITE_COMMENTS,
)
def delete_reaction(call: Call) -> Answer:
    """Take a reaction back: 204 without a body; a second time it is not found."""
    found = call.state.reactions.get(call.number("reaction"))
    if found is None or found.comment != find_comment(call).id:
        raise not_found()
    del call.state.reactions[found.id]
    return Answer(204)
