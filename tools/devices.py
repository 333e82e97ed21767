"""The devices that people work on: finding them, and erasing one that is lost.

Promise: when a device last reported, and its state, are shown to the person who uses it, in a direct message.
"""

from typing import Annotated, Literal, NotRequired, TypedDict

from pydantic import Field

from tools.backends.devices import Device, Devices
from tools.directory import UserId
from tools.spec import Context, OnFailure, Risk, TryAgain, tool

DeviceId = Annotated[
    str, Field(pattern="^L-[0-9]{4,12}$", description="Id of the device, such as L-1001; find_device knows it")
]


class DeviceShown(TypedDict):
    """A device as the model sees it."""

    device_id: str
    model: str
    status: NotRequired[Literal["in use", "wiped"]]
    #: ISO 8601, UTC; None where it never reported
    last_seen: NotRequired[str | None]


class DevicesFound(TypedDict):
    """A person's devices by id; none where none is registered for them."""

    devices: list[DeviceShown]


@tool(risk=Risk.LOW, read_only=True, trusted=True, on_failure=OnFailure.RETRY)
async def find_device(user_id: UserId, *, devices: Devices, context: Context) -> DevicesFound:
    """Find the devices of a person: id and model.

    Status and when it last reported are added where people ask about their own in a direct message.
    """
    found = await devices.find(user_id)
    own = context.private and context.requester == user_id
    return {"devices": [_shown(each, own) for each in found]}


@tool(
    risk=Risk.CRITICAL,
    resource="device_id",
    resolved_by=Devices,
    idempotent=True,
    trusted=True,
    on_failure=OnFailure.RETRY,
)
async def wipe_device(device_id: DeviceId, *, devices: Devices, context: Context) -> str:
    """Erase everything on a device that was lost or stolen. It cannot be undone.

    Use find_device first where its id is not known, and have the person confirm which device it is.
    """
    device = await devices.resolve(device_id)
    if device is None:
        raise TryAgain(f"There is no device {device_id}. Look it up with find_device.")
    wiped = await devices.wipe(device.id, context.key, context.now)
    return f"{device.name} is wiped." if wiped else f"{device.name} was wiped already, so nothing was changed."


def _shown(device: Device, own: bool) -> DeviceShown:
    shown: DeviceShown = {"device_id": device.id, "model": device.model}
    if own:
        shown["status"] = "wiped" if device.wiped_at else "in use"
        shown["last_seen"] = device.last_seen.isoformat() if device.last_seen else None
    return shown
