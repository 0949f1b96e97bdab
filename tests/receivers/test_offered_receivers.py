"""Receivers that installed packages offer as entry points: loaded when they are named, only then."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from signalcli.receivers.demos import DEMOS
from tests.support.cli import Result, SignalCli
from tests.support.completion import offered
from tests.support.expected import called, listed, listening
from tests.support.scenario import prepare, without
from tests.support.sends import rows
from tests.test_hostile_text import safe

pytestmark = [pytest.mark.slow, pytest.mark.process]

BELLS = """
import os
with open(os.environ["HOME"] + "/loaded", "a") as file:
    file.write("loaded\\n")
print("importing bells")

def ring(sender, **payload):
    "Rings."
    print("ding")
    return f"dong {sender}"

async def later(sender, **payload):
    return "later"

class Slotted:
    __slots__ = ()
    def __call__(self, sender, **payload):
        return "slotted"

class Nested:
    ring = staticmethod(ring)

slotted = Slotted()
number = 7
"""
OFFERS = {
    "bell": "bells:ring",
    "later": "bells:later",
    "nested": "bells:Nested.ring",
    "slotted": "bells:slotted",
    "broken": "bells:missing",
    "absent": "no_bells:ring",
    "failing_bell": "bad_bells:ring",
    "number": "bells:number",
}


class Installed(SignalCli):
    """A command line beside which a distribution is installed, and can be uninstalled."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.site = directory / "site"
        self.site.mkdir()
        self.write("site/bells.py", BELLS)
        self.write("site/bad_bells.py", "\nraise ValueError('cracked \\x1b[2J')")
        self.offer(**OFFERS)
        paths = [str(self.site), self.environment.get("PYTHONPATH", "")]
        self.environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))

    def offer(self, package: str = "bells", /, **offers: str) -> None:
        """Let a distribution offer receivers."""
        information = self.site / f"{package}-1.0.dist-info"
        information.mkdir(exist_ok=True)
        metadata = f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n"
        (information / "METADATA").write_text(metadata)
        lines = [f"{name} = {target}\n" for name, target in offers.items()]
        content = "".join(["[signalcli.receivers]\n", *lines])
        (information / "entry_points.txt").write_text(content, "utf-8")

    def uninstall(self) -> None:
        shutil.rmtree(self.site)
        self.site.mkdir()

    @property
    def loads(self) -> int:
        """How often the module was imported."""
        path = self.home / "loaded"
        return len(path.read_text().splitlines()) if path.exists() else 0


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    return Installed(tmp_path)


def declared(path: Path) -> object:
    """The receivers that a session's file declares."""
    return json.loads(path.read_text("utf-8")).get("receivers")


def test_one_is_connected_by_its_name_and_called(installed: Installed) -> None:
    connected = installed("connect", "king", "bell", "--sender", "大象", "--json")
    prepare(installed, "connect king animal --sender 狮子")

    sent = installed("send", "king", "大象", "--json")
    (bell, _) = installed.read("inspect king")["receivers"]

    assert connected.json["notes"] == ["Defined king.", "bell listens to king from 大象."]
    assert (sent.status, sent.stderr) == (0, "importing bells\n")
    rung = called("bell", "listens to 大象", value="dong 大象", output="ding\n")
    assert without(sent.json["calls"], "seconds")[0] == rung
    line = BELLS.splitlines().index("def ring(sender, **payload):") + 1
    assert bell == listening("bell", "大象", where=f"site/bells.py:{line}", doc="Rings.")
    assert declared(installed.session_path) == {"bell": {"offered_by": "bells"}}
    assert not (installed.home / ".config" / "signalcli" / "trusted.json").exists()


@pytest.mark.parametrize(
    ("name", "options", "value"),
    [("nested", [], "dong x"), ("slotted", ["--strong"], "slotted"), ("later", [], "later")],
)
def test_any_kind_can_be_one(
    installed: Installed, name: str, options: list[str], value: str
) -> None:
    installed.ok("connect", "king", name, *options)

    sent = installed.read("send king x --async --wrap")

    assert rows(sent) == [(name, "returned", value)]


