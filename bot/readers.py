"""What commands beside the bot are handed: settings, each read when it is needed. They raise ConfigError."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from bot import config
from bot.ops.commands.command import Settings

if TYPE_CHECKING:
    from bot.ops.tools.box import Toolbox
    from tools.backends.directory import Directory
    from tools.backends.mcp_config import McpFile
    from tools.spec import Tool


def settings() -> Settings:
    """How each is read."""
    return Settings(
        database_url=config.database_url,
        secret_key=config.secret_key,
        secret_key_if_set=_key_if_set,
        prompts=config.prompts_folder,
        articles=_articles,
        directory=_directory,
        people_systems=_people_systems,
        policy=_policy,
        mcp=_mcp_file,
        toolbox=_toolbox,
    )


def _key_if_set() -> SecretStr | None:
    # one that is wrong is told: a proof without the key would look like one with it
    return config.secret_key() if config.variable("HELPDESK_SECRET_KEY") else None


def _articles() -> tuple[Path | None, tuple[str, ...], str]:
    found = config.read(config.KnowledgeSettings)
    return found.kb_dir, found.helpdesk_kb_reviewed, found.helpdesk_kb_url or ""


def _directory() -> "AbstractAsyncContextManager[Directory | None]":
    from bot.systems import directory_of  # noqa: PLC0415 -- each command loads only what it needs

    return directory_of(config.read(config.DirectorySettings))


def _people_systems() -> AbstractAsyncContextManager[Mapping[type, object]]:
    from bot.systems import people_systems_of  # noqa: PLC0415 -- as above

    return people_systems_of(config.read(config.DirectorySettings))


def _policy() -> tuple[Path | None, tuple[str, ...], tuple["Tool", ...]]:
    from bot.systems import tools_of  # noqa: PLC0415 -- as above

    found = config.read(config.PolicySettings)
    return found.policy_file, found.helpdesk_approvers, tools_of(config.read(config.McpSettings))


def _mcp_file() -> "McpFile | None":
    from bot.systems import mcp_file  # noqa: PLC0415 -- as above

    return mcp_file(config.read(config.McpSettings))


def _toolbox() -> "Toolbox":
    from bot.ops.tools.box import Toolbox  # noqa: PLC0415 -- as above
    from bot.systems import systems_of, tools_of  # noqa: PLC0415

    found = config.read(config.ToolSettings)
    return Toolbox(
        tools=tools_of(found),
        systems=lambda: systems_of(found),
        links=bool(found.helpdesk_reset_url),
        policy_file=found.policy_file,
        approvers=found.helpdesk_approvers,
    )
