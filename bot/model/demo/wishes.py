"""What a message asks for, as calls to make or a question to ask back: patterns, one table of them, nothing else.

Promise: the same message and record always give the same wishes, in the message's own order.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from bot.model.demo import access, phrases, tickets
from bot.model.demo.clause import Clause, Wish
from bot.model.demo.record import Record, Words

#: "it's U-456", "the id is U-456"
_WORDS_ROUND_AN_ID = 4

#: characters of another person's message that are searched for
MAX_QUERY = 200


def wishes(words: Words, record: Record) -> list[Wish]:
    """Everything one message asks for."""
    text = phrases.PERCENT_OF.sub(r"\1/100*", words.text)
    found = [Wish("calculator", {"expression": _sum(taken[1])}) for taken in phrases.SUM.finditer(text)]
    text = phrases.SUM.sub(". ", text)
    found += [tickets.opened(taken[0], words, record) for taken in phrases.NEW_TICKET.finditer(text)]
    text = phrases.NEW_TICKET.sub(". ", text)
    clauses = [Clause(part.strip(), words, record) for part in phrases.BOUNDARY.split(text) if part.strip()]
    found += [wish for clause in clauses if (wish := _of_clause(clause))]
    if not found and (earlier := _asked_back(words, record)):
        return wishes(earlier, record)
    if not found and phrases.TOPIC.search(words.quoted):
        found = [Wish("search_kb", {"query": query(words.quoted)[:MAX_QUERY]})]
    troubled = any(wish.tool == "search_kb" for wish in found)
    return [*(wish for clause in clauses if (wish := _lookup(clause, troubled))), *found]


def _asked_back(words: Words, record: Record) -> Words | None:
    """The writer's earlier message completed by this one, where all this one holds is the id we asked for."""
    person = phrases.PERSON.search(words.text)
    earlier = [each for each in record.words if each.place < words.place and each.speaker == words.speaker]
    if not person or not earlier or len(words.text.split()) > _WORDS_ROUND_AN_ID:
        return None
    if not any(wish.ask for wish in wishes(earlier[-1], record)):
        return None
    return replace(words, text=f"{earlier[-1].text.rstrip(' .!?')} {person[0]}")


def _of_clause(clause: Clause) -> Wish | None:
    if wish := _act(clause):
        return wish
    topic = phrases.TOPIC.search(clause.text)
    if phrases.SAME_FIX.search(clause.text) and not topic:
        return None
    return _search(clause) if topic or phrases.TROUBLE.search(clause.text) else None


def _act(clause: Clause) -> Wish | None:
    return next((wish for pattern, act in _ACTS if pattern.search(clause.text) and (wish := act(clause))), None)


def query(text: str) -> str:
    """The problem in a clause, without the words around it."""
    return (
        " ".join(phrases.FILLER.sub(" ", phrases.BRACKETS.sub(" ", text)).split()).strip(" ,.:;?!-'\"") or text.strip()
    )


def _lookup(clause: Clause, troubled: bool) -> Wish | None:
    """People are looked up where something of theirs is in trouble, or where that is what was asked."""
    asked = phrases.WHO.search(clause.text)
    wanted = asked or (troubled and not _act(clause))
    person = clause.person() or (None if asked else clause.record.person_of(clause.words))
    if person is None or not wanted or person in clause.record.people():
        return None
    return Wish("lookup_user", {"user_id": person})


def _search(clause: Clause) -> Wish:
    return Wish("search_kb", {"query": query(clause.text)})


def _reset(clause: Clause) -> Wish:
    return _for_person("reset_password", "Whose password shall I ask to reset? Please give me the id (U-…).", clause)


def _unlock(clause: Clause) -> Wish:
    return _for_person("unlock_account", "Whose account shall I unlock? Please give me the id (U-…).", clause)


def _for_person(tool: str, ask: str, clause: Clause) -> Wish:
    unnamed = phrases.A_COLLEAGUE.search(clause.text) and not phrases.PERSON.search(clause.text)
    person = None if unnamed else clause.person()
    return Wish(tool, {"user_id": person}) if person else Wish(ask=ask)


def _remember(clause: Clause) -> Wish:
    found = phrases.REMEMBER.search(clause.text)
    return Wish("remember", {"fact": found[1].strip()[:500] if found else ""})


def _recall(clause: Clause) -> Wish:
    found = phrases.RECALL.search(clause.text)
    return Wish("recall", {"query": query(found[1])[:200] if found and found[1].strip() else ""})


def _forget(clause: Clause) -> Wish | None:
    found = phrases.MEMORY_ID.search(clause.text)
    forgets = found and re.search(r"\b(?:forget|delete)\b", clause.text, re.IGNORECASE)
    return Wish("forget", {"memory_id": found[0].upper()}) if found and forgets else None


def _withdraw(clause: Clause) -> Wish:
    named = phrases.REQUEST_NUMBER.search(clause.text)
    waiting = clause.record.waiting(clause.words.place)
    if not named and not waiting:
        return Wish(ask="All right. No request of this thread is waiting, so there is nothing to withdraw.")
    return Wish("withdraw_request", {"request": int(named[1]) if named else waiting[-1]})


def _status(clause: Clause) -> Wish:
    named = phrases.REQUEST_NUMBER.search(clause.text)
    known = sorted(clause.record.requests(clause.words.place))
    if not named and not known:
        return Wish(ask="There is no approval request in this thread.")
    return Wish("request_status", {"request": int(named[1]) if named else known[-1]})


def _human(clause: Clause) -> Wish:
    earlier = [each.text.strip() for each in clause.record.words if each.place < clause.words.place]
    troubles = [text for text in earlier if phrases.TOPIC.search(text) or phrases.TROUBLE.search(text)]
    return Wish("escalate_to_human", {"summary": "\n".join([*troubles[-3:], clause.words.text.strip()])[-2_000:]})


def _approve(_: Clause) -> Wish:
    return Wish(ask="Written words approve nothing: somebody who may approve presses *Approve* on the card.")


#: what a clause asks for is the first of these it fits
_ACTS: tuple[tuple[re.Pattern[str], Callable[[Clause], Wish | None]], ...] = (
    (phrases.HOW_TO, _search),
    (phrases.HUMAN, _human),
    (phrases.MEMORY_ID, _forget),
    (phrases.REMEMBER, _remember),
    (phrases.RECALL, _recall),
    (phrases.WITHDRAW, _withdraw),
    (phrases.CLOSE_TICKET, tickets.closed),
    (phrases.SHARE_TICKET, tickets.shared),
    (phrases.NOTE_TICKET, tickets.noted),
    (phrases.TICKET, tickets.read),
    (phrases.MY_TICKETS, tickets.mine),
    (phrases.WIPE, access.wipe),
    (phrases.REVOKE, access.revoke),
    (phrases.OWN_ACCESS, access.own_access),
    (phrases.GRANT, access.grant),
    (phrases.DEVICE, access.find_device),
    (phrases.APPROVE, _approve),
    (phrases.STATUS, _status),
    (phrases.RESET, _reset),
    (phrases.UNLOCK, _unlock),
)


def _sum(text: str) -> str:
    return text.strip().replace("x", "*").replace("^", "**").replace(",", "")
