"""The model's markdown without power: nobody is mentioned, and no link works but those that a trusted tool gave.

Promise: what is decided about a character depends on its line and the code fence it stands in, and on nothing that is
more than LOOK characters away. So the text can be shown while it comes: `settled` of a beginning is a beginning of
`harmless` of the whole.

Safe is what reads the same in every dialect: no backtick stands alone, every fence begins at the line's first column.
"""

import re
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet

#: characters that are looked at, at most, to decide about one
LOOK = 800

NOTHING: AbstractSet[str] = frozenset()

#: looks like a backtick and opens no code
_TICK = "\u02cb"

_ADDRESS = r"(?:[A-Za-z][A-Za-z0-9+.\-]{0,100}://|(?i:www\.|mailto:))[^\s<>`\"|]{1,500}"

#: what ends a sentence and not an address
_BEHIND = ".,;:!?'\")]}*_~"

_FENCE = re.compile(r"([ \t]*)(`{3,40}|~{3,40})([^`\n]{0,100})")
_MAYBE_FENCE = re.compile(r"[ \t]*(?:[`~]{0,2}|(?:`{3,40}|~{3,40})[^`]{0,100})")
_MAYBE_END = re.compile(r"[ \t]*[`~]*[ \t]*")

_LABEL, _TARGET = r"[^\[\]`\n]{0,200}", r"[^\s()<>`|\[\]]{1,500}"
_TOKEN = re.compile(
    rf"""
      (?P<escaped> \\[\\`\[\]] )
    | (?P<slash>   \\(?=[/:]) )
    | (?P<code>    (?P<run>`{{1,20}})(?!`) (?P<inside>[^\n]{{1,600}}?) (?<!`)(?P=run)(?!`) )
    | (?P<stray>   `+ )
    | (?P<link>    (?P<image>!?) \[(?P<label>{_LABEL})\] \((?P<target>{_TARGET})\) )
    | (?P<open>    !?\[ )
    | (?P<auto>    <(?P<inner>{_ADDRESS})> )
    | (?P<less>    < )
    | (?P<address> {_ADDRESS} )
    | (?P<joint>   \]\( | :// | \]: )
    | (?P<entity>  &(?=\#) )
    | (?P<tilde>   ~+ )
    | (?P<word>    (?:(?![+.\-](?i:www\.|mailto:))[A-Za-z0-9+.\-]){{1,600}} )
    | (?P<other>   [^\\`\[\]!<&~A-Za-z0-9+.\-:\n]{{1,600}} | . )
    """,
    re.VERBOSE,
)
_NO_LINK = re.compile(rf"!?\[{_LABEL}(?:[\[`]|\](?:[^(]|\((?>{_TARGET})[^)]|\([\s()<>`|\[\]]))")
_NO_AUTO = re.compile(r"<(?:[^A-Za-z]|[^\s<>`\"|]*[\s<>`\"|])")
_DEFINED = re.compile(r"[ \t>*+\-\d.)]*\[")
_MENTION = re.compile(r"<(?=[!@#])")

#: code in a table may be cut at its bars, and then it is no code
_RISKY = re.compile(r"://|www\.|mailto:|\]\(", re.IGNORECASE)


def harmless(markdown: str, trusted: AbstractSet[str] = NOTHING) -> str:
    """The text with `<!channel>`, `<@U…>` and `<#C…>` shown as text, and links too unless their address is trusted."""
    return _scanned(_lines(markdown), trusted, whole=True)


def settled(beginning: str, trusted: AbstractSet[str] = NOTHING) -> str:
    """As much of `harmless` as is certain whatever follows."""
    return _scanned(_lines(beginning.removesuffix("\r")), trusted, whole=False)


def _lines(markdown: str) -> str:
    return re.sub(r"\r\n?", "\n", markdown)


def _scanned(text: str, trusted: AbstractSet[str], *, whole: bool) -> str:
    *lines, last = text.split("\n")
    if whole:
        lines.append(last)
    shown: list[str] = []
    fence: tuple[int, int] | None = None
    for line in lines:
        new, fence = _line(line, fence, trusted)
        shown.append(new)
    if not whole:
        shown.append(_rest(last, fence, trusted))
    return "\n".join(shown)


