"""The real bot, as `helpdesk run`, `web` or `worker` makes it, and a look at its commits.

`python -m tests.bench.ours ADDRESS_OF_THE_FAKES DATABASE_URL ROLE`
"""

import asyncio
import sys

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.api import app as http
from bot.api.serving import serving, told_to_stop
from bot.model.request import openai_client
from bot.model.responses import ResponsesModel
from bot.setup import Setup
from bot.telemetry.logs import configure_logs
from bot.wiring import Bot, running
from bot.workspace import keep_start
from tests.bench.commits import Commits
from tests.bench.fakes import SIGNING_SECRET, TOKEN


async def main(address: str, database_url: str, role: str) -> None:
    """Serve until told to stop; the port is the first line printed."""
    configure_logs("WARNING")
    async with (
        openai_client(SecretStr("none"), f"{address}/v1") as client,
        running(_setup(address, database_url, ResponsesModel(client, "bench")), works=role != "web") as bot,
        serving(_application(bot), "127.0.0.1", 0) as port,
    ):
        keep_start()
        print(port, flush=True)
        await told_to_stop().wait()


def _application(bot: Bot) -> Starlette:
    commits = Commits(bot.database.engine)

    async def read(_: Request) -> JSONResponse:
        times = {name: list(getattr(commits, name)) for name in ("writes", "transactions", "statements")}
        return JSONResponse(times | {"starts": dict(commits.starts)})

    app = http.application(bot.slack, bot.ready)
    app.router.routes.append(Route("/bench/commits", read))
    return app


def _setup(address: str, database_url: str, model: ResponsesModel) -> Setup:
    return Setup(
        slack_token=SecretStr(TOKEN),
        slack_api_url=f"{address}/api/",
        signing_secret=SecretStr(SIGNING_SECRET),
        model=model,
        approvers=("S0ADMINS",),
        secret_key=SecretStr("a secret key of thirty-two characters"),
        database_url=database_url,
        reset_url="https://reset.example.com/?token={token}",
        demo_people=True,
    )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
