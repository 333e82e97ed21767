"""Searching, the same on every database: obvious questions, hostile ones, other languages, and in which order."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.tools.rig import OwnDatabase
from tests.tools.test_knowledge_tool import article
from tools.backends import words
from tools.backends.sql_knowledge import SqlKnowledge
from tools.backends.words import MAX_TERMS, PASSAGE_WORDS, passage, telling_words
from tools.knowledge import TOP

#: what a query language would take for its own
SYNTAX = "wifi \"*():^-+{}NEARORAND\\'%_;&|!<>\0"


@pytest.mark.parametrize(
    ("question", "slug"),
    [
        ("my laptop will not connect to wifi", "wifi"),
        ("Wi-Fi not working on MacBook", "wifi"),
        ("no wireless internet in the office", "wifi"),
        ("VPN", "vpn"),
        ("What about my VPN, is that part of the same fix?", "vpn"),
        ("vpn client keeps disconnecting", "vpn"),
        ("printer", "printer"),
        ("the printer is stuck, jobs in the queue do not print", "printer"),
        ("I forgot my password", "password-reset"),
        ("password expired", "password-reset"),
        ("my account is locked", "account-locked"),
        ("I got a new phone, authenticator does not work", "mfa-new-phone"),
        ("set up email on my iphone", "email-on-phone"),
        ("access denied on the shared drive", "shared-drive"),
        ("how do I install software", "software-request"),
        ("my laptop is very slow", "laptop-slow"),
        ("external monitor is not detected by the dock", "monitor-dock"),
        ("nobody can hear me in video calls, microphone", "video-call-audio"),
        ("I clicked a link in a phishing email", "phishing"),
        ("my laptop was stolen", "lost-device"),
        ("first day checklist", "new-starter"),
        ("disk full", "disk-full"),
    ],
)
async def test_an_obvious_question_finds_its_article_first(database: OwnDatabase, question: str, slug: str) -> None:
    found = await SqlKnowledge(database).search(question, TOP)
    assert [each.article.slug for each in found][:1] == [slug]


def test_stop_words_count_only_where_there_is_nothing_else() -> None:
    assert telling_words("How do I connect to the VPN?") == ["connect", "vpn"]
    assert telling_words("what is it") == ["what", "is", "it"]
    assert telling_words("VPN vpn Vpn") == ["vpn"]


def test_only_words_are_left_of_a_question_and_their_number_is_bounded() -> None:
    assert telling_words('title:x NEAR("a" b*) ^c {d} AND -e & (f | !g) <-> h:*') == [
        *("title", "x", "near", "b", "c", "d", "e", "f", "g", "h")
    ]
    assert len(telling_words(" ".join(f"w{number}" for number in range(500)))) == MAX_TERMS


@given(st.text())
def test_a_word_is_a_word_however_often_one_looks(text: str) -> None:
    """Given any text, then its words hold letters and digits alone, and are their own words."""
    found = words.words(text)
    assert all(word.isalnum() for word in found)
    assert [again for word in found for again in words.words(word)] == found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(query=st.text(max_size=80) | st.text(alphabet=SYNTAX, max_size=40))
@example(query="x" * 5_000)
@example(query="\ufdfa" * 500)
@example(query="wifi\ud800\0")
async def test_any_question_is_only_ever_words(database: OwnDatabase, query: str) -> None:
    """Given any text, then searching raises nothing."""
    assert len(await SqlKnowledge(database).search(query, TOP)) <= TOP


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(title=st.text(min_size=1, max_size=30), body=st.text(max_size=300) | st.text(alphabet=SYNTAX, max_size=100))
async def test_any_article_can_be_kept_and_is_found_by_its_words(database: OwnDatabase, title: str, body: str) -> None:
    knowledge = SqlKnowledge(database)
    await knowledge.put([replace(article("any", "x", body), title=f"{title} xylophone")])
    found = await knowledge.search("xylophone", TOP)
    assert [each.article.slug for each in found] == ["any"]


async def test_a_title_weighs_more_than_a_text(database: OwnDatabase) -> None:
    knowledge = SqlKnowledge(database)
    await knowledge.put([article("a", "Other things", "The xylophone. " * 3), article("b", "Xylophone", "Other.")])
    found = await knowledge.search("xylophone", TOP)
    assert [(each.article.slug, each.snippet) for each in found] == [
        ("b", "About it."),  # only its title matched
        ("a", "The xylophone. The xylophone. The xylophone."),
    ]


async def test_a_rare_word_says_more_than_one_that_is_everywhere(database: OwnDatabase) -> None:
    knowledge = SqlKnowledge(database)
    common = [article(f"c{number}", f"Part {number}", "A tuba, another tuba, tubas. ") for number in range(20)]
    await knowledge.put([*common, article("rare", "Part 99", "One celesta.")])
    assert (await knowledge.search("tuba celesta", 1))[0].article.slug == "rare"


async def test_what_fits_equally_well_is_always_in_the_same_order(database: OwnDatabase) -> None:
    knowledge = SqlKnowledge(database)
    await knowledge.put([article(f"a{number}", "Same", "The same xylophone.") for number in range(20)])
    first = [each.article.slug for each in await knowledge.search("same xylophone", 20)]
    assert first == [f"a{number}" for number in range(20)]
    await knowledge.put([article("a3", "Same", "The same xylophone.")])
    assert [each.article.slug for each in await knowledge.search("same xylophone", 20)] == first


@pytest.mark.parametrize(
    "question",
    [
        "Büro",
        "BÜRO",
        "buro",
        "Bu\u0308ro",
        "réseau",
        "RESEAU",
        "straße",
        "Ελλάδα",
        "ключ",
        "\uff36\uff30\uff2e\uff12",
        "tiếng",
        "İzmir",
        "x_y",
    ],
)
async def test_words_of_other_languages_are_found(database: OwnDatabase, question: str) -> None:
    text = "Das Büro, le réseau, die Straße, Ελλάδα, ключ, VPN2, tiếng Việt, izmir, intranet.example.com/x_y."
    knowledge = SqlKnowledge(database)
    await knowledge.put([article("other", "Other", text)])
    assert [(each.article.slug, each.snippet) for each in await knowledge.search(question, TOP)] == [("other", text)]


@pytest.mark.parametrize("question", ["intranet", "example", "wi", "fi", "mail-server", "2fa"])
async def test_parts_of_addresses_and_of_hyphened_words_are_words(database: OwnDatabase, question: str) -> None:
    text = "See intranet.example.com/wi-fi?a=b, write to mail-server@example.com, or 2fa."
    knowledge = SqlKnowledge(database)
    await knowledge.put([article("parts", "Xylophone", text)])
    assert "parts" in [each.article.slug for each in await knowledge.search(f"{question} xylophone", TOP)]
    assert text in [each.snippet for each in await knowledge.search(question, 50)]


async def test_a_huge_article_is_kept_and_found_by_its_beginning(database: OwnDatabase) -> None:
    knowledge = SqlKnowledge(database)
    huge = " ".join(["xylophone", *(f"{'w' * 60}{number}" for number in range(30_000)), "glockenspiel" * 1_000])
    await knowledge.put([article("huge", "Huge", huge)])
    (found,) = await knowledge.search("xylophone", TOP)
    assert found.article.body == huge
    assert found.snippet.startswith("xylophone w")


async def test_a_word_that_fills_an_article_costs_no_more_than_any_other(database: OwnDatabase) -> None:
    """Given so often that comparing each place with each would take minutes."""
    knowledge = SqlKnowledge(database)
    await knowledge.put([article("full", "Full", "xylophone " * 50_000)])
    assert [each.article.slug for each in await knowledge.search("xylophone", TOP)] == ["full"]


def test_a_passage_is_where_most_of_the_words_are() -> None:
    text = "One key. " + "So it goes on. " * 30 + "The key, and the lock! " + "And on. " * 50
    found = passage(text, ["key", "lock"])
    assert found
    assert found.startswith("…key, and the lock! And on.")
    assert found.endswith("…")
    assert len(found.split()) == PASSAGE_WORDS
    assert passage(text, ["door"]) is None


def test_a_passage_does_not_end_before_the_text_does() -> None:
    text = " ".join(f"w{number}" for number in range(100)) + "."
    assert passage(text, ["w99"]) == "…" + " ".join(f"w{number}" for number in range(60, 100)) + "."
    assert passage("Only this.", ["this"]) == "Only this."
