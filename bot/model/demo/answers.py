"""What the demo model tells people, made of what its calls brought and nothing else.

Promise: never claims what no output says; what did not work is told as such.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.model.demo import articles, outcomes, phrases, tickets
from bot.model.demo.clause import Wish
from bot.model.demo.record import Deed, Record, first

MENU = (
    "I am the offline demo of the IT helpdesk. I can\n"
    "- look up fixes (wifi, VPN, printer, email, MFA …): *my laptop will not connect to wifi*\n"
    "- reset a password or unlock an account, once somebody entitled approves: *reset the password of U-456*\n"
    "- give access for a while, take it away, list yours: *I need access to vpn-users for two days*\n"
    "- look up a device, or wipe one that was stolen: *my laptop was stolen*\n"
    "- open, look up, note on and share tickets: *open a ticket: my screen flickers*, *my tickets*\n"
    "- tell or withdraw a request: *status of my request*, *never mind*\n"
    "- remember something for the next time: *remember that I use two monitors*\n"
    "- hand over to people: *talk to a human*"
)

_TICKETS = {"create_ticket", "get_ticket", "list_my_tickets", "share_ticket", "update_ticket"}

_WORDED = {
    "escalate_to_human",
    "find_device",
    "grant_access",
    "list_my_access",
    "reset_password",
    "revoke_access",
    "unlock_account",
    "wipe_device",
}


@dataclass(frozen=True, slots=True)
class _Person:
    own: bool
    name: str
    device: str
    place: str


def answer(record: Record, wishes: Sequence[Wish], missing: Iterable[str], undone: Iterable[Wish]) -> str:
    """The answer to everything new in the record.

    `missing` are tools that were wished for and are not offered, `undone` what may not be called any more.
    """
    deeds = record.new_deeds()
    said = [
        *outcomes.told(record, deeds),
        *_searches(record, deeds),
        *_found_people(record, deeds),
        *(text for deed in deeds for text in _plain(deed)),
        *dict.fromkeys(wish.ask for wish in wishes if wish.ask),
        *(f"I have no tool to {tool.replace('_', ' ')} here; a person of the helpdesk can." for tool in missing),
        *(f"I did not get to {outcomes.action(wish.tool, wish.arguments)}; please ask again." for wish in undone),
        *outcomes.waiting(record, deeds),
    ]
    return "\n\n".join(said or _small_talk(record))


def _person(record: Record, deeds: Sequence[Deed]) -> _Person | None:
    """Whom the newest message is about: an id in it, else one just looked up, else its writer."""
    people, words = record.people(), record.words[-1] if record.words else None
    own = record.person_of(words) if words else None
    named = [each.upper() for each in phrases.PERSON.findall(words.text)] if words else []
    looked_up = [str(deed.arguments.get("user_id")).upper() for deed in deeds if deed.tool == "lookup_user"]
    key = next((each for each in [*named, *looked_up, own] if each in people), None)
    if key is None:
        return None
    found = people[key]
    return _Person(key == own, first(found, "name"), first(found, "device"), first(found, "location"))


def _opening(person: _Person | None, *, greeted: bool) -> Iterator[str]:
    if person is None:
        return
    hello = f"Hi {person.name.split()[0]}, here" if person.own and person.name and not greeted else "Here"
    where = f" in {person.place}" if person.place else ""
    if person.own:
        yield f"{hello} is what fits your {person.device}{where}." if person.device else f"{hello} is what I found."
    elif person.device:
        yield f"{person.name} uses a {person.device}{where}; this fits it."


def _searches(record: Record, deeds: Sequence[Deed]) -> Iterator[str]:
    searches = [deed for deed in deeds if deed.tool == "search_kb" and not deed.status]
    found = {articles.title(hit): hit for deed in searches if (hit := articles.best(deed))}
    person = _person(record, deeds)
    yield from _comparison(record, searches)
    if found:
        yield from _opening(person, greeted=record.fresh > 0)
        yield from (articles.shown(article, person.device if person else "") for article in found.values())
    for deed in searches:
        if not articles.best(deed):
            yield f"I found no article about “{deed.arguments.get('query', 'that')}”."
    if searches:
        yield (
            "If that does not help, say *open a ticket* and people will look at it."
            if found
            else ("Shall I open a ticket? Say *open a ticket* and people will look at it.")
        )


def _comparison(record: Record, searches: Sequence[Deed]) -> Iterator[str]:
    """The answer to "is that part of the same fix?": whether both problems led to the same article."""
    earlier = [deed for deed in record.deeds if deed.place < record.fresh and deed.tool == "search_kb"]
    before = next((deed for deed in reversed(earlier) if articles.best(deed)), None)
    now = next((deed for deed in searches if articles.best(deed)), None)
    asked = any(phrases.SAME_FIX.search(words.text) for words in record.new_words())
    if not (asked and before and now):
        return
    old, new = (articles.title(articles.best(deed) or {}) for deed in (before, now))
    topics = f"your {_topic(before)} problem", _topic(now)
    if old == new:
        yield f"Yes, that is part of the same fix: *{old}* covers {topics[0]} and {topics[1]}."
    else:
        yield f"No, that is a separate fix: *{old}* was for {topics[0]}, {topics[1]} has its own article, *{new}*."


def _topic(deed: Deed) -> str:
    query = str(deed.arguments.get("query", ""))
    topics = [each for each in phrases.TOPIC.findall(query) if each.lower() != "laptop"]
    return topics[0] if topics else query or "first"


def _found_people(record: Record, deeds: Sequence[Deed]) -> Iterator[str]:
    if any(deed.tool == "search_kb" for deed in deeds):
        return
    for deed in deeds:
        found = record.people().get(str(deed.arguments.get("user_id")).upper())
        if deed.tool == "lookup_user" and found:
            facts = [first(found, "department"), first(found, "device"), first(found, "location")]
            yield f"{first(found, 'name')}: {', '.join(filter(None, facts)) or 'nothing more is known'}."


def _plain(deed: Deed) -> Iterator[str]:
    """What the tools brought whose result needs no composing."""
    if deed.status:
        return
    if isinstance(deed.result, str) and deed.tool != "search_kb":
        yield deed.result
    elif deed.tool == "calculator":
        rounded = isinstance(deed.result, Mapping) and deed.result.get("exact") is False
        value = first(deed.result, "result")
        yield f"{deed.arguments.get('expression')} {'≈' if rounded else '='} **{value}**"
    elif deed.tool in _TICKETS and (told := tickets.told(deed)):
        yield told
    elif deed.tool == "remember":
        yield f"I will remember that ({first(deed.result, 'memory_id')}). {first(deed.result, 'note')}"
    elif deed.tool == "recall" and isinstance(deed.result, list):
        found = [f"- {first(each, 'fact')} ({first(each, 'memory_id')})" for each in deed.result]
        yield "\n".join(["This is what I remember of you:", *found]) if found else "I remember nothing of you."
    elif deed.tool in _WORDED:
        yield outcomes.result_text(deed) or f"Done: {outcomes.action(deed.tool, deed.arguments)}."


def _small_talk(record: Record) -> list[str]:
    thanked = any(phrases.THANKS.search(words.text) for words in record.new_words())
    return ["You are welcome. Anything else?"] if thanked else [MENU]