def test_the_error_for_one_that_can_not_be_weak_names_strong(installed: Installed) -> None:
    refused = installed("connect", "king", "slotted")

    sentence = (
        "Error: There can be no weak reference to slotted, a Slotted. "
        "Hold it strongly: signalcli connect king slotted --strong\n"
    )
    assert (refused.status, refused.stderr) == (2, f"importing bells\n{sentence}")
    assert not installed.session_path.exists()


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("receivers", 0),
        ("receivers --json", 0),
        ("receivers show bell", 0),
        ("receivers show bel", 2),
        ("connect king bel", 2),
        ("drop bel", 2),
        ("disconnect king bell", 2),
        ("receivers remove bell", 2),
        ("connect king animal", 0),
        ("list", 0),
    ],
)
def test_an_offered_receiver_is_not_loaded_before_it_is_named(
    installed: Installed, line: str, status: int
) -> None:
    result = installed(*line.split())

    assert (result.status, installed.loads) == (status, 0), result


def test_completion_loads_nothing(installed: Installed) -> None:
    offered(installed, "bash", "signalcli connect king b")
    offered(installed, "bash", "signalcli receivers show ")

    assert installed.loads == 0


def test_one_is_listed_with_its_package(installed: Installed) -> None:
    entries = installed.read("receivers")["receivers"]
    shown = installed.read("receivers show bell")

    doc = "Offered by the package bells; loaded when it's named."
    entry = listed("bell", doc, "package", is_async=None)
    names = [each["receiver"] for each in entries]
    assert names == [*DEMOS, *sorted(OFFERS)]
    assert entries[names.index("bell")] == entry
    assert shown == {**entry, "connections": []}


def test_a_slip_of_the_finger_is_met_with_a_suggestion(installed: Installed) -> None:
    refused = installed("connect", "king", "bel")

    sentence = "No receiver 'bel'. Did you mean 'bell'? See them all: signalcli receivers"
    assert refused == Result(2, "", f"Error: {sentence}\n")


