"""Accounts on an LDAP server: what its policy refuses is explained, and a link is used once, whoever dies when."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from bot.api import reset
from bot.run.kit import utc_now
from tests.tools.ldap_office import LdapOffice, ldap_office, ldap_server
from tests.tools.ldap_proxy import proxy
from tests.tools.rig import NOW, Desk, OwnDatabase
from tests.tools.slapd import PEOPLE_BASE, SUFFIX
from tests.tools.test_office_accounts import NEWER, PASSWORD, TOKEN, issue, redeem
from tools.backends.access import Granted
from tools.backends.accounts import LINK_VALID, PasswordRefused, Passwords, Redemption, ResetLink, token_hash
from tools.backends.elsewhere.access import ServerAccess
from tools.backends.elsewhere.accounts import ServerPasswords
from tools.backends.failures import DIRECTORY, DOWN, REFUSED, UNREADABLE
from tools.spec import ToolFailed

POLICY = f"cn=policy,{SUFFIX}"
SAM = "U-456"
LATER = NOW + LINK_VALID


@pytest.fixture
async def office(database: OwnDatabase, desk: Desk) -> AsyncIterator[LdapOffice]:
    async with ldap_office(database, desk) as made:
        yield made


def page_of(passwords: Passwords) -> httpx2.AsyncClient:
    """A browser at the page where links lead."""
    transport = httpx2.ASGITransport(Starlette(routes=reset.routes(passwords)))
    return httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1")


async def refused(office: LdapOffice, password: str) -> str:
    with pytest.raises(PasswordRefused) as told:
        await office.passwords.redeem(TOKEN, SecretStr(password), NOW)
    return str(told.value)


async def test_what_the_policy_refuses_is_explained_and_the_link_stays(office: LdapOffice) -> None:
    await issue(office)
    assert await refused(office, "abcdefghi jkl") == "The directory asks for a longer password."
    old = "You have had this password before. Choose another one."
    assert await refused(office, f"the old password of {SAM}") == old
    office.world.change(POLICY, "pwdMinAge", "3600")
    office.world.change(office.world.place(SAM), "userPassword", "set by hand a moment ago")
    assert "may not be changed again yet" in await refused(office, PASSWORD.get_secret_value())
    office.world.change(POLICY, "pwdMinAge", "0")
    assert await redeem(office) is Redemption.CHANGED
    assert await office.has_password(SAM, PASSWORD)


async def test_a_policy_that_asks_for_the_old_password_is_for_it_to_change(office: LdapOffice) -> None:
    office.world.change(POLICY, "pwdSafeModify", "TRUE")
    await issue(office)
    with pytest.raises(ToolFailed, match=DIRECTORY.says(REFUSED)):
        await redeem(office)
    office.world.change(POLICY, "pwdSafeModify", "FALSE")
    assert await redeem(office) is Redemption.CHANGED


async def test_who_has_to_choose_another_password_at_once_signs_in_too(office: LdapOffice) -> None:
    sam, old = office.world.place(SAM), SecretStr(f"the old password of {SAM}")
    office.world.change(sam, "pwdAccountLockedTime", op=1)
    office.world.change(POLICY, "pwdMustChange", "TRUE")
    office.world.change(sam, "pwdReset", "TRUE")
    assert await office.server.client.signs_in(sam, old)
    assert not await office.server.client.signs_in(sam, PASSWORD)


async def test_the_page_of_a_link_tells_why_a_password_is_refused(office: LdapOffice) -> None:
    await office.passwords.issue(ResetLink(SAM, token_hash(TOKEN), utc_now() + LINK_VALID), "k1", utc_now())
    async with page_of(office.passwords) as page:
        sent = {"token": TOKEN.get_secret_value(), "password": f"the old password of {SAM}"}
        answer = await page.post("/reset", data=sent)
        assert "You have had this password before" in answer.text
        assert TOKEN.get_secret_value() in answer.text
        answer = await page.post("/reset", data={**sent, "password": PASSWORD.get_secret_value()})
        assert "Your password is set" in answer.text


async def test_a_link_of_somebody_who_left_meanwhile_sets_nothing(office: LdapOffice) -> None:
    await issue(office)
    office.world.change(office.world.place(SAM), "pwdAccountLockedTime", "000001010000Z")
    assert await redeem(office) is Redemption.UNKNOWN
    assert office.world.read(office.world.place(SAM), "pwdAccountLockedTime")


async def test_of_two_with_one_id_nobody_gets_the_others_password_or_access(office: LdapOffice) -> None:
    """Given an id that was used again while its first owner was still there."""
    await issue(office)
    office.world.add_person(SAM, dn=f"uid=another,{PEOPLE_BASE}")
    with pytest.raises(ToolFailed, match=DIRECTORY.says(UNREADABLE)):
        await redeem(office)
    assert not await office.has_password(SAM, PASSWORD)
    with pytest.raises(ToolFailed, match=DIRECTORY.says(UNREADABLE)):
        await office.server.has("g-1", SAM)
    office.world.change(f"uid=another,{PEOPLE_BASE}", "employeeNumber", "U-900")
    assert await redeem(office) is Redemption.CHANGED


async def test_a_password_whose_answer_is_lost_is_sent_once_and_people_are_told(
    office: LdapOffice, database: OwnDatabase
) -> None:
    await office.passwords.issue(ResetLink(SAM, token_hash(TOKEN), utc_now() + LINK_VALID), "k1", utc_now())
    sent = {"token": TOKEN.get_secret_value(), "password": PASSWORD.get_secret_value()}
    async with proxy(office.world.port) as between, ldap_server(between.port) as asked:
        between.lost = 1
        async with page_of(ServerPasswords(server=asked, database=database)) as page:
            assert "Try to sign in with the new password" in (await page.post("/reset", data=sent)).text
            assert "This link no longer works" in (await page.post("/reset", data=sent)).text
    assert await office.has_password(SAM, PASSWORD)


async def test_a_bot_that_dies_over_a_password_leaves_a_link_that_is_used_up(
    office: LdapOffice, database: OwnDatabase
) -> None:
    await issue(office)
    async with proxy(office.world.port) as between, ldap_server(between.port) as asked:
        assert await asked.active(SAM)
        between.opened.clear()
        dying = asyncio.create_task(ServerPasswords(server=asked, database=database).redeem(TOKEN, PASSWORD, NOW))
        await asyncio.sleep(0.3)
        dying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await dying
    assert await redeem(office) is Redemption.UNKNOWN
    assert await issue(office, NEWER, "k2")
    assert await redeem(office, NEWER) is Redemption.CHANGED


async def test_a_server_that_is_away_leaves_the_link_as_it_was(office: LdapOffice) -> None:
    await issue(office)
    office.world.stop()
    with pytest.raises(ToolFailed, match=DIRECTORY.says(DOWN)):
        await redeem(office)
    office.world.start()
    assert await redeem(office) is Redemption.CHANGED


async def test_a_refused_password_does_not_revive_a_link_that_was_replaced_meanwhile(
    office: LdapOffice, database: OwnDatabase
) -> None:
    await issue(office)
    async with proxy(office.world.port) as between, ldap_server(between.port) as asked:
        slow = ServerPasswords(server=asked, database=database)
        between.opened.clear()
        refusing = asyncio.create_task(slow.redeem(TOKEN, SecretStr(f"the old password of {SAM}"), NOW))
        while not between.made:  # it is claimed before the server is asked
            await asyncio.sleep(0.01)
        later = ResetLink(SAM, token_hash(NEWER), LATER + LINK_VALID)
        assert await office.passwords.issue(later, "k2", NOW)
        between.opened.set()
        with pytest.raises(PasswordRefused):
            await refusing
    assert await redeem(office) is Redemption.UNKNOWN
    assert await redeem(office, NEWER) is Redemption.CHANGED


async def test_a_membership_whose_answer_is_lost_is_read_back(office: LdapOffice, database: OwnDatabase) -> None:
    async with proxy(office.world.port) as between, ldap_server(between.port) as asked:
        access = ServerAccess(server=asked, database=database)
        between.lost = 1
        assert await access.grant(SAM, "G-009", "k1", LATER, NOW) == Granted(True, LATER)
        assert SAM in office.world.members("vpn-users")
        between.lost = 1
        assert await access.end("k1", LATER)
        assert SAM not in office.world.members("vpn-users")


async def test_an_unlocking_that_failed_is_made_by_the_same_call_later(office: LdapOffice) -> None:
    office.world.stop()
    with pytest.raises(ToolFailed, match=DIRECTORY.says(DOWN)):
        await office.locks.unlock(SAM, "k1", NOW)
    office.world.start()
    assert await office.locks.unlock(SAM, "k1", NOW)
    assert not await office.is_locked(SAM)
