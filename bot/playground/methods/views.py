"""views.*: modals that open on a trigger, stack, change and close; and App Home."""

from typing import Any

from bot.playground.arguments import Arguments
from bot.playground.errors import ApiError
from bot.playground.messages import Json
from bot.playground.views import STACK, View, check_view, kept
from bot.playground.workspace import Workspace, new_id


def open_(workspace: Workspace, args: Arguments) -> Json:
    """A new modal for the person of the trigger."""
    payload = _checked(args, "modal")
    user = workspace.triggers.exchange(args.text("trigger_id"))
    return {"view": place(workspace, user, payload).wire()}


def push(workspace: Workspace, args: Arguments) -> Json:
    """A modal on top of the ones that are open."""
    payload = _checked(args, "modal")
    user = workspace.triggers.exchange(args.text("trigger_id"))
    return {"view": place(workspace, user, payload, on_top=True).wire()}


def update(workspace: Workspace, args: Arguments) -> Json:
    """Change an open modal, found by id or external_id."""
    view_id, external_id = args.text("view_id"), args.text("external_id")
    if not (view_id or external_id):
        raise ApiError("invalid_arguments", ["[ERROR] missing required field: view_id"])
    if view_id and external_id:
        # seen in slack-go/slack issue 667
        raise ApiError("invalid_arguments", ["[ERROR] Cannot provide both `view_id` and `external_id`"])
    view = workspace.view(view_id=view_id, external_id=external_id)
    payload = _checked(args, view.payload["type"])
    _only(workspace, payload, view)
    if args.text("hash") not in ("", view.hash):
        raise ApiError("hash_conflict")
    view.replace(payload, new_hash(workspace))
    workspace.keep_views(view.user)
    return {"view": view.wire()}


def publish(workspace: Workspace, args: Arguments) -> Json:
    """Set a person's App Home."""
    user = args.text("user_id")
    workspace.user(user)
    payload = _checked(args, "home")
    old = workspace.homes.get(user)
    _only(workspace, payload, old)
    if old and args.text("hash") not in ("", old.hash):
        raise ApiError("hash_conflict")
    view_id = old.id if old else new_id("V")
    home = View(id=view_id, user=user, hash=new_hash(workspace), payload=kept(payload), root_view_id=view_id)
    workspace.homes[user] = home
    workspace.keep_views(user)
    return {"view": home.wire()}


def place(workspace: Workspace, user: str, payload: Json, *, on_top: bool = False) -> View:
    """Show a modal, alone or on top; at most three are stacked."""
    stack = workspace.stack(user)
    _only(workspace, payload, None)
    if not on_top:
        stack.clear()
    if len(stack) >= STACK:
        raise ApiError("push_limit_reached")
    view_id = new_id("V")
    below = stack[-1] if stack else None
    view = View(
        id=view_id,
        user=user,
        hash=new_hash(workspace),
        payload=kept(payload),
        root_view_id=below.root_view_id if below else view_id,
        previous_view_id=below.id if below else None,
    )
    stack.append(view)
    workspace.keep_views(user)
    return view


def new_hash(workspace: Workspace) -> str:
    """Unlike any hash before."""
    return f"{workspace.next_ts()}.{new_id('')}"


def _checked(args: Arguments, kind: str) -> Any:
    payload = args.structure("view")
    check_view(payload, kind)
    return payload


def _only(workspace: Workspace, payload: Json, same: View | None) -> None:
    """An external_id is unique in the workspace; views that are closed have none."""
    external_id = payload.get("external_id")
    if external_id and any(
        view.payload.get("external_id") == external_id for view in workspace.views() if view is not same
    ):
        raise ApiError("duplicate_external_id")
