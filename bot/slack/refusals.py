"""What Slack's refusals mean: that it was not the moment, that it refuses us, or that it will never take it."""

from http import HTTPStatus

from slack_sdk.errors import SlackApiError

from bot.slack.client import error_code, http_status

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
