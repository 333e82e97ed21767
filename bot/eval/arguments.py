"""What `helpdesk eval` takes. Apart from what it does: so it is there at once."""

import argparse
from pathlib import Path

#: cases at a time, unless told, and at most
PARALLEL, MAX_PARALLEL = 4, 64


def add_eval(parser: argparse.ArgumentParser) -> None:
    """The folder, how it is played, and where the reports go."""
    parser.add_argument(
        "folder", nargs="?", type=Path, metavar="DIR", help="where the cases are; default: the shipped ones"
    )
    parser.add_argument("--model", metavar="NAME", help="default: OPENAI_MODEL")
    parser.add_argument("--prompt", metavar="VERSION", help="of HELPDESK_PROMPTS; default: the shipped prompt")
    parser.add_argument(
        "--parallel", type=_count, default=PARALLEL, metavar="N", help="cases at a time (default: %(default)s)"
    )
    how = parser.add_mutually_exclusive_group()
    ways = {
        "live": "ask the model and keep nothing (default)",
        "record": "ask the model, and write what it said to DIR/cassettes",
        "replay": "ask nobody: the model says what was recorded",
    }
    for way, text in ways.items():
        how.add_argument(f"--{way}", dest="mode", action="store_const", const=way, help=text)
    parser.set_defaults(mode="live")
    parser.add_argument("--only", action="append", metavar="NAME", help="this case; may be given several times")
    parser.add_argument("--report", type=Path, metavar="FILE.md", help="write a report in Markdown")
    parser.add_argument("--junit", type=Path, metavar="FILE.xml", help="write a report in JUnit's format")


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:9]) <= MAX_PARALLEL:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MAX_PARALLEL}")
    return int(text[:9])
