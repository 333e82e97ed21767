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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

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
