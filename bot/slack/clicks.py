"""Buttons and forms of approval cards. They open and close forms themselves, because a trigger lives three seconds;
everything else is an inbox row, and whether a click counts is decided behind it.
"""

from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import forms, verified
from bot.slack.card_words import NO_REASON, NOT_OPENED, NOT_STORED
from bot.slack.edge import Edge, opened, tell
from bot.slack.home import Home
from bot.slack.press import Action, Press, Taken, take

#: longest reason of a denial, characters
MAX_REASON = 1_000


def listen(app: AsyncApp, edge: Edge, home: Home) -> None:
    """Attach the listeners to the app."""
    hand = _Hand(edge, home)
    app.action("approval.approve")(hand.approve)
    app.action(verified.ACTION)(hand.choose)
    app.action("approval.withdraw")(hand.withdraw)
    app.action("approval.undo")(hand.undo)
    app.action("approval.deny")(hand.ask_reason)
    app.view("approval.deny")(hand.deny)
    app.view("approval.view")(hand.approve_viewed)
    app.view("approval.confirm")(hand.confirm)


class _Hand:
    def __init__(self, edge: Edge, home: Home) -> None:
        self._edge = edge
        self._home = home

    # ── buttons ──

    async def approve(self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        """Approve was pressed; where it takes a code, a form asks for it."""
        await ack()
        press = Press.of_button(body, "approve", self._edge.now())
        taken = await self._approved(press)
        if taken is not Taken.CODE:
            await self._told(body, client, press, taken)
        elif not await opened(client, body, forms.confirm_form(press.place)):
            await tell(client, body, press.place, NOT_OPENED)

    async def choose(self, ack: AsyncAck) -> None:
        """How people were verified was chosen; it is read where Approve is pressed."""
        await ack()

    async def withdraw(self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        """Withdraw was pressed."""
        await ack()
        await self._press(body, client, "withdraw")

    async def undo(self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        """Undo was pressed."""
        await ack()
        await self._press(body, client, "undo")

    async def _press(self, body: dict[str, Any], client: AsyncWebClient, action: Action) -> None:
        press = Press.of_button(body, action, self._edge.now())
        await self._told(body, client, press, await take(self._edge, press))

    async def ask_reason(self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        """Deny was pressed: a reason is asked for first."""
        await ack()
        place = Press.of_button(body, "deny", self._edge.now()).place
        if not await opened(client, body, forms.deny_form(place)):
            await tell(client, body, place, NOT_OPENED)

    # ── forms ──

    async def deny(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient) -> None:
        """The reason was sent."""
        reason = forms.typed(view, "reason")
        if not reason:
            await ack(response_action="errors", errors={"reason": NO_REASON})
            return
        press = Press.of_form(body, "deny", self._edge.now())
        press = replace(press, reason=reason[:MAX_REASON])
        taken = await take(self._edge, press)
        if taken is Taken.STORED:
            await self._close(ack, client, press)
        else:
            await ack(response_action="errors", errors={"reason": taken.value})

    async def approve_viewed(self, ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        """Approve was pressed under the whole of a request."""
        press = Press.of_form(body, "approve", self._edge.now())
        match await self._approved(press):
            case Taken.CODE:
                await ack(response_action="push", view=forms.confirm_form(press.place))
            case Taken.STORED:
                await self._close(ack, client, press)
            case taken:
                await ack(response_action="update", view=forms.notice_form(str(taken.value)))

    async def confirm(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient) -> None:
        """The code was sent. It goes no further than this."""
        code = forms.typed(view, "code")
        press = Press.of_form(body, "approve", self._edge.now())
        wrong = await self._edge.codes.check(press.actor, code)
        taken = None if wrong else await take(self._edge, replace(press, stepped_up=True))
        if taken is Taken.STORED:
            await self._close(ack, client, press)
        else:
            await ack(response_action="errors", errors={"code": wrong or (taken and taken.value) or NOT_STORED})

    # ── what follows ──

    async def _approved(self, press: Press) -> Taken:
        """The approval is stored, or it is Taken.CODE: a code has to be asked for."""
        taken = await take(self._edge, press)
        if taken is not Taken.CODE_IF_ENROLLED:
            return taken
        if await self._edge.codes.enrolled(press.actor):
            return Taken.CODE
        return await take(self._edge, press, ask_code=False)

    async def _told(self, body: dict[str, Any], client: AsyncWebClient, press: Press, taken: Taken) -> None:
        if taken.value:
            await tell(client, body, press.place, taken.value)
        else:
            self._home.later(client, press)

    async def _close(self, ack: AsyncAck, client: AsyncWebClient, press: Press) -> None:
        """Close the form and the ones below it."""
        await ack(response_action="clear")
        self._home.later(client, press)