#: how many characters the open fence has, and how far its lines are moved to the left
_Open = tuple[int, int] | None


def _line(line: str, fence: _Open, trusted: AbstractSet[str]) -> tuple[str, _Open]:
    """The whole line as it is shown, and the fence that is open behind it."""
    found = _FENCE.fullmatch(line)
    if fence is None:
        if found is None:
            return _inline(line, trusted, whole=True), None
        return "`" * len(found[2]) + _code(found[3]), (len(found[2]), len(found[1]))
    if found and len(found[2]) >= fence[0] and not found[3].strip():
        return "`" * len(found[2]), None
    return _code(_moved(line, fence[1])), fence


def _rest(line: str, fence: _Open, trusted: AbstractSet[str]) -> str:
    """What is certain of a line that may go on."""
    if fence is None:
        return "" if _MAYBE_FENCE.fullmatch(line) else _inline(line, trusted, whole=False)
    return "" if _MAYBE_END.fullmatch(line) else _code(_moved(line, fence[1])).removesuffix("<")


def _moved(line: str, columns: int) -> str:
    """The line without so much of its indent: a fence in a list would end with the list, one at the margin does not."""
    indent = len(line) - len(line.lstrip(" \t"))
    return line[min(indent, columns) :]


def _code(text: str) -> str:
    return _MENTION.sub("&lt;", text)


def _inline(line: str, trusted: AbstractSet[str], *, whole: bool) -> str:
    shown, at = "", 0
    while at < len(line):
        token = _TOKEN.match(line, at)
        assert token, "any character is a token"
        if not (whole or _certain(line, at, token)):
            break
        piece = _piece(token, line[:at], trusted)
        # two runs of backticks that touch would be one run, and open something else
        shown += f" {piece}" if shown.endswith("`") and piece.startswith("`") else piece
        at = token.end()
    return shown


def _certain(line: str, at: int, token: re.Match[str]) -> bool:
    """No text that may follow the line makes another token of it."""
    if len(line) - at >= LOOK:
        return True
    behind = line[token.end() :]
    match token.lastgroup:
        case "stray":
            return False
        case "open":
            return bool(_NO_LINK.match(line, at))
        case "less":
            return bool(_NO_AUTO.match(line, at))
        case _:
            return len(behind) > len("://") or behind[:1].isspace()


def _piece(token: re.Match[str], before: str, trusted: AbstractSet[str]) -> str:
    """What is shown in the token's place; `before` stands before it in its line."""
    text = token.group()
    match token.lastgroup:
        case "code":
            return _span(token, trusted)
        case "link":
            return _link(token, trusted)
        case "auto":
            return text if token["inner"] in trusted else f"`{token['inner']}`"
        case "address":
            return _address(text, trusted)
        case "less":
            return "&lt;" if re.match(r"[!@#A-Za-z/]", token.string[token.end() :]) else text
        case "joint":
            return f"{text[0]} {text[1:]}" if text != "]:" or _DEFINED.match(before) else text
        case kind:
            return _SPELLED.get(str(kind), str)(text)


#: how what could open something is written such that it opens nothing
_SPELLED: Mapping[str, Callable[[str], str]] = {
    "escaped": lambda text: _TICK if text.endswith("`") else text,
    "slash": lambda _: "\\\\",
    "stray": lambda text: _TICK * len(text),
    "open": lambda text: text.replace("!", "! "),
    "entity": lambda _: "&amp;",
    "tilde": lambda text: text[:2],
}


def _span(token: re.Match[str], trusted: AbstractSet[str]) -> str:
    inside = token["inside"]
    if "|" in inside and _RISKY.search(inside):
        return f"{_TICK}{_inline(inside, trusted, whole=True)}{_TICK}"
    return _code(token.group())


def _link(token: re.Match[str], trusted: AbstractSet[str]) -> str:
    label, target = _inline(token["label"], trusted, whole=True), token["target"]
    if target in trusted and not token["image"]:
        return f"[{label}]({target})"
    return f"{label} (`{target}`)" if label.strip() else f"`{target}`"


def _address(text: str, trusted: AbstractSet[str]) -> str:
    bare = text if text in trusted else text.rstrip(_BEHIND)
    shown = bare if bare in trusted or not bare else f"`{bare}`"
    return shown + text[len(bare) :]
