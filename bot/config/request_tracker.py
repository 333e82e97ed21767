"""Where tickets are, where a Request Tracker keeps them."""

from pydantic import SecretStr, ValidationInfo, field_validator

from bot.config.environment import Base, Environment


class RequestTrackerSettings(Environment):
    """A Request Tracker 5 that is asked over REST 2; without the first two tickets are in the bot's own database."""

    #: an authentication token of an account of the bot's own
    helpdesk_rt_token: SecretStr | None = None
    #: where its pages are, such as https://rt.example.com or https://example.com/rt
    helpdesk_rt_url: Base | None = None
    #: the queue that is worked off in order
    helpdesk_rt_queue: str = "General"
    #: the queue that a person looks at first; empty: the same
    helpdesk_rt_human_queue: str = ""

    @field_validator("helpdesk_rt_url")
    @classmethod
    def _request_tracker(cls, value: str | None, found: ValidationInfo) -> str | None:
        if value and not found.data.get("helpdesk_rt_token"):
            raise ValueError("takes HELPDESK_RT_TOKEN beside it: nobody is let in without one")
        return value and value.rstrip("/")
