"""The page of a one-time link: it sets a password once, and neither keeps nor passes on what stands in its address."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from bot.api import reset
from bot.run.kit import utc_now
from tests.fakes.model import ScriptedModel
from tests.rig import Helpdesk, helpdesk
from tools.backends.accounts import Account, ResetLink, token_hash
from tools.backends.sql_accounts import SqlAccounts

TOKEN = "one-time-token-of-a-test"
PASSWORD = "correct horse battery"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Helpdesk]:
    async with helpdesk(tmp_path, ScriptedModel()) as running:
        yield running


@pytest.fixture
def accounts(desk: Helpdesk) -> SqlAccounts:
    assert isinstance(desk.bot.passwords, SqlAccounts)
    return desk.bot.passwords


@pytest.fixture
async def page(accounts: SqlAccounts) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser."""
    transport = httpx2.ASGITransport(Starlette(routes=reset.routes(accounts)))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        yield client


async def issue(accounts: SqlAccounts, valid: timedelta = timedelta(minutes=15)) -> None:
    """Sam gets a link."""
    link = ResetLink("U-456", token_hash(SecretStr(TOKEN)), utc_now() + valid)
    await accounts.issue(link, f"key {valid}", utc_now())


async def send(page: httpx2.AsyncClient, password: str = PASSWORD, token: str = TOKEN) -> httpx2.Response:
    """Send the form."""
    return await page.post("/reset", data={"token": token, "password": password})


async def sam(accounts: SqlAccounts) -> Account:
    """Sam's account."""
    found = await accounts.find("U-456")
    assert found
    return found


async def test_a_good_link_sets_the_password_once(page: httpx2.AsyncClient, accounts: SqlAccounts) -> None:
    await issue(accounts)
    assert TOKEN in (await page.get("/reset", params={"token": TOKEN})).text
    done = await send(page)
    assert (done.status_code, "Your password is set" in done.text) == (200, True)
    assert (await sam(accounts)).password_changed_at
    assert not (await sam(accounts)).locked

    again = await send(page)
    assert (again.status_code, "This link no longer works" in again.text) == (410, True)


async def test_an_unknown_an_old_and_an_empty_link_set_nothing(page: httpx2.AsyncClient, accounts: SqlAccounts) -> None:
    await issue(accounts, -timedelta(seconds=1))
    for token in (TOKEN, "another", "", "\x00", "x" * 5_000):
        answer = await send(page, token=token)
        assert (answer.status_code, "This link no longer works" in answer.text) == (410, True), token
    assert (await sam(accounts)).password_changed_at is None


async def test_a_weak_password_is_explained_and_the_link_still_works(
    page: httpx2.AsyncClient, accounts: SqlAccounts
) -> None:
    await issue(accounts)
    for weak, why in [
        ("short", "12 to 256 characters"),
        ("a" * 20, "6 different"),
        ("", "12 to"),
        ("x1" * 200, "12 to"),
    ]:
        answer = await send(page, weak)
        assert why in answer.text
        assert TOKEN in answer.text, "the form can be sent again"
    assert "Your password is set" in (await send(page)).text


async def test_looking_at_the_page_uses_nothing_up(page: httpx2.AsyncClient, accounts: SqlAccounts) -> None:
    await issue(accounts)
    for method in ("GET", "HEAD", "GET"):
        assert (await page.request(method, "/reset", params={"token": TOKEN})).status_code == 200
    assert "Your password is set" in (await send(page)).text


async def test_every_answer_is_kept_by_nobody_and_tells_nobody(page: httpx2.AsyncClient, accounts: SqlAccounts) -> None:
    await issue(accounts)
    for answer in [await page.get("/reset"), await send(page, "weak"), await send(page), await send(page)]:
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert not {"script", "src=", "http:", "https:", "href="} & set(answer.text.lower().split('"'))
        assert PASSWORD not in answer.text


async def test_a_token_is_text_and_never_markup(page: httpx2.AsyncClient) -> None:
    for token in ('"><script>alert(1)</script>', "'onfocus='x", "&lt;b&gt;", "{token}", "\u202e"):
        for answer in [await page.get("/reset", params={"token": token}), await send(page, "weak", token)]:
            assert "<script>" not in answer.text
            assert "'onfocus='" not in answer.text
            assert answer.text.count("<input") in (0, 2)


async def test_a_body_that_is_no_form_is_refused(page: httpx2.AsyncClient) -> None:
    assert (await page.post("/reset", content=b"x" * (reset.MAX_FORM + 1))).status_code == 413
    for body in (b"", b"\xff\xfe", b"token", b"%%%", b"&" * 5_000, b'{"token": "x"}'):
        assert (await page.post("/reset", content=body)).status_code == 410


@pytest.mark.sqlite
async def test_a_database_that_is_away_is_told_and_the_link_stays(
    desk: Helpdesk, page: httpx2.AsyncClient, accounts: SqlAccounts
) -> None:
    await issue(accounts)
    await desk.bot.database.run(lambda connection: connection.exec_driver_sql("ALTER TABLE accounts RENAME TO away"))
    away = await send(page)
    assert (away.status_code, "Please try again" in away.text) == (503, True)
    await desk.bot.database.run(lambda connection: connection.exec_driver_sql("ALTER TABLE away RENAME TO accounts"))
    assert "Your password is set" in (await send(page)).text
