"""A policy file is taken whole or not at all, and whatever is wrong is told with its line and its field."""

import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import policies
from bot.core.policy import Policy
from bot.core.rules import Rule
from bot.errors import ConfigError
from tests.policies.rig import ITADM, MENU, Desk
from tools import TOOLS

EVERYTHING = """
version: 1
zone: Europe/Berlin
approvers: [S0ITADM, U0DANA]
fallback: [U0CISO]
expires: 12h
remind: 30m
escalate: {after: 2h, to: [approvers, S0LEAD]}
max_open: 3
allow_self_approval: true
rules:
  - name: far
    tool: [grant, unlock]
    when: args.user_id == "U-1"
    require: {approvals: 2, from: [approvers, subject.manager], distinct_groups: true, step_up: true, verified: true}
    expires: 2d
  - name: own
    tool: grant
    relax: true
    require: {approvals: 0}
  - name: never
    tool: "*"
    forbid: Not here.
"""


def test_every_key_of_the_file_is_in_the_policy(desk: Desk) -> None:
    made = desk.load(EVERYTHING.replace("[grant, unlock]", "grant"), approvers=("U0ENV",))
    approvers = (ITADM, "U0DANA")
    assert made == Policy(
        approvers=approvers,
        zone=ZoneInfo("Europe/Berlin"),
        fallback=("U0CISO",),
        expires_after=timedelta(hours=12),
        remind_after=timedelta(minutes=30),
        escalate_after=timedelta(hours=2),
        escalate_to=(*approvers, "S0LEAD"),
        max_open=3,
        allow_self_approval=True,
        rules=(
            Rule(
                name="far",
                tools=("grant",),
                when='args.user_id == "U-1"',
                approvals=2,
                sources=(*approvers, "subject.manager"),
                distinct=True,
                step_up=True,
                verified=True,
                expires_after=timedelta(days=2),
            ),
            Rule(name="own", tools=("grant",), relax=True),
            Rule(name="never", tools=("*",), forbid="Not here."),
        ),
        digest=made.digest,
    )


def test_the_approvers_of_the_settings_are_those_of_a_file_that_names_none(desk: Desk) -> None:
    assert desk.load("version: 1", approvers=("U0ENV",)).approvers == ("U0ENV",)
    assert desk.load("version: 1\napprovers: []", approvers=("U0ENV",)).approvers == ()


def test_the_shipped_policy_is_that_of_no_file_and_adds_nothing_to_the_tiers() -> None:
    made = policies.load(None, (ITADM,), TOOLS)
    assert made == Policy(approvers=(ITADM,), zone=ZoneInfo("UTC"), digest=made.digest)


def test_the_digest_follows_what_the_file_means_and_who_approves(desk: Desk) -> None:
    base = desk.load(EVERYTHING).digest
    assert re.fullmatch("[0-9a-f]{64}", base)
    assert desk.load(f"# a remark\n{EVERYTHING}").digest == base
    assert desk.load(EVERYTHING.replace("tool: grant", "tool: [grant]")).digest == base
    assert desk.load(EVERYTHING.replace("approvals: 2", "approvals: 1")).digest != base
    assert desk.load("version: 1", approvers=("U1A",)).digest != desk.load("version: 1", approvers=("U2A",)).digest


