"""A helpdesk made with agno as its documentation shows it: AgentOS, its Slack interface, SQLite, the Responses API.

`PYTHON tests/rivals/agno_bot.py ADDRESS_OF_THE_FAKES streams|whole FOLDER`, with the Python of a venv in which there is
agno and nothing of ours. All of agno is as it comes; only Slack's address is another, for which agno has no setting.
"""

import socket
import sys
from pathlib import Path

import uvicorn
from agno.agent import Agent
from agno.db.sqlite import SqliteDb
from agno.models.openai import OpenAIResponses
from agno.os import AgentOS
from agno.os.interfaces.slack import Slack
from agno.tools import tool
from slack_sdk.web.async_base_client import AsyncBaseClient
from slack_sdk.web.base_client import BaseClient

#: as in tests/bench/fakes.py, which cannot be imported here
TOKEN, SIGNING_SECRET = "xoxb-bench", "bench"

#: about what the real search gives
ARTICLE = "Forget the network, then join it again. " * 100

#: a line for each time the tool ran that asks for an approval
RAN = Path(sys.argv[3]) / "ran"


def search_kb(query: str) -> str:  # noqa: ARG001 -- what is measured is not the search
    """Search IT's knowledge base."""
    return ARTICLE


@tool(requires_confirmation=True)  # type: ignore[untyped-decorator]  # agno has a venv of its own
def reset_password(user_id: str, reason: str) -> str:
    """Send somebody a link for a new password."""
    with RAN.open("a", encoding="utf-8") as ran:
        ran.write(f"{user_id} {reason}\n")
    return "A link was sent."


def main(address: str, how: str, folder: str) -> None:
    """Serve until told to stop; the port is the first line printed."""
    for kind in (AsyncBaseClient, BaseClient):
        given = kind.__init__.__defaults__ or ()
        kind.__init__.__defaults__ = tuple(f"{address}/api/" if each == kind.BASE_URL else each for each in given)
    agent = Agent(
        name="Helpdesk",
        model=OpenAIResponses(id="bench", api_key="none", base_url=f"{address}/v1"),
        db=SqliteDb(db_file=f"{folder}/agno.db"),
        instructions="You are an IT helpdesk agent. Search the knowledge base before you answer.",
        tools=[search_kb, reset_password],
        add_history_to_context=True,
        telemetry=False,
    )
    ear = Slack(agent=agent, token=TOKEN, signing_secret=SIGNING_SECRET, streaming=how == "streams")
    app = AgentOS(agents=[agent], interfaces=[ear], telemetry=False).get_app()
    listening = socket.create_server(("127.0.0.1", 0), backlog=1_000)
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])


if __name__ == "__main__":
    main(*sys.argv[1:])
