"""``signalcli flask``: what there is for Flask, with Flask and without it, and at whose cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from typing import Any

import pytest

from tests.conftest import Result, SignalCli
from tests.support.plain_flask import TEN
from tests.support.scenario import prepare
from tests.support.timelines import handlers, order, request, told

INSTALL = "pip install 'signalcli[flask]'"
NOT_INSTALLED = f"Flask is not installed here. Install it: {INSTALL}"
SIGNALS = [f"flask/{name}" for name in (*TEN, "msg")]
PATHS = ["/", "/hello", "/msg", "/raises", "/missing", "/stream"]

# Python looks for modules with a finder in whose eyes these two are nowhere, as if they had never
# been installed.
WITHOUT_FLASK = """
import sys
from importlib.machinery import PathFinder

class WithoutFlask(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in ("flask", "werkzeug"):
            return None
        return PathFinder.find_spec(name, path, target)

sys.meta_path[:] = [WithoutFlask if finder is PathFinder else finder for finder in sys.meta_path]
"""


@pytest.fixture
def without_flask(signalcli: SignalCli) -> SignalCli:
    """Runs commands where no Flask is installed."""
    folder = signalcli.directory / "start-up"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(WITHOUT_FLASK)
    path = [str(folder), signalcli.environment.get("PYTHONPATH", "")]
    signalcli.environment["PYTHONPATH"] = os.pathsep.join(filter(None, path))
    return signalcli


# What there is.


def test_it_tells_the_signals_and_who_of_the_session_listens(signalcli: SignalCli) -> None:
    prepare(
        signalcli,
        "connect flask/request-started wechat",
        "connect flask/request-started animal --sender 大象",
        "connect flask/msg qq",
        "connect king echo",
    )

    overview = signalcli.ok("flask", "--json").json

    listening = {signal["signal"]: signal["receivers"] for signal in overview["signals"]}
    assert list(overview) == ["version", "install", "routes", "signals"]
    assert (overview["version"], overview["install"]) == (version("flask"), INSTALL)
    assert list(overview["routes"]) == PATHS
    assert listening == {
        **{signal: [] for signal in SIGNALS},
        "flask/request-started": ["wechat", "animal"],
        "flask/msg": ["qq"],
    }


def test_its_signals_are_those_of_flask_in_the_order_of_a_request(signalcli: SignalCli) -> None:
    """Each is sent by one of the routes that it names."""
    overview = signalcli.ok("flask", "--json").json

    sent = {name for path in PATHS for name in order(request(signalcli, path))}
    names = [signal["signal"].removeprefix("flask/") for signal in overview["signals"]]
    assert set(names) == sent == {*TEN, "msg"}
    assert [name for name in names if name != "got-request-exception"][:-1] == order(
        request(signalcli, "/")
    )


def test_a_person_is_told_what_to_type_next(signalcli: SignalCli) -> None:
    prepare(signalcli, "connect flask/request-started wechat")

    shown = signalcli.ok("flask")

    rows = [line.split("│")[1].strip() for line in shown.stdout.splitlines() if "│" in line]
    listened = next(line for line in shown.stdout.splitlines() if "request-started" in line)
    assert shown.stdout.startswith(f"Flask {version('flask')} ")
    assert rows == ["path", *PATHS, "signal", *SIGNALS]
    assert listened.split("│")[-2].strip() == "wechat"
    assert shown.stderr.splitlines() == [
        "Connect a receiver: signalcli connect flask/request-started wechat",
        "Make one request: signalcli flask request /hello",
        "Serve it: signalcli flask serve",
    ]


def test_what_it_tells_to_type_works(signalcli: SignalCli) -> None:
    advice = signalcli.ok("flask").stderr.splitlines()[:2]

    prepare(signalcli, *(line.partition("signalcli ")[2] for line in advice))

    timeline = request(signalcli, "/hello")
    assert [(name, outcome) for name, outcome, _ in told(timeline)] == [("wechat", "returned")]


def test_an_unknown_command_is_an_error(signalcli: SignalCli) -> None:
    result = signalcli("flask", "serv")

    sentence = "No command 'serv'. Did you mean 'serve'? See them all: signalcli flask --help"
    assert result == Result(2, "", f"Error: {sentence}\n")


# Without Flask.


def test_without_flask_it_says_how_to_install_it(without_flask: SignalCli) -> None:
    shown, document = without_flask.ok("flask"), without_flask.ok("flask", "--json").json

    assert (shown.stdout.splitlines()[0], shown.stderr) == (NOT_INSTALLED, "")
    assert [signal["signal"] for signal in document["signals"]] == SIGNALS
    assert (document["version"], document["install"], document["routes"]) == (None, INSTALL, {})


@pytest.mark.parametrize("line", ["request /hello", "serve", "serve --port 0 --count 1 --json"])
def test_what_needs_flask_says_how_to_install_it(without_flask: SignalCli, line: str) -> None:
    result = without_flask("flask", *line.split())

    assert result == Result(4, "", f"Error: {NOT_INSTALLED}\n")


def test_everything_else_works_without_flask(without_flask: SignalCli) -> None:
    prepare(without_flask, "connect flask/request-started wechat")

    sent = without_flask.ok("send", "flask/request-started", "--json").json

    assert [call["receiver"] for call in sent["calls"]] == ["wechat"]


# At whose cost.

LOADED = """
import json, sys
from signalcli.cli import run
for line in json.load(sys.stdin):
    status = run(line)
    flask = sorted({name.partition(".")[0] for name in sys.modules} & {"flask", "werkzeug"})
    print(json.dumps([line, status, flask]), file=sys.stderr)
"""
WITHOUT = [
    ["--help"],
    ["define", "king"],
    ["connect", "flask/request-started", "wechat"],
    ["connect", "king", "animal", "--sender", "大象"],
    ["disconnect", "king", "animal", "--sender", "狮子"],
    ["list"],
    ["inspect"],
    ["graph"],
    ["graph", "--json"],
    ["send", "flask/request-started", "demo"],
    ["explain", "king"],
    ["mute", "king"],
    ["unmute", "king"],
    ["history"],
    ["replay", "last"],
    ["receivers"],
    ["receivers", "show", "wechat"],
    ["drop", "animal"],
    ["list", "--save", "list.svg"],
    ["session", "list"],
    ["flask", "--help"],
    ["flask", "serve", "--help"],
    ["flask", "request", "--help"],
    ["flask", "request", "hello"],
    ["remove", "king"],
    ["reset", "--yes"],
]


def loaded(signalcli: SignalCli, *lines: list[str]) -> list[Any]:
    """Each command line with its status and which of Flask was loaded when it ended."""
    completed = subprocess.run(
        [sys.executable, "-c", LOADED],
        input=json.dumps(lines),
        check=True,
        capture_output=True,
        text=True,
        cwd=signalcli.directory,
        env=signalcli.environment,
        timeout=60,
    )
    return [json.loads(line) for line in completed.stderr.splitlines() if line.startswith("[[")]


def test_no_other_command_loads_flask(signalcli: SignalCli) -> None:
    ended = loaded(signalcli, *WITHOUT)

    assert [[line, flask] for line, _, flask in ended] == [[line, []] for line in WITHOUT]
    assert [line for line, status, _ in ended if status != 0] == [["flask", "request", "hello"]]


def test_a_request_loads_flask(signalcli: SignalCli) -> None:
    ended = loaded(signalcli, ["flask", "request", "/hello"])

    assert ended == [[["flask", "request", "/hello"], 0, ["flask", "werkzeug"]]]


# Names that look like Flask's.


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("flask/request-start", " Did you mean 'flask/request-started'?"),
        ("flask/template_rendered", " Did you mean 'flask/template-rendered'?"),
        ("flask/king", ""),
        ("flask/ ", ""),
    ],
)
def test_a_signal_that_nobody_sends_is_named(signalcli: SignalCli, name: str, hint: str) -> None:
    signalcli.ok("connect", name, "wechat")

    result = signalcli.ok("flask", "request", "/hello")

    sentence = "is no signal of Flask's or of the demo application's, and nobody sends it."
    assert result.stderr == f"{name} {sentence}{hint} See them all: signalcli flask\n"
    assert "叮咚" not in result.stdout
    assert signalcli.ok("flask", "request", "/hello", "-q").stderr == ""


def test_a_name_of_another_namespace_is_not_flasks(signalcli: SignalCli) -> None:
    prepare(signalcli, *(f"connect {name} wechat" for name in ("request-started", "/flask/msg")))

    result = signalcli.ok("flask", "request", "/msg")

    assert (result.stderr, "叮咚" in result.stdout) == ("", False)


def test_a_meta_signal_of_flasks_is_no_slip(signalcli: SignalCli) -> None:
    handlers(
        signalcli,
        "from flask import signals\n"
        "def connects(sender, **payload):\n"
        "    signals.request_finished.connect(connects)\n",
    )
    prepare(
        signalcli,
        "connect flask/request-finished:receiver_connected animal_one",
        "connect flask/request-started handlers.py:connects",
    )

    result = signalcli.ok("flask", "request", "/hello", "--json")

    meta = "flask/request-finished:receiver_connected"
    assert [outcome for _, outcome, _ in told(result.json, meta)] == ["returned"]
    assert result.stderr == ""


@pytest.mark.parametrize("columns", ["80", "120"])
def test_no_name_of_a_signal_is_broken(signalcli: SignalCli, columns: str) -> None:
    environment = {"COLUMNS": columns}

    overview = signalcli("flask", environment=environment).stdout
    timeline = signalcli("flask", "request", "/", environment=environment).stdout

    for name in ("appcontext-tearing-down", "before-render-template"):
        assert f"│ flask/{name} " in overview
        assert f"│ flask/{name} " in timeline
