"""The form that changes a request's arguments: what it offers, what it takes, and what follows."""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from bot.core import words
from bot.slack import edit
from bot.slack.card_words import FORGED, NOTHING_DIFFERENT
from tests.rig import helpdesk
from tests.slack.cases import GRANT, ask, code, read
from tests.slack.dialogs import asking, carded, cards, view
from tests.slack.edge import press, rows
from tools.access import grant_access
from tools.spec import Risk, tool


async def test_lowering_what_limits_it_leaves_the_editor_an_approver(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, asking("Done."), approval_channel="C0APPROVE") as desk:
        thread = await carded(desk)
        first = desk.card(thread)
        await desk.click("U0DANA", first, "edit")
        assert await desk.slack.submit("U0DANA", view(desk, "U0DANA").id, {"duration_hours": "2"}) is None
        await desk.settle()
        for copy in [desk.card(thread), *cards(desk, "C0APPROVE")]:
            assert "Version 2: <@U0DANA> changed it from what was asked" in read(copy.blocks or [])
            assert "duration_hours: 2" in read(copy.blocks or [])

        await desk.stale_click("U0OMAR", first, "approve")
        await desk.settle()
        assert desk.slack.ephemerals("U0OMAR")[-1].text == words.OLD_VERSION

        await desk.click("U0DANA", desk.card(thread), "approve")
        await desk.settle()
        start = [item for item in await desk.items(thread) if item.kind == "tool_start"]
        assert len(start) == 1
        assert "*Approved* by <@U0DANA>" in read(desk.card(thread).blocks or [])


async def test_whoever_changes_more_is_an_author_and_every_copy_follows(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, asking()) as desk:
        direct = desk.slack.dm("U0ALEX")
        await desk.say("U0ALEX", "Sam needs finance-reports", channel=direct)
        await desk.settle()
        (dana,) = cards(desk, "D0DANA")
        await desk.click("U0DANA", dana, "edit")
        form = view(desk, "U0DANA")
        await desk.slack.submit("U0DANA", form.id, {"reason": "month end, says Ingrid"})
        await desk.settle()
        copies = [card for channel in (direct, "D0DANA", "D0OMAR", "D0SAM") for card in cards(desk, channel)]
        assert len(copies) == 4
        assert all("month end, says Ingrid" in code(card.blocks or []) for card in copies)
        await desk.click("U0DANA", cards(desk, "D0DANA")[0], "approve")
        await desk.settle()
        assert "you changed its arguments" in desk.slack.ephemerals("U0DANA")[-1].text


async def test_the_form_has_every_argument_that_may_be_changed_as_it_is_now(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, asking()) as desk:
        thread = await carded(desk)
        await desk.click("U0DANA", desk.card(thread), "edit")
        fields = {
            block["block_id"]: block for block in view(desk, "U0DANA").payload["blocks"] if block["type"] == "input"
        }
        assert list(fields) == ["duration_hours", "reason"], "never whom and what it touches"
        told = read(view(desk, "U0DANA").payload["blocks"])
        assert "If you only lower the duration hours, you may still approve it. If you change anything else," in told
        hours, reason = fields["duration_hours"]["element"], fields["reason"]["element"]
        assert (hours["initial_value"], hours["min_value"], hours["max_value"]) == ("8", "1", "720")
        assert (reason["initial_value"], reason["max_length"]) == ("month end", 500)


async def test_what_does_not_fit_is_told_at_its_field_and_changes_nothing(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, asking()) as desk:
        thread = await carded(desk)
        await desk.click("U0DANA", desk.card(thread), "edit")
        form, stored = view(desk, "U0DANA"), await rows(desk, "inbox")
        assert await desk.slack.submit("U0DANA", form.id, {}) == {"duration_hours": NOTHING_DIFFERENT}
        refused = await desk.slack.submit("U0DANA", form.id, {"reason": " \n "})
        assert refused == {"reason": "This does not have the right form."}
        assert await rows(desk, "inbox") == stored


async def test_a_forged_form_or_button_changes_nothing(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, asking()) as desk:
        thread = await carded(desk)
        stored = await rows(desk, "inbox")
        for action in ("edit", "view", "undo"):
            payload = press(desk, "U0DANA", desk.card(thread), "approve", "f" * 32)
            payload["actions"][0]["action_id"] = f"approval.{action}"
            await desk.slack.raw_action(payload)
            assert desk.slack.ephemerals("U0DANA")[-1].text == FORGED
        assert await rows(desk, "inbox") == stored


@tool(risk=Risk.HIGH)
async def order(  # noqa: PLR0917 -- a kind of argument each
    size: Literal["small", "large"],
    count: int,
    price: float,
    express: bool,
    note: str | None,
    colour: Annotated[str, Field(max_length=20)] = "grey",
    tags: list[str] | None = None,
) -> str:
    """Order something."""
    return f"{size}{count}{price}{express}{note}{colour}{tags}"


ORDER = {"size": "small", "count": 1, "price": 1.0, "express": False, "note": None, "tags": ["a"]}


@pytest.mark.parametrize(
    ("name", "entry", "expected"),
    [
        ("size", {"selected_option": {"value": "large"}}, "large"),
        ("count", {"value": "7"}, 7),
        ("price", {"value": "2.5"}, 2.5),
        ("express", {"selected_option": {"value": "true"}}, True),
        ("note", {"value": "<!channel> & co"}, "<!channel> & co"),
        ("colour", {"value": "red"}, "red"),
    ],
)
def test_each_kind_of_argument_keeps_its_type_and_the_others_stay_as_stored(
    name: str, entry: dict[str, Any], expected: object
) -> None:
    request = ask(ORDER, tool="order", subject=None, resource=None).request
    offered = edit.fields(request, order)
    assert [each.name for each in offered] == ["size", "count", "price", "express", "note", "colour"]
    untouched = {each.name: {each.name: _as_it_is(each)} for each in offered}
    entered = edit.entered(request, order, offered, untouched | {name: {name: entry}})
    assert isinstance(entered, str)
    assert json.loads(entered) == ORDER | {name: expected}
    assert type(json.loads(entered)["price"]) is float


def test_an_optional_argument_can_be_emptied_and_a_needed_one_cannot() -> None:
    given = ORDER | {"note": "soon", "colour": "red"}
    request = ask(given, tool="order", subject=None, resource=None).request
    offered = edit.fields(request, order)
    as_it_is = {each.name: {each.name: _as_it_is(each)} for each in offered}
    empty: dict[str, Any] = {"value": None}
    emptied = edit.entered(request, order, offered, as_it_is | {"note": {"note": empty}, "colour": {"colour": empty}})
    assert isinstance(emptied, str)
    assert json.loads(emptied) == ORDER
    assert edit.entered(request, order, offered, as_it_is | {"count": {"count": empty}}) == {"count": "This is needed."}
    assert edit.entered(request, order, offered, as_it_is | {"count": {"count": {"value": "x"}}}) == {
        "count": "This is not a number."
    }


def test_a_text_longer_than_a_form_can_hold_is_not_offered() -> None:
    request = ask(GRANT | {"reason": "x" * 3_001}).request
    assert [each.name for each in edit.fields(request, grant_access)] == ["duration_hours"]


def _as_it_is(field: edit.Field) -> dict[str, Any]:
    """What Slack sends of an input that nobody touched."""
    if field.value is None:
        return {"value": None}
    text = field.value if isinstance(field.value, str) else json.dumps(field.value)
    return {"selected_option": {"value": text}} if field.kind in ("choice", "flag") else {"value": text}
