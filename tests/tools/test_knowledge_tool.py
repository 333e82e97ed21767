"""What IT has written down: what the model gets of it, and a folder kept in step."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from tests.tools.rig import Desk, OwnDatabase
from tools.backends.article_folder import SHIPPED, BadArticleError, Synced, read_article, read_folder, sync_articles
from tools.backends.knowledge import Article, Knowledge
from tools.backends.sql_knowledge import SqlKnowledge
from tools.knowledge import MAX_TEXT_CHARS, TOP, search_kb
from tools.spec import Untrusted

SHIPPED_ARTICLES = read_folder(SHIPPED)
HEAD = "---\ntitle: {title}\ndescription: About it.\ntags: one, two\nupdated: 2026-01-02\n---\n{body}\n"


def article(slug: str, title: str, body: str = "Text.") -> Article:
    return read_article(f"{slug}.md", HEAD.format(title=title, body=body).encode())


@pytest.mark.parametrize("each", SHIPPED_ARTICLES, ids=lambda each: each.slug)
def test_shipped_articles_can_be_followed(each: Article) -> None:
    """Every article has a title, a short answer and tags, serves both laptops and says when to ask IT."""
    assert 15 <= len(each.title) <= 80
    assert 60 <= len(each.description) <= 220
    assert len(each.tags) >= 5
    assert each.url == f"{each.slug}.md"
    assert "\n## When to ask IT\n" in each.body
    assert 25 <= len((SHIPPED / each.url).read_text().splitlines()) <= 60
    assert len(each.body) <= MAX_TEXT_CHARS
    assert "MacBook" in each.body or "iPhone" in each.body or "laptop" in each.body


async def test_the_model_gets_links_dates_snippets_and_the_best_text(desk: Desk) -> None:
    articles = (await desk.use(search_kb, {"query": "printer queue stuck"}))["articles"]
    first, others = articles[0], articles[1:]
    assert len(articles) <= TOP
    assert first["title"] == "Printer does not print"
    assert first["url"] == "printer.md"
    assert first["updated"] == "2026-08-19"
    assert "queue" in first["snippet"].lower()
    assert "Re-add the printer" in first["text"]
    assert others
    assert all("text" not in each and each["snippet"] for each in others)


async def test_articles_that_nobody_reviewed_are_untrusted(desk: Desk, database: OwnDatabase) -> None:
    """One of them is enough, and a folder's review is of what is in it alone."""
    reviewed = await desk.result(search_kb, {"query": "printer"})
    assert not isinstance(reviewed, Untrusted)
    await SqlKnowledge(database).put([article("anybodys/print", "Printer tricks")])
    assert isinstance(await desk.result(search_kb, {"query": "printer"}), Untrusted)
    assert not isinstance(await desk.result(search_kb, {"query": "vpn"}), Untrusted)


