"""A directory on an LDAP server, asked for in Slack: access is given and ends, an account is unlocked and reset."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from bot.model.demo import DemoModel
from tests.rig import Helpdesk, helpdesk
from tests.slack.edge import Clock, answers, links
from tests.tools.ldap import LdapWorld, ldap_world
from tests.tools.ldap_office import ldap_server
from tests.tools.office import ADMINS
from tests.waiting import until
from tools.backends.access import Access
from tools.backends.accounts import Locks, Passwords, Redemption
from tools.backends.directory import Directory
from tools.backends.elsewhere.access import ServerAccess
from tools.backends.elsewhere.accounts import ServerLocks, ServerPasswords
from tools.backends.embedded import Booked

PASSWORD = SecretStr("correct horse battery staple")


@asynccontextmanager
async def at_work(folder: Path, clock: Clock) -> AsyncIterator[tuple[Helpdesk, LdapWorld]]:
    """The bot over a server, with the demo's people there alone."""
    with ldap_world() as world:
        async with ldap_server(world.port) as asked:
            from tools.backends.ldap.directory import LdapDirectory  # noqa: PLC0415 -- an extra

            systems = {
                Directory: LdapDirectory(server=asked, admins=ADMINS),
                Access: Booked(lambda database, _: ServerAccess(server=asked, database=database, admins=ADMINS)),
                Locks: Booked(lambda database, _: ServerLocks(server=asked, database=database)),
                Passwords: Booked(lambda database, _: ServerPasswords(server=asked, database=database)),
            }
            async with helpdesk(folder, DemoModel(), now=clock, systems=systems, demo_people=False) as desk:
                yield desk, world


async def approved(desk: Helpdesk, text: str) -> str:
    """The thread in which Alex asked for that, once Dana approved it and it is done."""
    thread = await desk.say("U0ALEX", text)
    await desk.settle()
    await desk.click("U0DANA", desk.card(thread), "approve")
    await desk.settle()
    return thread


async def test_access_is_given_on_the_server_once_it_is_approved_and_ends_there_by_the_clock(tmp_path: Path) -> None:
    clock = Clock()
    async with at_work(tmp_path, clock) as (desk, world):
        assert "U-123" not in world.members("vpn-users")
        await approved(desk, "Please give me access to vpn-users for 8 hours for my on-call")
        assert "U-123" in world.members("vpn-users")
        clock.pass_(8 * 3_600 + 60)
        await until(lambda: "U-123" not in world.members("vpn-users"))


async def test_an_account_is_unlocked_and_a_password_set_there(tmp_path: Path) -> None:
    clock = Clock()
    async with at_work(tmp_path, clock) as (desk, world):
        sam = world.place("U-456")
        thread = await approved(desk, "Please unlock the account of U-456")
        assert not world.read(sam, "pwdAccountLockedTime")
        assert "unlocked" in (await answers(desk, thread))[-1]

        await approved(desk, "Please reset the password of U-456")
        (message,) = links(desk)
        token = re.search(r"token=([\w-]+)", str(message.blocks))
        assert token
        assert desk.bot.passwords
        assert await desk.bot.passwords.redeem(SecretStr(token[1]), PASSWORD, clock()) is Redemption.CHANGED
        assert world.signs_in("U-456", PASSWORD.get_secret_value())


async def test_who_asks_while_the_server_is_away_is_answered_once_it_is_back(tmp_path: Path) -> None:
    async with at_work(tmp_path, Clock()) as (desk, world):
        world.stop()
        thread = await desk.say("U0ALEX", "Please unlock the account of U-456")
        await asyncio.sleep(0.5)
        world.start()
        await desk.settle(30)
        assert "U-456" in str(desk.card(thread).blocks)
        assert world.read(world.place("U-456"), "pwdAccountLockedTime")
