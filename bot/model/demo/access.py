"""What a clause asks for about access to groups and about devices: calls to make, or a question to ask back.

Promise: whom it does not know, or which group, it asks for; a clause that names neither is left to others (None).
"""

import math
import re

from bot.model.demo import phrases
from bot.model.demo.clause import Clause, Wish
from bot.model.demo.record import Record

#: hours of access where nothing is said
DEFAULT_HOURS = 8
#: characters of the person's own words that become the reason of a call
MAX_REASON = 200

_HOURS = {"minute": 1 / 60, "min": 1 / 60, "hour": 1, "hr": 1, "h": 1, "day": 24, "d": 24, "week": 168, "month": 720}
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def grant(clause: Clause) -> Wish | None:
    """Access to a group, for somebody, for a time."""
    duration, group = hours(clause.text), _group(clause, timed=bool(phrases.LASTING.search(clause.text)))
    if group is None:
        return Wish(ask="Access to which group? Please name it.") if phrases.NO_GROUP.search(clause.text) else None
    person = _whom(clause)
    if person is None:
        return Wish(ask="Who shall have that access? Please give me the id (U-…).")
    if duration is None:
        return Wish(ask="For how long? Please give me hours or days, such as *for two days*.")
    reason = " ".join(clause.words.text.split())[:MAX_REASON]
    arguments = {"user_id": person, "group": group, "duration_hours": duration, "reason": reason}
    return Wish("grant_access", arguments)


def revoke(clause: Clause) -> Wish | None:
    """Access taken away."""
    group = _group(clause, timed=True)
    if group is None:
        return Wish(ask="Access to which group? Please name it.") if phrases.NO_GROUP.search(clause.text) else None
    person = _whom(clause)
    if person is None:
        return Wish(ask="Whose access shall I take away? Please give me the id (U-…).")
    return Wish("revoke_access", {"user_id": person, "group": group})


def own_access(_: Clause) -> Wish:
    """The writer's own access."""
    return Wish("list_my_access")


def find_device(clause: Clause) -> Wish:
    """A person's device."""
    person = clause.person() or clause.record.person_of(clause.words)
    if person is None:
        return Wish(ask="Whose device? Please give me the id (U-…).")
    return Wish("find_device", {"user_id": person})


def wipe(clause: Clause) -> Wish:
    """A device wiped, once its id is known; else a look at what the person has."""
    if named := phrases.DEVICE_ID.search(clause.text):
        return Wish("wipe_device", {"device_id": named[0].upper()})
    person = clause.person() or clause.record.person_of(clause.words)
    if person is None:
        return Wish(ask="Whose device shall be wiped? Please give me your id (U-…) or the device's (L-…).")
    devices = _devices(clause.record, person)
    if devices is None:
        return Wish("find_device", {"user_id": person})
    if len(devices) != 1:
        known = f" I know of {' and '.join(devices)}." if devices else ""
        return Wish(ask=f"Which device shall be wiped?{known} Please give me its id (L-…).")
    return Wish("wipe_device", {"device_id": devices[0]})


def hours(text: str) -> int | None:
    """Whole hours that a text asks for, rounded up; None where it names an end the model cannot work out."""
    if found := phrases.DURATION.search(text):
        unit = found[2].lower()
        each = _HOURS[unit if unit in _HOURS else unit.removesuffix("s")]
        return max(1, math.ceil(_number(found[1].lower()) * each))
    if phrases.UNTIL_TOMORROW.search(text):
        return 24
    return None if phrases.UNTIL.search(text) else DEFAULT_HOURS


def _number(word: str) -> float:
    if word in _NUMBERS:
        return _NUMBERS.index(word) + 1
    return float(word) if word[0].isdigit() else 0.5 if word.startswith("half") else 1


def _whom(clause: Clause) -> str | None:
    """Whom it is for; a name without an id is nobody we know, and never the writer instead."""
    if phrases.PERSON.search(clause.text) is None and phrases.SOMEBODY_ELSE.search(clause.text):
        return None
    return clause.person()


def _group(clause: Clause, *, timed: bool) -> str | None:
    """The group's name: hyphenated, or called a group; any word after "access to" where the wish is `timed`."""
    text = phrases.UNTIL.sub(" ", phrases.DURATION.sub(" ", clause.text))
    named = [found[0] for found in phrases.HYPHENATED.finditer(text)]
    named += [found[1] or found[2] for found in phrases.NAMED_GROUP.finditer(text)]
    named += [found[1] for found in phrases.ACCESS_TO.finditer(text)] if timed else []
    return next((name for name in named if not _everyday(name)), None)


def _everyday(word: str) -> bool:
    patterns: tuple[re.Pattern[str], ...] = (phrases.TOPIC, phrases.FILLER, phrases.OWN, phrases.NO_NAME)
    return any(pattern.fullmatch(word) for pattern in patterns)


def _devices(record: Record, person: str) -> list[str] | None:
    """Ids of the person's devices as the newest look found them; None where nobody looked."""
    looks = [deed for deed in record.deeds if deed.tool == "find_device"]
    own = [deed for deed in looks if str(deed.arguments.get("user_id")).upper() == person]
    if not own:
        return None
    return list(dict.fromkeys(found.upper() for found in phrases.DEVICE_ID.findall(str(own[-1].result))))
