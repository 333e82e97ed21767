"""Files made of random rules in the real language: refused with a sentence, or taken, and then they only ever add."""

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.policy import Circumstances, Free, NeedsApproval, Policy
from bot.core.rules import OBJECTS, VALUES
from bot.errors import ConfigError
from tests.core.test_policy_properties import CALLS, at_least
from tests.policies.rig import MENU, Desk
from tools.spec import Tool

NAMES = [
    *VALUES,
    *(f"{name}.{field}" for name, fields in OBJECTS.items() for field in fields),
    "args.user_id",
    "args.x",
]
ATOMS = st.sampled_from([*NAMES, "true", "1", "'x'", "[]", "requester.groups", "null", "subject.name.size()"])
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: (
        st.builds(
            "({} {} {})".format, inner, st.sampled_from(["&&", "||", "==", "!=", "<", "+", "in", "? true :"]), inner
        )
        | st.builds("!{}".format, inner)
        | st.builds("{}.exists(e, {})".format, inner, st.sampled_from(["true", "e == 'x'", "e.size() > 1", "tainted"]))
    ),
    max_leaves=4,
)
REQUIRE = st.fixed_dictionaries(
    {},
    optional={
        "approvals": st.integers(0, 6),
        "from": st.lists(st.sampled_from(["U1A", "S1A", "approvers", "resource.owner", "Dana"]), max_size=3),
        "distinct_groups": st.booleans(),
        "step_up": st.booleans(),
        "verified": st.booleans(),
    },
)
RULES = st.fixed_dictionaries(
    {"name": st.sampled_from("abcdefgh"), "tool": st.sampled_from(["*", "unlock", "grant", "erase", "look"])},
    optional={
        "when": CONDITIONS | st.sampled_from(NAMES) | st.text(max_size=9),
        "require": REQUIRE,
        "forbid": st.just("No."),
        "relax": st.booleans(),
        "expires": st.sampled_from(["1h", "2d", "x"]),
    },
)


@settings(max_examples=5 * settings().max_examples)
@given(st.lists(RULES, max_size=3), CALLS, st.sampled_from(MENU))
def test_a_file_is_refused_or_only_adds(rules: list[dict[str, Any]], call: Circumstances, tool: Tool) -> None:
    with TemporaryDirectory() as folder, suppress(ConfigError):
        # JSON is YAML
        policy = Desk(Path(folder)).load(json.dumps({"version": 1, "rules": rules}))
        only_adds(policy, replace(call, tool=tool))


def only_adds(policy: Policy, call: Circumstances) -> None:
    tiers, found = replace(policy, rules=()), policy.requires(call)
    if found == Free() and tiers.requires(call) != Free():
        assert any(rule.relax and rule.names(call.tool) for rule in policy.rules)
    raising = replace(policy, rules=tuple(rule for rule in policy.rules if not rule.relax))
    assert at_least(raising.requires(call), tiers.requires(call))
    assert not isinstance(found, NeedsApproval) or found.approvals >= 1
