"""The text of each version of the prompt, read once."""

from collections import OrderedDict

import structlog

from bot.run.kit import Instructions, Kit
from bot.store import prompts

#: versions kept in memory, the last used ones
MAX_KEPT = 20

log = structlog.get_logger()


class Prompts:
    """Finds what conversations are led by."""

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._known: OrderedDict[str, Instructions] = OrderedDict()

    async def of(self, version: str) -> Instructions:
        """The version; the shipped one for none, and for one that nobody has."""
        shipped = self._kit.instructions
        if version in ("", shipped.version):
            return shipped
        if version not in self._known:
            text = await self._kit.database.run(lambda connection: prompts.text(connection, version))
            if text is None:
                log.warning("a version of the prompt is not there", version=version)
                return shipped
            self._known[version] = Instructions(text, version)
        self._known.move_to_end(version)
        while len(self._known) > MAX_KEPT:
            self._known.popitem(last=False)
        return self._known[version]
