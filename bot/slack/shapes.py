"""What Slack sends, read once and strictly, before any listener: whatever gets past here has the types they rely on.

Promise: what Slack would not send is answered, changes nothing and is not logged. Whether somebody may do what they ask
for is decided elsewhere.
"""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Any

import structlog
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack.clients import Clients, meant_for_us

#: the type of what Slack sends where it withholds events
RATE_LIMITED = "app_rate_limited"

log = structlog.get_logger()


def _storable(text: str) -> str:
    """Raises ValueError for what no database takes: half of a character, or a NUL."""
    if "\0" in text:
        raise ValueError("NUL")
    text.encode()
    return text


#: of a person, a place, a workspace; what people wrote may be anything, and is mended where it is kept
Id = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,32}$")]
Ts = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,11}(\.[0-9]{1,9})?$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=255), AfterValidator(_storable)]
Text = Annotated[str, AfterValidator(_storable)]


class _Read(BaseModel):
    model_config = ConfigDict(strict=True, hide_input_in_errors=True)


class _Challenge(_Read):
    challenge: Text


class _RateLimited(_Read):
    team_id: Id


class _Named(_Read):
    id: Id


class _Event(_Read):
    type: Name
    subtype: Name | None = None
    user: Id | None = None
    channel: Id | None = None
    channel_type: Name | None = None
    text: str | None = None
    ts: Ts | None = None
    thread_ts: Ts | None = None
    tab: Name | None = None


class _Words(_Event):
    channel: Id


class _Profile(_Read):
    type: Name
    user: _Named


class _Delivery(_Read):
    team_id: Id | None = None
    event_id: Name


class _User(_Named):
    team_id: Id | None = None
    enterprise_id: Id | None = None


class _Shown(_Read):
    thread_ts: Ts | None = None


class _Option(_Read):
    value: str | None = None


class _Entry(_Option):
    selected_option: _Option | None = None


class _State(_Read):
    values: dict[str, dict[str, _Entry]]


class _View(_Read):
    type: Name | None = None
    private_metadata: Annotated[Text, Field(max_length=3_000)] = ""
    state: _State | None = None


class _Pressed(_Read):
    action_id: Name
    value: Annotated[Text, Field(max_length=2_000)] | None = None


class _Gesture(_Read):
    user: _User
    team: _Named | None = None
    enterprise: _Named | None = None
    trigger_id: Name | None = None
    channel: _Named | None = None
    message: _Shown | None = None
    container: _Shown | None = None
    view: _View | None = None


class _InMessage(_Gesture):
    trigger_id: Name
    channel: _Named
    actions: list[_Pressed] = Field(min_length=1)


class _InView(_Gesture):
    trigger_id: Name
    view: _View
    actions: list[_Pressed] = Field(min_length=1)


class _Filled(_View):
    state: _State


class _Submission(_Gesture):
    trigger_id: Name
    view: _Filled


class _Command(_Read):
    user_id: Id
    channel_id: Id
    trigger_id: Name
    text: str = ""


def _check(body: Mapping[str, Any]) -> None:
    """Raises ValidationError for what Slack would not send."""
    event = body.get("event")
    if body.get("type") == "url_verification":
        _Challenge.model_validate(body)
    elif body.get("type") == RATE_LIMITED:
        _RateLimited.model_validate(body)
    elif "event_id" in body or body.get("type") == "event_callback":
        _Delivery.model_validate(body)
        kind = event.get("type") if isinstance(event, dict) else None
        shapes: dict[object, type[_Read]] = {"message": _Words, "app_mention": _Words, "user_change": _Profile}
        shapes.get(kind if isinstance(kind, str) else None, _Event).model_validate(event)
    elif "command" in body:
        _Command.model_validate(body)
    elif body.get("type") == "block_actions":
        (_InView if body.get("view") else _InMessage).model_validate(body)
    else:
        (_Submission if body.get("type") == "view_submission" else _Gesture).model_validate(body)


class Shaped(AsyncMiddleware):
    """Goes before all of Bolt's middleware (1.30) but the check of the signature, because it breaks on some of it.

    It lets a request pass, or answers it: an event is not to be sent again, whoever pressed something sees it failed.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 -- Bolt's name
    ) -> BoltResponse:
        """Read one request."""
        try:
            _check(req.body)
            if await self._from_us(req.body, req.context):
                await next()
                return resp
            why = "it comes from another workspace"
        except ValidationError as error:
            why = ", ".join(sorted({each["type"] for each in error.errors(include_url=False, include_input=False)}))
        log.warning("Slack would not send this", why=why)
        return BoltResponse(status=HTTPStatus.OK if "event" in req.body else HTTPStatus.BAD_REQUEST)

    async def _from_us(self, body: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
        """It comes from where the app is installed. Of a gesture only what it touches says where it belongs."""
        if not ("event" in body or "command" in body or body.get("type") == RATE_LIMITED):
            return True
        return await meant_for_us(self._clients, context)
