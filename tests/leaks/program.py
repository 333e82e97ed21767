"""`helpdesk …` with tools in the menu that break in every way with what must not be seen.

Run as `python -m tests.leaks.program run`; what they break with is in LEAKS, a list in JSON for each way.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

import aiohttp
from multidict import CIMultiDict, CIMultiDictProxy
from pydantic import BaseModel, Field
from sqlalchemy.exc import IntegrityError
from yarl import URL

import tools
from tools.spec import Risk, Tool, ToolFailed, TryAgain, tool

#: tasks that nobody waits for
_lost: list[asyncio.Task[None]] = []


class _Row(BaseModel):
    number: int


async def _raised(secret: str) -> None:
    raise ValueError(secret)


def _http(secret: str) -> Exception:
    url, headers = (
        URL(f"https://{secret}@example.com/{secret}"),
        CIMultiDictProxy(CIMultiDict({"Authorization": secret})),
    )
    asked = aiohttp.RequestInfo(url, "GET", headers, url)
    return aiohttp.ClientResponseError(asked, (), status=500, message=secret, headers=headers)


def _row(secret: str) -> Exception:
    said = Exception(f"duplicate key\nDETAIL:  Key (email)=({secret}) already exists.")
    return IntegrityError("INSERT INTO people VALUES (:email)", {"email": secret}, said)


def _bug(secret: str) -> Exception:
    error = RuntimeError(secret)
    error.__cause__ = KeyError(secret)
    error.add_note(secret)
    return error


def _validation(secret: str) -> Exception:
    try:
        _Row.model_validate({"number": secret})
    except ValueError as error:
        return error
    raise AssertionError


#: each way to break
WAYS: dict[str, Callable[[str], Exception]] = {
    "failed": ToolFailed,
    "again": TryAgain,
    "bug": _bug,
    "row": _row,
    "http": _http,
    "validation": _validation,
}


def breaking(way: str, number: int) -> Tool:
    """A tool that breaks that way, with the secret of that number; each is one, for none is left alone as broken."""

    async def stumble() -> dict[str, Any]:
        """Break."""
        secret = str(json.loads(os.environ["LEAKS"])[way][number])
        if way == "result":
            return {"found": secret}
        if way == "background":
            _lost.append(asyncio.create_task(_raised(secret), name=secret))
            asyncio.get_running_loop().call_soon(int, secret)
            await asyncio.sleep(0)
            _lost.clear()
            return {"found": ""}
        raise WAYS[way](secret)

    stumble.__name__ = f"stumble_{way}_{number}"
    return tool(risk=Risk.LOW)(stumble)


@tool(risk=Risk.HIGH)
async def announce(words: Annotated[str, Field(max_length=500)]) -> str:
    """Announce something."""
    return words


if __name__ == "__main__":
    # before the program reads its menu
    leaks = json.loads(os.environ["LEAKS"])
    broken = [breaking(way, number) for way, secrets in leaks.items() for number in range(len(secrets))]
    tools.TOOLS = (*tools.TOOLS, *broken, announce)
    from bot.__main__ import main

    sys.exit(main())
