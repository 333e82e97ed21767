"""Response URLs: an answer to an interaction, private or public, that may replace or delete what was pressed."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.playground.arguments import Arguments, read
from bot.playground.blocks import check_message
from bot.playground.errors import ApiError
from bot.playground.messages import Json, Message, with_block_ids
from bot.playground.methods.chat import POST_CHARACTERS
from bot.playground.seed import BOT_USER_ID
from bot.playground.triggers import ResponseUrl
from bot.playground.workspace import Workspace


class Responses:
    """Answers `/response/<id>`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def endpoint(self, request: Request) -> Response:
        """One use of one URL; the answer is `ok` in plain text, as Slack's is."""
        try:
            _, args = await read(request)
            place = self._workspace.triggers.respond(request.path_params["response_id"])
            self.respond(place, args)
        except ApiError as error:
            return JSONResponse(error.body(), 404 if error.code in ("expired_url", "used_url") else 400)
        return PlainTextResponse("ok")

    def respond(self, place: ResponseUrl, args: Arguments) -> None:
        """Delete or replace what was pressed, or say something new."""
        pressed = self._pressed(place)
        if args.flag("delete_original"):
            self._workspace.remove(self._needed(pressed))
        elif args.flag("replace_original"):
            original = self._needed(pressed)
            edited = {"user": BOT_USER_ID, "ts": self._workspace.next_ts()}
            self._workspace.change(original, _content(args) | {"edited": edited})
        else:
            self._post(place, pressed, args)

    def _post(self, place: ResponseUrl, pressed: Message | None, args: Arguments) -> None:
        visible = args.text("response_type") == "in_channel"
        thread_ts = args.text("thread_ts") or (pressed.thread_ts if pressed else None)
        self._workspace.post(
            Message(
                channel=place.channel,
                ts=self._workspace.next_ts(),
                user=BOT_USER_ID,
                thread_ts=thread_ts,
                to=None if visible else place.user,
                **_content(args),
            )
        )

    def _pressed(self, place: ResponseUrl) -> Message | None:
        return self._workspace.messages.get(place.channel, {}).get(place.ts) if place.ts else None

    @staticmethod
    def _needed(pressed: Message | None) -> Message:
        if pressed is None or pressed.deleted:
            raise ApiError("message_not_found")
        return pressed


def _content(args: Arguments) -> Json:
    blocks = args.structure("blocks", "invalid_blocks_format")
    if blocks:
        check_message(blocks)
    if not (args.text("text") or blocks):
        raise ApiError("no_text")
    if len(args.text("text")) > POST_CHARACTERS:
        raise ApiError("msg_too_long")
    return {"text": args.text("text"), "blocks": with_block_ids(blocks)}
