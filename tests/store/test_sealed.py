"""One-time secrets at rest: only the key opens them, and they do not stay."""

from pydantic import SecretStr
from sqlalchemy import select

from bot.store.database import Database
from bot.store.sealed import KEPT, Seal, drop, drop_expired
from bot.store.tables import sealed

SECRET = SecretStr("a-one-time-secret")


async def test_the_key_opens_it_and_nothing_else_does(database: Database) -> None:
    seal, other = Seal.of(SecretStr("k" * 32)), Seal.of(SecretStr("l" * 32))
    await database.run(lambda c: seal.put(c, "T:C:1", 7, SECRET, 0.0))
    assert await database.run(lambda c: seal.get(c, "T:C:1", 7)) == SECRET
    assert await database.run(lambda c: other.get(c, "T:C:1", 7)) is None
    assert await database.run(lambda c: seal.get(c, "T:C:1", 8)) is None
    ciphertext = await database.run(lambda c: c.scalar(select(sealed.c.ciphertext)))
    assert b"a-one-time-secret" not in (ciphertext or b"")
    assert "k" * 8 not in repr(seal)


async def test_an_earlier_attempts_secret_stays_the_one(database: Database) -> None:
    seal = Seal.of(SecretStr("k" * 32))
    await database.run(lambda c: seal.put(c, "T:C:1", 7, SECRET, 0.0))
    await database.run(lambda c: seal.put(c, "T:C:1", 7, SecretStr("another"), 0.0))
    assert await database.run(lambda c: seal.get(c, "T:C:1", 7)) == SECRET


async def test_it_goes_when_its_reader_has_it_or_after_a_day(database: Database) -> None:
    seal = Seal.of(SecretStr("k" * 32))
    for call in (1, 2):
        await database.run(lambda c, call=call: seal.put(c, "T:C:1", call, SECRET, 0.0))  # type: ignore[misc]
    await database.run(lambda c: drop(c, "T:C:1", 1))
    assert await database.run(lambda c: seal.get(c, "T:C:1", 1)) is None
    await database.run(lambda c: drop_expired(c, KEPT - 1.0))
    assert await database.run(lambda c: seal.get(c, "T:C:1", 2)) == SECRET
    await database.run(lambda c: drop_expired(c, KEPT + 1.0))
    assert await database.run(lambda c: seal.get(c, "T:C:1", 2)) is None
