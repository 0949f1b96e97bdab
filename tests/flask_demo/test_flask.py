"""``signalcli flask``: the overview, with and without Flask, and the commands that import Flask."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from typing import Any

import pytest

from tests.support.cli import SessionWith, SignalCli
from tests.support.histories import table
from tests.support.plain_flask import TEN
from tests.support.scenario import prepare
from tests.support.timelines import call_outputs, order, request

pytestmark = pytest.mark.slow

INSTALL = "pip install 'flask>=3.0'"
NOT_INSTALLED = f"Flask is not installed here. Install it: {INSTALL}"
SIGNALS = [f"flask/{name}" for name in (*TEN, "msg")]
PATHS = ["/", "/hello", "/msg", "/raises", "/missing", "/stream"]


def test_the_overview_lists_the_signals_and_the_receivers_of_the_session(
    session_with: SessionWith,
) -> None:
    signalcli = session_with(
        "connect flask/request-started wechat",
        "connect flask/request-started animal --sender 大象",
        "connect flask/msg qq; connect king echo",
    )

    overview = signalcli.read("flask")

    listening = {signal["signal"]: signal["receivers"] for signal in overview["signals"]}
    assert list(overview) == ["version", "install", "routes", "signals"]
    assert (overview["version"], overview["install"]) == (version("flask"), INSTALL)
    assert list(overview["routes"]) == PATHS
    heard = {"flask/request-started": ["wechat", "animal"], "flask/msg": ["qq"]}
    assert listening == {**{signal: [] for signal in SIGNALS}, **heard}


def test_its_signals_are_those_of_flask_in_the_order_of_a_request(signalcli: SignalCli) -> None:
    """One of the listed routes sends each of them."""
    overview = signalcli.read("flask")

    orders = {path: order(request(signalcli, path)) for path in PATHS}
    names = [signal["signal"].removeprefix("flask/") for signal in overview["signals"]]
    assert set(names) == {name for sent in orders.values() for name in sent} == {*TEN, "msg"}
    assert [name for name in names if name != "got-request-exception"][:-1] == orders["/"]


def test_the_overview_shows_what_to_type_next(session_with: SessionWith) -> None:
    shown = session_with("connect flask/request-started wechat").ok("flask")

    rows = table(shown.stdout)
    listened = next(row for row in rows if row[0] == "flask/request-started")
    assert shown.stdout.startswith(f"Flask {version('flask')} ")
    assert [*filter(None, (row[0] for row in rows))] == ["path", *PATHS, "signal", *SIGNALS]
    assert listened[-1] == "wechat"
    assert shown.stderr.splitlines() == [
        "Connect a receiver: signalcli connect flask/request-started wechat",
        "Make one request: signalcli flask request /hello",
        "Serve it: signalcli flask serve",
    ]


def test_what_it_shows_to_type_works(signalcli: SignalCli) -> None:
    advice = signalcli.ok("flask").stderr.splitlines()[:2]

    prepare(signalcli, *(line.partition("signalcli ")[2] for line in advice))

    timeline = request(signalcli, "/hello")
    assert [(name, outcome) for name, outcome, _ in call_outputs(timeline)] == [
        ("wechat", "returned")
    ]


def test_an_unknown_command_is_an_error(signalcli: SignalCli) -> None:
    meant = "Did you mean 'serve'? See them all: signalcli flask --help"
    assert signalcli.refused("flask serv") == f"No command 'serv'. {meant}"


def test_without_flask_it_says_how_to_install_it(without_flask: SignalCli) -> None:
    shown, document = without_flask.ok("flask"), without_flask.read("flask")

    assert (shown.stdout.splitlines()[0], shown.stderr) == (NOT_INSTALLED, "")
    assert [signal["signal"] for signal in document["signals"]] == SIGNALS
    assert (document["version"], document["install"], document["routes"]) == (None, INSTALL, {})


@pytest.mark.parametrize("line", ["request /hello", "serve", "serve --port 0 --count 1 --json"])
def test_what_needs_flask_says_how_to_install_it(without_flask: SignalCli, line: str) -> None:
    assert without_flask.refused(f"flask {line}", 4) == NOT_INSTALLED


def test_everything_else_works_without_flask(without_flask: SignalCli) -> None:
    prepare(without_flask, "connect flask/request-started wechat")

    sent = without_flask.read("send flask/request-started")

    assert [call["receiver"] for call in sent["calls"]] == ["wechat"]


LOADED = """
import json, sys
from signalcli.cli.main import run
for line in json.load(sys.stdin):
    status = run(line.split())
    flask = sorted({name.partition(".")[0] for name in sys.modules} & {"flask", "werkzeug"})
    print(json.dumps([line.split(), status, flask]), file=sys.stderr)
