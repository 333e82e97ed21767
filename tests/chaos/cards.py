"""What a card must say, by the log alone; and the cards that say something else."""

from collections.abc import Iterator

from tests.chaos.record import Line, Record, key_of, words_of

#: what a card says of a call that was approved, by what came of it
ENDS = {
    "done": "Done.",
    "failed": "Did not work",
    "wrong": "Did not work",
    "unknown": "Interrupted",
    "refused": "It did not start",
    "renewed": "takes its place",
}


def card_shows_the_truth(record: Record) -> Iterator[str]:
    """Every copy of a card says how its request ended and what came of the call, or that it waits."""
    for line in record.items("request"):
        if line.content.get("number") is not None:
            continue  # a later version is shown on the card of the first
        copies = [post for post in record.posts if (key_of(post) or "").startswith(f"{line.conversation}/{line.seq}/")]
        if not copies:
            yield f"{line.conversation}/{line.seq} has no card"
        for copy in copies:
            for wanted in _wanted(record.log[line.conversation], line):
                if wanted not in words_of(copy):
                    yield f"{key_of(copy)} does not say {wanted!r}: {copy.text}"
            if _verdict(record.log[line.conversation], line) and "waiting" in words_of(copy).lower():
                yield f"{key_of(copy)} says that it waits, and it is closed"


def _wanted(lines: list[Line], request: Line) -> Iterator[str]:
    verdict = _verdict(lines, request)
    yield f": {verdict or 'waiting for approval'}"
    if verdict == "approved" and (end := _end(lines, request)):
        yield ENDS[end]


def _verdict(lines: list[Line], request: Line) -> str | None:
    closes = [each.content["verdict"] for each in lines if _is_about(each, "close", "request", request.seq)]
    return str(closes[-1]) if closes else None


def _end(lines: list[Line], request: Line) -> str | None:
    call = request.content["call"]
    if any(_is_about(each, "request", "renews", request.seq) for each in lines):
        return "renewed"
    if any(_is_about(each, "tool_unknown", "call", call) for each in lines):
        return "unknown"
    if any(_is_about(each, "refused", "call", call) for each in lines):
        return "refused"
    ends = [each.content["outcome"] for each in lines if _is_about(each, "tool_result", "call", call)]
    return str(ends[-1]) if ends and ends[-1] != "passing" else None


def _is_about(line: Line, kind: str, field: str, number: int) -> bool:
    return line.kind == kind and line.content.get(field) == number
