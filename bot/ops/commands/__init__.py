"""The commands beside the bot, a file each: the arguments of `helpdesk NAME`, and what it calls.

A new one is a file here with `add`, and a word in ALL. What it does is elsewhere in bot/ops, and loaded only then.
"""

from bot.ops.commands import (
    approvals,
    audit,
    db,
    kb,
    mcp,
    people,
    policy,
    privacy,
    prompts,
    purge,
    secrets,
    switches,
    tokens,
    tools,
    totp,
    usage,
)

#: each adds its command, in the order in which `helpdesk --help` lists them
ALL = (
    audit.add,
    db.add,
    policy.add,
    mcp.add,
    tools.add,
    people.add,
    switches.add,
    approvals.add,
    purge.add,
    privacy.add,
    prompts.add,
    usage.add,
    secrets.add,
    kb.add,
    tokens.add,
    totp.add,
)
