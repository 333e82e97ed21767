"""Web tokens of a sign-in: each speaks for its own person, and whatever is not certain means no."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.api import doors, keys, parts
from bot.api.doors import EMAIL, Issuer
from bot.api.serving import serving
from tests.api.rig import Api, an_api, error
from tests.fakes.model import ScriptedModel, call, say

ISSUER, AUDIENCE = "https://login.example.com/", "helpdesk"

RSA, OTHER, EC = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048),
    rsa.generate_private_key(public_exponent=65537, key_size=2048),
    ec.generate_private_key(ec.SECP256R1()),
)


def published(kid: str, key: Any) -> dict[str, Any]:
    """The key as the sign-in publishes it."""
    kind = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    found: dict[str, Any] = json.loads(kind.to_jwk(key.public_key()))
    return found | {"kid": kid, "use": "sig"}


class SignIn:
    """A sign-in's own page of keys."""

    def __init__(self) -> None:
        self.keys = [published("one", RSA), published("ec", EC)]
        self.asked = 0
        self.broken: Response | None = None

    async def __call__(self, _: Request) -> Response:
        self.asked += 1
        return self.broken or JSONResponse({"keys": self.keys})


@asynccontextmanager
async def signing_in(folder: Path, model: ScriptedModel, user: str = EMAIL) -> AsyncIterator[tuple[Api, SignIn]]:
    sign_in = SignIn()
    async with serving(Starlette(routes=[Route("/jwks", sign_in.__call__)]), "127.0.0.1", 0) as port:
        issuer = Issuer(ISSUER, AUDIENCE, f"http://127.0.0.1:{port}/jwks", user)
        async with an_api(folder, model, terms=parts.Terms(issuer=issuer, rate=10_000, wait=10)) as api:
            yield api, sign_in


def token(key: Any = RSA, kid: str | None = "one", algorithm: str = "RS256", **changes: Any) -> str:
    """Alex's; None takes a claim away."""
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "exp": time.time() + 300,
        "email": "Alex.Chen@example.com",
        "email_verified": True,
    }
    left = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode(left, key, algorithm, {"kid": kid} if kid else None)


async def test_whoever_is_signed_in_asks_for_themselves_and_for_nobody_else(tmp_path: Path) -> None:
    async with signing_in(tmp_path, ScriptedModel([say("Hello.")] * 3)) as (api, sign_in):
        first = (await api.ask(token())).json()
        assert first["answer"] == "Hello."
        assert (await api.ask(token(), "U-123", conversation=first["conversation_id"])).status_code == 200
        assert (await api.ask(token(EC, "ec", "ES256"))).status_code == 200
        assert error(await api.ask(token(), "U0SAM")) == (403, "forbidden")
        sams = token(email="sam.patel@example.com")
        assert error(await api.look(sams, first["conversation_id"])) == (404, "not_found")
        assert sign_in.asked == 1


async def test_the_words_are_their_own(tmp_path: Path) -> None:
    """Nobody else could have written them, so what Alex may do alone he may do here."""
    model = ScriptedModel([call("unlock_account", user_id="U-123"), say("Done.")])
    async with signing_in(tmp_path, model) as (api, _):
        told = (await api.ask(token(), message="unlock my account")).json()
        assert [each["outcome"] for each in told["tool_calls"]] == ["done"]


PUBLIC = RSA.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def unsigned() -> str:
    """By no algorithm at all."""
    return jwt.encode({"iss": ISSUER, "aud": AUDIENCE, "exp": time.time() + 300}, "", "none", {"kid": "one"})


def signed_with_the_public_key() -> str:
    """As HS256, with what everybody knows as the secret."""

    def part(content: object) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=")

    claims = jwt.decode(token(), options={"verify_signature": False})
    signed = part({"alg": "HS256", "kid": "one", "typ": "JWT"}) + b"." + part(claims)
    mac = hmac.new(PUBLIC, signed, hashlib.sha256).digest()
    return (signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


@pytest.mark.sqlite
async def test_whatever_is_wrong_with_it_nobody_is_let_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "another issuer": token(iss="https://evil.example.com/"),
        "no issuer": token(iss=None),
        "another audience": token(aud="mail"),
        "no audience": token(aud=None),
        "expired": token(exp=time.time() - 61),
        "never expires": token(exp=None),
        "not yet good": token(nbf=time.time() + 120),
        "another key": token(OTHER),
        "a key nobody published": token(OTHER, "two"),
        "no kid of several": token(kid=None),
        "another kind of key": token(EC, "one", "ES256"),
        "unsigned": unsigned(),
        "the public key as a secret": signed_with_the_public_key(),
        "an unverified address": token(email_verified=False),
        "verified in words": token(email_verified="true"),
        "no word of that": token(email_verified=None),
        "no address": token(email=None),
        "nobody": token(email="nobody@example.com"),
        "no words": token(email=7),
        "changed": token()[:-8] + "AAAAAAAA",
    }
    monkeypatch.setattr(doors, "MAX_WRONG", 1_000)
    async with signing_in(tmp_path, ScriptedModel()) as (api, sign_in):
        for name, each in wrong.items():
            assert error(await api.ask(each)) == (401, "unauthorized"), name
        assert sign_in.asked == 1, "who names unknown keys makes us ask once a minute"


@pytest.mark.sqlite
async def test_clocks_may_differ_by_a_minute(tmp_path: Path) -> None:
    async with signing_in(tmp_path, ScriptedModel([say("Hello.")])) as (api, _):
        assert (await api.ask(token(exp=time.time() - 30))).status_code == 200


@pytest.mark.sqlite
async def test_new_keys_are_found_and_old_ones_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "PAUSE", 0.0)
    async with signing_in(tmp_path, ScriptedModel([say("Hello.")] * 2)) as (api, sign_in):
        assert (await api.ask(token())).status_code == 200
        sign_in.keys = [published("two", OTHER)]
        assert (await api.ask(token(OTHER, "two"))).status_code == 200
        assert error(await api.ask(token())) == (401, "unauthorized")


@pytest.mark.sqlite
async def test_without_the_sign_in_nobody_new_is_let_in_and_tokens_of_ours_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "PAUSE", 0.0)
    async with signing_in(tmp_path, ScriptedModel([say("Hello.")] * 3)) as (api, sign_in):
        for broken in (Response(status_code=500), Response("[]"), Response("x"), Response(" " * 300_000)):
            sign_in.broken = broken
            assert error(await api.ask(token())) == (503, "unavailable")
        assert (await api.ask(await api.token())).status_code == 200
        sign_in.broken = None
        assert (await api.ask(token())).status_code == 200
        sign_in.broken = Response(status_code=500)
        assert (await api.ask(token())).status_code == 200, "keys that were known stay good for a day"


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("value", "status"), [("U0ALEX", 200), ("U-123", 200), ("alex.chen@example.com", 200), ("U-9", 401)]
)
async def test_another_claim_may_say_who_it_is(tmp_path: Path, value: str, status: int) -> None:
    async with signing_in(tmp_path, ScriptedModel([say("Hello.")]), "preferred_username") as (api, _):
        said = token(email=None, email_verified=None, preferred_username=value)
        assert (await api.ask(said)).status_code == status


@pytest.mark.sqlite
async def test_an_address_that_slack_has_not_seen_them_at_is_nobody_s(tmp_path: Path) -> None:
    async with signing_in(tmp_path, ScriptedModel()) as (api, _):
        users = api.desk.slack.workspace.users
        users["U0ALEX"] = users["U0ALEX"].model_copy(update={"is_email_confirmed": False})
        assert error(await api.ask(token())) == (401, "unauthorized")