WRONG_FILES = [
    ("", "line 1: is not a policy"),
    ("[1]", "line 1: is not a policy"),
    ("a: b: c", "line 1: is no YAML"),
    ("\nversion: 1\n\tzone: x", "line 3: is no YAML"),
    ("version: 1\nzone: *a", r"line 2: is no YAML: aliases \(\*\) are not taken"),
    ("a: &a [*a]", "line 1: is no YAML: aliases"),
    ("version: 1\n---\nversion: 1", "line 2: is no YAML"),
    ("version: 1\n[1]: 2", "line 2: a key is a word"),
    ("version: 1\nzone: UTC\nzone: UTC", "line 3: the key 'zone' is there twice"),
    ("version: 1\nrules: [{name: a, name: b}]", r"line 2, rules\[0\]: the key 'name' is there twice"),
    ("version: " + "9" * 5_000, "line 1, version: is no number"),
    ("[" * 50_000, "line 1: is nested too deeply"),
    ("#" * 100_001, "line 1: is longer than 100000 characters"),
    ("zone: UTC", "line 1, version: is missing"),
    ("version: 2", "line 1, version: should be 1"),
    ("version: '1'", "line 1, version: should be 1"),
    ("version: 1\nrule: []", "line 2, rule: is no key that is known here"),
    ("version: 1\nzone: Mars/Olympus", "line 2, zone: takes the IANA name"),
    ("version: 1\nzone: ../../etc/passwd", "line 2, zone: takes the IANA name"),
    ("version: 1\napprovers:\n- U0DANA\n- Dana Kim", r"line 4, approvers\[1\]: takes a Slack id"),
    ("version: 1\napprovers: [approvers]", "line 2, approvers: cannot contain itself"),
    ("version: 1\nfallback: [C0GENERAL]", r"line 2, fallback\[0\]: takes a Slack id"),
    ("version: 1\nexpires: 24", "line 2, expires: takes a number and m, h, d or w"),
    ("version: 1\nexpires: 0m", "line 2, expires: takes a number and m, h, d or w"),
    ("version: 1\nexpires: 31d", "line 2, expires: .* from 1m to 30d"),
    ("version: 1\nexpires: 2h\nremind: 2h", "line 3, remind: is not before expires"),
    ("version: 1\nescalate:\n  to: [U1A]\n  after: 24h", "line 4, escalate.after: is not before expires"),
    ("version: 1\nescalate: {after: 1h, to: []}", "line 2, escalate.to: "),
    ("version: 1\nmax_open: 0", "line 2, max_open: should be greater than or equal to 1"),
    ("version: 1\nallow_self_approval: 'yes'", "line 2, allow_self_approval: should be a valid boolean"),
    ("version: 1\nrules: {}", "line 2, rules: should be a valid list"),
]


@pytest.mark.parametrize(("text", "said"), WRONG_FILES)
def test_a_wrong_file_is_refused_with_its_line_and_field(desk: Desk, text: str, said: str) -> None:
    (line,) = desk.refused(text)
    assert re.match(f"policy.yml {said}", line), line


WRONG_RULES = [
    ("tool: nope, forbid: No.", ".tool: there is no tool 'nope'; there are erase, grant, look, unlock, wipe"),
    ("tool: ['*', grant], forbid: No.", ".tool: takes * alone, or names"),
    ("tool: [], forbid: No.", ".tool: "),
    ("tool: grant", ": needs require, forbid or expires"),
    ("tool: grant, forbid: ''", ".forbid: "),
    ("tool: grant, forbid: No., expires: 1h", ".forbid: stands alone"),
    ("tool: grant, forbid: No., require: {approvals: 1}", ".forbid: stands alone"),
    ("tool: grant, require: {approvals: 6}", ".require.approvals: should be less than or equal to 5"),
    ("tool: grant, require: {approvals: true}", ".require.approvals: should be a valid integer"),
    ("tool: grant, require: {approvals: 0}", ".require.approvals: 0 is for rules with relax"),
    ("tool: grant, require: {form: [U1A]}", ".require.form: is no key"),
    ("tool: grant, require: {from: [dana]}", ".require.from[0]: takes a Slack id"),
    ("tool: grant, require: {approvals: 2, from: [U1A]}", ".require.from: 2 approvals cannot come from 1 person"),
    ("tool: grant, require: {approvals: 2, from: [U1A, U1A]}", ".require.from: 2 approvals cannot come from 1 person"),
    (
        "tool: grant, require: {approvals: 3, from: [U1A, subject.manager]}",
        ".require.from: 3 approvals cannot come from 2 people",
    ),
    (
        "tool: grant, require: {approvals: 2, from: [S1A], distinct_groups: true}",
        ".require.from: names 1 sources for 2 approvals from different ones",
    ),
    ("tool: grant, require: {from: [resource.owner]}", ".require.from: grant touches no thing"),
    ("tool: erase, require: {from: [subject.manager]}", ".require.from: erase touches nobody"),
    ("tool: '*', relax: true, require: {from: [U1A]}", ".relax: needs the names of its tools"),
    ("tool: grant, relax: true, forbid: No.", ".relax: goes with require"),
    ("tool: grant, relax: true, expires: 1h", ".relax: needs require"),
    (
        "tool: grant, relax: true, require: {approvals: 2}",
        ".require.approvals: a rule with relax: true asks for 0 or 1",
    ),
    ("tool: grant, relax: true, require: {approvals: 0, step_up: true}", ".require: with 0 approvals nobody is asked"),
    ("tool: grant, relax: true, require: {approvals: 0, verified: true}", ".require: with 0 approvals nobody is asked"),
    ("tool: look, relax: true, require: {approvals: 0}", ".tool: look is low; only medium and high"),
    ("tool: erase, relax: true, require: {approvals: 1}", ".tool: erase is critical; only medium and high"),
    ("tool: grant, when: '', forbid: No.", ".when: "),
    ("tool: grant, when: 5, forbid: No.", ".when: should be a valid string"),
]


