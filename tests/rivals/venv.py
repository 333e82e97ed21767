"""A venv with agno in it, made once."""

import subprocess
import sys
import venv
from importlib.metadata import version
from pathlib import Path

#: not in git
HERE = Path(".rivals")

#: what is compared, pinned
AGNO = "agno[os,slack,openai,sqlite]==3.1.10"

#: libraries that both use; the rival gets the bot's versions
SHARED = ("fastapi", "openai", "slack_sdk", "sqlalchemy", "uvicorn", "aiohttp", "pydantic")


def python() -> Path:
    """The venv's interpreter, with all that is needed installed."""
    made, wanted = HERE / "installed", "\n".join([AGNO, *(f"{name}=={version(name)}" for name in SHARED)])
    found = HERE / "bin" / "python"
    if not made.exists() or made.read_text(encoding="utf-8") != wanted:
        print(f"Installing {AGNO} into {HERE} …", file=sys.stderr)
        venv.create(HERE, with_pip=True, clear=True)
        subprocess.run([found, "-m", "pip", "install", "-qq", *wanted.split("\n")], check=True)
        made.write_text(wanted, encoding="utf-8")
    return found.absolute()
