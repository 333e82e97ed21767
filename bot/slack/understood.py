"""A message that a Slack without our newest blocks shows, too: without them."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError

from bot.slack.refusals import error_code
from bot.slack.solved import without_feedback

log = structlog.get_logger()


async def understood(say: Callable[[dict[str, Any]], Awaitable[Any]], message: dict[str, Any]) -> Any:
    """What saying it gives; where Slack does not know the buttons below an answer, of the message without them.

    Raises what `say` raises.
    """
    try:
        return await say(message)
    except SlackApiError as error:
        plain = without_feedback(message["blocks"])
        if error_code(error) != "invalid_blocks" or len(plain) == len(message["blocks"]):
            raise
    log.warning("Slack does not know the buttons below an answer")
    return await say({**message, "blocks": plain})
