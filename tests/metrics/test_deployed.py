"""The dashboard, the rules and the page name what the code has, and nothing else; promtool, where it is found, reads
every expression and tries the rules.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from prometheus_client import generate_latest

from bot.core import items
from bot.metrics import Metrics
from bot.metrics.instruments import Described
from bot.slack.watch import Outcome

ROOT = Path(__file__).parent.parent.parent
RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "helpdesk.json").read_text())
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
PAGE = (ROOT / "docs" / "metrics.md").read_text()

#: what Prometheus adds to every series
ADDED = {"instance", "job"}

#: what matchers may ask of these labels
VALUES = {
    "outcome": {"answered", *get_args(items.OverReason), *get_args(Outcome)},
    "kind": {"card", "message", "private_word", "status"},
    "of": {"tool", "provider"},
    "verdict": {"approved", "denied", "expired", "withdrawn", "void"},
    "le": {"2.0", "5.0"},
}

_NAME = r"\b(?:helpdesk|process|python)_\w+"


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    return [each for each in DASHBOARD["panels"] if each["type"] != "row"]


def expressions() -> Iterator[str]:
    """Every one, with Grafana's variables filled in."""
    for rule in rules():
        yield rule["expr"]
    for panel in panels():
        for target in panel["targets"]:
            shown = target["expr"].replace("$__rate_interval", "5m").replace("$__range", "6h")
            yield shown.replace("$instance", ".*")


def names(metric: Described) -> tuple[str, ...]:
    """What it is called in expressions."""
    if metric.kind != "histogram":
        return (metric.name,)
    return tuple(f"{metric.name}{suffix}" for suffix in ("_bucket", "_count", "_sum"))


def row(metric: Described) -> str:
    """What the page's table says of it."""
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.text} |"


def series() -> dict[str, set[str]]:
    """The labels of every series there is, ours and those of prometheus_client's own collectors."""
    metrics = Metrics()
    found = {
        name: {*each.labels, *({"le"} if name.endswith("_bucket") else ())}
        for each in metrics.described
        for name in names(each)
    }
    for family in metrics.registry.collect():
        for sample in family.samples:
            if not sample.name.startswith("helpdesk_"):
                found.setdefault(sample.name, set()).update(sample.labels)
    return found


@pytest.mark.parametrize("expression", sorted({*expressions()}))
def test_every_name_and_label_is_one_of_the_code(expression: str) -> None:
    known = series()
    labels = set(ADDED)
    for name, matchers in re.findall(rf"({_NAME})(?:\{{([^}}]*)\}})?", expression):
        assert name in known
        labels |= known[name]
        for label, value in re.findall(r'(\w+)=~?"([^"]*)"', matchers):
            assert label in known[name] | ADDED
            assert label in ADDED or set(value.split("|")) <= VALUES[label]
    for grouped in re.findall(r"\bby \(([^)]*)\)", expression):
        assert {each.strip() for each in grouped.split(",")} <= labels
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    assert set(re.findall(r"helpdesk:\w+:\w+", expression)) <= recorded


def test_a_bucket_that_an_objective_asks_for_is_one() -> None:
    metrics = Metrics()
    (first_sign,) = (each for each in metrics.registry.collect() if each.name == "helpdesk_first_sign_seconds")
    assert VALUES["le"] <= {each.labels.get("le") for each in first_sign.samples}


def test_every_metric_is_told_of_in_the_page_as_the_code_describes_it() -> None:
    head = ("| Metric | Kind | Labels | What it says |", "|---|---|---|---|")
    assert "\n".join([*head, *map(row, Metrics().described)]) in PAGE


def test_every_metric_follows_the_conventions() -> None:
    for each in Metrics().described:
        assert re.fullmatch(r"helpdesk_[a-z_]+[a-z]", each.name)
        assert each.name.endswith("_total") == (each.kind == "counter")
        assert each.kind != "histogram" or each.name.endswith("_seconds")
        assert re.match(r"[A-Z0-9]", each.text)
        assert each.text.endswith(".")


def test_every_metric_is_on_the_dashboard_or_in_a_rule() -> None:
    shown = " ".join(expressions())
    assert [each.name for each in Metrics().described if each.name not in shown] == []


def test_every_alert_says_what_is_wrong_and_where_to_read_on() -> None:
    anchors = {title.lower().replace(" ", "-") for title in re.findall(r"^### (.+)$", OPERATIONS, re.MULTILINE)}
    alerts = [rule for rule in rules() if "alert" in rule]
    assert len(alerts) > 10
    for alert in alerts:
        told = alert["annotations"]
        assert told["summary"]
        assert told["description"].endswith(".")
        page, _, anchor = told["runbook"].partition("#")
        assert (page, anchor in anchors) == ("docs/operations.md", True), told["runbook"]
        assert alert["labels"]["severity"] in ("page", "ticket")


def test_every_panel_is_explained_and_asks_the_chosen_source() -> None:
    rows = [each["title"] for each in DASHBOARD["panels"] if each["type"] == "row"]
    assert rows == ["Answers", "Model", "Tools", "Approvals", "Slack", "Queue", "Process"]
    ids = [each["id"] for each in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in panels():
        assert panel["description"].endswith((".", "%.")), panel["title"]
        assert {panel["datasource"]["uid"], *(each["datasource"]["uid"] for each in panel["targets"])} == {
            "${datasource}"
        }


# ── promtool ──


@pytest.fixture
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("no promtool here; Debian has it in the package prometheus")
    return found


def said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.sqlite
def test_prometheus_can_read_every_expression(promtool: str, tmp_path: Path) -> None:
    every = {"groups": [{"name": "g", "rules": [{"record": f"r:{n}", "expr": e} for n, e in enumerate(expressions())]}]}
    (tmp_path / "every.yml").write_text(yaml.safe_dump(every))
    assert "SUCCESS" in said(promtool, "check", "rules", str(tmp_path / "every.yml"))
    assert "SUCCESS" in said(promtool, "check", "rules", str(RULES))


def test_the_rules_fire_when_they_should_and_not_else(promtool: str) -> None:
    assert "SUCCESS" in said(promtool, "test", "rules", str(Path(__file__).parent / "alerts.test.yml"))


def test_what_the_door_says_is_as_prometheus_wants_it(promtool: str) -> None:
    told = subprocess.run(
        [promtool, "check", "metrics"],
        input=generate_latest(Metrics().registry),
        capture_output=True,
        timeout=60,
        check=False,
    )
    complaints = [line for line in told.stderr.decode().splitlines() if line.startswith("helpdesk_")]
    assert [line for line in complaints if "_created" not in line] == []
