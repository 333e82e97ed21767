"""A condition names only what exists, is true or false, and takes no time worth mentioning, whatever the call."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from time import perf_counter
from typing import Any

import pytest

from bot.core.rules import Outcome, Rule, seen_by_rules
from bot.policies.conditions import MAX_CONDITION, MAX_PLUS, Wrong, check
from bot.policies.engine import MAX_SECONDS, compiled
from bot.policies.samples import MAX_GROUPS, samples
from tests.core.test_policy import ALEX, call
from tests.policies.rig import MENU, Desk, grant, ticking

ARGUMENTS = {each.name: frozenset(each.arguments.model_fields) for each in MENU if each.name == "grant"}

GOOD = [
    "true",
    "tainted && !same_person || same_manager",
    "manages_subject ? owns_resource : !channel.private",
    'args.reason.contains("\\"urgent\\" [") && args.reason.size() > 3',
    "args.hours > 24 && args.kind in ['write', \"all\"]",
    'args.note == null || args.note == "x"',
    '"prod" in args.tags || size(args.tags) > 3',
    'requester.groups.exists(g, g.startsWith("eng-") && g.endsWith("x"))',
    "subject.groups.all(each, each != 'temp') && args.tags.exists_one(t, t.size() == 2)",
    "time.weekday >= 6 || time.hour < 7 || (time.date >= '2026-12-24' && time.minute >= 0)",
    "recent.tool_hour + recent.tool_day * 2 >= 10 / 2 && recent.subject_day % 2 == 0",
    "resource.kind == 'group' && resource.owner != requester.id && resource.known",
    "subject.department in ['Finance', 'Legal'] && subject.manager != '' && -1 < 0 && 1.5 > 0.5",
    "(requester.name + subject.name).contains('x') && \n requester.privileged",
]


@pytest.mark.parametrize("condition", GOOD)
def test_what_people_want_to_say_can_be_said(desk: Desk, condition: str) -> None:
    body = "".join(f"\n    {line}" for line in condition.splitlines())
    made = desk.load(f"version: 1\nrules:\n- name: r\n  tool: grant\n  forbid: No.\n  when: |-{body}")
    assert made.rules[0].outcome(seen_by_rules(call(arguments=_arguments(large=True)), UTC)) is not Outcome.FAILED


BAD = [
    ("requester.nme == ''", "requester has no field 'nme'; it has id, name, department"),
    ("user.id == ''", "'user' is not known; there are args, requester, subject"),
    ("args.user == ''", "grant has no argument 'user'"),
    ("requester == subject", "requester needs a field, such as requester.id"),
    ("tainted.x", "'x' is not known here"),
    ("requester.name.first == ''", "'first' is not known here"),
    ("requester.name('x')", "'name' is no function"),
    ("args['user_id'] == ''", "args needs a field, such as args.hours"),
    ("args.tags[0] == ''", "[…] behind a value is not taken"),
    ("tainted ?. x", "?. is not taken"),
    ("args.reason.matches('(a+)+')", "'matches' is not known here; there are contains"),
    ("timestamp('2026-01-01T00:00:00Z') > x", "'timestamp' is not known here"),
    ("args.tags.map(t, t)", "'map' is not known here"),
    ("has(args.note)", "'has' is not known here"),
    ("args.tags.exists(t, args.tags.exists(u, u == t))", "only t may be named inside a loop"),
    ("args.tags.exists(t, ['a'].exists(u, u == t))", "a loop inside a loop is not taken"),
    ("args.tags.exists(t, args.reason.contains(t))", "only t may be named inside a loop, not 'args'"),
    ("args.tags.exists(subject, true)", "'subject' has a meaning already"),
    ("args.tags.exists(t.x, true)", "a loop reads exists(x, …)"),
    ("args.tags.exists(t, true) && t == ''", "'t' is not known"),
    ('args.reason == """x"""', "cannot be read at"),
    ('args.reason == r"x"', "cannot be read at 'r\"x\"'"),
    ("true // always", "cannot be read at '// always'"),
    ("{'a': 1} == {}", "cannot be read at"),
    ("tainted &&", "cannot be read: at character 11: mismatched input"),
    ("tainted tainted", "cannot be read: at character 9: extraneous input 'tainted'"),
    ("'x", "cannot be read at"),
    ("5", "fails on a sample call: the condition is neither true nor false"),
    ("tainted ? 1 : true", "fails on a sample call: the condition is neither true nor false"),
    ("!tainted && requester.name > 5", "fails on a sample call: No such overload"),
    ("args.note.contains('x')", "fails on the smallest arguments of grant: "),
    ("args.hours / (args.hours - 720) > 1", "fails on the largest arguments of grant: division by zero"),
    ("size(" + " + ".join(["args.reason"] * 12) + ") > 1", "has more than 10 +"),
    (" || ".join(["tainted"] * 100), f"is longer than {MAX_CONDITION} characters"),
]


@pytest.mark.parametrize(("condition", "said"), BAD)
def test_what_cannot_be_relied_on_is_refused_at_load(desk: Desk, condition: str, said: str) -> None:
    assert desk.when(condition).startswith(said)


def test_an_argument_must_be_one_of_every_tool_that_is_named(desk: Desk) -> None:
    assert desk.rule("tool: [grant, unlock], when: args.user_id == '', forbid: No.").rules
    assert (
        desk.wrong("tool: [grant, wipe], when: args.user_id == '', forbid: No.")
        == ".when: wipe has no argument 'user_id'"
    )
    assert desk.wrong("tool: '*', when: args.user_id == '', forbid: No.").endswith("has no argument 'user_id'")


def test_a_condition_that_takes_long_on_the_largest_arguments_is_refused(desk: Desk) -> None:
    text = "version: 1\nrules:\n- {name: r, tool: grant, when: 'args.hours > 1', forbid: No.}"
    (line,) = desk.refused(text, clock=ticking(MAX_SECONDS * 1.5))
    assert line == (
        "policy.yml line 3, rules[0].when: takes 30 ms on the largest arguments of grant; at most 20 ms are allowed"
    )
    assert desk.load(text, clock=ticking(MAX_SECONDS * 0.9)).rules


def _longest(part: str, joined: str, around: str = "{}") -> str:
    fits = (MAX_CONDITION - len(around)) // (len(part) + len(joined))
    return around.format(joined.join([part] * (min(fits, MAX_PLUS + 1) if "+" in joined else fits)))


WORST = [
    _longest("args.reason.contains('yz')", " || "),
    _longest("'yz' in requester.groups", " || "),
    _longest("args.reason", " + ", "size({}) < 0"),
    _longest("g.contains('yz')", " || ", "requester.groups.exists(g, {})"),
    _longest("g", " + ", "requester.groups.exists(g, ({}).contains('yz'))"),
    _longest("requester.groups.exists(g, g == 'y')", " || "),
    _longest("requester.groups", " + ", "size({}) < 0"),
    _longest("args.reason == args.user_id", " || "),
]


@pytest.mark.parametrize("condition", WORST)
def test_nothing_that_passes_the_check_can_stall_the_process(condition: str) -> None:
    """Given the largest call, then the longest condition of each kind takes a small part of a second, not minutes."""
    check(condition, ARGUMENTS)
    holds = compiled(condition)
    for _, seen in samples([grant]):
        began = perf_counter()
        holds(seen)
        assert perf_counter() - began < 0.5


@pytest.mark.parametrize("part", ["(", "!", "-", "[", "true ? true : ", "true || (", "size([", "'a' + ("])
def test_deep_nesting_is_refused_or_evaluated_and_never_ends_the_process(part: str) -> None:
    text = part * (MAX_CONDITION // len(part) - 1) + "1"
    closed = text + "".join(
        {"(": ")", "[": "]"}.get(each, "") for each in reversed(part * (MAX_CONDITION // len(part)))
    )
    for condition in (text, closed[:MAX_CONDITION]):
        try:
            check(condition, ARGUMENTS)
            holds = compiled(condition)
        except Wrong:
            continue
        assert Rule(name="r", tools=("*",), condition=holds).outcome({}) in Outcome


def test_a_person_in_more_groups_than_can_be_looked_at_fails_the_condition() -> None:
    holds = compiled("'x' in requester.groups")
    many = ALEX.model_copy(update={"groups": tuple(str(number) for number in range(MAX_GROUPS + 1))})
    with pytest.raises(ValueError, match="more groups"):
        holds(seen_by_rules(call(requester=many), UTC))
    assert holds(seen_by_rules(call(requester=many.model_copy(update={"groups": many.groups[1:]})), UTC)) is False


@pytest.mark.parametrize("value", ["\ud800", 2**70, float("nan"), object(), {"a": {1, 2}}, [None]])
def test_whatever_is_among_the_arguments_the_condition_fails_or_says_no(value: object) -> None:
    rule = Rule(name="r", tools=("*",), condition=compiled("args.hours == 5"))
    seen = seen_by_rules(replace(call(), arguments={"hours": value}), UTC)
    assert rule.outcome(seen) is not Outcome.MATCHED


def test_the_largest_arguments_are_as_large_as_the_tool_takes_and_the_smallest_as_small() -> None:
    large, small = _arguments(large=True), _arguments(large=False)
    assert {name: len(value) for name, value in large.items() if isinstance(value, (str, list))} == {
        "user_id": 2_000, "reason": 20_000, "kind": 5, "tags": 50, "note": 2_000,
    }  # fmt: skip
    assert (large["hours"], len(large["tags"][0])) == (720, 2_000)
    assert small == {"user_id": "", "hours": 1, "reason": "", "kind": "read", "tags": [], "note": None}


def test_the_engine_is_loaded_without_its_command_line_and_only_where_a_rule_has_a_condition() -> None:
    program = """if True:
        import sys
        from bot import policies
        import tools
        policies.load(None, (), tools.TOOLS)
        assert not any(name.partition(".")[0] == "cel" for name in sys.modules)
        from bot.policies.engine import compiled
        assert compiled("1 < 2")({}) is True
        assert "cel.cel" in sys.modules
        assert not {"cel.cli", "prompt_toolkit", "rich", "typer"} & set(sys.modules)
    """
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def _arguments(*, large: bool) -> Mapping[str, Any]:
    size = "largest" if large else "smallest"
    return next(seen["args"] for what, seen in samples([grant]) if size in what)
