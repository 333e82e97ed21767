"""The Bolt app: it reads what is signed and finds the listener.

Promise: it says that all is well only after a listener did.
"""

import structlog
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import NotInstalled
from bot.slack import words
from bot.slack.clients import Clients
from bot.slack.shapes import Shaped
from bot.slack.signatures import Signed

log = structlog.get_logger()


def slack_app(signing_secret: SecretStr | None, client: AsyncWebClient, clients: Clients) -> AsyncApp:
    """The app without listeners.

    `client` has no token: Bolt would ask who it belongs to at the first request, and where that fails tell Slack that
    all is well; the event would be lost.
    """

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        try:
            return await clients.us(enterprise_id or team_id or "")
        except NotInstalled:
            return None  # Bolt answers that all is well: sent again it would be no more welcome

    app = AsyncApp(
        name=__name__,  # Bolt would read the sources of all that called us for one: a third of a second
        client=client,
        before_authorize=Signed(signing_secret, Shaped(clients)),
        request_verification_enabled=False,  # ours comes before, see above
        # Bolt (1.30) takes None for nobody, and does not say so in its types
        authorize=authorize,  # type: ignore[arg-type]
        user_facing_authorize_error_message=words.NOT_INSTALLED,
        # answer Slack only when the row is stored: an event answered before could be lost
        process_before_response=True,
        # Bolt would log what nobody listens to, with ids and names that it carries
        raise_error_for_unhandled_request=True,
    )
    app.error(_failed)
    return app


async def _failed(error: Exception) -> BoltResponse:
    """Slack is to send it again. Bolt's own handler would log the error's text, which may quote a message."""
    if isinstance(error, BoltUnhandledRequestError):
        log.info("nobody listens to this")
        return BoltResponse(status=404)
    log.error("a listener failed", exc_info=error)
    return BoltResponse(status=500)
