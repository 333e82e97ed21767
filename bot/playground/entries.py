"""What a person entered in a view or chose in it: `state.values`, and what Slack's own client refuses to submit.

The client's sentences are ours; when it refuses is Slack's.
"""

from collections.abc import Mapping
from typing import Any

from bot.playground.block_elements import number
from bot.playground.errors import Unseen
from bot.playground.messages import STATEFUL, Json, elements

REQUIRED = "Please complete this required field."
#: characters of a plain_text_input that names no limit
TEXT_CHARACTERS = 3000


def entered(blocks: list[Json], before: Json, values: Mapping[str, Any]) -> Json:
    """`state.values` after `values` were entered over `before`; what nobody touched is what the element began with.

    `values` is `{block_id: value}` or `{block_id: {action_id: value}}`: a text, a number or its text, the value of an
    option, or for checkboxes a list of these; None and "" clear. Raises Unseen for what the view does not have.
    """
    state: Json = {}
    for block_id, element in elements(blocks):
        if element["type"] in STATEFUL:
            given = _given(values, block_id, element["action_id"])
            old = before.get(block_id, {}).get(element["action_id"])
            fresh = given[0] if given else _initial(element)
            state.setdefault(block_id, {})[element["action_id"]] = old if old and not given else _entry(element, fresh)
    if unknown := sorted(values.keys() - state.keys()):
        raise Unseen(f"no block to fill in: {', '.join(unknown)}")
    return state


def problems(blocks: list[Json], state: Json) -> dict[str, str]:
    """The errors by block id that the client shows before it submits anything."""
    found = {}
    for block in blocks:
        if block["type"] == "input":
            element, block_id = block["element"], block["block_id"]
            if problem := _problem(
                element, state[block_id][element["action_id"]], optional=block.get("optional", False)
            ):
                found[block_id] = problem
    return found


def _given(values: Mapping[str, Any], block_id: str, action_id: str) -> list[Any]:
    """The value given for an element, or nothing."""
    if block_id not in values:
        return []
    value = values[block_id]
    if isinstance(value, Mapping):
        return [value[action_id]] if action_id in value else []
    return [value]


def _initial(element: Json) -> Any:
    match element["type"]:
        case "static_select":
            return element.get("initial_option", {}).get("value")
        case "checkboxes":
            return [option["value"] for option in element.get("initial_options", [])]
    return element.get("initial_value")


def _entry(element: Json, given: Any) -> Json:
    """An item of `state.values`."""
    kind = {"type": element["type"]}
    match element["type"]:
        case "static_select":
            return kind | {"selected_option": _option(element, given) if given else None}
        case "checkboxes":
            return kind | {"selected_options": [_option(element, value) for value in given or ()]}
    return kind | {"value": str(given) if given not in (None, "") else None}


def _option(element: Json, value: str) -> Json:
    found = [option for option in element["options"] if option["value"] == value]
    if not found:
        raise Unseen(f"{element['action_id']} has no option {value!r}")
    chosen: Json = found[0]
    return chosen


def _problem(element: Json, entry: Json, *, optional: bool) -> str | None:
    given = entry.get("value") or entry.get("selected_option") or entry.get("selected_options")
    if not given:
        return None if optional else REQUIRED
    match element["type"]:
        case "plain_text_input":
            return _length_problem(element, given)
        case "number_input":
            return _number_problem(element, given)
    return None


def _length_problem(element: Json, given: str) -> str | None:
    most, least = element.get("max_length", TEXT_CHARACTERS), element.get("min_length", 0)
    if len(given) > most:
        return f"Please shorten this to {most} characters or fewer."
    return f"Please lengthen this to {least} characters or more." if len(given) < least else None


def _number_problem(element: Json, given: str) -> str | None:
    value, least, most = number(given), element.get("min_value"), element.get("max_value")
    if value is None:
        return "Please enter a number."
    if not element["is_decimal_allowed"] and value != int(value):
        return "Please enter a whole number."
    if least is not None and value < (number(least) or 0):
        return f"Please enter {least} or more."
    return f"Please enter {most} or less." if most is not None and value > (number(most) or 0) else None
