"""LDAP servers that do not answer, answer badly, or are set wrong: what people are told, and what the log holds."""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from tests.logs import logged
from tests.tools.ldap import LdapWorld, free_port, ldap_world
from tests.tools.ldap_office import ldap_server
from tests.tools.ldap_proxy import Proxy, proxy
from tests.tools.slapd import PASSWORD, PEOPLE_BASE, SUFFIX, ldap_or_skip
from tools.backends.failures import DIRECTORY, DOWN, REFUSED, UNREADABLE
from tools.spec import NotPossible, ToolFailed

ALEX = "alex.chen@example.com"


@pytest.fixture(scope="module")
def world() -> Iterator[LdapWorld]:
    with ldap_world() as made:
        yield made


@pytest.fixture
async def between(world: LdapWorld) -> AsyncIterator[Proxy]:
    async with proxy(world.port) as made:
        yield made


async def by_email(port: int, **settings: Any) -> Any:
    from tools.backends.ldap.directory import LdapDirectory  # noqa: PLC0415 -- an extra

    async with ldap_server(port, **settings) as asked:
        return await LdapDirectory(server=asked).find_by_email(ALEX)


async def failing(caplog: pytest.LogCaptureFixture, port: int, **settings: Any) -> str:
    """What people are told; the log has a line about it, without anything that is nobody's business."""
    with caplog.at_level(logging.DEBUG, "tools"), pytest.raises(ToolFailed) as failed:
        await by_email(port, **settings)
    assert caplog.records
    for secret in (PASSWORD.get_secret_value(), "wrong-hunter2", ALEX):
        assert secret not in f"{logged(caplog)} {failed.value}"
    return str(failed.value)


async def test_a_server_that_is_away_is_told(caplog: pytest.LogCaptureFixture) -> None:
    ldap_or_skip()
    assert await failing(caplog, free_port()) == DIRECTORY.says(DOWN)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"base": f"ou=nowhere,{SUFFIX}"}, DIRECTORY.says(UNREADABLE)),
        ({"groups_base": f"ou=nowhere,{SUFFIX}"}, DIRECTORY.says(UNREADABLE)),
        ({"user": f"cn=nobody,{SUFFIX}"}, DIRECTORY.says(REFUSED)),
        ({"password": SecretStr("wrong-hunter2")}, DIRECTORY.says(REFUSED)),
        ({"people": "(objectClass=inetOrgPerson"}, DIRECTORY.says(REFUSED)),
    ],
)
async def test_what_is_set_wrong_is_told(
    world: LdapWorld, caplog: pytest.LogCaptureFixture, settings: dict[str, Any], told: str
) -> None:
    assert await failing(caplog, world.port, **settings) == told


async def test_people_without_the_attribute_of_ids_are_nobody_and_the_log_says_so(
    world: LdapWorld, caplog: pytest.LogCaptureFixture
) -> None:
    from tools.backends.ldap.schema import Names  # noqa: PLC0415 -- an extra

    with caplog.at_level(logging.WARNING, "tools"):
        assert await by_email(world.port, names=Names(id="telephoneNumber")) is None
    assert "telephoneNumber" in logged(caplog)


async def test_a_silent_server_is_waited_for_no_longer_than_its_time_and_at_no_cost(
    between: Proxy, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tools.backends.ldap import client  # noqa: PLC0415 -- an extra

    monkeypatch.setattr(client, "LIMIT_S", 0.5)
    between.opened.clear()
    began = time.process_time()
    assert await failing(caplog, between.port) == DIRECTORY.says(DOWN)
    assert time.process_time() - began < 0.3


async def test_a_server_that_takes_no_connections_holds_nothing_else_up(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ldap_or_skip()
    from tools.backends.ldap import client  # noqa: PLC0415 -- an extra

    monkeypatch.setattr(client, "LIMIT_S", 0.5)
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for each in (first, second):
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        asked = asyncio.create_task(failing(caplog, full.getsockname()[1]))
        longest = 0.0
        while not asked.done():
            before = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - before)
        assert await asked == DIRECTORY.says(DOWN)
        assert longest < 0.3


async def test_half_an_answer_is_none(between: Proxy, caplog: pytest.LogCaptureFixture) -> None:
    between.halves = True
    assert await failing(caplog, between.port) == DIRECTORY.says(DOWN)


async def test_more_than_can_be_read_is_told_and_never_a_part_of_it(
    world: LdapWorld, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tools.backends.ldap import client, connections  # noqa: PLC0415 -- an extra

    monkeypatch.setattr(client, "MAX_ROWS", 2)
    async with ldap_server(world.port) as asked:
        with pytest.raises(ToolFailed, match=DIRECTORY.says(UNREADABLE)):
            await asked.persons("(objectClass=*)")
    monkeypatch.setattr(connections, "MAX_BYTES", 100)
    assert await failing(caplog, world.port) == DIRECTORY.says(UNREADABLE)


async def test_many_at_once_share_a_few_connections(between: Proxy) -> None:
    async with ldap_server(between.port) as asked:
        found = await asyncio.gather(*(asked.active("U-123") for _ in range(30)))
    assert all(found)
    assert 1 <= between.made <= 4


async def test_a_server_that_was_away_is_asked_again_at_once() -> None:
    with ldap_world() as own:
        async with ldap_server(own.port) as asked:
            assert await asked.active("U-123")
            own.stop()
            with pytest.raises(ToolFailed, match=DIRECTORY.says(DOWN)):
                await asked.active("U-123")
            own.start()
            assert await asked.active("U-123")
            own.stop()
            own.start()
            assert await asked.active("U-123")


async def test_what_the_bot_may_not_change_is_told(world: LdapWorld) -> None:
    world.add_group("elsewhere", "G-500", dn=f"cn=elsewhere,{PEOPLE_BASE}")
    async with ldap_server(world.port, groups_base=SUFFIX) as asked:
        group = await asked.group("G-500")
        assert group
        with pytest.raises(ToolFailed, match=DIRECTORY.says(REFUSED)):
            await asked.put(group, "U-123", member=True)


async def test_the_last_member_of_a_group_cannot_be_taken_out_and_people_are_told_why(world: LdapWorld) -> None:
    world.add_group("alone", "G-501", member=world.place("U-456"))
    async with ldap_server(world.port) as asked:
        group = await asked.group("G-501")
        assert group
        with pytest.raises(NotPossible, match="U-456 is the last member of the group alone"):
            await asked.put(group, "U-456", member=False)
        assert await asked.has("G-501", "U-456")
