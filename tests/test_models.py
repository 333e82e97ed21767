"""The file of HELPDESK_MODELS: what it may say, and that what is wrong in it is told by line and field, never a key."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import config, models, models_file
from bot.core.routing import ONE, Lineup, Offer
from bot.errors import ConfigError

KEY = "sk-hunter2"
GOOD = """\
providers:
  openai:
    key: ${OPENAI_API_KEY}
  local:
    base_url: http://127.0.0.1:8000/v1
models:
  - {name: gpt-5-mini, provider: openai, role: small, context: 400000}
  - {name: gpt-5, provider: openai}
  - {name: qwen3, provider: local, vision: false}
fallback: [gpt-5, qwen3]
attempts: 3
"""


def variable(name: str) -> SecretStr | None:
    return SecretStr(KEY) if name == "OPENAI_API_KEY" else None


def read(folder: Path, text: str) -> tuple[models_file.ModelsFile, object]:
    path = folder / "models.yml"
    path.write_text(text)
    return models_file.read(path, variable)


def test_a_file_names_providers_models_and_who_stands_in_for_whom(tmp_path: Path) -> None:
    file, keys = read(tmp_path, GOOD)
    assert file.lineup == Lineup(
        (Offer("gpt-5-mini", "small", context=400_000), Offer("gpt-5"), Offer("qwen3", sees=False)),
        ("gpt-5", "qwen3"),
        attempts=3,
    )
    assert keys == {"openai": SecretStr(KEY)}


async def test_its_models_are_asked_at_their_own_providers_and_the_large_one_goes_first(tmp_path: Path) -> None:
    file, _ = read(tmp_path, GOOD)
    async with models_file.opened(file, {"openai": SecretStr(KEY)}) as (model, several):
        assert model.name == "gpt-5"
        assert {name: each.provider for name, each in several.served.items()} == {
            "gpt-5-mini": "openai",
            "gpt-5": "openai",
            "qwen3": "local",
        }
        assert not several.served["qwen3"].sees


async def test_one_model_is_no_choice_and_a_small_one_beside_it_is_one() -> None:
    async with models_file.plain(SecretStr(KEY), None, "responses", "gpt-5") as (_, several):
        assert several.lineup is ONE
    async with models_file.plain(SecretStr(KEY), None, "responses", "gpt-5", "gpt-5-mini") as (model, several):
        assert model.name == "gpt-5"
        assert several.lineup == Lineup((Offer("gpt-5"), Offer("gpt-5-mini", "small")), ("gpt-5", "gpt-5-mini"))


WRONG = [
    ("key: ${OPENAI_API_KEY}", f"key: {KEY}", 3, "providers.openai.key", "takes the name of an environment variable"),
    ("${OPENAI_API_KEY}", "${NOWHERE}", 3, "providers.openai.key", "names an environment variable that is not set"),
    ("http://127.0.0.1:8000/v1", "hunter2", 5, "providers.local.base_url", "takes an address"),
    ("base_url:", "api: pigeon\n    base_url:", 5, "providers.local.api", "takes one of"),
    ("provider: local", "provider: hunter2", 9, "models[2].provider", "is none of the providers"),
    ("name: gpt-5,", "name: qwen3,", 9, "models[2].name", "is the name of another model"),
    ("role: small", "role: tiny", 7, "models[0].role", "should be 'small' or 'large'"),
    ("context: 400000", "context: 4", 7, "models[0].context", "should be greater"),
    ("context: 400000", "tokens: 4", 7, "models[0].tokens", "is no key that is known here"),
    ("[gpt-5, qwen3]", "[gpt-5, hunter2]", 10, "fallback[1]", "is none of the models"),
    ("[gpt-5, qwen3]", "[gpt-5, gpt-5]", 10, "fallback[1]", "stands in the list already"),
    ("attempts: 3", "attempts: 0", 11, "attempts", "should be greater"),
]


@pytest.mark.parametrize(("right", "wrong", "line", "field", "says"), WRONG)
def test_what_is_wrong_is_told_by_line_and_field_and_never_a_value(
    tmp_path: Path, right: str, wrong: str, line: int, field: str, says: str
) -> None:
    assert right in GOOD
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, GOOD.replace(right, wrong, 1))
    told = str(caught.value)
    assert f"models.yml line {line}, {field}: {says}" in told
    assert "hunter2" not in told


@pytest.mark.parametrize("text", ["", "- 1", "models: [", "models: {}\nproviders: {}"])
def test_what_is_no_such_file_is_refused_in_sentences(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"models\.yml line \d+"):
        read(tmp_path, text)


async def test_the_settings_lead_to_the_file_and_its_keys_stand_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models.yml").write_text(GOOD)
    (tmp_path / ".env").write_text(f"OPENAI_API_KEY={KEY}\nHELPDESK_MODELS=models.yml\n")
    async with models.models_of(config.SeveralSettings()) as (model, several):
        assert model.name == "gpt-5"
        assert len(several.served) == 3
