"""The shipped policy is what admins copy: short, explained line by line, and every example in it works."""

import re

import pytest

from bot import policies
from bot.core.policy import Policy
from bot.errors import ConfigError
from bot.policies.entries import PolicyFile
from tests.policies.rig import ITADM, Desk
from tools import TOOLS

TEXT = policies.SHIPPED.read_text()
LINES = TEXT.splitlines()

#: a setting or an example behind a #
_COMMENTED = re.compile(r"^# (?=\w+:|  )", re.MULTILINE)


def test_it_fits_on_a_screen_and_every_block_is_explained() -> None:
    assert len(LINES) <= 60
    assert max(map(len, LINES)) <= 120
    blocks = [block.splitlines() for block in TEXT.split("\n\n") if "version:" not in block]
    assert [block for block in blocks if _COMMENTED.match(block[0]) or not block[0].startswith("# ")] == []


def test_every_key_of_the_form_is_shown() -> None:
    shown = {match[1] for match in re.finditer(r"^(?:# )?(\w+):", TEXT, re.MULTILINE)}
    assert shown == set(PolicyFile.model_fields) - {"allow_self_approval"}


def test_its_examples_work(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("policy") / "policy.yml"
    file.write_text(_COMMENTED.sub("", TEXT))
    made = policies.load(file, (), TOOLS)
    assert [rule.name for rule in made.rules] == ["at-night", "own-team", "made-sure", "many-resets"]
    assert made.escalate_to
    assert made.see.people
    assert made.see.tickets


def test_its_commented_defaults_are_the_defaults(desk: Desk) -> None:
    defaults = Policy()
    for line in ("zone: UTC", "expires: 24h", "max_open: 10"):
        assert f"# {line}" in LINES
        made = desk.load(f"version: 1\n{line}")
        assert (str(made.zone), made.expires_after, made.max_open) == (
            "UTC", defaults.expires_after, defaults.max_open,
        )  # fmt: skip


def test_the_page_about_policies_shows_rules_that_work(desk: Desk) -> None:
    page = (policies.SHIPPED.parent.parent / "docs" / "policy.md").read_text()
    example = "".join(re.findall(r"```yaml\n(.*?)```", page, re.DOTALL))
    file = desk.folder / "page.yml"
    file.write_text(example)
    assert len(policies.load(file, (ITADM,), TOOLS).rules) == 3
    for wrong in ("requester.nme", "args.nothing"):
        file.write_text(example.replace("manages_subject", wrong))
        with pytest.raises(ConfigError):
            policies.load(file, (ITADM,), TOOLS)
