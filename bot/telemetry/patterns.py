"""What personal data and secrets look like, and what stands in their place.

No pattern repeats a repetition, each repetition has an end, and none begins in the middle of what it has just read:
so the time that they take grows with the text and no faster.
"""

import re
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from itertools import accumulate, takewhile

_SECRETS = (
    "passwords?|passwort|passwd|pwd?|passphrase|passcode|kennwort|secret(?:[_-](?:access[_-])?key)?|api[_-]?key"
    "|(?:access|auth|refresh|id|bot|app)[_-]?token|(?:signing|client)[_-]?secret|mot de passe|contraseña|pin"
)

#: names of fields whose values are never told
SECRET_NAME = re.compile(rf"(?:\w{{0,40}}(?:[_-]|(?<=[a-z0-9])(?=[A-Z])))?(?i:{_SECRETS}|token|authorization|cookie)")
_QUERY = "token|access_token|id_token|refresh_token|code|key|api_key|apikey|secret|password|pwd|sig|signature|auth"
_ONE_TIME = re.compile(r"(?i)reset|one-?time|magic|invit|activat|verif|confirm")
_GROUP = re.compile(r"[A-Za-z0-9]{1,60}+")
_LONG = re.compile(r"[\w-]{16,200}+")

#: groups that the number of a card or an account is written in
MAX_GROUPS = 9

#: digits that a telephone number has, those of a payment card, letters and digits of a bank account
_PHONE, _CARD, _IBAN = range(7, 16), range(14, 20), range(15, 35)


def _address(found: re.Match[str]) -> str:
    domain = found[1].rstrip(".-")
    return "[email]" + found[1][len(domain) :] if "." in domain else found[0]


def _link(found: re.Match[str]) -> str:
    url = found[0]
    path = url.partition("://")[2].partition("/")[2]
    opaque = "?" in path or any(any(c.isdigit() for c in part) for part in _LONG.findall(path))
    if opaque and _ONE_TIME.search(path):
        return "[link]"
    return _QUERY_VALUE.sub(r"\1[token]", url)


def _phone(found: re.Match[str]) -> str:
    return "[phone]" if sum(c.isdigit() for c in found[0]) in _PHONE else found[0]


def _ip(found: re.Match[str]) -> str:
    if not any(c.isdigit() for c in found[0]):  # words that :: joins
        return found[0]
    try:
        ip_address(found[0])
    except ValueError:
        return found[0]
    return "[ip]"


def _grouped(text: str, word: str, lengths: range, right: Callable[[str], bool]) -> Iterator[str]:
    """The text with each run of groups that is right replaced, the longest first."""
    groups, done, at = list(_GROUP.finditer(text)), 0, 0
    while at < len(groups):
        sizes = accumulate(len(group[0]) for group in groups[at : at + MAX_GROUPS])
        fit = takewhile(lambda size: size < lengths.stop, sizes)
        ends = [at + more for more, _ in enumerate(fit, 1)]
        for end in reversed(ends):
            plain = "".join(group[0] for group in groups[at:end])
            if len(plain) in lengths and right(plain):
                yield text[done : groups[at].start()] + word
                done, at = groups[end - 1].end(), end - 1
                break
        at += 1
    yield text[done:]


def _luhn(digits: str) -> bool:
    # what begins with another digit is a time, not a card
    if not digits.isdigit() or digits[0] not in "23456":
        return False
    doubled = (divmod(int(digit) * (1 + at % 2), 10) for at, digit in enumerate(reversed(digits)))
    return sum(tens + ones for tens, ones in doubled) % 10 == 0


def _mod97(account: str) -> bool:
    moved = account[4:] + account[:4]
    return moved.isalnum() and moved.isascii() and int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def _card(found: re.Match[str]) -> str:
    return "".join(_grouped(found[0], "[card]", _CARD, _luhn))


def _iban(found: re.Match[str]) -> str:
    return "".join(_grouped(found[0], "[iban]", _IBAN, _mod97))


_QUERY_VALUE = re.compile(rf"(?i)((?:[?&#]|&amp;)(?:[\w.-]{{0,40}}[_-])?(?:{_QUERY})(?:\[\])?=)[^\s&#\"'<>]{{1,2048}}+")

Replacement = str | Callable[[re.Match[str]], str]

#: what people and programs put around names and values
_QUOTES = r"[\"'`*\\\u201c\u201d\u201e]"

#: where the name of a secret begins, also within `newPassword`
_NAMED = r"(?:(?<![^\W_])|(?<=[a-z])(?=[A-Z]))"

#: what a secret is introduced by, such as `password:` and `Passwort ist`
_IS = r" {1,3}(?:is|ist|lautet|est|es)(?:\s{0,3}[:=]\s{0,3}|\s{1,3})"
_BY = rf"{_QUOTES}{{0,4}}\s{{0,3}}(?:[:=]=?>?|->|\u2192|>)"
_TOLD = rf"{_NAMED}(?i:(?:{_SECRETS}){_QUOTES}{{0,4}}{_IS}|(?:{_SECRETS}|pass){_BY})"