def test_who_vouches_for_a_folder_vouches_for_what_is_in_it(tmp_path: Path) -> None:
    for name in ("howto/a.md", "howto/deep/b.md", "howto2/c.md", "d.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(HEAD.format(title=name, body="x"))

    def reviewed(*folders: str) -> list[str]:
        return [each.slug for each in read_folder(tmp_path, reviewed=folders) if each.reviewed]

    assert reviewed() == []
    assert reviewed("howto") == ["howto/a", "howto/deep/b"]
    assert reviewed("howto/deep/", "howto2") == ["howto/deep/b", "howto2/c"]
    assert reviewed(".") == ["d", "howto/a", "howto/deep/b", "howto2/c"]
    with pytest.raises(BadArticleError, match="typo: there is no such folder"):
        reviewed("typo")


async def test_what_a_review_says_of_an_article_changes_with_it(database: OwnDatabase, tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "kb")
    knowledge = SqlKnowledge(database)
    assert (await sync_articles(tmp_path / "kb", knowledge)).updated == len(SHIPPED_ARTICLES)
    assert not (await knowledge.search("wifi", 1))[0].article.reviewed


LIMITED = HEAD.replace("updated", "audience: [finance, admin-db]\nupdated")


async def test_an_article_for_some_is_shown_to_nobody_else_and_not_where_others_read_along(
    desk: Desk, database: OwnDatabase
) -> None:
    """Given an article for two groups, then only their members find it, in private; it takes no other one's place."""
    content = LIMITED.format(title="Xylophone", body="The keys of the xylophone.")
    secret = read_article("secret.md", content.encode())
    assert secret.audience == ("finance", "admin-db")
    await SqlKnowledge(database).put([secret, article("open", "Nothing", "A xylophone.")])

    async def found(**context: object) -> list[str]:
        return [each["url"] for each in (await desk.use(search_kb, {"query": "xylophone"}, **context))["articles"]]

    member, other = "U-301", "U-123"
    assert await found(requester=member) == ["secret.md", "open.md"]
    assert await found(requester=member, private=False) == ["open.md"]
    assert await found(requester=other) == ["open.md"]
    assert await found(requester=None) == ["open.md"]
    assert [each.article.slug for each in await SqlKnowledge(database).search("xylophone", 1)] == ["open"]
    await SqlKnowledge(database).put([article("secret", "Xylophone")])
    assert await found(requester=other) == ["secret.md", "open.md"]
    await SqlKnowledge(database).put([secret])
    await SqlKnowledge(database).remove(["secret"])
    assert await found(requester=member) == ["open.md"]


@pytest.mark.parametrize("query", ["zzzz qqqq", "", "   ", "!!! ??? ***", "\0"])
async def test_what_matches_nothing_is_an_empty_list(desk: Desk, query: str) -> None:
    assert await desk.use(search_kb, {"query": query}) == {"articles": []}


async def test_a_long_text_is_cut_at_a_line(database: OwnDatabase, desk: Desk) -> None:
    body = "\n".join(f"{number} xylophone" for number in range(2_000))
    await SqlKnowledge(database).put([article("long", "Xylophone", body)])
    cut = (await desk.use(search_kb, {"query": "xylophone"}))["articles"][0]["text"]
    assert len(cut) <= MAX_TEXT_CHARS + 2
    assert cut.endswith("xylophone\n…")


async def test_only_what_changed_is_written(database: OwnDatabase, tmp_path: Path) -> None:
    """Given a folder in which one article is new, one changed and one gone, then exactly these are touched."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path / "kb"))
    knowledge = SqlKnowledge(database)
    count = len(SHIPPED_ARTICLES)
    again = await sync_articles(folder, knowledge, reviewed=["."])
    assert again == Synced(added=0, updated=0, removed=0, unchanged=count)
    (folder / "wifi.md").unlink()
    (folder / "music").mkdir()
    (folder / "music" / "xylophone.md").write_text(HEAD.format(title="Xylophone", body="Play."))
    (folder / "vpn.md").write_text((folder / "vpn.md").read_text().replace("tunnel", "tunnel, glockenspiel"))
    changed = await sync_articles(folder, knowledge, reviewed=["."])
    assert changed == Synced(added=1, updated=1, removed=1, unchanged=count - 2)
    assert [each.article.slug for each in await knowledge.search("xylophone", 1)] == ["music/xylophone"]
    assert [each.article.slug for each in await knowledge.search("glockenspiel", 1)] == ["vpn"]
    assert "wifi" not in [each.article.slug for each in await knowledge.search("wifi", TOP)]


def check_index(connection: Connection) -> None:
    """Nothing. Raises where an index does not match the articles (rank 1: compare with the content table)."""
    connection.execute(text("INSERT INTO kb_title_fts(kb_title_fts, rank) VALUES ('integrity-check', 1)"))
    connection.execute(text("INSERT INTO kb_body_fts(kb_body_fts, rank) VALUES ('integrity-check', 1)"))


async def test_the_index_stays_whole_through_changes(database: OwnDatabase) -> None:
    knowledge = SqlKnowledge(database)
    await knowledge.put([article("a", "One"), article("b", "Two")])
    await knowledge.put([article("a", "Three")])
    await knowledge.remove(["b", "never-there"])
    assert [each.article.slug for each in await knowledge.search("three", 1)] == ["a"]
    if database.kind == "sqlite":
        await database.run(check_index)


async def test_links_follow_the_base_url(database: OwnDatabase) -> None:
    knowledge: Knowledge = SqlKnowledge(database)
    synced = await sync_articles(SHIPPED, SqlKnowledge(database), "https://kb.example.com/it/")
    assert synced.updated == len(SHIPPED_ARTICLES)
    assert (await knowledge.search("wifi", 1))[0].article.url == "https://kb.example.com/it/wifi.md"


async def test_one_bad_article_changes_nothing(database: OwnDatabase, tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text(HEAD.format(title="Good", body="x"))
    (tmp_path / "bad.md").write_text("no front matter")
    (tmp_path / "worse.md").write_bytes(b"---\ntitle: \xff\n---\n")
    knowledge = SqlKnowledge(database)
    before = await knowledge.digests()
    with pytest.raises(BadArticleError, match=r"(?s)^bad\.md: .*\nworse\.md: "):
        await sync_articles(tmp_path, knowledge)
    assert await knowledge.digests() == before


async def test_a_folder_that_is_not_there_empties_nothing(database: OwnDatabase, tmp_path: Path) -> None:
    knowledge = SqlKnowledge(database)
    with pytest.raises(BadArticleError, match="is not a folder"):
        await sync_articles(tmp_path / "typo", knowledge)
    assert len(await knowledge.digests()) == len(SHIPPED_ARTICLES)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "no front matter"),
        ("---\ntitle: x\n", "does not end"),
        ("---\ntitle: x\n---\n", "lacks description, tags, updated"),
        ("---\ntitle:\n---\n", "title is empty"),
        ("---\naudiences: it\n---\n", "'audiences: it' is not one of"),
        (HEAD.replace("tags", "audience: []\ntags"), "audience names no group"),
        ("---\ntags:\n  - a\n---\n", "tags is empty"),
        (HEAD.replace("2026-01-02", "last week"), "isoformat"),
    ],
)
def test_front_matter_that_is_not_understood_is_refused(content: str, complaint: str) -> None:
    """An article that somebody meant to limit must not be shown to all."""
    with pytest.raises(ValueError, match=complaint):
        read_article("x.md", content.encode())


def test_front_matter_as_other_programs_write_it_is_read() -> None:
    content = '\ufeff---\r\ntitle: "VPN: a guide"\r\n# remark\r\ndescription: \'d\'\r\ntags: [a, "b c", ]\r\n'
    read = read_article("x.md", (content + "updated: 2026-01-02\r\n---\r\nBody\r\n").encode())
    assert (read.title, read.description, read.tags, read.body) == ("VPN: a guide", "d", ("a", "b c"), "Body")
