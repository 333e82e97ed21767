"""What the figures were measured on."""

import os
import platform
import sqlite3
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

#: libraries whose speed is part of the bot's
LIBRARIES = (
    "aiohttp",
    "openai",
    "pydantic",
    "psycopg",
    "slack_bolt",
    "slack_sdk",
    "sqlalchemy",
    "starlette",
    "uvicorn",
)


def machine() -> dict[str, Any]:
    """Cores, memory and versions; how busy it was with other things when it was asked."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_mb": psutil.virtual_memory().total // 2**20,
        "load_1_minute": os.getloadavg()[0],
        "system": platform.platform(),
        "python": sys.version.split()[0],
        "sqlite": sqlite3.sqlite_version,
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def _processor() -> str:
    found = Path("/proc/cpuinfo")
    lines = found.read_text(encoding="utf-8").splitlines() if found.exists() else []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.processor())
