"""Logs leave out names of people in a directory that cannot say whom it knows: of those whom the bot finds, or met."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from bot.telemetry.names import heard
from bot.telemetry.redact import Redactor
from tests.fakes.model import ScriptedModel, call, say
from tests.rig import Helpdesk, helpdesk
from tests.tools.scim import TOKEN, scim_world
from tests.waiting import until
from tools.backends.directory import Directory
from tools.backends.scim.directory import ScimDirectory
from tools.backends.scim.server import server


async def test_who_is_found_is_left_out_at_once_and_who_was_met_before_after_a_start(tmp_path: Path) -> None:
    """Given Alex, who asked for Sam: then both names are left out; after a start that of Alex, who is linked, is."""
    with scim_world() as world:
        async with server(world.url, TOKEN) as asked:
            people = {Directory: ScimDirectory(server=asked)}

            def desk_of(redactor: Redactor, *replies: object, **more: object) -> AbstractAsyncContextManager[Helpdesk]:
                return helpdesk(tmp_path, ScriptedModel(replies), systems=people, log_content=redactor, **more)  # type: ignore[arg-type]

            first = Redactor()
            async with desk_of(first, call("lookup_user", user_id="U-456"), say("Sam.")) as desk:
                await desk.say("U0ALEX", "who is U-456?")
                await desk.settle()
                slack = desk.slack
                assert first("Alex Chen and Sam Patel, not Dana Kim") == "[name] and [name], not Dana Kim"
            second = Redactor()
            async with desk_of(second, slack=slack):
                await until(lambda: second("Alex Chen") == "[name]")
                assert second("Sam Patel") == "Sam Patel", "nobody looked for him since"


def test_a_directory_is_heard_only_where_something_is_to_be_left_out() -> None:
    systems: Mapping[type, object] = {Directory: object()}
    assert heard(systems, None) is systems
    assert heard({}, Redactor()) == {}
    assert heard(systems, Redactor())[Directory] is not systems[Directory]


async def test_a_directory_that_is_away_stops_nobody(tmp_path: Path) -> None:
    with scim_world() as world:
        async with server(world.url, TOKEN) as asked:
            people = {Directory: ScimDirectory(server=asked)}
            async with helpdesk(tmp_path, ScriptedModel([say("Hi.")]), systems=people) as desk:
                await desk.say("U0ALEX", "hello")
                await desk.settle()
                slack = desk.slack
            world.down = True
            world.asked.clear()
            redactor = Redactor()
            model = ScriptedModel()
            async with helpdesk(tmp_path, model, systems=people, log_content=redactor, slack=slack) as desk:
                await until(lambda: bool(world.asked))
                assert await desk.bot.ready()
            assert redactor("Alex Chen") == "Alex Chen"
