"""The report for people: Markdown with a table of all cases, and the dialog of each one that failed."""

from collections.abc import Iterator

from bot.eval.result import Result, Run


def markdown(run: Run) -> str:
    """The whole report."""
    return "\n".join(_lines(run)) + "\n"


def _lines(run: Run) -> Iterator[str]:
    yield from ("# Evaluation", "", run.summary(), "", run.told(), "")
    yield "| Case | Result | Calls | Requests to the model | Tokens in, out | Seconds |"
    yield "|---|---|---|---|---|---|"
    yield from (_row(each) for each in run.results)
    for each in run.results:
        if not each.passed:
            yield from _details(each)


def _row(result: Result) -> str:
    played, result_is = result.played, "passed" if result.passed else "**failed**"
    tokens = f"{result.tokens[0]}, {result.tokens[1]}"
    return (
        f"| {result.case.name} | {result_is} | {played.calls} | {result.requests} | {tokens} | {played.seconds:.1f} |"
    )


def _details(result: Result) -> Iterator[str]:
    yield from ("", f"## {result.case.name}", "", _plain(result.case.about), "")
    yield from (f"- {_plain(each)}" for each in result.played.problems)
    # longer than any fence that people or a model wrote
    yield from ("", "`" * 10 + "text", *result.played.transcript, "`" * 10)


def _plain(text: str) -> str:
    """One line in which nothing is Markdown."""
    line = " ".join(text.split())
    return "".join(f"\\{each}" if each in "\\`*_<>|[]#!" else each for each in line)
