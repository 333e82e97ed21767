"""The devices that people work on, and erasing one. Promise: a key wipes at most once, and a wipe is not forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tools.spec import Resolves, Resource

#: devices of one person that are listed
MAX_LISTED = 50


@dataclass(frozen=True, slots=True)
class Device:
    """A device as the device system knows it; times are aware UTC."""

    #: L-1001 and up, never reused
    id: str
    #: such as "MacBook Pro M3"
    model: str
    #: when it last reported; None where it never did
    last_seen: datetime | None
    #: None: it is in use
    wiped_at: datetime | None


class Devices(Resolves, Protocol):
    """The company's devices. Its methods raise ToolFailed where the device system does not answer."""

    async def resolve(self, named: str) -> Resource | None:
        """The device with this id, named by model and id, held by whom it is assigned to; or None."""

    async def find(self, person: str) -> Sequence[Device]:
        """The devices assigned to a person by id, wiped ones too, the first MAX_LISTED of them."""

    async def wipe(self, device_id: str, key: str, now: datetime) -> bool:
        """True where this key wiped the device, now or before; False where it was wiped already.

        Raises ToolFailed where there is no such device.
        """
