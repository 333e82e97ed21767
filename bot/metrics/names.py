"""The names that may be labels: those of our menu and of the settings. Whatever a model or a provider says is looked
for among them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.run.kit import Kit
from tools.spec import Tool

UNKNOWN = "unknown"

#: in the place of a provider that has no name, because there is only one
ONLY = "default"

#: what a question that was held back is answered by (bot/model/moderation.py)
_MODERATION = "moderation"


@dataclass(frozen=True, slots=True)
class Names:
    """Tools by name; models, each with the name of its provider."""

    tools: Mapping[str, Tool] = field(default_factory=dict)
    providers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, kit: Kit) -> "Names":
        """Those of a running bot."""
        served = kit.several.served.items()
        providers = {kit.model.name: "", **{name: each.provider for name, each in served}}
        providers |= {each.model.name: each.provider for _, each in served}
        if kit.small:
            providers.setdefault(kit.small.name, "")
        return cls(kit.tools, {_MODERATION: "", **providers})

    def tool(self, name: str) -> str:
        """The name of a tool of the menu."""
        return name if name in self.tools else UNKNOWN

    def risk(self, tool: str) -> str:
        """low, medium, high, critical."""
        return self.tools[tool].risk.value if tool in self.tools else UNKNOWN

    def model(self, name: str) -> str:
        """The name of a model of the settings, also where its provider named the version of it that replied."""
        if name in self.providers:
            return name
        return max((each for each in self.providers if name.startswith(f"{each}-")), key=len, default=UNKNOWN)

    def provider(self, model: str) -> str:
        """The provider of a model, by the name that `model` gave."""
        return self.providers.get(model, UNKNOWN) or ONLY


def one_of(known: Iterable[str], name: str) -> str:
    """The name, if it is one of these."""
    return name if name in known else UNKNOWN
