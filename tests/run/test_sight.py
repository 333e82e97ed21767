"""What people see of others: in direct messages, by the policy, as people are in that moment; else public fields."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import text

from bot.core import items
from bot.core.exchange import Output, Prompt, Reply
from bot.store import links
from tests.api.rig import an_api
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import Helpdesk, helpdesk
from tools.backends.directory import Directory, PersonRecord
from tools.spec import Context, Risk, tool

POLICY = """
version: 1
see:
  people: manages_subject || "it-admins" in requester.groups
  tickets: '"it-admins" in requester.groups'
"""
ADDRESS = "alex.chen@example.com"


@tool(risk=Risk.LOW, read_only=True)
async def peek(*, context: Context) -> str:
    """Say whether everybody's tickets are seen."""
    return f"tickets: {await context.sight.tickets()}"


def look(times: int = 1, user_id: str = "U-123") -> ScriptedModel:
    return ScriptedModel([call("lookup_user", user_id=user_id), say("There you are.")] * times)


async def shown(desk: Helpdesk, user: str, channel: str | None = None) -> str:
    """What the tool gave when the user asked, in a direct message unless another place is named."""
    place = channel or desk.slack.dm(user)
    thread = await desk.say(user, "who is it?", channel=place)
    await desk.settle()
    (result,) = [each for each in await desk.items(thread, place) if isinstance(each, items.ToolResult)]
    return result.output


@pytest.fixture
def policy_file(tmp_path: Path) -> Path:
    file = tmp_path / "see.yml"
    file.write_text(POLICY)
    return file


async def test_a_manager_sees_a_report_in_a_direct_message_and_a_colleague_and_a_channel_do_not(
    tmp_path: Path, policy_file: Path
) -> None:
    async with helpdesk(tmp_path, look(4), policy_file=policy_file) as desk:
        assert ADDRESS in await shown(desk, "U0MARIA")
        assert ADDRESS not in await shown(desk, "U0MARIA", "C0IT")
        assert ADDRESS not in await shown(desk, "U0SAM")
        assert ADDRESS in await shown(desk, "U0OMAR"), "IT sees everybody"


async def test_without_the_section_nobody_sees_anything_of_others(tmp_path: Path) -> None:
    async with helpdesk(tmp_path, look(2)) as desk:
        assert ADDRESS not in await shown(desk, "U0MARIA")
        assert ADDRESS not in await shown(desk, "U0OMAR")


async def test_people_read_what_they_may_see(tmp_path: Path, policy_file: Path) -> None:
    """Given a model that tells all it reads, then what Slack shows of a colleague differs by who reads it where."""

    def repeat(prompt: Prompt) -> Reply:
        read = prompt.items[-1]
        assert isinstance(read, Output)
        person = json.loads(read.text)["data"]
        return say(", ".join(f"{name}: {value}" for name, value in person.items() if name != "id"))

    public = "name: Alex Chen, department: Engineering, location: London, device: MacBook Pro M3"
    private = f"{public}, email: {ADDRESS}, manager: Maria Lopez, groups: ['engineering', 'staff']"
    model = ScriptedModel([call("lookup_user", user_id="U-123"), repeat] * 3)
    async with helpdesk(tmp_path, model, policy_file=policy_file) as desk:
        for user, place, told in (
            ("U0MARIA", desk.slack.dm("U0MARIA"), private),
            ("U0MARIA", "C0IT", public),
            ("U0SAM", desk.slack.dm("U0SAM"), public),
        ):
            thread = await desk.say(user, "who is U-123?", channel=place)
            await desk.settle()
            assert desk.transcript(thread, place)[1] == f"U0BOT: {told}"


async def test_tickets_are_seen_by_those_whom_the_policy_names(tmp_path: Path, policy_file: Path) -> None:
    model = ScriptedModel([call("peek"), say("ok")] * 3)
    async with helpdesk(tmp_path, model, tools=[peek], policy_file=policy_file) as desk:
        assert await shown(desk, "U0OMAR") == '"tickets: True"'
        assert await shown(desk, "U0OMAR", "C0IT") == '"tickets: False"'
        assert await shown(desk, "U0MARIA") == '"tickets: False"'


async def test_who_is_no_manager_any_more_sees_no_more(tmp_path: Path, policy_file: Path) -> None:
    async with helpdesk(tmp_path, look(2), policy_file=policy_file) as desk:
        assert ADDRESS in await shown(desk, "U0MARIA")
        desk.bot.kit.results._forget()
        moved = text("UPDATE people SET manager_id = 'U-102' WHERE id = 'U-123'")
        await desk.bot.database.run(lambda connection: connection.execute(moved))
        assert ADDRESS not in await shown(desk, "U0MARIA")


