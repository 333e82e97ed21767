"""What is secret or personal stays where it was said: 200 planted ones, through the real process in every way, and then
they are looked for wherever they must not be.

A place more is one line: in `LIVE` where it is read while the process runs, else in `PLACES`.
"""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.leaks.doing import everything, settings, what_has_a_form
from tests.leaks.planted import EACH, FORMED, KINDS, SECRETS
from tests.leaks.program import WAYS
from tests.leaks.told import Server, Told, command, rows
from tests.world import a_world

#: where nothing of it may be, while the process runs: how that is read
LIVE: dict[str, Callable[[Told], Awaitable[str]]] = {
    "/readyz": lambda told: told.get("/readyz"),
    "/reset": lambda told: told.get("/reset"),
    "/metrics": lambda told: told.get("/metrics", "HELPDESK_METRICS_PORT"),
}

#: and when it has ended
PLACES: dict[str, Callable[[Told], Awaitable[str] | str]] = {
    "the program's log": lambda told: told.output.read_text(),
    "traces": lambda told: told.traces(),
    "the skeleton of the audit trail": lambda told: rows(told, "log", ["body", "nonce"]),
    "the inbox": lambda told: rows(told, "inbox"),
    **{
        f"the table {each}": lambda told, each=each: rows(told, each)  # type: ignore[misc]
        for each in ("conversations", "turns", "usage", "tool_usage", "starts", "endings", "house", "pauses", "streams")
    },
    "the table requests": lambda told: rows(told, "requests", ["reason"]),
    "the table deliveries": lambda told: rows(told, "deliveries", ["content"]),
    "checkpoints": lambda told: (told.world.folder / "checkpoints").read_text(),
    "helpdesk usage": lambda told: command(told, "usage", "--json"),
    "helpdesk audit verify": lambda told: command(told, "audit", "verify"),
    "channels of others": lambda told: str([told.world.slack.messages(each) for each in ("C0GENERAL", "D0RAVI")]),
}

#: what is in the bodies of the log, and what the model was asked: so it is known to have come in
KEPT = ("message", "private message", "reply", "file", "output", "arguments", "denial", "result", "failed", "again")
ASKED = ("message", "private message", "reply", "file", "file name", "arguments", "result", "failed", "again")

#: of these a reader of the approval channel reads none: they were said elsewhere, or are nobody's to read
NOT_ON_CARDS = [each for each in KINDS if each not in ("arguments", "denial", "message")]


async def test_nothing_planted_is_where_it_must_not_be(tmp_path: Path) -> None:
    assert sum(len(each) for each in SECRETS.values()) >= 200
    assert len({core for each in SECRETS.values() for _, core in each}) == EACH * len(KINDS)
    async with a_world(tmp_path, model=Server()) as world:
        world.environment |= settings(world)
        async with Told(world) as told:
            await everything(world)
            found = [f"{kind} in {place}" for place, read in LIVE.items() for kind in seen(await read(told))]
        for place, read in PLACES.items():
            text = read(told)
            found += [f"{kind} in {place}" for kind in seen(text if isinstance(text, str) else await text)]
        assert found == []
        bodies, asked = rows(told, "log"), str(world.model.bodies)
        assert [kind for kind in KEPT for _, core in SECRETS[kind] if core not in bodies] == [], "it came in"
        assert [kind for kind in ASKED for _, core in SECRETS[kind] if core not in asked] == []
        cards = str(world.slack.messages("C0APPROVE"))
        assert "announce" in cards
        assert [kind for kind in NOT_ON_CARDS for _, core in SECRETS[kind] if core in cards] == []


async def test_what_has_a_form_is_in_no_log_where_content_is(tmp_path: Path) -> None:
    async with a_world(tmp_path, model=Server()) as world:
        texts = [", ".join(text for text, _ in FORMED)]
        leaks = json.dumps(dict.fromkeys(("result", *WAYS), texts))
        world.environment |= settings(world) | {"HELPDESK_LOG_CONTENT": "redacted", "LEAKS": leaks}
        async with Told(world) as told:
            await what_has_a_form(world)
            metrics = await told.get("/metrics", "HELPDESK_METRICS_PORT")
        log = told.output.read_text()
        for word in ("[email]", "[phone]", "[card]", "[token]", "[ip]", "[iban]", "[password]", "[link]", "[name]"):
            assert word in log, word
        for place in (log, metrics, told.traces()):
            assert [text for text, core in FORMED if core in place] == []
        assert [text for text, core in FORMED if core not in rows(told, "log")] == [], "it came in"


def seen(text: str) -> list[str]:
    """The kinds of what is in the text of a place."""
    assert text, "an empty place proves nothing"
    return [kind for kind in KINDS for value, core in SECRETS[kind] if core in text or value in text]
