"""Evaluation: cases in YAML, played through the whole bot in the local Slack, with any model or with recordings.

case.py     what a case says            play.py      plays one: people write and press, the bot works
checks.py   what must hold, pure        happened.py  what there was to see: calls, requests, words
cassette.py recordings of a model       command.py   all of them, several at a time; progress.py, report.py, junit.py
"""
