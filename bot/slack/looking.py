"""Forms that need the request itself: all of it to look at, and its arguments to change."""

from dataclasses import replace
from functools import partial
from typing import Any, Literal

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from bot.core import words
from bot.core.items import Request
from bot.slack import edit, forms
from bot.slack.blocks import Block
from bot.slack.card_words import FORGED, NOT_OPENED, NOT_STORED
from bot.slack.cases import Cases
from bot.slack.edge import Edge, opened, tell
from bot.slack.edit import Field
from bot.slack.forms import Place
from bot.slack.home import Home
from bot.slack.press import Press, Taken, take
from bot.store import lists, snapshots
from bot.store.lists import Version
from tools.spec import Tool

NOT_EDITABLE = "Nothing of this can be changed here. Deny it and ask for the other thing."

log = structlog.get_logger()


def listen(app: AsyncApp, edge: Edge, home: Home) -> None:
    """Attach the listeners to the app."""
    eye = _Eye(edge, home)
    app.action("approval.view")(eye.view)
    app.action("approval.edit")(eye.edit)
    app.view("approval.edit")(eye.edited)


class _Eye:
    def __init__(self, edge: Edge, home: Home) -> None:
        self._edge = edge
        self._home = home

    async def view(self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        """Somebody wants to see all of a request."""
        await ack()
        press = Press.of_button(body, "approve", self._edge.now())
        await self._show(body, client, press.place, await self._viewed(press))

    async def edit(self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        """Somebody wants to change the arguments."""
        await ack()
        press = Press.of_button(body, "edit", self._edge.now())
        await self._show(body, client, press.place, await self._editing(press))

    async def _show(self, body: dict[str, Any], client: AsyncWebClient, place: Place, form: Block | str) -> None:
        if isinstance(form, str):
            await tell(client, body, place, form)
        elif not await opened(client, body, form):
            await tell(client, body, place, NOT_OPENED)

    async def _viewed(self, press: Press) -> Block | str:
        """The form, or the sentence that says why there is none."""
        try:
            found = await self._edge.database.run(lambda connection: lists.version(connection, press.place.version))
            if found is None or not self._sees(press, found.conversation, found.request):
                return FORGED
            look = partial(snapshots.thread_at_head, conversation=found.conversation)
            thread = await self._edge.database.run(look)
        except SQLAlchemyError:
            log.exception("a request could not be read")
            return NOT_STORED
        if found.number not in thread.asks:
            return words.UNKNOWN_REQUEST
        case = Cases(self._edge.kit.tools, self._edge.kit.workspace_url).case(thread, found.number)
        match self._sees(press, found.conversation, case.ask.request):
            case "all":
                return forms.view_form(case, press.actor, press.place)
            case "what it touches":
                return forms.subject_form(case, press.place)
        return FORGED

    def _sees(self, press: Press, conversation: str, request: Request) -> Literal["all", "what it touches"] | None:
        """How much of the request the person may see: what its cards show to them, and not more."""
        tenant, channel, _ = conversation.split(":")
        here = press.place.channel in (channel, self._edge.approval_channel) and not press.place.home
        asked = press.actor == request.requester or any(press.actor in users for users in request.members.values())
        if press.tenant != tenant:
            return None
        if here or asked:
            return "all"
        return "what it touches" if request.subject and press.actor == request.subject.slack_user else None

    async def _editing(self, press: Press) -> Block | str:
        found = await self._found(press)
        if isinstance(found, str):
            return found
        _, _, offered = found
        return edit.form(offered, str(press.place))

    async def _found(self, press: Press) -> tuple[Version, Tool, list[Field]] | str:
        """The version, its tool, and what of it can be changed; or the sentence that says why nothing can."""
        try:
            version = await self._edge.database.run(lambda connection: lists.version(connection, press.place.version))
        except SQLAlchemyError:
            log.exception("a request could not be read")
            return NOT_STORED
        if version is None or self._sees(press, version.conversation, version.request) != "all":
            return FORGED
        tool = self._edge.kit.tools.get(version.request.tool)
        offered = edit.fields(version.request, tool) if tool else []
        return (version, tool, offered) if tool and offered else NOT_EDITABLE

    async def edited(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient) -> None:
        """The changed arguments were sent."""
        press = Press.of_form(body, "edit", self._edge.now())
        found = await self._found(press)
        if isinstance(found, str):
            await ack(response_action="update", view=forms.notice_form(found))
            return
        version, tool, offered = found
        arguments = edit.entered(version.request, tool, offered, view["state"]["values"])
        if isinstance(arguments, dict):
            await ack(response_action="errors", errors=arguments)
            return
        taken = await take(self._edge, replace(press, arguments=arguments))
        if taken is Taken.STORED:
            await ack(response_action="clear")
            self._home.later(client, press)
        else:
            await ack(response_action="update", view=forms.notice_form(str(taken.value)))
