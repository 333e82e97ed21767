"""What must be true of calls that were started: how often, with what effect outside, and what was told of it."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.chaos.record import Line, Record

#: tools of which one start is one effect
UNREPEATABLE = ("ring_bell", "sound_alarm")

#: what a start gives that was surely not carried out: its worker had stood still, or could not write it
NOT_CARRIED_OUT = "Not run: "


def what_cannot_be_repeated_starts_once(record: Record) -> Iterator[str]:
    """Such a call is started at most once, and again only if the first start is known not to have acted."""
    results = _by_call(record, "tool_result")
    for call, starts in _by_call(record, "tool_start").items():
        if starts[0].content["tool"] not in UNREPEATABLE:
            continue
        not_run = sum(each.content["output"].startswith(NOT_CARRIED_OUT) for each in results.get(call, []))
        if len(starts) > 1 + not_run or starts[0].content["attempt"] != 1:
            yield f"{_call(call)} was started {len(starts)} times"


def what_cannot_be_repeated_acts_once(record: Record) -> Iterator[str]:
    """It acts at most once; exactly once where the log says it is done; never where the log does not say it started."""
    starts, results = _by_call(record, "tool_start"), _by_call(record, "tool_result")
    calls = {_call(call): call for call, lines in starts.items() if lines[0].content["tool"] in UNREPEATABLE}
    for key in calls.keys() | record.rings.keys():
        times = record.rings.get(key, 0)
        done = any(each.content["outcome"] == "done" for each in results.get(calls.get(key, ("", 0)), []))
        if times > 1:
            yield f"{key} acted {times} times"
        if times and key not in calls:
            yield f"{key} acted and the log has no start of it"
        if done and not times:
            yield f"{key} is said to be done and never acted"


def what_can_be_repeated_has_one_effect(record: Record) -> Iterator[str]:
    """A ticket, a link, an access exists once for each call that was done, and for none that never started."""
    for title, times in Counter(record.tickets).items():
        if times > 1:
            yield f"there are {times} tickets {title!r}"
    done = {_call(call) for call, lines in _by_call(record, "tool_result").items() if _done(lines)}
    started = {_call(call): lines[0].content["tool"] for call, lines in _by_call(record, "tool_start").items()}
    for tool, effects in (("reset_password", record.resets), ("grant_access", record.grants)):
        mine = {key for key, name in started.items() if name == tool}
        yield from (f"{tool} {key} is done and left no trace" for key in (mine & done) - set(effects))
        yield from (f"{tool} {key} took effect and never started" for key in set(effects) - mine)
    tickets = sum(1 for key in done if started[key] == "create_ticket")
    if tickets > len(record.tickets):
        yield f"{tickets} tickets were opened by the log, and there are {len(record.tickets)}"


def each_start_has_an_outcome_and_unknown_ones_are_told(record: Record) -> Iterator[str]:
    """Of each started call the log says what came of it; where nobody knows, the thread says so."""
    results, unknown = _by_call(record, "tool_result"), _by_call(record, "tool_unknown")
    for call in _by_call(record, "tool_start"):
        last = results.get(call, [None])[-1]
        if call in unknown:
            yield from (f"{_call(call)}: that its outcome is unknown is not told" for each in unknown[call]
                        if not record.shown(each))  # fmt: skip
        elif last is None or last.content["outcome"] == "passing":
            yield f"{_call(call)} was started and has no outcome"


def _by_call(record: Record, kind: str) -> dict[tuple[str, int], list[Line]]:
    found = defaultdict(list)
    for line in record.items(kind):
        found[line.conversation, line.content["call"]].append(line)
    return found


def _call(call: tuple[str, int]) -> str:
    """The key under which a call acts."""
    return f"{call[0]}#{call[1]}"


def _done(results: list[Line]) -> bool:
    return any(each.content["outcome"] == "done" for each in results)
