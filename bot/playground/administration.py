"""What an administrator does: members of user groups, and people who leave and come back.

Of these changes the app hears only what it subscribed to; it finds the rest where it asks.
"""

from collections.abc import Collection, Sequence

from bot.playground import events
from bot.playground.delivery import Endpoint, Outbox
from bot.playground.errors import ApiError
from bot.playground.gestures import Gestures
from bot.playground.messages import Json
from bot.playground.workspace import Workspace


class Administration(Gestures):
    """All that people and administrators can do in the local Slack."""

    def __init__(
        self, workspace: Workspace, outbox: Outbox, endpoint: Endpoint, base_url: str, subscribed: Collection[str]
    ) -> None:
        super().__init__(workspace, outbox, endpoint, base_url)
        #: which of user_change, subteam_members_changed and subteam_updated the app wants to hear
        self.subscribed = frozenset(subscribed)
        self._take_changes(workspace)

    def set_members(self, group: str, users: Sequence[str]) -> None:
        """Nothing; afterwards the user group has just these members, each once, in this order; none is allowed."""
        before = self.workspace.usergroups.get(group)
        if before is None:
            raise ApiError("no_such_subteam")
        if any(user not in self.workspace.users or self.workspace.users[user].is_bot for user in users):
            raise ApiError("invalid_users")
        now = self.workspace.team_time()
        after = before.model_copy(update={"users": tuple(dict.fromkeys(users)), "updated": now})
        if after.users == before.users:
            return
        self.workspace.usergroups[group] = after
        self.workspace.journal.put("group", group, {"users": list(after.users), "updated": now})
        self._tell(events.members_changed(before, after, self.workspace.next_ts()))

    def deactivate(self, user: str) -> None:
        """Nothing; afterwards the person cannot do anything here, and Slack tells them as deleted.

        They stay listed in their groups and channels: an app that looks at lists alone is wrong about them.
        """
        self._set_deleted(user, deleted=True)

    def reactivate(self, user: str) -> None:
        """Nothing; afterwards the person is back as they were."""
        self._set_deleted(user, deleted=False)

    def _set_deleted(self, user: str, *, deleted: bool) -> None:
        before = self.workspace.user(user)
        if before.is_bot:
            raise ApiError("invalid_users")
        if before.deleted == deleted:
            return
        change = {"deleted": deleted, "updated": self.workspace.team_time()}
        after = self.workspace.users[user] = before.model_copy(update=change)
        self.workspace.stack(user).clear()
        self.workspace.journal.put("user", user, change)
        self._tell(events.user_changed(after, self.workspace.next_ts()))

    @staticmethod
    def _take_changes(workspace: Workspace) -> None:
        """Take over what a former process journalled of people and groups that are still in the seed."""
        users, groups = workspace.users, workspace.usergroups
        for user, change in workspace.journal.load("user"):
            if user in users:
                users[user] = users[user].model_copy(update=change)
        for group, change in workspace.journal.load("group"):
            if group in groups:
                known = tuple(user for user in change["users"] if user in users)
                groups[group] = groups[group].model_copy(update=change | {"users": known})

    def _tell(self, told: list[Json]) -> None:
        for event in told:
            if event["type"] in self.subscribed:
                self.workspace.emit(event)
        self.workspace.changed()
