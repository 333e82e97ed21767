"""The elements of blocks as Slack accepts them: buttons, choices and inputs, with their limits.

Limits are those of Slack's reference pages of the block elements; what they leave open is left open here.
"""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from bot.playground.messages import Json
from bot.playground.schema import Chars, Flag, Kinds, Many, OneOf, Rule, Shape, Text, Whole, complaint

ID = Chars(255)
_CONFIRM = Shape(
    {"title": Text(100, plain=True), "text": Text(300), "confirm": Text(30, plain=True), "deny": Text(30, plain=True)},
    {"style": OneOf(("primary", "danger"))},
)
_PLACEHOLDER: dict[str, Rule] = {"placeholder": Text(150, plain=True), "focus_on_load": Flag()}
#: options of selects are plain text, those of checkboxes may be mrkdwn
_OPTION = Shape({"text": Text(75, plain=True), "value": Chars(150)}, {"description": Text(75, plain=True)})
_TICK = Shape({"text": Text(75), "value": Chars(150)}, {"description": Text(75)})
_DISPATCH = Shape(
    {"trigger_actions_on": Many(OneOf(("on_enter_pressed", "on_character_entered")), 2)},
)
IMAGE = Shape({"image_url": Chars(3000), "alt_text": Chars(2000)})
BUTTON = Shape(
    {"text": Text(75, plain=True)},
    {
        "action_id": ID,
        "value": Chars(2000),
        "url": Chars(3000),
        "style": OneOf(("primary", "danger")),
        "confirm": _CONFIRM,
        "accessibility_label": Chars(75),
    },
)
_SELECT = Shape(
    {"options": Many(_OPTION, 100)},
    {"action_id": ID, "initial_option": _OPTION, "confirm": _CONFIRM, **_PLACEHOLDER},
)
_CHECKBOXES = Shape(
    {"options": Many(_TICK, 10)},
    {"action_id": ID, "initial_options": Many(_TICK, 10), "confirm": _CONFIRM, "focus_on_load": Flag()},
)
_FEEDBACK = Shape({"text": Text(75, plain=True), "value": Chars(2000)}, {"accessibility_label": Chars(75)})
_PLAIN_TEXT_INPUT = Shape(
    {},
    {
        "action_id": ID,
        "initial_value": Chars(3000, 0),
        "multiline": Flag(),
        "min_length": Whole(0, 3000),
        "max_length": Whole(1, 3000),
        "dispatch_action_config": _DISPATCH,
        **_PLACEHOLDER,
    },
)
_NUMBER_INPUT = Shape(
    {"is_decimal_allowed": Flag()},
    {
        "action_id": ID,
        "initial_value": Chars(50),
        "min_value": Chars(50),
        "max_value": Chars(50),
        "dispatch_action_config": _DISPATCH,
        **_PLACEHOLDER,
    },
)
#: what may stand in sections and actions, and what may stand in an input block
INTERACTIVE: dict[str, Rule] = {"button": BUTTON, "static_select": _SELECT, "checkboxes": _CHECKBOXES}
INPUTS = Kinds(
    {
        "plain_text_input": _PLAIN_TEXT_INPUT,
        "number_input": _NUMBER_INPUT,
        "static_select": _SELECT,
        "checkboxes": _CHECKBOXES,
    }
)
CONTEXT_ELEMENT = Kinds(
    {
        "image": IMAGE,
        "plain_text": Shape({"text": Chars(2000)}, {"emoji": Flag()}),
        "mrkdwn": Shape({"text": Chars(2000)}, {"verbatim": Flag()}),
    }
)
CONTEXT_ACTION = Kinds(
    {
        "feedback_buttons": Shape({"positive_button": _FEEDBACK, "negative_button": _FEEDBACK}, {"action_id": ID}),
        "icon_button": Shape(
            {"icon": OneOf(("trash",)), "text": Text(75, plain=True)},
            {
                "action_id": ID,
                "value": Chars(2000),
                "confirm": _CONFIRM,
                "accessibility_label": Chars(75),
                "visible_to_user_ids": Many(ID, 10),
            },
        ),
    }
)


def number(text: str) -> Decimal | None:
    """The finite number a text is, else None."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def own_complaints(block: Json, at: str) -> Iterator[str]:
    """What is wrong between the fields of an element although each is well-formed."""
    parts = [(f"{at}/elements/{i}", part) for i, part in enumerate(block.get("elements", []))]
    parts += [(f"{at}/{key}", block[key]) for key in ("accessory", "element") if key in block]
    for where, part in parts:
        match part.get("type"):
            case "number_input":
                yield from _number_complaints(part, where)
            case "static_select":
                yield from _initial_complaints(
                    [part["initial_option"]] if "initial_option" in part else [], part, where
                )
            case "checkboxes":
                yield from _initial_complaints(part.get("initial_options", []), part, where)
            case "plain_text_input" if part.get("min_length", 0) > part.get("max_length", 3000):
                yield complaint("min_length must not be greater than max_length", f"{where}/min_length")


def _number_complaints(part: Json, at: str) -> Iterator[str]:
    """Numbers travel as text; the least is not above the most, and the first value lies between them."""
    values = {name: number(part[name]) for name in ("min_value", "max_value", "initial_value") if name in part}
    yield from (complaint("must be a number", f"{at}/{name}") for name, value in values.items() if value is None)
    least, most, first = (values.get(name) for name in ("min_value", "max_value", "initial_value"))
    if least is not None and most is not None and least > most:
        yield complaint("min_value must not be greater than max_value", f"{at}/min_value")
    if first is not None and ((least is not None and first < least) or (most is not None and first > most)):
        yield complaint("initial_value must be between min_value and max_value", f"{at}/initial_value")
    if first is not None and not part["is_decimal_allowed"] and first != int(first):
        yield complaint("initial_value must be a whole number", f"{at}/initial_value")


def _initial_complaints(chosen: list[Json], part: Json, at: str) -> Iterator[str]:
    if any(option not in part["options"] for option in chosen):
        name = "initial_option" if part["type"] == "static_select" else "initial_options"
        yield complaint(f"{name} must exactly match one of the provided options", f"{at}/{name}")
