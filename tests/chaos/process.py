"""A process under test: started, made sure of, killed, paused, and started again by whoever keeps it."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

#: how long a start may take, seconds
START = 40

#: how long after an end it is started again, seconds
AGAIN = 0.5


class Process:
    """One of the processes; what it says goes to a file, one life after the other."""

    def __init__(self, name: str, command: str, folder: Path, environment: Mapping[str, str], port: int | None) -> None:
        self.name = name
        self.port = port
        self.log = folder / f"{name}.log"
        self._command = command
        self._folder = folder
        self._environment = {**environment, **({"PORT": str(port)} if port else {})}
        self._running: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        #: ends nobody ordered: the code and the last line
        self.surprises: list[str] = []
        self._ordered = False
        self.starts = 0
        #: when it last became ready, by `time.monotonic`
        self.ready_at = 0.0
        self._ready = asyncio.Event()

    async def keep(self) -> None:
        """Start it, and again whenever it ends; returns once it is ready."""
        self._keeper = asyncio.create_task(self._keep(), name=f"keeper of {self.name}")
        await self.ready()

    @property
    def is_ready(self) -> bool:
        """This life can do its work."""
        return self._ready.is_set()

    async def ready(self) -> None:
        """Return once this life is ready."""
        async with asyncio.timeout(START):
            await self._ready.wait()

    async def _keep(self) -> None:
        while True:
            said_before = await self._start()
            assert self._running
            life = asyncio.create_task(self._until_ready(said_before))
            code = await self._running.wait()
            life.cancel()
            self._ready.clear()
            if not self._ordered:
                self.surprises.append(f"{self.name} ended with {code}: {_last_line(self.log)}")
            self._ordered = False
            await asyncio.sleep(AGAIN)

    async def _start(self) -> int:
        """Where in the log this life begins."""
        self.starts += 1
        with self.log.open("ab") as said:
            said.write(f"--- life {self.starts} ---\n".encode())
            said.flush()
            said_before = said.tell()
            self._running = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.chaos.program", self._command),
                cwd=self._folder,
                env=self._environment,
                stdout=said,
                stderr=said,
            )
        return said_before

    async def _until_ready(self, said_before: int) -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            while not (await self._answers(client) if self.port else self._says_so(said_before)):
                await asyncio.sleep(0.05)
        self.ready_at = time.monotonic()
        self._ready.set()

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return (await client.get(f"http://127.0.0.1:{self.port}/readyz", timeout=2)).status_code == 200
        return False

    def _says_so(self, said_before: int) -> bool:
        with self.log.open("rb") as said:
            said.seek(said_before)
            return b'"event": "running"' in said.read()

    # ── what is done to it ──

    def kill(self) -> None:
        """As the kernel or a power cut does."""
        self._signal(signal.SIGKILL)

    def stop_politely(self) -> None:
        """As an orchestrator does first."""
        self._signal(signal.SIGTERM)

    def pause(self) -> None:
        """It stands still, and does not know."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on as if nothing had been."""
        self._send(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        self._ordered = True
        self._ready.clear()
        self._send(number)

    def _send(self, number: signal.Signals) -> None:
        if self._running and self._running.returncode is None:
            os.kill(self._running.pid, number)

    async def leave(self) -> None:
        """Nobody keeps it any more; it is killed, if it still runs."""
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._running and self._running.returncode is None:
            self._ordered = True
            self._send(signal.SIGKILL)
            await self._running.wait()


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else ""
