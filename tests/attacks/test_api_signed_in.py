"""Web tokens and published keys that are none, or say less than they seem to."""

import base64
from pathlib import Path

import pytest

from tests.api.rig import error
from tests.api.test_signed_in import signing_in, token
from tests.fakes.model import ScriptedModel, say


@pytest.mark.sqlite
async def test_a_web_token_that_is_no_json_at_all_is_just_wrong(tmp_path: Path) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 5_900).decode().rstrip("=")
    many = base64.urlsafe_b64encode(b'{"alg":"RS256","kid":"one","x":' + b"1" * 5_000 + b"}").decode().rstrip("=")
    async with signing_in(tmp_path, ScriptedModel()) as (api, _):
        for odd in (f"{deep}.e30.x", f"{many}.e30.x", f"{token().partition('.')[0]}.{deep}.x", "\u00e9.\u00e9.\u00e9"):
            headers = {b"Authorization": f"Bearer {odd}".encode()}
            told = await api.client.get("/api/agent/T0DEMO:api:nothingatall", headers=headers)
            assert error(told) == (401, "unauthorized"), odd[:20]


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "odd",
    [
        {"n": 5},
        {"n": ["x"]},
        {"e": {}},
        {"alg": ["RS256"]},
        {"kty": ["RSA"]},
        {"kty": "EC", "crv": ["P-256"], "x": 1, "y": 2},
        {"kty": "OKP", "crv": {}, "x": 5},
        {"alg": "HS256"},
        {"alg": "none"},
    ],
)
async def test_a_key_that_is_none_spoils_no_other(tmp_path: Path, odd: dict[str, object]) -> None:
    async with signing_in(tmp_path, ScriptedModel([say("Hello.")])) as (api, sign_in):
        sign_in.keys.insert(0, {**sign_in.keys[0], "kid": "odd", **odd})
        assert (await api.ask(token())).status_code == 200
        assert error(await api.ask(token(kid="odd"))) == (401, "unauthorized")


@pytest.mark.sqlite
async def test_an_address_that_the_sign_in_does_not_vouch_for_counts_in_no_claim(tmp_path: Path) -> None:
    async with signing_in(tmp_path, ScriptedModel([say("Hello.")]), "preferred_username") as (api, _):
        for word in (False, "false", 0):
            said = token(email=None, email_verified=word, preferred_username="alex.chen@example.com")
            assert error(await api.ask(said)) == (401, "unauthorized")


@pytest.mark.sqlite
async def test_a_moment_that_is_none_means_no(tmp_path: Path) -> None:
    async with signing_in(tmp_path, ScriptedModel()) as (api, _):
        odds: tuple[object, ...] = ("soon", float("inf"), float("nan"), ["1"], {})
        for odd in odds:
            assert error(await api.ask(token(exp=odd))) == (401, "unauthorized"), odd
