"""What is planted: unique, and found by a part of it that nothing else has."""

import hashlib

from tests.leaks.program import WAYS

#: how many of each kind are planted
EACH = 8

#: where they are planted
KINDS = (
    *("message", "private message", "reply", "edited", "deleted", "file", "file name", "picture", "command"),
    *("output", "arguments", "denial", "result", "background", *WAYS),
    *("model 429", "model 500", "model 400", "model nonsense", "slack"),
    *("unsigned", "no request", "address", "form", "setting"),
)

#: what they look like; # is the part that none of the others has
SHAPES = (
    *("xoxb-planted-#", "sk-planted-#", "ghp_planted#", "AKIAPLANTED#", "eyJwbGFudGVk.#.x", "Bearer planted-#"),
    *(
        "planted.#@example.com",
        "https://x.example.com/?token=planted-#",
        "postgresql://planted:#@db/x",
        "-----KEY planted #",
    ),
)
#: and those of digits: a phone, a card, an account
NUMBERS = ("+4900#", "4242#", "DE00#")


def planted(kind: str, number: int) -> tuple[str, str]:
    """What is planted, and the part of it that is looked for."""
    digest = hashlib.sha256(f"{kind} {number}".encode()).hexdigest()
    shapes = SHAPES + NUMBERS
    shape = shapes[(KINDS.index(kind) + number) % len(shapes)]
    core = f"77{int(digest[:12], 16) % 10**12:012}" if shape in NUMBERS else digest[:20]
    return shape.replace("#", core), core


SECRETS = {kind: [planted(kind, number) for number in range(EACH)] for kind in KINDS}


def values(kind: str) -> list[str]:
    return [value for value, _ in SECRETS[kind]]


#: what has a form is redacted where content is logged: as somebody writes it, and the part that is looked for
FORMED = (
    ("planted.one@example.com", "planted.one"),
    ("+49 170 5550177", "5550177"),
    ("0170 5550178", "5550178"),
    ("4111 1111 1111 1111", "1111 1111"),
    ("xoxb-77777777-planted", "77777777"),
    ("203.0.113.77", "0.113.77"),
    ("2001:db8::77", "db8::77"),
    ("DE89 3704 0044 0532 0130 00", "0044 0532"),
    ("password: plantedword", "plantedword"),
    ("https://x.example.com/reset?token=planted-link", "planted-link"),
    ("Sam Patel", "Patel"),
)
