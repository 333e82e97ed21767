"""Who and what is in the workspace at the start: people, channels, user groups, and the demo's own cast."""

from pydantic import BaseModel, ConfigDict

TEAM_ID = "T0DEMO"
APP_ID = "A0DEMO"
#: the older way to prove that Slack is asking, which nobody should look at
VERIFICATION = "verification-token-of-the-playground"
BOT_ID = "B0BOT"
BOT_USER_ID = "U0BOT"
BOT_NAME = "Helpdesk"
#: who speaks for Slack itself
SLACKBOT = "USLACKBOT"
#: what `auth.test` tells as the workspace's address; permalinks begin with it
WORKSPACE_URL = "https://playground.slack.com/"


class User(BaseModel):
    """A member of the workspace, as `users.info` tells it."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    real_name: str
    email: str = ""
    title: str = ""
    is_bot: bool = False
    deleted: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_email_confirmed: bool = True
    team_id: str = TEAM_ID
    tz: str = "Europe/London"
    #: whole seconds since 1970
    updated: int = 0

    def wire(self) -> dict[str, object]:
        """The user object of `users.info`, `users.list` and `users.lookupByEmail`."""
        profile = {"real_name": self.real_name, "display_name": self.name, "title": self.title, "email": self.email}
        flagged = {"is_bot", "deleted", "is_restricted", "is_ultra_restricted", "is_email_confirmed", "tz", "team_id"}
        flags = self.model_dump(include=flagged)
        named = {"id": self.id, "name": self.name, "real_name": self.real_name, "updated": self.updated}
        return {**named, "profile": profile, **flags}


class Channel(BaseModel):
    """A public or private channel; people see private ones only as members."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    members: tuple[str, ...]
    is_private: bool = False
    #: a direct message among several; private, too
    is_mpim: bool = False
    #: other companies are in it, by Slack Connect
    is_ext_shared: bool = False
    topic: str = ""

    def wire(self) -> dict[str, object]:
        """The channel object of `conversations.info` and `conversations.list`."""
        group = self.is_private and not self.is_mpim
        kind = {"is_channel": not self.is_private, "is_group": group, "is_im": False, "is_mpim": self.is_mpim}
        kind |= {"is_ext_shared": self.is_ext_shared}
        membership = {"is_private": self.is_private, "is_member": BOT_USER_ID in self.members, "is_archived": False}
        return {"id": self.id, "name": self.name, "topic": {"value": self.topic}, **kind, **membership}


class UserGroup(BaseModel):
    """A user group such as @it-admins."""

    model_config = ConfigDict(frozen=True)

    id: str
    handle: str
    name: str
    users: tuple[str, ...]
    #: whole seconds since 1970
    updated: int = 0

    def wire(self) -> dict[str, object]:
        """The group object of `usergroups.list`."""
        named = {"id": self.id, "team_id": TEAM_ID, "handle": self.handle, "name": self.name}
        return {**named, "is_usergroup": True, "date_update": self.updated, "date_delete": 0}


class Seed(BaseModel):
    """Everything a workspace starts with; the bot user is always added to it."""

    model_config = ConfigDict(frozen=True)

    users: tuple[User, ...]
    channels: tuple[Channel, ...]
    usergroups: tuple[UserGroup, ...] = ()


BOT = User(id=BOT_USER_ID, name=BOT_NAME.lower(), real_name=BOT_NAME, is_bot=True)


def _person(user_id: str, real_name: str, title: str, *, guest: bool = False) -> User:
    first, last = real_name.lower().split()
    address = f"{first}.{last}@example.com"
    return User(id=user_id, name=first, real_name=real_name, email=address, title=title, is_restricted=guest)


_STAFF = ("U0ALEX", "U0MARIA", "U0DANA", "U0OMAR", "U0SAM", "U0INGRID", "U0PETER", "U0RAVI")

#: The demo's cast: an employee, her manager, two IT admins, a colleague, a guest, and who owns groups of the directory.
DEMO = Seed(
    users=(
        _person("U0ALEX", "Alex Chen", "Employee"),
        _person("U0MARIA", "Maria Lopez", "Manager"),
        _person("U0DANA", "Dana Kim", "IT admin"),
        _person("U0OMAR", "Omar Haddad", "IT admin"),
        _person("U0SAM", "Sam Patel", "Employee"),
        _person("U0GIL", "Gil Guest", "Guest", guest=True),
        _person("U0INGRID", "Ingrid Berg", "Finance"),
        _person("U0PETER", "Peter Novak", "Sales"),
        _person("U0RAVI", "Ravi Menon", "Security"),
    ),
    channels=(
        Channel(id="C0GENERAL", name="general", members=(*_STAFF, BOT_USER_ID), topic="Company-wide news"),
        Channel(id="C0IT", name="it-help", members=(*_STAFF, "U0GIL", BOT_USER_ID), topic="IT questions and requests"),
        Channel(
            id="C0APPROVE",
            name="it-approvals",
            members=("U0MARIA", "U0DANA", "U0OMAR", "U0RAVI", BOT_USER_ID),
            topic="Requests that wait for a yes or a no",
        ),
    ),
    usergroups=(
        UserGroup(id="S0ITADM", handle="it-admins", name="IT admins", users=("U0DANA", "U0OMAR")),
        UserGroup(id="S0SECOPS", handle="security", name="Security", users=("U0MARIA", "U0RAVI")),
    ),
)
