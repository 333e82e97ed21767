"""Access on a SCIM server, asked for in Slack: approved, given, seen there, and over when its time is."""

from pathlib import Path

from bot.model.demo import DemoModel
from tests.rig import helpdesk
from tests.slack.edge import Clock
from tests.tools.office import ADMINS
from tests.tools.scim import TOKEN, scim_world
from tests.waiting import until
from tools.backends.access import Access
from tools.backends.directory import Directory
from tools.backends.elsewhere.access import ServerAccess
from tools.backends.embedded import Booked
from tools.backends.scim.directory import ScimDirectory
from tools.backends.scim.server import server


async def test_access_is_given_on_the_server_once_it_is_approved_and_ends_there_by_the_clock(tmp_path: Path) -> None:
    clock = Clock()
    with scim_world() as world:
        async with server(world.url, TOKEN) as asked:
            systems = {
                Directory: ScimDirectory(server=asked, admins=ADMINS),
                Access: Booked(lambda database, _: ServerAccess(server=asked, database=database, admins=ADMINS)),
            }
            async with helpdesk(tmp_path, DemoModel(), now=clock, systems=systems, demo_people=False) as desk:
                thread = await desk.say("U0ALEX", "Please give me access to vpn-users for 8 hours for my on-call")
                await desk.settle()
                assert "vpn-users" in str(desk.card(thread).blocks)
                assert "U-123" not in world.members("vpn-users")

                await desk.click("U0DANA", desk.card(thread), "approve")
                await desk.settle()
                assert "U-123" in world.members("vpn-users")
                assert "Done" in str(desk.card(thread).blocks)

                clock.pass_(8 * 3_600 + 60)
                await until(lambda: "U-123" not in world.members("vpn-users"))


async def test_passwords_are_nothing_for_people_whose_accounts_are_elsewhere(tmp_path: Path) -> None:
    with scim_world() as world:
        async with server(world.url, TOKEN) as asked:
            systems = {Directory: ScimDirectory(server=asked, admins=ADMINS)}
            async with helpdesk(tmp_path, DemoModel(), systems=systems) as desk:
                assert not {"reset_password", "unlock_account"} & desk.bot.kit.tools.keys()
                assert desk.bot.passwords is None
