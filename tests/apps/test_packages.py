"""``--app`` on real packages, each set up as its documentation shows.

They are in an environment of their own, with signalcli beside them: ``.ci/packages.txt``. The tests run in
another one. The variable ``CI_PACKAGES`` has the path of its Python; without it, these tests are skipped.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import SignalCli
from tests.support.discovering import HERE
from tests.support.packages_read import PACKAGES, Connected, Expected

VARIABLE = "CI_PACKAGES"
PYTHON = os.environ.get(VARIABLE, "")
APPS = Path(__file__).parents[1] / "support" / "packages"

pytestmark = [
    pytest.mark.packages,
    pytest.mark.slow,
    pytest.mark.skipif(not PYTHON, reason=f"needs {VARIABLE}, a Python with the packages"),
]

each_package = pytest.mark.parametrize("expected", PACKAGES, ids=lambda expected: expected.module)


@pytest.fixture(params=["beside them", "elsewhere"])
def packages(request: pytest.FixtureRequest, tmp_path: Path) -> SignalCli:
    """Runs signalcli for the packages, whose applications are importable.

    It is installed beside them, or in an environment of its own.
    """
    is_beside = request.param == "beside them"
    signalcli = SignalCli(tmp_path, python=PYTHON if is_beside else sys.executable)
    signalcli.environment["PYTHONPATH"] = str(APPS)
    if not is_beside:
        signalcli.environment["SIGNALCLI_PYTHON"] = PYTHON
    return signalcli


def views(packages: SignalCli, expected: Expected) -> list[Any]:
    """What ``inspect --json`` tells of each signal."""
    inspected = packages.ok("--app", expected.module, "inspect", "--json").json
    return list(inspected["signals"])


def connections(signals: list[Any]) -> list[Connected]:
    """Who listens to what, in views."""
    return sorted(
        (
            Connected(
                view["signal"],
                receiver["receiver"],
                None if connection["any"] else connection["sender"],
                receiver["weak"],
            )
            for view in signals
            for receiver in view["receivers"]
            for connection in receiver["connections"]
        ),
        key=str,
    )


def run(*arguments: str, directory: Path) -> str:
    """What a script prints in the environment of the packages."""
    completed = subprocess.run(
        [PYTHON, *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(APPS), "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=60,
    )
    assert completed.returncode == 0, completed.stderr
    return completed.stdout


# What there is.


@each_package
def test_its_signals_and_receivers_are_those_of_its_source(
    packages: SignalCli, expected: Expected
) -> None:
    found = views(packages, expected)

    assert sorted(view["signal"] for view in found) == expected.signals
    assert connections(found) == sorted(expected.connected, key=str)


@each_package
def test_as_many_signals_are_found_as_are_alive(packages: SignalCli, expected: Expected) -> None:
    count = json.loads(run("count.py", expected.module, directory=APPS))

    found = views(packages, expected)
    listed = packages.ok("--app", expected.module, "list", "--json").json["signals"]
    own = {
        view["signal"]: view["signal"].rpartition("/")[2] if view["kind"] == "named" else None
        for view in found
    }
    numbers = [(own[one["signal"]], one["receivers"], one["connections"]) for one in listed]
    alive = [(own[c.signal], c.receiver, c.sender) for c in connections(found)]
    assert Counter(numbers) == Counter(map(tuple, count["signals"]))
    assert Counter(alive) == Counter(map(tuple, count["connections"]))


@each_package
def test_looking_changes_nothing(expected: Expected) -> None:
    looked = json.loads(run("-m", "tests.support.discovering", expected.module, directory=HERE))

    assert (looked["changed"], sorted(looked["views"])) == ({}, expected.signals)
    assert (looked["alive"], looked["connections"]) == (
        len(expected.signals),
        len(expected.connected),
    )


@each_package
def test_the_graph_and_what_is_exported_draw_the_same(
    packages: SignalCli, expected: Expected
) -> None:
    app = ("--app", expected.module)

    graph = packages.ok(*app, "graph", "--json").json["signals"]
    mermaid = packages.ok(*app, "export", "--format", "mermaid").stdout
    dot = packages.ok(*app, "export", "--format", "dot").stdout

    drawn = [
        Connected(
            signal["signal"], one["receiver"], None if by["any"] else by["sender"], one["weak"]
        )
        for signal in graph
        for by in signal["senders"]
        for one in by["receivers"]
    ]
    assert sorted(signal["signal"] for signal in graph) == expected.signals
    assert sorted(drawn, key=str) == sorted(expected.connected, key=str)
    receivers = sum(len(view["receivers"]) for view in views(packages, expected))
    sizes = len(expected.signals), receivers
    assert (mermaid.count("{{"), mermaid.count("->|")) == sizes
    assert (dot.count("shape=hexagon"), len(re.findall(r"-> signal\d+_receiver", dot))) == sizes


@each_package
def test_every_signal_is_explained(packages: SignalCli, expected: Expected) -> None:
    for name in {connected.signal for connected in expected.connected}:
        explained = packages.ok("--app", expected.module, "explain", name, "--json").json

        called = {c["receiver"] for c in explained["calls"] if c["outcome"] != "skipped"}
        heard = {c.receiver for c in expected.connected if c.signal == name and c.sender is None}
        assert (explained["signal"], called) == (name, heard)


# What is sent.

STARTED = ["flask/appcontext-pushed", "flask/request-started"]
ENDED = [
    "flask/request-finished",
    "flask/request-tearing-down",
    "flask/appcontext-tearing-down",
    "flask/appcontext-popped",
]
"""In the source of Flask: ``AppContext.push``, ``Flask.full_dispatch_request``,
``Flask.finalize_request``, ``Flask.do_teardown_request``, ``Flask.do_teardown_appcontext``,
``AppContext.pop``."""


def traced(packages: SignalCli, *arguments: str) -> Any:
    """The timeline of a request."""
    return packages.ok("--app", arguments[0], "trace", "request", *arguments[1:], "--json").json


def names(timeline: Any) -> list[str]:
    return [event["signal"] for event in timeline["events"]]


def reported(timeline: Any, signal: str) -> tuple[Any, ...]:
    """The one send of a signal: its sender, its payload's keys, the receivers that heard it, and their results."""
    (event,) = (event for event in timeline["events"] if event["signal"] == signal)
    calls = [(call["receiver"], call["outcome"], call["value"]) for call in event["calls"]]
    return event["sender"], event["payload_keys"], calls


