"""Every way this project says no, drawn as one tree. What tools raise (TryAgain, ToolFailed) lives in tools/spec.py.

HelpdeskError
├── ConfigError         a setting is wrong or missing; the message names it and how to get the value
├── ModelError          the model gave no usable reply
│   ├── ModelUnavailable    try again later (timeouts, 429, 5xx, unreachable)
│   │   ├── NotAsked            it failed so often that it is left alone for a while
│   │   └── NotLooked           what it would be asked could not be looked at before
│   └── ModelRejected       the same request will fail again (401, 403, 404, 400)
├── LostClaim           another worker writes this conversation now; the step is abandoned
├── Stopped             everything was frozen between the last look and a start; the step is abandoned
├── Unreadable          a file that cannot be read, for good; the message is a sentence for people
├── NotInstalled        the bot is not installed in this workspace, or not any more
├── Unanswered          an outside source did not answer; neither yes nor no
└── NotYet              it cannot be known or begun now; wait and look again, never yes or no
"""


class HelpdeskError(Exception):
    """The root: everything we raise on purpose."""


class ConfigError(HelpdeskError):
    """A setting is wrong or missing."""


class ModelError(HelpdeskError):
    """The model gave no usable reply."""


class ModelUnavailable(ModelError):
    """The provider cannot answer now.

    `retry_after` is in seconds, where the provider named one.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotAsked(ModelUnavailable):
    """The provider failed so often lately that the request was not made."""


class NotLooked(ModelUnavailable):
    """Nobody could say whether text is harmful; that is no failure of the model's provider."""


class ModelRejected(ModelError):
    """The provider refuses this request; repeating it changes nothing."""


class LostClaim(HelpdeskError):
    """Another worker writes this conversation now."""


class Stopped(HelpdeskError):
    """Everything above low risk stands still since the last look."""


class NotInstalled(HelpdeskError):
    """We have no token for this tenant."""


class Unanswered(HelpdeskError):
    """An outside source did not answer; `wait` is how many seconds it asks for."""

    def __init__(self, message: str, wait: float = 2) -> None:
        super().__init__(message)
        self.wait = wait


class Unreadable(HelpdeskError):
    """A file cannot be read; the message tells people why."""


class NotYet(HelpdeskError):
    """It cannot be known or begun now; look again after `wait` seconds."""

    def __init__(self, message: str, wait: float = 2) -> None:
        super().__init__(message)
        self.wait = wait
