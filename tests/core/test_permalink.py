"""The addresses of Slack's messages and threads, for those who could open them."""

import pytest

from bot.core import items
from bot.core.permalink import of_thread, permalink

HOUSE = "https://house.slack.com/"


def test_a_message_of_a_thread_is_opened_in_its_thread_and_any_other_by_itself() -> None:
    alone = "https://house.slack.com/archives/C1/p1763726400000100"
    assert permalink(HOUSE, "C1", "", "1763726400.000100") == alone
    assert permalink(HOUSE, "C1", "1763726300.000200", "1763726400.000100") == (
        f"{alone}?thread_ts=1763726300.000200&cid=C1"
    )


def place(channel: str = "C1", *, private: bool = False) -> items.Opened:
    """A thread there."""
    return items.Opened(tenant="T1", channel=channel, thread_ts="1.1", private=private)


def test_a_thread_has_the_address_of_its_first_message() -> None:
    assert of_thread(place(), HOUSE) == permalink(HOUSE, "C1", "1.1", "1.1")


@pytest.mark.parametrize(
    ("opened", "workspace_url"),
    [(place(private=True), HOUSE), (place(items.API), HOUSE), (place(items.TERMINAL), HOUSE), (place(), "")],
)
def test_where_only_one_person_could_open_it_or_nobody_there_is_no_address(
    opened: items.Opened, workspace_url: str
) -> None:
    assert of_thread(opened, workspace_url) is None


@pytest.mark.parametrize(("channel", "out"), [("C1", False), ("D1", False), (items.API, True), (items.TERMINAL, True)])
def test_a_conversation_s_name_says_whether_it_takes_place_in_slack(channel: str, out: bool) -> None:
    assert items.out_of_slack(place(channel).conversation) is out