@pytest.mark.parametrize(("body", "said"), WRONG_RULES)
def test_a_wrong_rule_is_refused_with_its_line_and_field(desk: Desk, body: str, said: str) -> None:
    assert desk.wrong(body).startswith(said)


def test_a_number_that_no_listed_approver_can_reach_is_refused(desk: Desk) -> None:
    text = "version: 1\nrules: [{name: r, tool: grant, require: {approvals: 2}}]"
    said = "policy.yml line 2, rules[0].require.approvals: 2 approvals cannot come from 1 person"
    assert desk.refused(text, approvers=("U0DANA",)) == [said]
    assert desk.load(text, approvers=()).rules
    assert desk.load(text, approvers=("U0DANA", "S0ITADM")).rules


def test_names_of_rules_are_their_own(desk: Desk) -> None:
    rules = "".join(f"\n- {{name: {name}, tool: grant, forbid: No.}}" for name in ("a", "b", "a"))
    lines = desk.refused(f"version: 1\nrules:{rules}")
    assert [line[:31] for line in lines] == ["policy.yml line 3, rules[0].nam", "policy.yml line 5, rules[2].nam"]
    assert desk.refused("version: 1\nrules: [{name: Own Team, tool: grant, forbid: No.}]") == [
        "policy.yml line 2, rules[0].name: takes small letters, digits and -, 40 at most"
    ]


def test_all_that_is_wrong_is_told_at_once_in_the_order_of_the_file_up_to_twenty(desk: Desk) -> None:
    rules = "".join(f"\n- {{name: r{number}, tool: nope, forbid: No.}}" for number in range(25))
    lines = desk.refused(f"version: 1\nremind: 20d\nrules:{rules}")
    assert [re.match(r"policy.yml line (\d+), ", line)[1] for line in lines[:-1]] == [  # type: ignore[index]
        "2", *(str(number) for number in range(4, 23))
    ]  # fmt: skip
    assert lines[-1] == "… and 6 more"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone.yml cannot be read: No such file"):
        policies.load(tmp_path / "gone.yml", (), MENU)
    (tmp_path / "binary.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"binary.yml cannot be read: it is not UTF-8"):
        policies.load(tmp_path / "binary.yml", (), MENU)


def test_what_is_allowed_but_seldom_meant_is_a_warning() -> None:
    assert policies.warnings(Policy(approvers=(ITADM,))) == ()
    (nobody,) = policies.warnings(Policy())
    assert nobody.startswith("There are no approvers")
    own, one = policies.warnings(Policy(approvers=("U0DANA",), allow_self_approval=True))
    assert (own[:22], one[:21]) == ("allow_self_approval is", "There is one approver")