async def test_who_is_linked_to_nobody_or_disputed_sees_nothing(tmp_path: Path, policy_file: Path) -> None:
    async with helpdesk(tmp_path, look(1), policy_file=policy_file) as desk:
        await desk.bot.database.run(lambda connection: links.claim(connection, "U0EVE", "U-101", 1.0))
        assert ADDRESS not in await shown(desk, "U0MARIA")


async def test_who_is_in_no_directory_sees_nothing_of_others_whatever_the_policy_says(tmp_path: Path) -> None:
    """Given a policy that shows all to everybody, then that is everybody who is known."""
    file = tmp_path / "see.yml"
    file.write_text("version: 1\nsee:\n  people: 'true'\n  tickets: 'true'\n")
    async with helpdesk(tmp_path, look(2), policy_file=file) as desk:
        assert ADDRESS in await shown(desk, "U0SAM")
        users = desk.slack.workspace.users
        users["U0GIL"] = users["U0GIL"].model_copy(update={"email": "nobody@example.com"})
        assert ADDRESS not in await shown(desk, "U0GIL")


async def test_a_condition_that_fails_shows_nothing(tmp_path: Path) -> None:
    """Given a condition that the samples did not show to fail, then the private fields stay away."""
    file = tmp_path / "see.yml"
    file.write_text("""version: 1\nsee:\n  people: '1 / (subject.name == "Alex Chen" ? 0 : 1) == 1'\n""")
    async with helpdesk(tmp_path, look(), policy_file=file) as desk:
        output = await shown(desk, "U0MARIA")
        assert "Alex Chen" in output
        assert ADDRESS not in output


async def test_who_asks_is_looked_up_when_the_tool_asks(tmp_path: Path, policy_file: Path) -> None:
    """Given somebody who was deactivated, or linked to another record, after the turn began, then nothing is shown."""

    async def deactivate(desk: Helpdesk) -> None:
        users = desk.slack.workspace.users
        users["U0MARIA"] = users["U0MARIA"].model_copy(update={"deleted": True})

    async def relink(desk: Helpdesk) -> None:
        await desk.bot.database.run(lambda connection: links.link(connection, "U0MARIA", "U-102", 1.0), alone=True)

    for number, change in enumerate((deactivate, relink)):

        @tool(risk=Risk.LOW, read_only=True)
        async def meanwhile(*, directory: Directory, context: Context) -> list[bool]:
            """Look before and after."""
            before = await context.sight.person("U-123")
            await change(found[0])  # noqa: B023 -- called in this round
            assert isinstance(await directory.find("U-123"), PersonRecord)
            return [before, await context.sight.person("U-123")]

        folder = tmp_path / str(number)
        folder.mkdir()
        found: list[Helpdesk] = []
        model = ScriptedModel([call("meanwhile"), say("ok")])
        async with helpdesk(folder, model, tools=[meanwhile], policy_file=policy_file) as desk:
            found.append(desk)
            assert await shown(desk, "U0MARIA") == "[true,false]"


async def test_by_the_api_nothing_of_others_is_shown_and_nothing_that_was_remembered_of_a_direct_message(
    tmp_path: Path, policy_file: Path
) -> None:
    async with an_api(tmp_path, look(2), policy_file=policy_file) as api:
        assert ADDRESS in await shown(api.desk, "U0MARIA")
        token = await api.token(acts_for=("U0MARIA",))
        conversation = (await api.ask(token, "U0MARIA", "who is it?")).json()["conversation_id"]
        _, channel, thread = cast("tuple[str, str, str]", conversation.split(":"))
        found = await api.desk.items(thread, channel)
        (result,) = [each for each in found if isinstance(each, items.ToolResult)]
        assert "Alex Chen" in result.output
        assert ADDRESS not in result.output
        assert not result.cached


async def test_what_was_shown_is_remembered_for_the_same_person_alone(tmp_path: Path, policy_file: Path) -> None:
    async with helpdesk(tmp_path, look(3), policy_file=policy_file) as desk:

        async def asked(user: str) -> Any:
            place = desk.slack.dm(user)
            thread = await desk.say(user, "who is it?", channel=place)
            await desk.settle()
            (found,) = [each for each in await desk.items(thread, place) if isinstance(each, items.ToolResult)]
            return ADDRESS in found.output, found.cached

        assert [await asked(user) for user in ("U0MARIA", "U0MARIA", "U0SAM")] == [
            (True, False),
            (True, True),
            (False, False),
        ]
