"""Devices: who sees what of them, and that a wipe happens once and is not forgotten."""

import pytest
from sqlalchemy import delete, select

from tests.tools.groups import do
from tests.tools.rig import NOW, Desk, OwnDatabase, impatient
from tools.backends.sql_devices import SqlDevices
from tools.backends.tables import devices
from tools.devices import find_device, wipe_device
from tools.spec import BadArguments, NotPossible, Resource, ToolFailed, TryAgain

ALEX = {"user_id": "U-123"}
LAPTOP = {"device_id": "L-1005"}


async def test_a_device_is_known_by_its_id_and_held_by_its_person(database: OwnDatabase) -> None:
    assert await SqlDevices(database).resolve("L-1005") == Resource(
        kind="device", id="L-1005", name="MacBook Pro M3 (L-1005)", holder="U-123"
    )


@pytest.mark.parametrize("unknown", ["L-9999", "L-1000", "L-01005", "l-1005", "MacBook Pro M3", "", "L-" + "9" * 16])
async def test_what_is_no_device_is_none(database: OwnDatabase, unknown: str) -> None:
    assert await SqlDevices(database).resolve(unknown) is None
    with pytest.raises(NotPossible, match="no such device"):
        await SqlDevices(database).wipe(unknown, "k1", NOW)


async def test_about_ones_own_device_in_a_direct_message_everything_is_shown(desk: Desk) -> None:
    shown = {"device_id": "L-1005", "model": "MacBook Pro M3", "status": "in use"}
    assert await desk.use(find_device, ALEX) == {"devices": [shown | {"last_seen": "2026-11-20T08:00:00+00:00"}]}


@pytest.mark.parametrize(("requester", "private"), [("U-456", True), ("U-123", False), (None, True)])
async def test_to_others_and_in_channels_only_model_and_id(desk: Desk, requester: str | None, private: bool) -> None:
    found = await desk.use(find_device, ALEX, requester=requester, private=private)
    assert found == {"devices": [{"device_id": "L-1005", "model": "MacBook Pro M3"}]}


async def test_who_has_no_device_has_none(desk: Desk) -> None:
    assert await desk.use(find_device, {"user_id": "U-999"}) == {"devices": []}


async def test_a_long_list_of_devices_is_cut(database: OwnDatabase) -> None:
    await do(database, *(devices.insert().values(model="Tablet", person_id="U-123") for _ in range(60)))
    assert len(await SqlDevices(database).find("U-123")) == 50


async def test_a_wipe_is_kept_with_its_time(desk: Desk, database: OwnDatabase) -> None:
    assert await desk.use(wipe_device, LAPTOP) == "MacBook Pro M3 (L-1005) is wiped."
    rows = await database.run(lambda c: c.execute(select(devices).where(devices.c.wiped_at.is_not(None))).all())
    assert [(row.number, row.wiped_at) for row in rows] == [(5, NOW)]
    assert (await desk.use(find_device, ALEX))["devices"][0]["status"] == "wiped"


async def test_a_repeated_key_answers_as_before_and_another_one_is_told(desk: Desk) -> None:
    first = await desk.use(wipe_device, LAPTOP)
    assert await desk.use(wipe_device, LAPTOP) == first
    again = await desk.use(wipe_device, LAPTOP, key="k2")
    assert again == "MacBook Pro M3 (L-1005) was wiped already, so nothing was changed."


async def test_an_unknown_device_is_the_models_mistake(desk: Desk) -> None:
    with pytest.raises(TryAgain, match="no device L-9999"):
        await desk.use(wipe_device, {"device_id": "L-9999"})


@pytest.mark.parametrize("device_id", ["L-100", "1005", "L-1005 ", "L-1005\n", "MacBook Pro M3", "L-١٢٣٤"])
async def test_what_is_no_id_of_a_device_is_refused(desk: Desk, device_id: str) -> None:
    with pytest.raises(BadArguments, match="device_id"):
        await desk.use(wipe_device, {"device_id": device_id})


async def test_an_id_is_never_given_twice(database: OwnDatabase) -> None:
    await do(database, delete(devices), devices.insert().values(model="ThinkPad X1", person_id="U-123"))
    assert [each.id for each in await SqlDevices(database).find("U-123")] == ["L-1013"]


async def test_a_device_system_that_does_not_answer_is_told_in_words(desk: Desk, database: OwnDatabase) -> None:
    await database.run(impatient)
    for tool, arguments in ((find_device, ALEX), (wipe_device, LAPTOP)):
        with database.away(), pytest.raises(ToolFailed, match=r"^The device system did not answer\. Please try again"):
            await desk.use(tool, arguments)
    assert (await desk.use(find_device, ALEX))["devices"][0]["status"] == "in use"
