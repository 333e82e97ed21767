"""What people do with buttons, modals, shortcuts and commands; the app hears of it at once and only once."""

from bot.playground import interactions
from bot.playground.arguments import Arguments
from bot.playground.delivery import Answer, Endpoint, Kind, NoAnswer, Outbox
from bot.playground.entries import entered, problems
from bot.playground.errors import ApiError, Unseen
from bot.playground.interactions import Pressed
from bot.playground.messages import Json
from bot.playground.methods.views import new_hash, place
from bot.playground.people import People
from bot.playground.responses import Responses
from bot.playground.triggers import ResponseUrl
from bot.playground.views import View, check_view
from bot.playground.workspace import Workspace

#: The status of an interaction that the app did not answer in time.
SILENCE = 0
#: What Slack shows in a modal whose submission failed; its key among the errors is "".
TROUBLE = {"": "We had some trouble connecting. Try again?"}


class Gestures(People):
    """All that a person can do in the local Slack."""

    def __init__(self, workspace: Workspace, outbox: Outbox, endpoint: Endpoint, base_url: str) -> None:
        super().__init__(workspace, outbox)
        self.endpoint = endpoint
        self.responses = Responses(workspace)
        #: where this local Slack is reached; response URLs begin with it
        self.base_url = base_url

    async def click(
        self, user: str, channel: str, ts: str, action_id: str, *, value: Pressed = None, values: Json | None = None
    ) -> int:
        """Press a button of a message, or choose `value` in its select; returns the app's HTTP status (0: none).

        `values` is what the person chose in the message before, as for `submit`.
        """
        message = self._visible(user, channel, ts)
        pressed = interactions.action(message.blocks, action_id, value, self.workspace.next_ts())
        payload = interactions.frame("block_actions", self.workspace.users[user])
        payload |= interactions.on_message(message, self._name(channel), pressed, values)
        payload["response_url"] = self._response_url(user, channel, ts)
        return await self._triggered(user, payload)

    async def click_view(
        self, user: str, view_id: str, action_id: str, *, value: Pressed = None, values: Json | None = None
    ) -> int:
        """Press a button in a modal or in App Home; `values` is what is filled in around it, as for `submit`."""
        view = self._own_view(user, view_id)
        pressed = interactions.action(view.payload["blocks"], action_id, value, self.workspace.next_ts())
        view.values = entered(view.payload["blocks"], view.values, values or {})
        payload = interactions.frame("block_actions", self.workspace.users[user])
        return await self._triggered(user, payload | interactions.on_view(view, pressed))

    async def submit(self, user: str, view_id: str, values: Json) -> dict[str, str] | None:
        """Submit a modal: the errors by block id, or nothing if it was accepted.

        `values` is as for `entries.entered`. Required fields, lengths and numbers are checked first, as Slack's client
        does.
        """
        view = self._own_view(user, view_id)
        if "submit" not in view.payload:
            raise Unseen(f"{view_id} has no submit button")
        blocks = view.payload["blocks"]
        view.values = entered(blocks, view.values, values)
        if errors := problems(blocks, view.values):
            return errors
        payload = interactions.frame("view_submission", self.workspace.users[user])
        payload |= {"view": view.wire(), "response_urls": [], "trigger_id": self.workspace.triggers.trigger(user)}
        answer = await self._post(payload)
        if answer is None or not answer.taken:
            return TROUBLE
        return self._respond(view, answer.payload)

    def _respond(self, view: View, answer: Json) -> dict[str, str] | None:
        """Do what the app's `response_action` says; without one the modal closes."""
        stack = self.workspace.stack(view.user)
        try:
            match answer.get("response_action"):
                case "errors":
                    return _shown(view, answer["errors"])
                case "update":
                    check_view(answer["view"], "modal")
                    view.replace(answer["view"], new_hash(self.workspace))
                case "push":
                    check_view(answer["view"], "modal")
                    place(self.workspace, view.user, answer["view"], on_top=True)
                case "clear":
                    stack.clear()
                case _ if view in stack:
                    stack.remove(view)
        except (ApiError, KeyError, AttributeError):
            return TROUBLE
        self.workspace.keep_views(view.user)
        return None

    async def close_view(self, user: str, view_id: str) -> None:
        """Close a modal; the app is told if it asked to be."""
        view = self._own_view(user, view_id)
        stack = self.workspace.stack(user)
        if view not in stack:
            raise Unseen("App Home cannot be closed")
        cleared = bool(view.payload.get("clear_on_close"))
        gone = list(reversed(stack)) if cleared else [view]
        stack[:] = [each for each in stack if each not in gone]
        self.workspace.keep_views(user)
        for each in gone:
            if each.payload.get("notify_on_close"):
                payload = interactions.frame("view_closed", self.workspace.users[user])
                await self._post(payload | {"view": each.wire(), "is_cleared": cleared})

    async def shortcut(self, user: str, channel: str, ts: str, callback_id: str) -> int:
        """Use a message shortcut."""
        message = self._visible(user, channel, ts)
        payload = interactions.frame("message_action", self.workspace.users[user])
        payload |= {"callback_id": callback_id, "message": message.wire(), "message_ts": ts}
        payload |= {"channel": {"id": channel, "name": self._name(channel)}, "action_ts": self.workspace.next_ts()}
        payload["response_url"] = self._response_url(user, channel, ts)
        return await self._triggered(user, payload)

    async def command(self, user: str, channel: str, command: str, text: str = "") -> int:
        """Use a slash command; a JSON or text answer is shown as Slack shows it, to this person only by default."""
        self._seen(user, channel)
        fields = interactions.command(self.workspace.users[user], channel, self._name(channel), command, text)
        fields["trigger_id"] = self.workspace.triggers.trigger(user)
        fields["response_url"] = self._response_url(user, channel, None)
        answer = await self._send("slash_commands", fields)
        if answer is not None and answer.taken and answer.payload:
            place = ResponseUrl(user, channel, None, self.workspace.now())
            self.responses.respond(place, Arguments(answer.payload))
        return answer.status if answer is not None else SILENCE

    async def raw_action(self, payload: Json) -> int:
        """Send any interaction payload, correctly signed: for forgeries in tests."""
        answer = await self._post(payload)
        return answer.status if answer is not None else SILENCE

    # -- sending ------------------------------------------------------------------------------------------------

    async def _triggered(self, user: str, payload: Json) -> int:
        payload["trigger_id"] = self.workspace.triggers.trigger(user)
        return await self.raw_action(payload)

    async def _post(self, payload: Json) -> Answer | None:
        return await self._send("interactive", payload)

    async def _send(self, kind: Kind, payload: Json) -> Answer | None:
        try:
            return await self.endpoint.send(kind, self.workspace.team.labelled(payload))
        except NoAnswer:
            return None

    # -- finding ------------------------------------------------------------------------------------------------

    def _own_view(self, user: str, view_id: str) -> View:
        self._active(user)
        home = self.workspace.homes.get(user)
        for view in [*self.workspace.stack(user), *([home] if home else [])]:
            if view.id == view_id:
                return view
        raise Unseen(f"{user} has no view {view_id}")

    def _name(self, channel: str) -> str:
        return self.workspace.channels[channel].name if channel in self.workspace.channels else "directmessage"

    def _response_url(self, user: str, channel: str, ts: str | None) -> str:
        return f"{self.base_url}/response/{self.workspace.triggers.response(user, channel, ts)}"


def _shown(view: View, errors: Json) -> dict[str, str]:
    """The app's errors, where each names an input block of the view; else Slack shows trouble."""
    inputs = {block["block_id"] for block in view.payload["blocks"] if block["type"] == "input"}
    well_formed = errors and errors.keys() <= inputs and all(isinstance(said, str) for said in errors.values())
    return dict(errors) if well_formed else TROUBLE
