"""The state of one Slack workspace: who is in it, what was said, and which views are open.

Every change goes through here: it is journalled, counted as one change, and told to the app as an event.
"""

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from bot.playground import events
from bot.playground.changes import Changes
from bot.playground.errors import ApiError
from bot.playground.journal import Journal
from bot.playground.messages import Json, Message
from bot.playground.seed import BOT, BOT_USER_ID, SLACKBOT, Channel, Seed, User
from bot.playground.teams import THE_DEMO, Team
from bot.playground.triggers import Triggers
from bot.playground.views import View

if TYPE_CHECKING:
    from bot.playground.files import SharedFile

T = TypeVar("T")


class Workspace:
    """One workspace in memory, with its journal."""

    def __init__(self, seed: Seed, now: Callable[[], datetime], journal: Journal, team: Team = THE_DEMO) -> None:
        self.team, self.now = team, now
        self.users = {user.id: user for user in (*seed.users, BOT)}
        self.channels = {channel.id: channel for channel in seed.channels}
        self.usergroups = {group.id: group for group in seed.usergroups}
        self.changes = Changes()
        self.journal = journal
        self.triggers = Triggers(now)
        self.emit: Callable[[Json], None] = lambda _event: None
        #: channel → ts → message, oldest first
        self.messages: dict[str, dict[str, Message]] = {}
        for _, body in journal.load("message"):
            self.messages.setdefault(body["channel"], {})[body["ts"]] = Message(**body)
        #: id → file; in memory only, so they are gone after a restart
        self.files: dict[str, SharedFile] = {}
        #: where this local Slack is reached
        self.origin: Callable[[], str] = str
        #: person → open modals, the topmost last; as in Slack they do not outlive a restart
        self.stacks: dict[str, list[View]] = {}
        #: person → App Home as last published
        self.homes: dict[str, View] = {key: View(**body) for key, body in journal.load("home")}
        #: IM id → person
        self.ims: dict[str, str] = dict(journal.load("im"))
        #: `channel/thread_ts` → agent session `{status, title, text}`
        self.statuses: dict[str, Json] = dict(journal.load("status"))
        #: `person/channel` → ts of the newest message this person has read
        self.reads: dict[str, str] = dict(journal.load("read"))
        self._last = max((int(ts.replace(".", "")) for inside in self.messages.values() for ts in inside), default=0)

    # -- who and where ------------------------------------------------------------------------------------------

    def user(self, user_id: str) -> User:
        """The user, or `user_not_found`."""
        if user_id not in self.users:
            raise ApiError("user_not_found")
        return self.users[user_id]

    def open_im(self, user_id: str) -> str:
        """The id of the conversation between this person and the bot, which may be new."""
        person = self.user(user_id)
        if person.is_bot or person.deleted:
            raise ApiError("cannot_dm_bot" if person.is_bot else "user_disabled")
        channel = f"D{user_id[1:]}"
        if channel not in self.ims:
            self.keep("im", channel, user_id, self.ims)
            self.changed()
        return channel

    def members(self, channel: str) -> tuple[str, ...]:
        """Everyone in a channel or IM, or `channel_not_found`."""
        if channel in self.ims:
            return (self.ims[channel], BOT_USER_ID)
        if channel not in self.channels:
            raise ApiError("channel_not_found")
        return self.channels[channel].members

    def sees(self, user_id: str, channel: str) -> bool:
        """Members see their conversations; people who are not guests see every public channel."""
        if channel not in self.ims and channel not in self.channels:
            return False
        if user_id in self.members(channel):
            return True
        return channel in self.channels and self._browses(self.users[user_id], self.channels[channel])

    @staticmethod
    def _browses(user: User, channel: Channel) -> bool:
        return not (channel.is_private or user.is_restricted or user.is_ultra_restricted or user.is_bot)

    # -- messages -----------------------------------------------------------------------------------------------

    def next_ts(self) -> str:
        """A timestamp that is later than all others: `seconds.microseconds`."""
        self._last = max(self._last + 1, int(self.now().timestamp() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def message(self, channel: str, ts: str) -> Message:
        """The message, or `message_not_found`; ephemerals included, deleted ones not."""
        found = self.messages.get(channel, {}).get(ts)
        if found is None or found.deleted:
            raise ApiError("message_not_found")
        return found

    def listed(self, channel: str, user: str | None = None) -> list[Message]:
        """What `user` sees in a channel, oldest first, threads included; without `user`, what all members see."""
        return [m for m in self.messages.get(channel, {}).values() if not m.deleted and m.to in (None, user)]

    def post(self, message: Message) -> Message:
        """Add a message and tell the app; an ephemeral one is told to nobody."""
        self.store(message)
        self._tell(message, events.posted(message, self._channel_type(message.channel)))
        self.changed()
        return message

    def change(self, message: Message, update: Json) -> Message:
        """Replace parts of a message and tell the app."""
        after = message.model_copy(update=update)
        self.store(after)
        self._tell(after, events.changed(message, after, self._channel_type(message.channel), self.next_ts()))
        self.changed()
        return after

    def remove(self, message: Message) -> None:
        """Delete a message and tell the app; one that has replies leaves a tombstone, which is told as a change."""
        if any(each.thread_ts == message.ts != each.ts for each in self.listed(message.channel)):
            gone = {"user": SLACKBOT, "text": "This message was deleted.", "subtype": "tombstone"}
            nothing = dict.fromkeys(("blocks", "metadata", "edited", "files"))
            self.change(message, gone | nothing | {"thread_ts": message.ts})
            return
        self.store(message.model_copy(update={"deleted": True}))
        self._tell(message, events.deleted(message, self._channel_type(message.channel), self.next_ts()))
        self.changed()

    def store(self, message: Message) -> None:
        """Keep a message; the caller calls `changed`."""
        self.messages.setdefault(message.channel, {})[message.ts] = message
        self.journal.put("message", f"{message.channel}/{message.ts}", message.model_dump())

    def _tell(self, message: Message, told: Iterable[Json]) -> None:
        if message.to is None and BOT_USER_ID in self.members(message.channel):
            for event in told:
                self.emit(event)

    def _channel_type(self, channel: str) -> str:
        if channel in self.ims:
            return "im"
        if self.channels[channel].is_mpim:
            return "mpim"
        return "group" if self.channels[channel].is_private else "channel"

    def team_time(self) -> int:
        """Now, in whole seconds, as events carry it."""
        return int(self.now().timestamp())

    # -- views --------------------------------------------------------------------------------------------------

    def stack(self, user: str) -> list[View]:
        """The person's open modals, the topmost last."""
        return self.stacks.setdefault(user, [])

    def views(self) -> list[View]:
        """Every open modal and every published home."""
        return [*self.homes.values(), *(view for stack in self.stacks.values() for view in stack)]

    def view(self, *, view_id: str = "", external_id: str = "") -> View:
        """The view with this id or that external id, or `not_found`."""
        for view in self.views():
            if (view_id and view.id == view_id) or (external_id and view.payload.get("external_id") == external_id):
                return view
        raise ApiError("not_found")

    def keep_views(self, user: str) -> None:
        """Journal the person's modals and home after a change to them."""
        if user in self.homes:
            self.journal.put("home", user, self.homes[user].model_dump())
        self.changed()

    # -- keeping ------------------------------------------------------------------------------------------------

    def keep(self, kind: str, key: str, value: T, where: dict[str, T]) -> None:
        """Put a value in memory and in the journal; the caller calls `changed`."""
        where[key] = value
        self.journal.put(kind, key, value)

    def changed(self) -> None:
        """End of one change: commit it and wake those who wait."""
        self.journal.commit()
        self.changes.mark()


def new_id(prefix: str) -> str:
    """An id in Slack's look: a letter and ten upper-case characters."""
    return prefix + secrets.token_hex(5).upper()
