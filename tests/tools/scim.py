"""A real SCIM server on a real connection with the demo's people, and an administrator's hand in it.

Its ids are the embedded directory's, so that the same promises can be read of both.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import httpx2
from pydantic import SecretStr
from scim2_models.provider import ScimProvider
from scim2_server.memory import InMemoryStorage
from scim2_server.testserver.application import BearerTokenApplication
from scim2_server.testserver.cli import ThreadingWSGIServer
from scim2_server.utils import load_default_provider

from tools.backends.seed import GROUPS, NESTED, PEOPLE

TOKEN = SecretStr("scim-hunter2")
USER, GROUP = "urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class _Storage(InMemoryStorage):
    def generate_id(self, resource_type: Any, resource: Any) -> str:
        """Whatever the administrator wants, so that it is known."""
        return resource.external_id or super().generate_id(resource_type, resource)


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing: what is asked is looked at elsewhere."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one change: something happens just before it, it is not made, or its answer is lost."""

    before: Callable[[], object] = lambda: None
    made: bool = True
    #: answered in the place of the server's own
    status: str | None = None
    body: bytes = b""


class ScimWorld:
    """The server as an administrator sees it."""

    def __init__(self, url: str, storage: Any) -> None:
        self.url = url
        #: all that it keeps
        self.kept = storage
        #: method and path of each request of the bot's
        self.asked: list[str] = []
        #: of the bot's next changes
        self.faults: list[Fault] = []
        #: it answers 500 to the bot
        self.down = False
        token = TOKEN.get_secret_value()
        headers = {"authorization": f"Bearer {token}", "x-admin": "1"}
        # it is spoken to in the clear: reading the certificates of the system would take longer than the rest
        self._http = httpx2.Client(base_url=url, headers=headers, verify=False)

    def close(self) -> None:
        """End the connections."""
        self._http.close()

    def add_person(self, key: str, **attributes: Any) -> None:
        """There is a person of this id."""
        person = {"schemas": [USER, ENTERPRISE], "externalId": key, "userName": f"name-of-{key}", **attributes}
        self._http.post("/Users", json=person).raise_for_status()

    def add_group(self, name: str, key: str | None = None) -> str:
        """The id of a new group."""
        answer = self._http.post("/Groups", json={"schemas": [GROUP], "externalId": key, "displayName": name})
        return str(answer.raise_for_status().json()["id"])

    def change(self, kind: str, key: str, *operations: dict[str, Any]) -> None:
        """These are done to a person or a group."""
        answer = self._http.patch(f"/{kind}/{key}", json={"schemas": [PATCH], "Operations": list(operations)})
        answer.raise_for_status()

    def join(self, member: str, group: str) -> None:
        """The person or group is a member, whoever looks."""
        self.change("Groups", self.id_of(group), {"op": "add", "path": "members", "value": [{"value": member}]})

    def leave(self, member: str, group: str) -> None:
        """The person or group is no member."""
        self.change("Groups", self.id_of(group), {"op": "remove", "path": f'members[value eq "{member}"]'})

    def remove(self, group: str) -> None:
        """The group is gone."""
        self._http.delete(f"/Groups/{self.id_of(group)}").raise_for_status()

    def members(self, group: str) -> set[str]:
        """Ids of the group's direct members."""
        found = self._http.get(f"/Groups/{self.id_of(group)}").raise_for_status().json()
        return {each["value"] for each in found.get("members", ())}

    def password(self, person: str) -> str | None:
        """What the server was told, and tells nobody."""
        found = next(each for each in self.kept.resources if each.id == person)
        return None if found.password is None else str(found.password)

    def id_of(self, group: str) -> str:
        """By name."""
        (found,) = self._http.get("/Groups", params={"filter": f'displayName eq "{group}"'}).json()["Resources"]
        return str(found["id"])


@contextmanager
def scim_world(*, people: bool = True) -> Iterator[ScimWorld]:
    """A server; with the demo's people and groups where `people` says so."""
    storage = _Storage()
    if people:
        storage.resources = [each.model_copy(deep=True) for each in _company()]
        storage.versions = count(1_000)  # above those that the company has
    app = BearerTokenApplication(storage, _described(), bearer_tokens=[TOKEN.get_secret_value()])

    def heard(environ: Any, start: Any) -> Any:
        return app(environ, start) if "HTTP_X_ADMIN" in environ else _ours(world, app, environ, start)

    with make_server("127.0.0.1", 0, heard, server_class=ThreadingWSGIServer, handler_class=_Quiet) as listening:
        threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
        world = ScimWorld(f"http://127.0.0.1:{listening.server_port}/v2", storage)
        try:
            yield world
        finally:
            world.close()
            listening.shutdown()


def _ours(world: ScimWorld, app: Any, environ: Any, start: Any) -> Any:
    method = environ["REQUEST_METHOD"]
    world.asked.append(f"{method} {environ['PATH_INFO']}")
    fault = world.faults.pop(0) if world.faults and method == "PATCH" else Fault()
    if world.down:
        fault = Fault(made=False, status="500 Internal Server Error")
    fault.before()
    answer = app(environ, (lambda *_: None) if fault.status else start) if fault.made else []
    if fault.status is None:
        return answer
    start(fault.status, [("content-type", "application/scim+json")])
    return [fault.body]


@cache
def _described() -> ScimProvider:
    """What such a server serves; it never changes, and takes a third of a second to read."""
    return load_default_provider()


@cache
def _company() -> list[Any]:
    """The demo's people and groups as a server keeps them that was told of them."""
    with scim_world(people=False) as world:
        _fill(world)
        return list(world.kept.resources)


def _fill(world: ScimWorld) -> None:
    for each in PEOPLE:
        manager = {"manager": {"value": each.manager}} if each.manager else {}
        world.add_person(
            each.id,
            userName=each.email,
            displayName=each.name,
            emails=[{"value": each.email, "primary": True}],
            addresses=[{"locality": each.location}],
            **{ENTERPRISE: {"department": each.department, **manager}},
        )
    for number, name in enumerate(GROUPS, 1):
        world.add_group(name, f"G-{number:03d}")
    for each in PEOPLE:
        for name in ("staff", *each.groups):
            world.join(each.id, name)
    for child, parent in NESTED:
        world.join(world.id_of(child), parent)
