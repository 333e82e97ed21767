"""How fast the bot is, as ratios to a floor measured in the same run: `make bench`, or `python -m tests.bench --quick`.

The fakes of Slack and of the model live with the driver in this process (wire, fakes, driver); the bare floor and the
real bot have a process each (floor, ours) and are asked in turn. figures.py says what is measured, and what is wanted.
"""
