"""What the page shows to one person, as one JSON value: conversations, messages, modals, unread counts."""

from bot.playground.messages import Json, Message
from bot.playground.seed import BOT_NAME, BOT_USER_ID, WORKSPACE_URL, User
from bot.playground.workspace import Workspace

#: what a visitor may say with one press
SUGGESTIONS = (
    "I am user U-123 and my laptop will not connect to wifi.",
    "Please reset the password of U-456.",
    "My wifi is down, and reset the password of U-456.",
)


class PageState:
    """Looks at the workspace through one person's eyes."""

    def __init__(self, workspace: Workspace, label: str, *, has_home: bool) -> None:
        self._workspace = workspace
        self._has_home = has_home
        self._label = label

    def of(self, user: str) -> Json:
        """Everything on the person's screen."""
        workspace = self._workspace
        home = workspace.homes.get(user)
        return {
            "label": self._label,
            "suggestions": SUGGESTIONS,
            "me": user,
            "bot": {"id": BOT_USER_ID, "name": BOT_NAME},
            "people": [self._person(person) for person in workspace.users.values() if not person.is_bot],
            "url": WORKSPACE_URL,
            "groups": {group.id: group.handle for group in workspace.usergroups.values()},
            "members": {group.id: list(group.users) for group in workspace.usergroups.values()},
            "my_groups": [group.id for group in workspace.usergroups.values() if user in group.users],
            "channels": [self._channel(user, channel) for channel in self._conversations(user)],
            "views": [view.wire() for view in workspace.stack(user)],
            "home": home.wire() if home else None,
            "has_home": bool(home) or self._has_home,
            "statuses": self._statuses(user),
        }

    def mark_read(self, user: str, channel: str, ts: str) -> None:
        """The person has seen everything up to `ts`."""
        key = f"{user}/{channel}"
        if ts > self._workspace.reads.get(key, ""):
            self._workspace.keep("read", key, ts, self._workspace.reads)
            self._workspace.changed()

    def _conversations(self, user: str) -> list[str]:
        own = [channel.id for channel in self._workspace.channels.values() if user in channel.members]
        existing = [channel for channel, person in self._workspace.ims.items() if person == user]
        return [*own, *(existing or ([] if self._workspace.users[user].deleted else [self._workspace.open_im(user)]))]

    def _person(self, person: User) -> Json:
        mentions = sum(self._unread(person.id, channel)["mentions"] for channel in self._conversations(person.id))
        named = {"id": person.id, "name": person.real_name, "title": person.title}
        return {**named, "deactivated": person.deleted, "mentions": mentions}

    def _channel(self, user: str, channel: str) -> Json:
        if channel in self._workspace.ims:
            about = {"name": BOT_NAME, "kind": "im", "topic": "", "members": 2}
        else:
            found = self._workspace.channels[channel]
            kind = "private" if found.is_private else "public"
            shared = "Shared with other companies" if found.is_ext_shared else ""
            topic = " · ".join(each for each in (shared, found.topic) if each)
            about = {"name": found.name, "kind": kind, "topic": topic, "members": len(found.members)}
        visible = self._workspace.listed(channel, user)
        shown = [message.wire(metadata=False) | {"ephemeral": message.to is not None} for message in visible]
        return {"id": channel, **about, **self._unread(user, channel), "messages": shown}

    def _unread(self, user: str, channel: str) -> Json:
        """`unread` makes a name bold; `mentions` is the number on it: what is meant for this person."""
        seen = self._workspace.reads.get(f"{user}/{channel}", "")
        visible = self._workspace.listed(channel, user)
        mine = {message.root for message in visible if message.user == user}
        new = [message for message in visible if message.ts > seen and message.user != user]
        meant = [message for message in new if self._meant_for(message, user, mine)]
        return {"unread": len(new), "mentions": len(meant)}

    def _meant_for(self, message: Message, user: str, own_threads: set[str]) -> bool:
        groups = [group.id for group in self._workspace.usergroups.values() if user in group.users]
        said = message.text + str(message.blocks or "")
        named = f"<@{user}>" in said or any(f"<!subteam^{group}" in said for group in groups)
        return message.channel in self._workspace.ims or message.to == user or named or message.root in own_threads

    def _statuses(self, user: str) -> Json:
        statuses = self._workspace.statuses.items()
        return {key: status for key, status in statuses if self._workspace.sees(user, key.partition("/")[0])}
