"""Who is who: Request Tracker knows people by their addresses, we by their ids in the directory."""

from tools.backends.directory import Directory, PersonRecord


class People:
    """The directory, asked once about each during one question about tickets. Its methods raise ToolFailed."""

    def __init__(self, directory: Directory, *known: PersonRecord) -> None:
        self._directory = directory
        self._ids: dict[str, str | None] = {each.email: each.id for each in known}

    async def of(self, address: str) -> str | None:
        """The directory id; None where nobody in the directory, or more than one, has the address."""
        wanted = address.strip().lower()
        if wanted and wanted not in self._ids:
            found = await self._directory.find_by_email(wanted)
            self._ids[wanted] = found.id if found else None
        return self._ids.get(wanted)

    async def address(self, person: str) -> str | None:
        """Where mail reaches the person with this id, in lower case; None where nobody knows."""
        found = await self._directory.find(person)
        return (found.email.strip().lower() or None) if found else None

    async def name(self, person: str | None) -> str | None:
        """What the person with this id is called."""
        found = await self._directory.find(person) if person else None
        return found.name if found else None
