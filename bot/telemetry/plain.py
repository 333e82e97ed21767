"""A text as patterns read it: what looks like a plain letter, digit or sign, or stands for one, is that one.

Promise: what is plain once stays as it is, and text in ASCII without such signs is plain.
"""

import re
import unicodedata

#: @, space, & + / : = ? and backslash-u for letters, as addresses, JSON and HTML write them, once or within each other
_ESCAPED = re.compile(
    r"%(?:25){0,3}(20|2[6BFbf]|3[ADFadf]|40)|&#(?:[xX]40|64);|\\{1,8}u(00[2-7][0-9A-Fa-f]|00[C-Fc-f][0-9A-Fa-f]|01[0-7][0-9A-Fa-f])"
)

#: quotes within quotes, as JSON within JSON writes them
_QUOTED = re.compile(r'\\{1,8}"')


class _Plain(dict[int, str | None]):
    """What stands for a character, looked up once."""

    def __missing__(self, code: int) -> str | None:
        self[code] = _sign(chr(code))
        return self[code]


def _sign(sign: str) -> str | None:
    digit = unicodedata.decimal(sign, None)
    kind = unicodedata.category(sign)
    if digit is not None:
        return str(digit)
    if kind == "Cf":  # it has no width
        return None
    if sign == "\u2212" or kind == "Pd":
        return "-"
    if kind == "Zs":
        return " "
    font = unicodedata.decomposition(sign).startswith(("<wide>", "<narrow>", "<font>", "<small>"))
    return unicodedata.normalize("NFKC", sign) if font else sign


_PLAIN = _Plain()

#: letters whose stroke is no accent of its own
_STROKES = str.maketrans("\u0142\u0141\u00f8\u00d8\u0111\u0110\u0131", "lLoOdDi")


def plain(text: str) -> str:
    """The text, plain."""
    text = _QUOTED.sub('"', _ESCAPED.sub(_meant, text))
    return text if text.isascii() else unicodedata.normalize("NFC", text).translate(_PLAIN)


def _meant(found: re.Match[str]) -> str:
    return chr(int(found[1] or found[2] or "40", 16))


def bare(word: str) -> str:
    """The word without accents, as people write it who have none on their keys."""
    if word.isascii():
        return word
    apart = unicodedata.normalize("NFD", word).translate(_STROKES)
    return "".join(sign for sign in apart if not unicodedata.combining(sign))
