"""What the Dockerfile says: who runs it, what is in it and what is not."""

import json
import re
from fnmatch import fnmatch

from tests.world import ROOT

Instruction = tuple[str, str]


def stages() -> list[list[Instruction]]:
    """The Dockerfile's instructions, by stage; comments are left out and continued lines joined."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    found: list[list[Instruction]] = []
    for line in filter(None, joined.splitlines()):
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            found.append([])
        found[-1].append((word, rest.strip()))
    return found


def said(stage: list[Instruction], word: str) -> list[str]:
    return [rest for name, rest in stage if name == word]


def environment() -> dict[str, str]:
    """ENV of the final stage."""
    return dict(pair.split("=", 1) for line in said(stages()[-1], "ENV") for pair in line.split())


def health() -> list[str]:
    """The command of the final stage's HEALTHCHECK."""
    (check,) = said(stages()[-1], "HEALTHCHECK")
    command: list[str] = json.loads(check.partition("CMD ")[2])
    return command


def test_both_stages_begin_with_one_slim_image_of_a_pinned_minor_version() -> None:
    first, last = (said(stage, "FROM")[0].split()[0] for stage in stages())
    assert first == last
    assert re.fullmatch(r"python:3\.\d+-slim", first)


def test_dependencies_are_the_locked_ones_by_hash_and_nothing_is_compiled() -> None:
    build, final = stages()
    (locked,) = (line for line in said(build, "RUN") if "requirements.lock" in line)
    assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(locked.split())
    installs = [step for line in said(build, "RUN") for step in line.split("&&") if " install " in step]
    assert [step for step in installs if "--no-deps" not in step] == []
    assert [line for line in said(final, "RUN") if re.search(r"\b(pip|apt|apt-get|curl|wget|gcc)\b", line)] == []


def test_it_runs_as_a_numbered_user_who_is_not_root() -> None:
    (user,) = said(stages()[-1], "USER")
    number, group = user.split(":")
    assert int(number) > 0
    assert int(group) > 0
    assert f"--uid {number}" in said(stages()[-1], "RUN")[0]


def test_what_it_keeps_is_in_the_volume_and_only_there() -> None:
    (volume,) = said(stages()[-1], "VOLUME")
    assert environment()["DATABASE_URL"].startswith(f"sqlite:///{volume}/")
    assert environment()["SQLITE_TMPDIR"] == volume
    assert said(stages()[-1], "WORKDIR") == [volume]
    assert {environment()["PYTHONUNBUFFERED"], environment()["PYTHONDONTWRITEBYTECODE"]} == {"1"}


def test_it_starts_the_bot_on_the_port_it_exposes() -> None:
    final = stages()[-1]
    assert json.loads(said(final, "ENTRYPOINT")[0]) == ["helpdesk"]
    assert json.loads(said(final, "CMD")[0]) == ["run"]
    assert said(final, "EXPOSE") == ["3000"] == [environment()["PORT"]]
    assert health()[0] == "python"
    assert "/healthz" in health()[-1]


def test_the_demo_is_taken_out() -> None:
    assert any(re.search(r"&& rm -r /opt/\S+/bot/playground$", line) for line in said(stages()[0], "RUN"))


def test_the_builder_gets_what_is_copied_and_no_secret() -> None:
    patterns = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert patterns[0] == "*"
    given = {line[1:] for line in patterns if line[0] == "!"}
    copied = {name for line in said(stages()[0], "COPY") for name in line.split()[:-1]}
    assert copied == given
    assert [
        name for name in (".env", ".git", ".demo", "helpdesk.db") if any(fnmatch(name, each) for each in given)
    ] == []
