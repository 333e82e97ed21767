"""What the API's tokens are called, and how people are named in whose name one may ask. Values."""

import re

#: names of tokens
NAME = re.compile("[a-z0-9][a-z0-9_-]{0,39}")

#: a Slack user, or an id of the directory
PERSON = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")

#: stands for everybody
ANYONE = "*"
