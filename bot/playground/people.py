"""What people do and see in the local Slack: talk, edit, delete, open the home, and read."""

from collections.abc import Sequence

from bot.playground import events
from bot.playground.delivery import Outbox
from bot.playground.errors import ApiError, Unseen
from bot.playground.files import MAX_FILES, SharedFile
from bot.playground.messages import Json, Message
from bot.playground.seed import BOT_USER_ID
from bot.playground.views import View
from bot.playground.workspace import Workspace, new_id

#: name, media type, bytes
Upload = tuple[str, str, bytes]


class People:
    """Talking and reading; `Gestures` adds buttons, modals and commands."""

    def __init__(self, workspace: Workspace, outbox: Outbox) -> None:
        self.workspace = workspace
        self.outbox = outbox
        #: for tests: what is said otherwise of files that are sent from now on
        self.told_of_files: Json = {}

    # -- talking ------------------------------------------------------------------------------------------------

    async def say(
        self, user: str, channel: str, text: str, thread_ts: str | None = None, files: Sequence[Upload] = ()
    ) -> str:
        """Post as a person and get the ts; `channel` may be the bot's user id for the DM with it."""
        where = self.dm(user) if channel == BOT_USER_ID else channel
        self._seen(user, where)
        ts = self.workspace.next_ts()
        root = self.workspace.message(where, thread_ts).root if thread_ts else None
        if len(files) > MAX_FILES:
            raise ApiError("too_many_files")
        shared = [self._shared(user, where, each) for each in files]
        self.workspace.post(Message(channel=where, ts=ts, user=user, text=text, thread_ts=root, files=shared or None))
        return ts

    def _shared(self, user: str, channel: str, upload: Upload) -> Json:
        name, mimetype, body = upload
        file = SharedFile(
            id=new_id("F"), name=name, mimetype=mimetype, user=user, channel=channel, body=body, told=self.told_of_files
        )
        self.workspace.files[file.id] = file
        return file.wire(self.workspace.origin())

    async def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        """Change one's own message."""
        message = self._own(user, channel, ts)
        edited = {"user": user, "ts": self.workspace.next_ts()}
        self.workspace.change(message, {"text": text, "edited": edited})

    async def delete(self, user: str, channel: str, ts: str) -> None:
        """Delete one's own message."""
        self.workspace.remove(self._own(user, channel, ts))

    async def open_home(self, user: str, tab: str = "home") -> None:
        """Open App Home (or the "messages" tab), which the app is told."""
        self._active(user)
        home = self.workspace.homes.get(user)
        shown = home.wire() if home and tab == "home" else None
        ts = self.workspace.next_ts()
        self.workspace.emit(events.home_opened(user, self.dm(user), ts, tab, shown))
        self.workspace.changed()

    async def stop_agent(self, user: str, channel: str, thread_ts: str) -> None:
        """Press stop while the agent works in a thread."""
        self._seen(user, channel)
        self.workspace.emit(events.stopped(user, channel, thread_ts, self.workspace.next_ts()))
        self.workspace.changed()

    # -- reading ------------------------------------------------------------------------------------------------

    def dm(self, user: str) -> str:
        """The id of the person's conversation with the bot; one that exists outlives the person's account."""
        existing = (channel for channel, person in self.workspace.ims.items() if person == user)
        return next(existing, "") or self.workspace.open_im(user)

    def messages(self, channel: str) -> list[Message]:
        """Everything in a conversation that all its members see, oldest first."""
        return self.workspace.listed(channel)

    def thread(self, channel: str, ts: str) -> list[Message]:
        """A thread as all see it, its root first; empty if there is none."""
        return [message for message in self.workspace.listed(channel) if message.root == ts]

    def ephemerals(self, user: str) -> list[Message]:
        """What only this person sees, everywhere."""
        every = (message for inside in self.workspace.messages.values() for message in inside.values())
        return [message for message in every if message.to == user and not message.deleted]

    def views(self, user: str) -> list[View]:
        """The person's open modals, the topmost last."""
        return self.workspace.stack(user)

    def home(self, user: str) -> View | None:
        """The person's App Home, if the app published one."""
        return self.workspace.homes.get(user)

    def status(self, channel: str, thread_ts: str) -> str:
        """What the thread shows of the agent's work: a session status, or a text such as "is thinking…"."""
        status = self.workspace.statuses.get(f"{channel}/{thread_ts}", {})
        return str(status.get("text") or status.get("status") or "")

    # -- seeing -------------------------------------------------------------------------------------------------

    def _seen(self, user: str, channel: str) -> None:
        if user not in self.workspace.users or not self.workspace.sees(user, channel):
            raise Unseen(f"{user} does not see {channel}")
        self._active(user)

    def _active(self, user: str) -> None:
        if self.workspace.user(user).deleted:
            raise Unseen(f"{user} is deactivated")

    def _visible(self, user: str, channel: str, ts: str) -> Message:
        self._seen(user, channel)
        try:
            message = self.workspace.message(channel, ts)
        except ApiError as error:
            raise Unseen(f"no message {ts} in {channel}") from error
        if message.to not in (None, user):
            raise Unseen(f"{user} does not see {ts}: it is only visible to {message.to}")
        return message

    def _own(self, user: str, channel: str, ts: str) -> Message:
        message = self._visible(user, channel, ts)
        if message.user != user:
            raise Unseen(f"{ts} is not a message of {user}")
        return message
