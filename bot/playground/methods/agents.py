"""agents.sessions.* and assistant.threads.*: what a thread shows while the agent works."""

from bot.playground.arguments import Arguments
from bot.playground.errors import ApiError
from bot.playground.messages import Json
from bot.playground.schema import complaint
from bot.playground.seed import BOT_USER_ID
from bot.playground.workspace import Workspace

SESSION_STATUSES = ("processing", "active", "suspended", "closed")


def set_status(workspace: Workspace, args: Arguments) -> Json:
    """Set the agent session's status, and its title if one is given."""
    if args.text("status") not in SESSION_STATUSES:
        raise ApiError("invalid_arguments", [complaint("must be a valid enum value", "/status")])
    change = {"status": args.text("status")} | ({"title": args.text("title")} if args.text("title") else {})
    return _keep(workspace, args, change)


def rename(workspace: Workspace, args: Arguments) -> Json:
    """Set the agent session's title."""
    return _keep(workspace, args, {"title": args.text("title")})


def set_thread_status(workspace: Workspace, args: Arguments) -> Json:
    """The older way to say "is thinking…"; an empty status clears it."""
    return _keep(workspace, args, {"text": args.text("status")})


def set_thread_title(workspace: Workspace, args: Arguments) -> Json:
    """The older way to name a thread."""
    return _keep(workspace, args, {"title": args.text("title")})


def set_prompts(workspace: Workspace, args: Arguments) -> Json:
    """Suggested prompts; checked here, shown by the page from its own list."""
    prompts = args.structure("prompts")
    well_formed = isinstance(prompts, list) and all(
        isinstance(p, dict) and {"title", "message"} <= p.keys() for p in prompts
    )
    if not well_formed:
        raise ApiError("invalid_arguments", [complaint("must be an array of title and message", "/prompts")])
    return _keep(workspace, args, {"prompts": prompts})


def _keep(workspace: Workspace, args: Arguments, change: Json) -> Json:
    channel, thread_ts = args.text("channel_id"), args.text("thread_ts")
    if BOT_USER_ID not in workspace.members(channel):
        raise ApiError("not_in_channel")
    key = f"{channel}/{thread_ts}"
    blank: Json = {"status": "", "title": "", "text": ""}
    workspace.keep("status", key, {**blank, **workspace.statuses.get(key, {}), **change}, workspace.statuses)
    workspace.changed()
    return {}
