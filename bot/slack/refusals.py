"""What Slack's refusals mean: that it was not the moment, that it refuses us, or that it will never take it."""

import re
from http import HTTPStatus

from slack_sdk.errors import SlackApiError

#: the longest wait Slack may ask for, seconds
MAX_WAIT = 300.0

#: what is a code, and no sentence that could quote somebody
_CODE = re.compile("[a-z0-9_-]{1,64}")

#: Slack's answers that may be different next time
PASSING = {
    *("ratelimited", "rate_limited", "message_limit_exceeded", "accesslimited", "team_added_to_org"),
    *("internal_error", "fatal_error", "service_unavailable", "request_timeout"),
}

#: Slack refuses us, not the message: nothing is thrown away until somebody mends the token
OURS = {
    *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope"),
    *("no_permission", "ekm_access_denied", "access_denied", "org_login_required"),
}


def is_final(error: SlackApiError) -> bool:
    """The same call will be refused again, whoever mends what."""
    return http_status(error) == HTTPStatus.OK and error_code(error) not in PASSING | OURS


def is_passing(error: SlackApiError) -> bool:
    """The same call may be taken next time, without anybody mending anything."""
    status = http_status(error)
    busy = status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return busy or error_code(error) in PASSING


def error_code(error: SlackApiError) -> str:
    """Slack's own code, such as `channel_not_found`; such as `http_503` where the answer was not Slack's JSON."""
    # the SDK (3.47) leaves text in `data`, or a bare aiohttp response in `response`, so that its own `get` breaks
    answer = getattr(error.response, "data", None)
    code = answer.get("error") if isinstance(answer, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else f"http_{http_status(error)}"


def retry_after(error: SlackApiError, otherwise: float) -> float:
    """Seconds that Slack asks us to wait, at most MAX_WAIT; `otherwise` where it does not say."""
    asked = str((getattr(error.response, "headers", None) or {}).get("Retry-After", ""))
    return min(float(asked), MAX_WAIT) if asked.isdecimal() else otherwise


def http_status(error: SlackApiError) -> int:
    """The HTTP status of the answer."""
    return int(getattr(error.response, "status_code", None) or getattr(error.response, "status", None) or 0)
