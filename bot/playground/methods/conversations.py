"""conversations.*: which conversations there are, who is in them, and what was said."""

from bot.playground.arguments import Arguments, page
from bot.playground.errors import ApiError
from bot.playground.messages import Json, Message
from bot.playground.seed import BOT_USER_ID
from bot.playground.workspace import Workspace


def open_(workspace: Workspace, args: Arguments) -> Json:
    """The IM with one person."""
    users = [user for user in args.text("users").split(",") if user]
    if len(users) != 1 and not args.text("channel"):
        raise ApiError("not_supported" if users else "users_list_not_supplied")
    channel = args.text("channel") or workspace.open_im(users[0])
    return {"channel": _wire(workspace, channel) if args.flag("return_im") else {"id": channel}}


def tell(workspace: Workspace, args: Arguments) -> Json:
    """conversations.info."""
    return {"channel": _wire(workspace, args.text("channel"))}


def list_(workspace: Workspace, args: Arguments) -> Json:
    """All public channels, and private ones and IMs of the bot, by `types`."""
    types = (args.text("types") or "public_channel").split(",")
    found = []
    for channel in workspace.channels.values():
        kind = "mpim" if channel.is_mpim else "private_channel" if channel.is_private else "public_channel"
        if kind in types and (not channel.is_private or BOT_USER_ID in channel.members):
            found.append(_wire(workspace, channel.id))
    found += [_wire(workspace, im) for im in workspace.ims if "im" in types]
    channels, metadata = page(args, found)
    return {"channels": channels, "response_metadata": metadata}


def members(workspace: Workspace, args: Arguments) -> Json:
    """The ids of everyone in a conversation."""
    listed, metadata = page(args, [{"id": user} for user in workspace.members(args.text("channel"))])
    return {"members": [user["id"] for user in listed], "response_metadata": metadata}


def history(workspace: Workspace, args: Arguments) -> Json:
    """Messages that are no replies, newest first."""
    found = _readable(workspace, args)
    roots = [m for m in reversed(found) if m.thread_ts in (None, m.ts)]
    return _page(args, [_with_replies(m, found) for m in _between(args, roots)])


def replies(workspace: Workspace, args: Arguments) -> Json:
    """A thread from its root on, oldest first."""
    found = _readable(workspace, args)
    ts = args.text("ts")
    root = next((m.root for m in found if m.ts == ts), None)
    if root is None:
        raise ApiError("thread_not_found")
    thread = [m for m in found if m.root == root]
    return _page(args, [_with_replies(m, found) for m in _between(args, thread)])


def _readable(workspace: Workspace, args: Arguments) -> list[Message]:
    channel = args.text("channel")
    if BOT_USER_ID not in workspace.members(channel):
        raise ApiError("not_in_channel")
    return workspace.listed(channel)


def _between(args: Arguments, messages: list[Message]) -> list[Message]:
    oldest, latest = float(args.text("oldest") or 0), float(args.text("latest") or "inf")
    if args.flag("inclusive"):
        return [m for m in messages if oldest <= float(m.ts) <= latest]
    return [m for m in messages if oldest < float(m.ts) < latest]


def _with_replies(message: Message, all_messages: list[Message]) -> Json:
    answers = [m for m in all_messages if m.thread_ts == message.ts and m.ts != message.ts]
    if not answers:
        return message.wire()
    counts = {"reply_count": len(answers), "latest_reply": answers[-1].ts}
    return message.wire() | {"thread_ts": message.ts} | counts


def _page(args: Arguments, messages: list[Json]) -> Json:
    """Metadata is left out unless it is asked for."""
    listed, metadata = page(args, messages)
    if not args.flag("include_all_metadata"):
        listed = [{key: value for key, value in message.items() if key != "metadata"} for message in listed]
    return {"messages": listed, "has_more": bool(metadata["next_cursor"]), "response_metadata": metadata}


def _wire(workspace: Workspace, channel: str) -> Json:
    workspace.members(channel)
    if channel in workspace.ims:
        return {"id": channel, "is_im": True, "is_channel": False, "user": workspace.ims[channel], "is_open": True}
    return dict(workspace.channels[channel].wire())
