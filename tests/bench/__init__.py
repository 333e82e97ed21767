"""How fast the bot is, as ratios to a floor measured in the same run: `python -m tests.bench [--quick]`, or `make bench`.

The fakes of Slack and of the model live with the driver in this process (wire, fakes, driver); the bare floor and the
real bot have one process each (floor, ours), are asked in turn, and figures.py says what is measured and what is wanted.
"""
