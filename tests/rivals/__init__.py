"""The bot beside another one, in one run and on the same fakes: `make bench RIVALS=1`, `python -m tests.rivals`.

The other one is agno with its own Slack interface, as it comes from PyPI, in a venv of its own (.rivals, not in git):
it is never installed beside the bot. Figures go to rivals.json. What it makes of strangers' and doubled clicks is
looked at, too (checks); what the bot makes of them is in its own tests.
"""
