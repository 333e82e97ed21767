"""A connection of bonsai's that waits for answers.

Its own asks whether one has come for as long as the socket could be written to, which is always, so a server that
takes its time costs a whole processor. And a code of its errors may be another error's by the time it is looked at,
because it stands in their class.
"""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bonsai import LDAPError
from bonsai.asyncio import AIOLDAPConnection

from tools.backends.ldap.codes import Said


class CalmConnection(AIOLDAPConnection):  # type: ignore[misc] # mypy looks at it as where bonsai is not installed
    """Its methods raise Said, and LDAPError where nothing was sent."""

    @staticmethod
    def url(path: Path) -> str:
        """Of a socket in a folder."""
        return f"ldapi://{quote(str(path), safe='')}"

    async def _poll(self, msg_id: int, timeout: float | None = None) -> Any:  # noqa: ARG002, ASYNC109 -- bonsai's
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._wait(msg_id, answer)
        try:
            return await answer
        finally:
            if self.fileno() >= 0:
                asyncio.get_running_loop().remove_reader(self.fileno())

    def _wait(self, msg_id: int, answer: "asyncio.Future[Any]") -> None:
        asyncio.get_running_loop().add_reader(self.fileno(), self._look, msg_id, answer, self.fileno())

    def _look(self, msg_id: int, answer: "asyncio.Future[Any]", socket: int) -> None:
        # it has another socket at each step of its beginning
        asyncio.get_running_loop().remove_reader(socket)
        try:
            found = super(AIOLDAPConnection, self).get_result(msg_id)
        except LDAPError as error:
            answer.set_exception(Said(error.code))
        except Exception as error:  # noqa: BLE001 -- whatever it is belongs to who waits
            answer.set_exception(error)
        else:
            if found is None:
                self._wait(msg_id, answer)
            else:
                answer.set_result(found)
