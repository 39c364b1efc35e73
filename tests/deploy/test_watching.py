"""The dashboard and the alert rules name what a running server really counts."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
import yaml

from check_docs import site_of_this_code
from letmepost.docs.pages import PageSet
from letmepost.kit.process_metrics import process_metrics
from tests.platforms.running_server import Running

DEPLOY = Path(__file__).parents[2] / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yaml"
DASHBOARD = DEPLOY / "grafana" / "letmepost.json"
# What Prometheus adds by itself, and the bounds of histograms.
GIVEN_LABELS = {"job", "instance", "le"}
# Grafana fills these in.
VARIABLES = {"$__rate_interval": "5m", "$job": "letmepost"}


def _rules() -> list[dict[str, Any]]:
    [group] = yaml.safe_load(ALERTS.read_text())["groups"]
    rules: list[dict[str, Any]] = group["rules"]
    return rules


def _panels() -> list[dict[str, Any]]:
    panels: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return panels


def _expressions() -> Iterator[str]:
    for rule in _rules():
        yield rule["expr"]
    for panel in _panels():
        for target in panel.get("targets", []):
            yield target["expr"]


EXPRESSIONS = sorted(set(_expressions()))


def _parts(node: Any) -> Iterator[Any]:
    """An expression and everything that it is made of."""
    yield node
    for name in ("lhs", "rhs", "expr", "param", "vector_selector"):
        if (part := getattr(node, name, None)) is not None:
            yield from _parts(part)
    for each in getattr(node, "args", ()):
        yield from _parts(each)


def _named(expression: str) -> tuple[set[str], set[str]]:
    """The metrics and the labels that an expression names."""
    for variable, value in VARIABLES.items():
        expression = expression.replace(variable, value)
    metrics: set[str] = set()
    labels: set[str] = set()
    for part in _parts(promql.parse(expression)):
        if isinstance(part, promql.VectorSelector):
            metrics.add(str(part.name))
            labels |= {each.name for each in part.matchers.matchers}
        elif isinstance(part, promql.AggregateExpr) and part.modifier is not None:
            labels |= set(part.modifier.labels)
    return metrics, labels


def _declared(exposition: str) -> dict[str, set[str]]:
    """Every series by name, with the labels that its words name."""
    words = dict(re.findall(r"^# HELP (\w+) (.*)$", exposition, re.MULTILINE))
    declared: dict[str, set[str]] = {}
    for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", exposition, re.MULTILINE):
        endings = ("_bucket", "_count", "_sum") if kind == "histogram" else ("",)
        for ending in endings:
            declared[name + ending] = set(re.findall(r"`(\w+)`", words[name]))
    return declared


async def test_every_metric_and_label_that_is_named_is_served(server: Running) -> None:
    declared = _declared((await server.call("GET", "/metrics")).text)
    # Prometheus's own.
    declared["up"] = set()
    assert len(EXPRESSIONS) > 30
    for expression in EXPRESSIONS:
        metrics, labels = _named(expression)
        assert metrics, expression
        for metric in metrics:
            assert metric in declared, f"{metric} in {expression}"
        known = GIVEN_LABELS.union(*(declared[metric] for metric in metrics))
        assert labels <= known, f"{labels - known} in {expression}"


def test_every_metric_is_on_the_dashboard_or_in_an_alert() -> None:
    shown = set().union(*(_named(each)[0] for each in EXPRESSIONS))
    bare = {re.sub(r"_(bucket|count|sum)$", "", each) for each in shown} | shown
    ours = {each.name for each in site_of_this_code().metrics if each.name.startswith("letmepost_")}
    # What the ledger says of the last hour is for a look without Prometheus.
    assert ours - bare == {"letmepost_attempts_last_hour"}


def test_a_worker_counts_what_alerts_ask_of_it() -> None:
    served = _declared(process_metrics().decode())
    for name in (
        "letmepost_attempts_total",
        "letmepost_lease_losses_total",
        "letmepost_token_renewals_total",
        "letmepost_upstream_request_duration_seconds_bucket",
        "letmepost_webhook_attempts_total",
        "letmepost_worker_last_look_timestamp_seconds",
        "process_resident_memory_bytes",
    ):
        assert name in served, name


@pytest.mark.parametrize("rule", _rules(), ids=lambda rule: rule["alert"])
def test_every_alert_leads_to_a_part_of_a_page_that_is_there(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    assert rule["annotations"]["summary"]
    address = rule["annotations"]["runbook_url"]
    path, _, part = address.partition("/docs/")[2].partition("#")
    pages = PageSet(site_of_this_code())
    page = pages.find(path)
    assert page is not None, address
    headings = re.findall(r"^### (.+)$", pages.markdown(page), re.MULTILINE)
    assert part in {each.lower().replace(" ", "-") for each in headings}, address


def test_panels_have_ids_and_places_of_their_own() -> None:
    panels = _panels()
    assert len({each["id"] for each in panels}) == len(panels)
    places = {(each["gridPos"]["x"], each["gridPos"]["y"]) for each in panels}
    assert len(places) == len(panels)
    assert all(each["gridPos"]["x"] + each["gridPos"]["w"] <= 24 for each in panels)