#: a value: in quotes, or up to where a sentence or a list goes on. What follows is looked at before anything is taken:
#: before 3.11.5 Python keeps what the last, failed round of such a repetition took (gh-106052)
_PLAIN_VALUE = r"""(?:[^\s"',;}]|(?=[,;'"}][^\s,;"'})\]>])[,;'"}]){1,1000}+"""
_VALUE = rf"""(?:(?<!"")(?<=")[^"\n]{{1,1000}}(?=")|(?<!'')(?<=')[^'\n]{{1,1000}}(?=')|{_PLAIN_VALUE})"""

_SERVICES = (
    r"xox[a-z]-|xapp-|xwfp-|sk-|[rs]k_(?:live|test)_|gh[opsur]_|github_pat_|glpat-|AIza|ya29\.|hf_|npm_|pypi-|SG\."
)

#: what stands between the name of a header and its value, as HTTP and Python write them
_HEADER = r"(?:[\"'\\]{1,4},\s{0,3}|[\"'\\]{0,4}\s{0,3}[:=]\s{0,3})(?:b(?=[\"']))?[\"'\\]{0,4}"
_KIND = r"(?:(?:bearer|basic|digest|token|negotiate|apikey)\s{1,3})?"

_OCTET = r"\d{1,3}"

#: in this order: what may hold other things goes first
RULES: tuple[tuple[re.Pattern[str], Replacement], ...] = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"-{4,5} ?BEGIN [A-Z0-9 ]{1,40}-{4,5}[\s\S]*?(?:-{4,5} ?END [A-Z0-9 ]{1,40}-{4,5}|\Z)", "[key]"),
        (rf"({_TOLD}(?:\s|{_QUOTES}){{0,8}}+)(?!\[(?:password|token)\]){_VALUE}", r"\1[password]"),
        (
            rf"(?i)(--(?:{_SECRETS}|token)[ =]{{1,3}}[\"']?)(?!\[(?:password|token)\])[^\s\"'-][^\s\"']{{0,1000}}+",
            r"\1[password]",
        ),
        (r"(?<=://)(?!\[token\]@)[^\s/?#\"'<>]{1,256}@", "[token]@"),
        (r"(?<=://)(?!\[token\]@)[^\s:/@\"'<>]{1,64}:[^\s@\"'<>]{1,256}@", "[token]@"),
        (r"(?i)hooks\.slack\.com/[^\s\"'<>|]{1,500}+", "[link]"),
        (r"(?i)https?://[^\s<>\"'|]{1,2048}+", _link),
        (_QUERY_VALUE.pattern, r"\1[token]"),
        (rf"(?i)((?>authorization{_HEADER}{_KIND}))(?!\[token\])[^\s\"',;]{{1,4096}}+", r"\1[token]"),
        (rf"(?i)((?>cookie{_HEADER}))(?!\[token\])[^\r\n\"']{{1,4096}}+", r"\1[token]"),
        (r"(?i)(?<![a-z])(bearer:?\s{1,3})[\w.~+/=-]{8,4096}+", r"\1[token]"),
        (r"(?<![A-Za-z])((?i:basic) {1,3})(?=[a-z]{0,80}[A-Z\d+/=])[\w+/=-]{8,4096}+", r"\1[token]"),
        (rf"{_NAMED}((?i:token)[\"'\\]{{0,4}}\s{{0,3}}[:=]\s{{0,3}}[\"'\\]{{0,4}})[\w.~+/=-]{{8,4096}}+", r"\1[token]"),
        (r"(?<![\w-])eyJ[\w-]{8,4096}+\.[\w-]{8,8192}+(?:\.[\w-]{0,4096}+)?", "[token]"),
        (rf"(?<![A-Za-z0-9])(?:{_SERVICES})[\w.%-]{{8,1024}}+", "[token]"),
        (r"(?<![A-Za-z0-9])(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,20}+(?![A-Za-z0-9])", "[token]"),
        (r"(?<![\w.%+-])[\w.%+-]{1,256}+@([\w.-]{1,255}+)", _address),
        (r"(?i)(?<![A-Z0-9])[A-Z]{2}\d{2}(?:(?!\b[A-Z]{2}\d{2})[A-Z0-9 ]){11,60}+", _iban),
        (r"(?<![\d+])(?<!\d\.)\d(?:[ -]{0,3}\d){13,8000}+", _card),
        (rf"(?<![\w.+]){_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}(?!\.?\w)", _ip),
        (r"(?:(?<![\w:.])|(?<=[A-Za-z]:))(?=[0-9A-Fa-f:]{0,4}:)[0-9A-Fa-f:]{3,39}+(?!\w)", _ip),
        (r"(?<![\w+])(?<!\d\.)(?:\+|00)[1-9][\d ()./-]{5,20}\d(?!\w)", _phone),
        (r"(?<![\w+./-])(?<!\d:)\(?0[1-9]\d{0,4}+\)?[ /-]{1,3}\d[\d -]{4,14}\d(?!\w|[.:]\d)", _phone),
        (r"(?<![\w+./-])(?<!\d:)0[1-9]\d{8,12}(?!\w|[.:-]\d)", "[phone]"),
        (r"(?<![\w+.-])(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-])", _phone),
    )
)
