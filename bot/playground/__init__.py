"""A local Slack for trying and testing: Web API, signed events and interactivity, and a page that looks like Slack.

It imports nothing else of the bot, so what passes here passes by Slack's rules and not by ours.
"""

from bot.playground.seed import DEMO, Channel, Seed, User, UserGroup
from bot.playground.slack import LocalSlack

__all__ = ["DEMO", "Channel", "LocalSlack", "Seed", "User", "UserGroup"]
