"""users.*, usergroups.*, auth.test and api.test: who is who."""

from bot.playground.arguments import Arguments, page
from bot.playground.errors import ApiError
from bot.playground.messages import Json
from bot.playground.seed import APP_ID, BOT_ID, BOT_NAME, BOT_USER_ID, TEAM_ID, WORKSPACE_URL
from bot.playground.workspace import Workspace


def api_test(_workspace: Workspace, args: Arguments) -> Json:
    """Echo, or the error that is asked for."""
    if error := args.text("error"):
        raise ApiError(error)
    return {"args": args.values}


def auth_test(_workspace: Workspace, _args: Arguments) -> Json:
    """Who the token belongs to."""
    team = {"url": WORKSPACE_URL, "team": "Playground", "team_id": TEAM_ID}
    bot = {"user": BOT_NAME.lower(), "user_id": BOT_USER_ID, "bot_id": BOT_ID, "app_id": APP_ID}
    return team | bot | {"is_enterprise_install": False}


def list_teams(workspace: Workspace, _args: Arguments) -> Json:
    """auth.teams.list: the workspaces that the token is good for."""
    return {"teams": [{"id": team, "name": "Playground"} for team in (*workspace.team.sisters, workspace.team.id)]}


def tell(workspace: Workspace, args: Arguments) -> Json:
    """users.info."""
    return {"user": workspace.user(args.text("user")).wire()}


def list_(workspace: Workspace, args: Arguments) -> Json:
    """Everyone, deleted people too."""
    members, metadata = page(args, [dict(user.wire()) for user in workspace.users.values()])
    return {"members": members, "response_metadata": metadata}


def lookup_by_email(workspace: Workspace, args: Arguments) -> Json:
    """The person with this address; deleted people are not found."""
    email = args.text("email").lower()
    for user in workspace.users.values():
        if user.email.lower() == email and not user.deleted:
            return {"user": user.wire()}
    raise ApiError("users_not_found")


def list_groups(workspace: Workspace, args: Arguments) -> Json:
    """All user groups."""
    with_users = args.flag("include_users")
    groups = workspace.usergroups.values()
    return {"usergroups": [group.wire() | ({"users": list(group.users)} if with_users else {}) for group in groups]}


def list_group_users(workspace: Workspace, args: Arguments) -> Json:
    """The ids of a group's people."""
    group = workspace.usergroups.get(args.text("usergroup"))
    team = args.text("team_id")
    if workspace.team.org_wide and not team:
        raise ApiError("missing_argument")
    if group is None or team not in ("", workspace.team.id):
        raise ApiError("no_such_subteam")
    return {"users": list(group.users)}