NOT_CALLABLE = (
    "'number' is a value of type 'int' and can't be called. "
    "Name a function, or another object that can be called."
)
FAILS = "The receiver '{}' of the package bells can't be imported, because "
BROKEN = {
    "broken": (4, FAILS.format("broken")),
    "absent": (4, FAILS.format("absent")),
    "failing_bell": (
        4, FAILS.format("failing_bell") + r"site/bad_bells.py:2 raises ValueError: cracked \x1b[2J."
    ),
    "number": (2, NOT_CALLABLE),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_an_offered_receiver_that_is_broken_is_an_error_and_not_saved(
    installed: Installed, name: str
) -> None:
    status, start = BROKEN[name]

    refused = safe(installed("connect", "king", name, "--json"))

    last = refused.stderr.splitlines()[-1]
    assert (refused.status, refused.stdout) == (status, "")
    assert last.startswith(f"Error: {start}")
    assert "Traceback" not in refused.stderr
    assert not installed.session_path.exists()


@pytest.mark.parametrize("name", ["broken", "failing_bell", "number"])
def test_an_offered_receiver_that_broke_when_connected_raises_when_called(
    installed: Installed, name: str
) -> None:
    installed.offer(**{**OFFERS, name: "bells:ring"})
    prepare(installed, f"connect king {name}; connect king echo")
    installed.offer(**OFFERS)

    sent = safe(installed("send", "king", "--json"))
    inspected = installed("inspect", "king", "--json")
    disconnected = installed("disconnect", "king", name)

    calls = sent.json["calls"]
    assert (sent.status, inspected.status, disconnected.status) == (1, 0, 0)
    assert [call["outcome"] for call in calls] == ["raised", "not_reached"]
    assert calls[0]["error"]["type"] == "ImportError"
    assert f"{name} is connected, but can't be loaded. " in sent.stderr


def test_one_whose_package_was_uninstalled_is_skipped_for_that_reason(installed: Installed) -> None:
    prepare(installed, "connect king bell; connect king echo")
    installed.uninstall()

    sent = installed("send", "king", "--json")
    foreseen = installed("explain", "king", "--json")
    inspected = installed("inspect", "king", "--json")

    reason = "no installed package offers it; bells did"
    results, skipped = (sent, foreseen, inspected), ("bell", "skipped", reason)
    echo: dict[str, Any] = {"sender": None, "payload": {}}
    assert [result.status for result in results] == [0, 0, 0]
    assert [result.stderr for result in results] == [f"bell doesn't run: {reason}.\n"] * 3
    assert rows(sent.json) == [("echo", "returned", echo), skipped]
    assert rows(foreseen.json) == [("echo", "would_call", "listens to ANY"), skipped]
    assert inspected.json["receivers"][0] == listening("bell", is_async=None)


def test_one_whose_package_was_uninstalled_is_not_listed_as_offered(installed: Installed) -> None:
    prepare(installed, "connect king bell")
    installed.uninstall()

    doc = installed.read("receivers show bell")["doc"]

    assert doc != "Offered by the package bells; loaded when it's named."


def test_one_whose_package_was_uninstalled_can_be_disconnected(installed: Installed) -> None:
    prepare(installed, "connect king bell")
    installed.uninstall()

    refused = installed("receivers", "remove", "bell")
    prepare(installed, "disconnect king bell; receivers remove bell")

    remedy = "Disconnect it first: signalcli disconnect king bell"
    assert (refused.status, refused.stderr) == (2, f"Error: bell is connected to king. {remedy}\n")
    assert declared(installed.session_path) is None
    assert installed("connect", "king", "bell").status == 2


def test_an_offered_receiver_runs_again_when_its_package_is_installed_again(
    installed: Installed,
) -> None:
    prepare(installed, "connect king bell")
    shutil.move(installed.site, installed.directory / "away")
    skipped = installed.read("send king")["calls"][0]["outcome"]
    installed.ok("mute", "king")
    installed.ok("unmute", "king")
    shutil.move(installed.directory / "away", installed.site)

    (call,) = installed.read("send king x")["calls"]

    assert (skipped, call["value"]) == ("skipped", "dong x")


def test_a_receiver_of_ones_own_comes_before_one_that_is_offered(installed: Installed) -> None:
    prepare(installed, "receivers add bell --says mine; connect king bell")

    (call,) = installed.read("send king")["calls"]

    assert (call["output"], installed.loads) == ("mine\n", 0)


def test_an_offered_receiver_that_is_connected_keeps_its_name_for_itself(
    installed: Installed,
) -> None:
    prepare(installed, "connect king bell")

    refused = installed("receivers", "add", "bell", "--says", "mine")

    assert (refused.status, "There is a receiver 'bell' already" in refused.stderr) == (2, True)


def test_a_package_takes_no_name_of_a_demo_or_an_import(installed: Installed) -> None:
    """A list of what can be connected has each name once, and none that means another receiver."""
    installed.offer(animal="bells:ring", **{"a:b": "bells:ring"})

    names = [r["receiver"] for r in installed.read("receivers")["receivers"]]
    prepare(installed, "connect king animal")
    (call,) = installed.read("send king")["calls"]

    assert (call["value"], installed.loads) == ("小钻风去巡山", 0)
    assert names == list(DEMOS)


def test_a_directory_that_is_not_installed_offers_nothing(installed: Installed) -> None:
    """A session and its directory may come from another user."""
    shutil.move(installed.site, installed.directory / "here")
    session = {
        "version": 1,
        "signals": {"king": {"receivers": {"bell": "weak"}, "any": ["bell"]}},
        "receivers": {"bell": {"offered_by": "bells"}},
    }
    path = installed.write("here/x.json", json.dumps(session))

    environment = {"PYTHONSAFEPATH": "1"}
    result = installed("--session", str(path), "send", "king", "--json", environment=environment)

    assert (result.json["calls"][0]["outcome"], installed.loads) == ("skipped", 0)


def test_a_session_copy_keeps_what_offers_them(installed: Installed) -> None:
    prepare(installed, "connect king bell; session copy default monkey")

    path = installed.session_path.with_name("monkey.json")
    (call,) = installed.read("--session monkey send king x")["calls"]

    assert (declared(path), call["value"]) == ({"bell": {"offered_by": "bells"}}, "dong x")


def test_a_hostile_name_of_a_package_or_an_offer_is_shown_literally(installed: Installed) -> None:
    odd = "b\u202e\u2066ll"
    installed.offer("o\u202edd", **{odd: "bells:ring"})

    commands = ["receivers", "receivers --json", "receivers show ODD", "connect king ODD"]
    commands += ["send king", "inspect king"]
    results = [safe(installed(*line.replace("ODD", odd).split())) for line in commands]

    assert [result.status for result in results] == [0] * 6
    assert [r"b\u202e\u2066ll" in r.stdout + r.stderr for r in results] == [True] * 6
