"""Turns what the `openai` SDK raises, or a response that failed, into our two errors: worth retrying or not.

Promise: a message names the status, the provider's code and its request id, never what was said and never a key.
"""

import math
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError

from bot.errors import ModelError, ModelRejected, ModelUnavailable

#: timeout, conflict, too early, rate limit; every status from 500 on counts as well
_RETRIED = {408, 409, 425, 429}
#: what a request holds is wrong, too large, of a wrong kind
_CONTENT = {400, 413, 415, 422}
#: what a server says that does not know a field of a request
_FORM = {400, 422}
#: characters of a refusal that are looked at
MAX_WORDS = 10_000
#: of ResponseErrorCode in OpenAI's specification; every other code will fail the same way again
_RETRIED_CODES = {"server_error", "rate_limit_exceeded", "vector_store_timeout"}
#: a 429 that waiting does not cure: the account has no money left
_NO_MONEY = "insufficient_quota"
#: of an `error` event in the middle of an answer; with every other code it is worth trying again
_HOPELESS = {_NO_MONEY, "context_length_exceeded", "invalid_prompt"}
#: what may stand in a log line: an identifier, not a sentence that could quote somebody
_IDENTIFIER = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def of_exception(error: APIError) -> ModelError:
    """The ModelUnavailable or ModelRejected that stands for what the SDK raised."""
    if isinstance(error, APIStatusError):
        return _of_status(error)
    if isinstance(error, APITimeoutError):
        return ModelUnavailable("The model provider did not answer in time.")
    if isinstance(error, APIConnectionError):
        return ModelUnavailable(f"The model provider cannot be reached ({type(error.__cause__).__name__}).")
    return ModelUnavailable(f"The model provider's answer cannot be read ({type(error).__name__}).")


def of_response(response: Mapping[str, object]) -> ModelError | None:
    """The failure a response tells of in its own body; None for one that can be read as a reply."""
    status = response.get("status")
    if status == "failed":
        error = response.get("error")
        code = error.get("code") if isinstance(error, Mapping) else None
        sentence = f"The model provider failed to make a response ({_identifier(code)})."
        retried = code is None or _identifier(code) in _RETRIED_CODES
        return ModelUnavailable(sentence) if retried else ModelRejected(sentence)
    if status not in ("completed", "incomplete", None):
        return ModelUnavailable(f"The model provider sent a response before it was done ({_identifier(status)}).")
    return None


def of_event(event: Mapping[str, object]) -> ModelError:
    """The failure an `error` event tells of: flat, as OpenAI specifies it, or nested, as answers of HTTP are."""
    nested = event.get("error")
    error = nested if isinstance(nested, Mapping) else event
    code = error.get("code") or (error.get("type") if error is nested else None)
    sentence = f"The model provider broke off its answer ({_identifier(code)})."
    return ModelRejected(sentence) if _identifier(code) in _HOPELESS else ModelUnavailable(sentence)


def is_invalid_encryption(error: APIError) -> bool:
    """Whether the provider could not decrypt reasoning we sent back; it never will."""
    refused = isinstance(error, APIStatusError) and error.status_code == HTTPStatus.BAD_REQUEST
    return refused and error.code == "invalid_encrypted_content"


def is_final(error: APIError) -> bool:
    """Whether the same request will be refused again, whatever the account holds."""
    return (
        isinstance(error, APIStatusError)
        and HTTPStatus.BAD_REQUEST <= error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR
        and error.status_code not in _RETRIED
    )


def is_refused(error: APIError) -> bool:
    """Whether the provider cannot work with what the request holds, such as a picture it cannot read."""
    return isinstance(error, APIStatusError) and error.status_code in _CONTENT


def is_malformed(error: APIError) -> bool:
    """Whether the provider may take the same request in another form, with fewer fields."""
    return (
        isinstance(error, APIStatusError)
        and error.status_code in _FORM
        and not {error.code, error.type} & _HOPELESS
        and not is_invalid_encryption(error)
    )


def words(error: APIError) -> str:
    """What the provider says of the request, to look for names of fields in; it may quote people and is not told."""
    return error.response.text[:MAX_WORDS] if isinstance(error, APIStatusError) else ""


def _of_status(error: APIStatusError) -> ModelError:
    code = error.code or error.type
    about = f"{error.status_code}, {_identifier(code)}, request {_identifier(error.request_id)}"
    if _NO_MONEY in (error.code, error.type):
        return ModelRejected(f"The model provider's account has no quota left ({about}).")
    if error.status_code in _RETRIED or error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ModelUnavailable(f"The model provider cannot answer now ({about}).", _retry_after(error))
    return ModelRejected(f"The model provider refuses this request ({about}).")


def _retry_after(error: APIStatusError) -> float | None:
    headers = error.response.headers
    seconds = _number(headers.get("retry-after-ms"), 1000) or _number(headers.get("retry-after"), 1)
    if seconds is not None:
        return seconds
    until, sent = _moment(headers.get("retry-after")), _moment(headers.get("date"))
    # both times are the provider's, so its clock may differ from ours
    return max(0.0, (until - sent).total_seconds()) if until and sent else None


def _number(text: str | None, per_second: int) -> float | None:
    try:
        seconds = float(text or "") / per_second
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _moment(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _identifier(value: object) -> str:
    return value if isinstance(value, str) and _IDENTIFIER.fullmatch(value) else "no code"
