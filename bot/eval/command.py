"""`helpdesk eval`: reads the cases, plays them several at a time, and tells what came of it."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from bot import prompts
from bot.errors import ConfigError
from bot.eval import cassette
from bot.eval.case import Case
from bot.eval.cassette import Cassette, Player, Recorder
from bot.eval.junit import junit
from bot.eval.play import Limits, Played, play
from bot.eval.progress import Progress
from bot.eval.reading import SHIPPED, read_cases
from bot.eval.report import markdown
from bot.eval.result import Mode, Result, Run
from bot.eval.stage import Clock, empty_database
from bot.model.demo import DemoModel
from bot.model.port import Model
from bot.run.kit import Instructions


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to play, how, and where the reports go."""

    #: None: the shipped cases
    folder: Path | None = None
    mode: Mode = "live"
    #: a version of the prompt, and the folder of those that are not shipped; None: the shipped one
    prompt: str | None = None
    prompts: Path | None = None
    parallel: int = 1
    #: names of cases; empty: all
    only: tuple[str, ...] = ()
    report: Path | None = None
    junit: Path | None = None
    limits: Limits = field(default_factory=Limits)


async def evaluated(wanted: Wanted, model: Model, out: TextIO, progress: TextIO) -> bool:
    """Play them with this model, print what came of it, and write the reports; whether all passed.

    Raises ConfigError for cases that cannot be read and reports that cannot be written.
    """
    for file in (wanted.report, wanted.junit):
        if file and not file.parent.is_dir():
            raise ConfigError(f"{file} cannot be written: there is no folder {file.parent}.")
        if file and file.is_dir():
            raise ConfigError(f"{file} cannot be written: it is a folder.")
    run = await played(wanted, model, progress)
    if wanted.report:
        _write(wanted.report, markdown(run).encode("utf-8", "replace"))
    if wanted.junit:
        _write(wanted.junit, junit(run))
    for each in run.results:
        for problem in each.played.problems:
            print(f"{each.case.name}: {problem}", file=out)
    print(f"{run.told()}\n{run.summary()}", file=out)
    return run.passed == len(run.results)


async def played(wanted: Wanted, model: Model, progress: TextIO) -> Run:
    """What came of each case, by name. Raises ConfigError."""
    folder = wanted.folder or SHIPPED
    cases = _chosen(await asyncio.to_thread(read_cases, folder), wanted.only)
    bar, turnstile = Progress(progress, len(cases)), asyncio.Semaphore(wanted.parallel)
    prompt = await asyncio.to_thread(_prompt, wanted)
    async with empty_database(prompt) as empty:

        async def one(case: Case) -> Result:
            async with turnstile:
                result = await _one(case, folder, model, wanted, empty)
            bar.over(case.name, passed=result.passed, seconds=result.played.seconds)
            return result

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(case)) for case in cases]
    results = tuple(task.result() for task in tasks)
    return Run(results, wanted.mode, prompt.version, offline=isinstance(model, DemoModel))


def _prompt(wanted: Wanted) -> Instructions:
    shipped = prompts.shipped()
    there = {each.version: each for each in (shipped, *prompts.of_folder(wanted.prompts))}
    found = there.get(wanted.prompt or shipped.version)
    if found is None:
        raise ConfigError(f"--prompt: there is no prompt {wanted.prompt}. There are: {', '.join(there)}.")
    return found


async def _one(case: Case, folder: Path, model: Model, wanted: Wanted, empty: Path) -> Result:
    heard: Player | Recorder
    try:
        heard = Player(cassette.load(folder, case.name)) if wanted.mode == "replay" else Recorder(model)
    except ConfigError as error:
        return Result(case, Played([str(error)]), 0, (0, 0), "nobody")
    done = await play(case, heard, empty, wanted.limits, Clock())
    failures = sum(each.failure is not None for each in heard.replies)
    if isinstance(heard, Player) and heard.unknown:
        # all else that went wrong follows from it
        done.problems = list(dict.fromkeys(heard.unknown))
    elif done.problems and failures:
        done.problems.append(f"The model gave no reply, {failures} times.")
    if wanted.mode == "record":
        done.problems += _saved(folder, case.name, Cassette(model=heard.name, replies=tuple(heard.replies)))
    tokens = sum(each.tokens[0] for each in heard.replies), sum(each.tokens[2] for each in heard.replies)
    return Result(case, done, len(heard.replies), tokens, heard.name)


def _saved(folder: Path, case: str, recorded: Cassette) -> list[str]:
    """Why it could not be written, if it could not."""
    try:
        cassette.save(folder, case, recorded)
    except OSError as error:
        return [f"The recording cannot be written: {error.strerror}."]
    return []


def _chosen(cases: list[Case], only: tuple[str, ...]) -> list[Case]:
    names = [each.name for each in cases]
    if unknown := [name for name in only if name not in names]:
        raise ConfigError(f"--only: there is no case {', '.join(unknown)}. There are: {', '.join(names)}.")
    return [each for each in cases if not only or each.name in only]


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}.") from None