"""
WITHOUT = [
    *("--help", "define king", "connect flask/request-started wechat"),
    *("connect king animal --sender 大象", "disconnect king animal --sender 狮子", "list"),
    *("inspect", "graph", "graph --json", "send flask/request-started demo", "explain king"),
    *("mute king", "unmute king", "history", "replay last", "receivers", "receivers show wechat"),
    *("drop animal", "list --save list.svg", "session list", "flask --help"),
    *("flask serve --help", "flask request --help", "flask request hello", "remove king"),
    "reset --yes",
]


def loaded(signalcli: SignalCli, *lines: str) -> list[Any]:
    """Return each command line with its status and the modules of Flask that it imported."""
    command = [sys.executable, "-c", LOADED]
    ended = signalcli(command=command, input=json.dumps(lines).encode(), stdin=None)
    assert ended.status == 0, ended
    return [json.loads(line) for line in ended.stderr.splitlines() if line.startswith("[[")]


def test_no_other_command_loads_flask(signalcli: SignalCli) -> None:
    ended = loaded(signalcli, *WITHOUT)

    lines = [line.split() for line in WITHOUT]
    assert [[line, flask] for line, _, flask in ended] == [[line, []] for line in lines]
    assert [line for line, status, _ in ended if status != 0] == [["flask", "request", "hello"]]


def test_a_request_loads_flask(signalcli: SignalCli) -> None:
    ended = loaded(signalcli, "flask request /hello")

    assert ended == [[["flask", "request", "/hello"], 0, ["flask", "werkzeug"]]]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("flask/request-start", " Did you mean 'flask/request-started'?"),
        ("flask/template_rendered", " Did you mean 'flask/template-rendered'?"),
        ("flask/king", ""),
        ("flask/ ", ""),
    ],
)
def test_a_signal_that_is_never_sent_is_named(signalcli: SignalCli, name: str, hint: str) -> None:
    signalcli.ok("connect", name, "wechat")

    result = signalcli.ok("flask", "request", "/hello")

    sentence = f"Neither Flask nor the demo application sends {name}."
    assert result.stderr == f"{sentence}{hint} See them all: signalcli flask\n"
    assert "叮咚" not in result.stdout
    assert signalcli.ok("flask", "request", "/hello", "-q").stderr == ""


def test_a_name_of_another_namespace_is_not_flasks(session_with: SessionWith) -> None:
    signalcli = session_with("connect request-started wechat; connect /flask/msg wechat")

    result = signalcli.ok("flask", "request", "/msg")

    assert (result.stderr, "叮咚" in result.stdout) == ("", False)


CONNECTS = """
from flask import signals
def connects(sender, **payload): signals.request_finished.connect(connects)
"""


def test_a_meta_signal_of_flasks_is_no_slip(session_with: SessionWith) -> None:
    meta = "flask/request-finished:receiver_connected"
    signalcli = session_with(
        f"connect {meta} animal_one; connect flask/request-started handlers.py:connects",
        handlers=CONNECTS,
    )

    result = signalcli.ok("flask", "request", "/hello", "--json")

    assert [outcome for _, outcome, _ in call_outputs(result.json, meta)] == ["returned"]
    assert result.stderr == ""


@pytest.mark.parametrize("columns", ["80", "120"])
def test_no_name_of_a_signal_is_broken(signalcli: SignalCli, columns: str) -> None:
    environment = {"COLUMNS": columns}

    overview = signalcli("flask", environment=environment).stdout
    timeline = signalcli("flask", "request", "/", environment=environment).stdout

    for name in ("appcontext-tearing-down", "before-render-template"):
        assert f"│ flask/{name} " in overview
        assert f"│ flask/{name} " in timeline
