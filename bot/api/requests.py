"""What a request says, looked at piece by piece and never further than it may go."""

import asyncio
import re

from pydantic import ValidationError
from starlette.requests import ClientDisconnect, Request

from bot.api.shapes import Problem, Question
from bot.core.canonical import parse

#: bytes of a body; the longest message in the widest letters has half of it
MAX_BODY = 1_000_000

#: time limit for it to come, seconds
BODY_LIMIT = 20.0

#: things that are wrong with it and named
MAX_WRONG = 5

_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")
_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,6})(?:$|[,;\s])", re.IGNORECASE)


async def question(request: Request) -> Question:
    """What is asked. Raises Problem."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, "unsupported_media_type", "The body has to be JSON: Content-Type: application/json")
    try:
        async with asyncio.timeout(BODY_LIMIT):
            body = await _body(request)
    except TimeoutError:
        raise Problem(408, "timeout", "The body did not come in time.") from None
    except ClientDisconnect:
        raise Problem(400, "bad_request", "The body is not all there.") from None
    try:
        return Question.model_validate(parse(body.decode()))
    except ValidationError as error:
        raise _wrong(error) from None
    except ValueError:
        raise Problem(400, "bad_request", "The body is not JSON that has one meaning.") from None


def key(request: Request) -> str | None:
    """What makes it one request however often it is sent. Raises Problem."""
    found = request.headers.get("idempotency-key")
    if found is not None and not _KEY.fullmatch(found):
        raise Problem(400, "bad_request", "Idempotency-Key takes 1 to 255 printable ASCII characters.")
    return found


def seconds(request: Request, most: float, default: float) -> float:
    """How long the caller wants to wait, at most so long: `Prefer: wait=10`."""
    found = _WAIT.search(request.headers.get("prefer", ""))
    return min(float(found[1]), most) if found else default


def streams(request: Request) -> bool:
    """The caller wants events, as they come."""
    return "text/event-stream" in request.headers.get("accept", "").lower()


def last_event(request: Request) -> int:
    """The event that the caller had last; 0: none."""
    found = request.headers.get("last-event-id", "")
    return int(found) if re.fullmatch("[0-9]{1,9}", found) else 0


async def _body(request: Request) -> bytes:
    size, length = request.headers.get("content-length", "0"), 0
    if not size.isdecimal() or int(size[:20]) > MAX_BODY:
        raise _too_large()
    parts = []
    async for part in request.stream():
        length += len(part)
        if length > MAX_BODY:
            raise _too_large()
        parts.append(part)
    return b"".join(parts)


def _too_large() -> Problem:
    return Problem(413, "too_large", f"The body may have {MAX_BODY:,} bytes.", Connection="close")


def _wrong(error: ValidationError) -> Problem:
    """What is wrong, in words that do not repeat it: what nobody knows has no name."""
    found = error.errors(include_input=False, include_context=False, include_url=False)[:MAX_WRONG]
    places = [next((name for name in each["loc"] if name in Question.model_fields), "body") for each in found]
    return Problem(422, "invalid", "; ".join(f"{at}: {each['msg']}" for at, each in zip(places, found, strict=True)))
