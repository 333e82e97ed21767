"""Addresses that may be links: those of trusted results, as they stand there, and no more than are remembered."""

import json

import pytest

from bot.core.items import Outcome, ToolResult
from bot.core.links import MAX_LINKS, is_address, linked

WIFI = "https://kb.example/wifi"


def result(output: object, *, trusted: bool = True, outcome: Outcome = "done") -> ToolResult:
    """What a tool gave."""
    return ToolResult(call=3, tool="search", outcome=outcome, output=json.dumps(output), trusted=trusted)


@pytest.mark.parametrize(
    ("output", "links"),
    [
        ({"url": WIFI}, (WIFI,)),
        (
            f'See {WIFI}.\nThen (https://kb.example/vpn), or "{WIFI}?a=1&b=2".',
            (WIFI, "https://kb.example/vpn", f"{WIFI}?a=1&b=2"),
        ),
        (f"<{WIFI}|the article> and [another]({WIFI}/2)", (WIFI, f"{WIFI}/2")),
        ("javascript://x ftp://kb.example", ()),
        ("https://kb.example/" + "x" * 500, ()),
    ],
)
def test_the_addresses_in_a_result(output: object, links: tuple[str, ...]) -> None:
    assert linked((), result(output), "{}") == links


def test_what_is_not_trusted_or_not_done_gives_none() -> None:
    assert linked((), result({"url": WIFI}, trusted=False), "{}") == ()
    assert linked((), result({"url": WIFI}, outcome="failed"), "{}") == ()


@pytest.mark.parametrize(
    ("text", "whole"),
    [(WIFI, True), (f"{WIFI} ", False), (f"see {WIFI}", False), ("javascript://x", False), (WIFI + "x" * 500, False)],
)
def test_an_address_is_one_alone_and_no_longer_than_a_link_may_be(text: str, whole: bool) -> None:
    assert is_address(text) is whole


@pytest.mark.parametrize(
    "arguments", [f'{{"text": "{WIFI}"}}', '{"text": "https:\\u002f\\u002fkb.example"}', "no JSON"]
)
def test_who_is_given_an_address_can_only_repeat_it(arguments: str) -> None:
    assert linked(("https://kb.example",), result({"url": WIFI}), arguments) == ("https://kb.example",)


def test_the_newest_are_remembered() -> None:
    links: tuple[str, ...] = ()
    for number in range(MAX_LINKS + 5):
        links = linked(links, result(f"https://kb.example/{number}"), "{}")
    links = linked(links, result("https://kb.example/7"), "{}")
    assert len(links) == MAX_LINKS
    assert links[-1] == "https://kb.example/7"
    assert links[0] == "https://kb.example/5"
