"""Which language models are asked, what they are told, and what is looked at before."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from bot.config.environment import Address, Environment, file, folder


class ModelSettings(Environment):
    """Which language model to ask; without any of these `helpdesk demo` uses the offline demo model."""

    #: `sk-…`, from the provider's console
    openai_api_key: SecretStr | None = None
    #: any server that speaks that API, such as http://127.0.0.1:8000/v1
    openai_base_url: Address | None = None
    #: a model of that server
    openai_model: str = "gpt-5-mini"
    #: how that server is spoken to: OpenAI's Responses API, Chat Completions, or a JSON plan over the latter
    helpdesk_model_api: Literal["responses", "chat", "plan"] = "responses"


class SeveralSettings(ModelSettings):
    """Which language models to ask, where there are several (docs/routing.md)."""

    #: a smaller model of the same server, for easy questions
    helpdesk_small_model: str | None = None
    #: a file (YAML) that names providers, models and who stands in for whom; the settings above are for one provider
    helpdesk_models: Annotated[Path, file("a file as docs/routing.md shows it")] | None = None

    @field_validator("helpdesk_models")
    @classmethod
    def _models(cls, value: Path | None, found: ValidationInfo) -> Path | None:
        if value is not None and found.data.get("helpdesk_small_model"):
            raise ValueError("takes no HELPDESK_SMALL_MODEL beside it: the file says which model is small")
        return value


class PromptSettings(Environment):
    """What leads the model."""

    #: a folder of more versions of the prompt, Markdown files; `helpdesk prompts` rolls them out
    helpdesk_prompts: Annotated[Path, folder("a folder of prompts, Markdown files")] | None = None


class RequestSettings(Environment):
    """What one request to the model holds, and what is looked at before and after it."""

    #: tokens that one request to the model may have, as estimated; over that older turns are summed up
    helpdesk_context_tokens: int = Field(default=32_000, ge=8_000, le=10_000_000)
    #: 0: the model cannot look at pictures, so people are told, and it is not sent any
    helpdesk_vision: bool = True
    #: which text is looked at with the provider's moderation endpoint: what people write, what it answers, both
    helpdesk_moderation: Literal["off", "in", "out", "both"] = "off"
    #: what happens to text that could not be looked at: closed holds it back, open lets it through
    helpdesk_moderation_fails: Literal["closed", "open"] = "closed"
    #: a server with OpenAI's moderation endpoint, if it is not the model's; it gets OPENAI_API_KEY
    helpdesk_moderation_url: Address | None = None
