"""Confirming a new authenticator with its first code, which goes no further than this."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.run.codes import NOTHING_WAITING
from bot.slack import forms
from bot.slack.card_words import CONFIRMED, NOT_OPENED
from bot.slack.edge import Edge, opened


def listen(app: AsyncApp, edge: Edge) -> None:
    """Attach the listener to the app."""

    async def sent(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        """The first code was sent."""
        wrong = await edge.codes.confirm(body["user"]["id"], forms.typed(view, "code"))
        if wrong:
            await ack(response_action="errors", errors={"code": wrong})
        else:
            await ack(response_action="update", view=forms.notice_form(CONFIRMED))

    app.view("house.authenticator")(sent)


async def ask(edge: Edge, body: Mapping[str, Any], client: AsyncWebClient) -> str | None:
    """Open the form that asks for the code; else the sentence that says why not."""
    if not await edge.codes.waiting(body["user_id"]):
        return NOTHING_WAITING
    return None if await opened(client, body, forms.authenticator_form()) else NOT_OPENED
