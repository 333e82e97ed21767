"""What counts as a word, in an article and in a question, the same for every database.

Promise: a word is made of letters and digits alone, in lower case, without accents; so none of it is search syntax.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from itertools import islice

#: different words of a question that are looked for
MAX_TERMS = 32
#: from so many articles on a word that is in more than COMMON of them is looked for in titles alone: in a text it tells
#: nothing, and to rank every article that has it is what takes the time
MANY, COMMON = 2_000, 0.2
#: words of the passage that is shown
PASSAGE_WORDS = 40

_STOP_TEXT = """
    a about after all also am an and any are as at be been but by can cannot could did do does doesn doing don for
    from get gets had has have having hello help hi how i if im in into is isn it its just ll m me my no not now
    of off on onto or our out please s so some t thanks that the their them then there these they this to too up
    ve was we were what when where which while who why will with won would you your
"""
_STOP_WORDS = frozenset(_STOP_TEXT.split())
_WORD = re.compile(r"[^\W_]+")
#: as FTS5's remove_diacritics takes them away: from the letters a to z, so that ü is u, and й stays what it is
_ACCENTS = re.compile("(?<=[a-z])[\u0300-\u036f]+")


def words(text: str) -> list[str]:
    """The words of a text, in order."""
    if text.isascii():
        return _WORD.findall(text.lower())
    lower = unicodedata.normalize("NFKC", text).lower()
    return _WORD.findall(unicodedata.normalize("NFKC", _ACCENTS.sub("", unicodedata.normalize("NFKD", lower))))


def telling_words(question: str) -> Sequence[str]:
    """The words to look for, each once; none where the question has no word.

    Stop words count only where there is nothing else.
    """
    asked = dict.fromkeys(words(question))
    return ([word for word in asked if word not in _STOP_WORDS] or list(asked))[:MAX_TERMS]


def rare_words(wanted: Sequence[str], found: Mapping[str, int], total: int) -> Sequence[str]:
    """Those that tell articles apart, by how many of `total` articles have each; all of them where none does."""
    return [word for word in wanted if total < MANY or found.get(word, 0) <= COMMON * total] or wanted


def passage(text: str, wanted: Collection[str]) -> str | None:
    """The PASSAGE_WORDS words of a text with the most different ones that are wanted, the first such; None: no such."""
    text = unicodedata.normalize("NFC", text)
    said, asked = _WORD.findall(text), frozenset(wanted)
    # each different word is looked at once, and most are what they are but for capitals
    meant = {each: asked & {each.lower()} if each.isascii() else asked.intersection(words(each)) for each in set(said)}
    hits = [(at, meant[each]) for at, each in enumerate(said) if meant[each]]
    if not hits:
        return None
    _, first = max((_different(hits[here : here + PASSAGE_WORDS]), -at) for here, (at, _) in enumerate(hits))
    return _cut(text, max(0, min(-first, len(said) - PASSAGE_WORDS)))


def _different(hits: Sequence[tuple[int, frozenset[str]]]) -> int:
    """How many different wanted words there are in the passage that begins with the first of these."""
    end = hits[0][0] + PASSAGE_WORDS
    return len(set[str]().union(*(found for at, found in hits if at < end)))


def _cut(text: str, first: int) -> str:
    """From the word `first` on, or all of it, with what shows where something is left out."""
    *shown, last = islice(_WORD.finditer(text), first, first + PASSAGE_WORDS)
    start = (shown or [last])[0].start() if first else 0
    end = last.end() if _WORD.search(text, last.end()) else len(text)
    return ("…" if first else "") + text[start:end] + ("…" if end < len(text) else "")
