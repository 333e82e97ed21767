"""How a Web API call is refused: Slack's own error code, and the list of what is wrong where Slack gives one."""


class ApiError(Exception):
    """Slack says no."""

    def __init__(self, code: str, messages: list[str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.messages = messages or []

    def body(self) -> dict[str, object]:
        """The JSON answer, `response_metadata` included only where Slack has something to explain."""
        answer: dict[str, object] = {"ok": False, "error": self.code}
        if self.messages:
            answer["errors"] = [m.removeprefix("[ERROR] ") for m in self.messages]
            answer["response_metadata"] = {"messages": self.messages}
        return answer


class Unseen(LookupError):
    """This person does not see that message, button or view, so cannot use it."""
