"""A real Request Tracker 5 on a real connection, as Debian packages it, with SQLite in a temporary folder.

Where it is not installed (packages request-tracker5 and rt5-db-sqlite) tests are skipped with the reason, or fail where
REQUIRE_RT is set.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.api.serving import serving

SETUP = Path("/usr/sbin/rt-setup-database-5")
SERVER = Path("/usr/share/request-tracker5/libexec/standalone_httpd")

#: seconds that its start may take on a busy machine
PATIENCE = 60

#: where files go; no mail is sent, and tokens are checked quickly
CONFIG = """
Set($rtname, 'test');
Set($Organization, 'example.com');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{folder}/rt.db');
Set($MailCommand, 'testfile');
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'warning');
Set($Timezone, 'UTC');
Set($BcryptCost, 4);
$RT::VarPath = $RT::MasonDataDir = $RT::MasonSessionDir = '{folder}';
1;
"""

#: what docs/tickets.md says is to be set up, and somebody of IT
DATA = """
our @Users = map {{ {{ Privileged => 1, Password => 'unused-hunter2', %$_ }} }} (
    {{ Name => 'helpdesk', EmailAddress => 'helpdesk@example.com' }},
    {{ Name => 'dana', EmailAddress => 'dana.kim@example.com' }},
);
our @Queues = ({{ Name => 'IT' }}, {{ Name => 'IT people' }});
our @ACL = {{ Right => 'SuperUser', UserId => 'dana' }};
for my $right (qw(SeeQueue ShowTicket CreateTicket ReplyToTicket ModifyTicket)) {{
    push @ACL, {{ Right => $right, Queue => $_, UserId => 'helpdesk' }} for ('IT', 'IT people');
}}
our @Final = sub {{
    my %made;
    for my $name (qw(helpdesk dana)) {{
        my $user = RT::User->new(RT->SystemUser);
        $user->Load($name);
        my ($ok, $why, $token) = RT::AuthToken->new(RT->SystemUser)->Create(Owner => $user->Id, Description => 'test');
        die $why unless $ok;
        $made{{$name}} = $token;
    }}
    open my $file, '>', '{folder}/tokens.json' or die;
    print $file JSON::to_json(\\%made);
}};
1;
"""


def rt_or_skip() -> None:
    """Nothing; skips or fails where there is no Request Tracker."""
    if SETUP.exists() and SERVER.exists():
        return
    reason = "no Request Tracker: packages request-tracker5 and rt5-db-sqlite are not installed"
    if os.environ.get("REQUIRE_RT"):
        pytest.fail(reason)
    pytest.skip(reason)


class RtWorld:
    """The server as Dana of IT sees it."""

    def __init__(self, url: str, tokens: dict[str, str]) -> None:
        self.url = url
        #: of the bot's own account
        self.token = SecretStr(tokens["helpdesk"])
        headers = {"authorization": f"token {tokens['dana']}"}
        self._http = httpx2.Client(base_url=f"{url}/REST/2.0/", headers=headers, timeout=PATIENCE)

    def close(self) -> None:
        """End the connections."""
        self._http.close()

    def make(self, **values: Any) -> str:
        """Our id of a new ticket in IT's queue."""
        made = self._http.post("ticket", json={"Queue": "IT", "ContentType": "text/plain", **values})
        return f"RT-{made.raise_for_status().json()['id']}"

    def write(self, ticket: str, text: str, kind: str = "correspond", **more: Any) -> None:
        """Dana writes to the ticket's people, or comments."""
        values = {"Content": text, "ContentType": "text/plain", **more}
        self._http.post(f"ticket/{ticket[3:]}/{kind}", json=values).raise_for_status()

    def put(self, ticket: str, **values: Any) -> None:
        """Dana changes fields."""
        self._http.put(f"ticket/{ticket[3:]}", json=values).raise_for_status()

    def shown(self, ticket: str) -> dict[str, Any]:
        """The ticket as it is there."""
        found: dict[str, Any] = self._http.get(f"ticket/{ticket[3:]}").raise_for_status().json()
        return found

    def count(self, query: str) -> int:
        """How many tickets TicketSQL finds."""
        return int(self._http.get("tickets", params={"query": query}).raise_for_status().json()["total"])


@contextmanager
def rt_world(folder: Path) -> Iterator[RtWorld]:
    """A new Request Tracker in this folder."""
    rt_or_skip()
    (folder / "RT_SiteConfig.d").mkdir()
    (folder / "RT_SiteConfig.pm").write_text(CONFIG.format(folder=folder))
    (folder / "data.pl").write_text(DATA.format(folder=folder))
    environment = {
        **os.environ,
        "RT_SITE_CONFIG": str(folder / "RT_SiteConfig.pm"),
        "RT_SITE_CONFIG_DIR": str(folder / "RT_SiteConfig.d"),
    }
    with (folder / "log").open("wb") as log:
        for action in (["init"], ["insert", "--datafile", str(folder / "data.pl")]):
            command = [str(SETUP), "--skip-create", "--action", *action]
            done = subprocess.run(
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
            )
            assert done.returncode == 0, (folder / "log").read_text()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [shutil.which("perl") or "perl", str(SERVER), "--host", "127.0.0.1", "--port", str(port)]
        running = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    world = RtWorld(f"http://127.0.0.1:{port}", json.loads((folder / "tokens.json").read_text()))
    try:
        _wait_for(world, running, folder / "log")
        yield world
    finally:
        world.close()
        running.kill()
        running.wait()


def _wait_for(world: RtWorld, running: "subprocess.Popen[bytes]", log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and running.poll() is None:
        try:
            httpx2.get(f"{world.url}/REST/2.0/rt", timeout=PATIENCE)
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"Request Tracker does not answer: {log.read_text()}")


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one change: something happens just before it, it is not made, or its answer is lost."""

    before: Callable[[], object] = lambda: None
    made: bool = True
    #: answered in the place of the server's own
    status: int | None = None


#: it is done and nobody hears of it; it is not done
LOST, FAILED = Fault(status=502), Fault(made=False, status=502)


@dataclass
class Between:
    """Between the bot and the server: passes on what is asked, and loses what a test says."""

    world: RtWorld
    http: httpx2.AsyncClient
    url: str = ""
    #: of the bot's next changes
    faults: list[Fault] = field(default_factory=list)
    #: method and path of each request
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        """The server's answer, unless there is a fault."""
        self.asked.append(f"{request.method} {request.url.path}")
        fault = self.faults.pop(0) if self.faults and request.method != "GET" else Fault()
        fault.before()
        response = Response("[]")
        if fault.made:
            response = await self._passed_on(request)
        return Response("[]", fault.status) if fault.status else response

    async def _passed_on(self, request: Request) -> Response:
        names = ("authorization", "content-type", "if-match")
        headers = {name: request.headers[name] for name in names if name in request.headers}
        target = f"{self.world.url}{request.url.path}?{request.url.query}"
        given = await self.http.request(request.method, target, headers=headers, content=await request.body())
        kept = {name: given.headers[name] for name in ("etag", "content-type") if name in given.headers}
        return Response(given.content, given.status_code, kept)


@asynccontextmanager
async def between(world: RtWorld) -> AsyncIterator[Between]:
    """Somebody between the bot and this server."""
    async with httpx2.AsyncClient(timeout=PATIENCE, verify=False) as http:
        made = Between(world, http)
        app = Starlette(routes=[Route("/{path:path}", made.answer, methods=["GET", "POST", "PUT"])])
        async with serving(app, "127.0.0.1", 0) as port:
            made.url = f"http://127.0.0.1:{port}"
            yield made
