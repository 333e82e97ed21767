"""Tokens of who leaves or is erased end with them, and a person learns which there are."""

import json
from pathlib import Path

import pytest

from bot.store import tokens
from bot.store.tables import token_usage
from bot.store.tokens import Token
from tests.api.rig import QUICK, Api, an_api, error
from tests.api.test_signed_in import signing_in
from tests.api.test_signed_in import token as web_token
from tests.attacks.erasing import everything, privacy
from tests.fakes.model import ScriptedModel, say
from tests.slack.test_leavers import leaves

#: Dana answers for the first; she may be asked for with the others
TOKENS = {"danas": ("U0DANA", ("U0ALEX",)), "both": ("U0OMAR", ("U0DANA", "U0ALEX")), "record": ("U0OMAR", ("U-201",))}


async def given_out(api: Api) -> dict[str, str]:
    """All of them; whoever is asked for is known by then."""
    made = {name: await api.token(name, owner=owner, acts_for=acts) for name, (owner, acts) in TOKENS.items()}
    made["anyone"] = await api.token("anyone", owner="U0OMAR", acts_for=("*",))
    assert (await api.ask(made["record"], "U-201")).status_code == 200
    assert (await api.ask(made["danas"])).status_code == 200
    return made


async def listed(api: Api) -> dict[str, Token]:
    return {each.name: each for each in await api.desk.bot.database.run(tokens.listed)}


async def test_who_leaves_answers_for_nothing_and_nobody_asks_in_their_name(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel([say("Yes.")] * 3), terms=QUICK) as api:
        made = await given_out(api)
        assert await leaves(api.desk, "U0DANA") == 200
        found = await listed(api)
        assert (found["danas"].revoked_at is not None, found["both"].revoked_at) == (True, None)
        assert (found["both"].acts_for, found["record"].acts_for, found["anyone"].acts_for) == (("U0ALEX",), (), ("*",))
        assert error(await api.ask(made["danas"])) == (401, "unauthorized")
        assert error(await api.ask(made["both"], "U0DANA")) == (403, "forbidden")
        assert error(await api.ask(made["record"], "U-201")) == (403, "forbidden")
        assert (await api.ask(made["both"])).status_code == 200


async def test_who_is_erased_answers_for_nothing_either_though_something_is_still_open(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel([say("Yes.")] * 2), terms=QUICK) as api:
        made = await given_out(api)
        told = await privacy(api.desk, "erase", "U0DANA", "--yes", "--wait", "5")
        assert told.code == 0, told
        assert error(await api.ask(made["danas"])) == (401, "unauthorized")
        found = await listed(api)
        assert {name: each.acts_for for name, each in found.items()} == {
            "both": ("U0ALEX",),
            "record": (),
            "anyone": ("*",),
        }
        left = {column for column, value in (await everything(api.desk)).items() if "U0DANA" in value}
        assert not {column for column in left if column.startswith(("api_tokens", "token_usage"))}


async def test_an_export_names_tokens_and_never_what_they_are_found_by(tmp_path: Path) -> None:
    async with an_api(tmp_path, ScriptedModel([say("Yes.")] * 2), terms=QUICK) as api:
        await given_out(api)
        told = (await privacy(api.desk, "export", "U0DANA")).out
        lines = [json.loads(line) for line in told.splitlines()]
        named = {(each["about"], each["name"]) for each in lines if each["about"].startswith("token")}
        assert named == {("token", "danas"), ("token_in_their_name", "both"), ("token_in_their_name", "record")}
        assert "digest" not in told
        assert "U0ALEX" not in "".join(line for line in told.splitlines() if '"token' in line)


@pytest.mark.sqlite
async def test_what_somebody_used_who_was_signed_in_is_theirs_and_goes_with_them(tmp_path: Path) -> None:
    async with signing_in(tmp_path, ScriptedModel([say("Yes.")] * 2)) as (api, _):
        assert (await api.ask(web_token())).status_code == 200
        assert (await api.ask(await api.token())).status_code == 200
        assert "token_used" in (await privacy(api.desk, "export", "U0ALEX")).out
        assert (await privacy(api.desk, "erase", "U0ALEX", "--yes")).code == 0
        left = await api.desk.bot.database.run(lambda c: c.execute(token_usage.select()).all())
        assert [each.token for each in left] == ["T0DEMO portal"]
