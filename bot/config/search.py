"""How the web is searched."""

import re

from pydantic import SecretStr, ValidationInfo, field_validator

from bot.config.environment import Address, Environment, Listed

_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){1,10}")


class SearchSettings(Environment):
    """How the web is searched; without the first two it is not."""

    #: a key of Brave's search API, from https://api-dashboard.search.brave.com
    helpdesk_brave_key: SecretStr | None = None
    #: the search of a SearXNG of your own, such as https://searx.example.com/search
    helpdesk_searxng_url: Address | None = None
    #: domains, comma-separated, whose pages may be found, with their subdomains; empty: all
    helpdesk_search_domains: Listed = ()

    @field_validator("helpdesk_searxng_url")
    @classmethod
    def _one(cls, value: str | None, found: ValidationInfo) -> str | None:
        if value and found.data.get("helpdesk_brave_key"):
            raise ValueError("takes no HELPDESK_BRAVE_KEY beside it: one of the two searches")
        return value

    @field_validator("helpdesk_search_domains")
    @classmethod
    def _domains(cls, domains: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_DOMAIN.fullmatch(each) for each in domains):
            raise ValueError("takes domains such as example.com, in small letters, comma-separated")
        return domains
