"""What others wrote, for a terminal: shown in one line, never obeyed."""


def plain(text: str, limit: int | None = None) -> str:
    """The text with everything invisible spelled out, and cut behind `limit` characters with a word on the rest."""
    rest = f"… ({len(text) - limit:,} more characters)" if limit is not None and len(text) > limit else ""
    return "".join(map(_visible, text[:limit])) + rest


def _visible(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()