def test_a_request_to_httpbin_sends_the_signals_of_flask(packages: SignalCli) -> None:
    timeline = traced(packages, "httpbin:app", "GET", "/get?king=monkey")

    assert (timeline["status"], names(timeline)) == (200, STARTED + ENDED)
    assert json.loads(timeline["body"])["args"] == {"king": "monkey"}
    assert {event["sender"] for event in timeline["events"]} == {"<Flask 'httpbin.core'>"}


def test_what_fails_in_httpbin_is_a_status_and_no_exception(packages: SignalCli) -> None:
    timeline = traced(packages, "httpbin:app", "GET", "/status/418")

    assert (timeline["status"], names(timeline)) == (418, STARTED + ENDED)


def test_a_template_of_flask_is_rendered_between(packages: SignalCli) -> None:
    timeline = traced(packages, "with_flask:app", "GET", "/")

    rendered = ["flask/before-render-template", "flask/template-rendered"]
    assert names(timeline) == [*STARTED, *rendered, *ENDED]
    assert reported(timeline, "flask/template-rendered") == (
        "<Flask 'with_flask'>",
        ["template", "context"],
        [("with_flask.when_template_rendered", "returned", None)],
    )


def test_flask_login_sends_the_user_that_logs_in(packages: SignalCli) -> None:
    timeline = traced(packages, "with_login", "POST", "/login")

    assert names(timeline) == [*STARTED, "flask_login/logged-in", *ENDED]
    assert reported(timeline, "flask_login/logged-in") == (
        "<Flask 'with_login'>",
        ["user"],
        [("with_login.greet", "returned", "welcome, monkey")],
    )


def test_what_is_committed_is_reported_by_flask_sqlalchemy(packages: SignalCli) -> None:
    timeline = traced(packages, "with_sqlalchemy", "POST", "/users")

    before, after = (
        "flask_sqlalchemy/before-models-committed",
        "flask_sqlalchemy/models-committed",
    )
    app = "<Flask 'with_sqlalchemy'>"
    assert names(timeline) == [*STARTED, before, after, *ENDED]
    assert reported(timeline, before) == (
        app,
        ["changes"],
        [("with_sqlalchemy.check", "returned", 1)],
    )
    assert reported(timeline, after) == (
        app,
        ["changes"],
        [("with_sqlalchemy.Index.update", "returned", "insert User")],
    )


def test_a_message_that_is_not_sent_is_reported_by_flask_mail(packages: SignalCli) -> None:
    timeline = traced(packages, "with_mail", "POST", "/mail")

    assert names(timeline) == [*STARTED, "flask_mail/email-dispatched", *ENDED]
    assert reported(timeline, "flask_mail/email-dispatched") == (
        "<Flask 'with_mail'>",
        ["message"],
        [("with_mail.log_message", "returned", "knock")],
    )


def test_what_sentry_does_in_a_request_is_reported(packages: SignalCli) -> None:
    timeline = traced(packages, "with_sentry", "GET", "/")

    assert names(timeline) == STARTED + ENDED
    assert reported(timeline, "flask/request-started") == (
        "<Flask 'with_sentry'>",
        [],
        [("sentry_sdk.integrations.flask._request_started", "returned", None)],
    )


def test_a_request_to_quart_awaits_its_receivers(packages: SignalCli) -> None:
    """In the source of Quart: ``AppContext.push``, ``Quart.full_dispatch_request``,
    ``Quart.finalize_request``, ``Quart.do_teardown_request``, ``Quart.do_teardown_appcontext``,
    ``AppContext.pop``. All of them are awaited, and given what makes plain receivers async."""
    timeline = traced(packages, "with_quart:app", "GET", "/")

    assert (timeline["status"], timeline["body"]) == (200, "hello")
    assert names(timeline) == [name.replace("flask", "quart") for name in STARTED + ENDED]
    app = "<Quart 'with_quart'>"
    assert reported(timeline, "quart/request-started") == (
        app,
        [],
        [("with_quart.started", "returned", None)],
    )
    assert reported(timeline, "quart/request-finished") == (
        app,
        ["response"],
        [("with_quart.finished", "returned", None)],
    )
