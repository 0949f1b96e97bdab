"""``--app … send`` of signals that blinker's own code doesn't send."""

from __future__ import annotations

import shutil
from pathlib import Path

import blinker
import pytest

from tests.support.application_sends import reported, send
from tests.support.cli import Result, SignalCli

pytestmark = pytest.mark.integration

CLASSES = """\
from blinker import Signal

class Values(Signal):
    def send(self, sender=None, **payload):
        return [value for _, value in super().send(sender, **payload)]

class Passes(Signal):
    def send(self, sender=None, **payload):
        return super().send(sender, **payload)

class Apart(Signal):
    def send(self, sender=None, **payload):
        one(sender)

class Breaks(Signal):
    def send(self, sender=None, **payload):
        super().send(sender, **payload)
        raise ValueError("after it")

def one(sender, **payload): return 1
def two(sender, **payload): return 2

values, passes, apart, breaks = Values(), Passes(), Apart(), Breaks()
for signal in values, passes, apart, breaks:
    signal.connect(one)
    signal.connect(two)
"""


@pytest.fixture
def classes(signalcli: SignalCli) -> SignalCli:
    signalcli.write("shop.py", CLASSES)
    return signalcli


def test_a_class_may_pass_on_what_blinker_gives(classes: SignalCli) -> None:
    sent = send(classes, "passes").json

    assert sorted(row[:3] for row in reported(sent)) == [
        ("shop.one", "returned", 1),
        ("shop.two", "returned", 2),
    ]
    assert sent["notes"] == []


def test_a_class_that_keeps_the_results_is_reported(classes: SignalCli) -> None:
    sent = send(classes, "values").json

    assert {row[1:3] for row in reported(sent)} == {("returned", None)}
    note = "shop.values has its own send, which does not return a result per receiver, so "
    assert sent["notes"] == [f"{note}the results are unknown."]


def test_a_class_that_asks_for_no_receivers_is_reported(classes: SignalCli) -> None:
    sent = send(classes, "apart").json

    assert {call["reason"] for call in sent["calls"]} == {"the signal's own send didn't ask for it"}
    note = "shop.apart has its own send, which did not call receivers_for, so which "
    assert sent["notes"] == [f"{note}receivers it called is unknown."]


def test_a_class_whose_own_code_raises_fails(classes: SignalCli) -> None:
    failed = send(classes, "breaks")

    assert (failed.status, failed.stdout) == (4, "")
    assert failed.stderr.splitlines()[-1] == (
        "Error: The signal 'shop.breaks' can't be sent, because shop.py:18 raises "
        "ValueError: after it."
    )


REPLACED = """\
from blinker import signal

def hear(sender, **payload): return payload

async def later(sender, **payload): return payload

king, queen, moon = signal("king"), signal("queen"), signal("moon")
for one in king, queen:
    one.connect(hear)
moon.connect(later)
plain, plain_async = king.send, moon.send_async

def send(sender=None, **payload):
    return plain(sender, stamped=True, **payload)

async def send_async(sender=None, **payload):
    return await plain_async(sender, stamped=True, **payload)

king.send = send
queen.send = lambda sender=None, **payload: print("nobody")
moon.send_async = send_async
"""
OTHERWISE = "has its own send, which may differ."


@pytest.fixture
def replaced(signalcli: SignalCli) -> SignalCli:
    (signalcli.directory / "shop.py").write_text(REPLACED, encoding="utf-8")
    return signalcli


def test_a_send_that_an_application_set_on_a_signal_is_called(replaced: SignalCli) -> None:
    sent = send(replaced, "king", "x", "a=b").json

    assert reported(sent)[0][:3] == ("shop.hear", "returned", {"stamped": True, "a": "b"})
    assert sent["notes"] == []
    awaited = send(replaced, "moon", "--async").json
    assert reported(awaited)[0][:3] == ("shop.later", "returned", {"stamped": True})


def test_one_that_calls_no_receiver_is_reported(replaced: SignalCli) -> None:
    sent = send(replaced, "queen").json

    assert reported(sent)[0][1] == "skipped"
    assert sent["notes"] == [
        "queen has its own send, which did not call receivers_for, so which receivers it called is "
        + "unknown."
    ]
    run = replaced("--app", "shop", "send", "king", "--count", "3", "--yes")
    assert run.stdout.count("│      3 │      0 │       0 │\n") == 1


def test_it_is_not_called_to_explain(replaced: SignalCli) -> None:
    explained = replaced("--app", "shop", "explain", "queen")

    assert "nobody" not in explained.stdout + explained.stderr
    assert f"queen {OTHERWISE}\n" in explained.stderr


def test_only_the_method_that_sends_counts(replaced: SignalCli) -> None:
    plain, awaited = (
        replaced("--app", "shop", "explain", "moon", *options) for options in ([], ["--async"])
    )

    assert "own send" not in plain.stderr
    assert f"moon {OTHERWISE}\n" in awaited.stderr


@pytest.mark.parametrize(
    ("signal", "runs"),
    [("king", "1 receiver (shop.hear)"), ("queen", "1 receiver (shop.hear)")],
)
def test_the_question_names_the_own_send(replaced: SignalCli, signal: str, runs: str) -> None:
    asked = replaced("--app", "shop", "send", signal)

    assert (asked.status, asked.stdout) == (2, "")
    assert (
        f"{signal} has its own send, which may do more, such as publish it to other processes. "
        f"Sending {signal} runs {runs} of application 'shop'. Send it?" in asked.stderr
    )


def test_a_look_runs_no_code_of_the_class_of_a_signal(signalcli: SignalCli) -> None:
    (signalcli.directory / "shop.py").write_text(
        "from blinker import Signal\n"
        "class Nosy(Signal):\n"
        "    def __getattribute__(self, name):\n"
        "        if name == '__dict__' and connected: print('read')\n"
        "        return super().__getattribute__(name)\n"
        "king, connected = Nosy(), False\n"
        "@king.connect\n"
        "def hear(sender): ...\n"
        "connected = True\n"
    )

    explained = signalcli("--app", "shop", "explain", "king")

    assert explained.status == 0 and "hear" in explained.stdout
    assert "read" not in explained.stdout + explained.stderr


def test_many_of_them_are_counted_all_the_same(classes: SignalCli) -> None:
    run = classes("--app", "shop", "send", "values", "--count", "3", "--yes")

    assert run.stdout.count("│      3 │      0 │       0 │\n") == 2


CHOOSING = """\
from blinker import Signal

def note(what):
    with open("asked.txt", "a") as file:
        print(what, file=file)

class Bucket(set):
    def __or__(self, other):
        note("bucket")
        return set.__or__(self, other)

class Choosy(Signal):
    def receivers_for(self, sender):
        note("receivers_for")
        return (receiver for receiver in super().receivers_for(sender) if receiver is not two)

class Nosy(Signal):
    def has_receivers_for(self, sender):
        note("has_receivers_for")
        return True

class Sorted(Signal):
    set_class = Bucket

def one(sender, **payload): return 1
def two(sender, **payload): return 2

choosy, nosy, sorted_ = Choosy(), Nosy(), Sorted()
for signal in choosy, nosy, sorted_:
    signal.connect(one)
    signal.connect(two, sender="monkey")
"""


def asked(app: SignalCli) -> list[str]:
    """What the application was asked for, in order."""
    file = app.directory / "asked.txt"
    return file.read_text(encoding="utf-8").split() if file.exists() else []


@pytest.fixture
def choosing(signalcli: SignalCli) -> SignalCli:
    signalcli.write("shop.py", CHOOSING)
    return signalcli


@pytest.mark.parametrize("name", ["choosy", "nosy", "sorted_"])
@pytest.mark.parametrize("many", [[], ["--count", "2"]])
def test_no_code_of_a_class_runs_before_the_person_agrees(
    choosing: SignalCli, name: str, many: list[str]
) -> None:
    refused = choosing("--app", "shop", "send", name, "monkey", *many)

    assert refused.status == 2
    assert "runs 2 receivers (shop.one, shop.two)" in refused.stderr.replace(" many times", "")
    assert asked(choosing) == []


@pytest.mark.parametrize(
    ("name", "questions"),
    [("choosy", ["receivers_for"]), ("nosy", []), ("sorted_", ["bucket"] * 2)],
)
def test_a_class_is_asked_as_often_as_by_blinker(
    choosing: SignalCli, name: str, questions: list[str]
) -> None:
    sent = send(choosing, name, "monkey")

    assert sent.status == 0
    assert asked(choosing) == questions


def test_what_a_class_chooses_is_reported_from_its_one_answer(choosing: SignalCli) -> None:
    sent = send(choosing, "choosy", "monkey").json

    assert [(call["receiver"], call["outcome"], call["reason"]) for call in sent["calls"]] == [
        ("shop.one", "returned", "listens to ANY"),
        ("shop.two", "skipped", "Choosy.receivers_for left it out"),
    ]


def test_many_sends_ask_a_class_once_each(choosing: SignalCli) -> None:
    choosing.ok("--app", "shop", "send", "choosy", "monkey", "--count", "3", "--yes")

    assert asked(choosing) == ["receivers_for"] * 3


OLD = '''\
"""As blinker was before 1.6, in what matters here."""
from collections import defaultdict
from weakref import ref

class Signal:
    def __init__(self):
        self.receivers = {}
        self._by_receiver = defaultdict(set)
        self._by_sender = defaultdict(set)
        self._weak_senders = {}
    def connect(self, receiver, sender=None, weak=True):
        self.receivers[id(receiver)] = ref(receiver)
        self._by_sender[sender or 0].add(id(receiver))
        self._by_receiver[id(receiver)].add(sender or 0)
        return receiver
    def disconnect(self, receiver): ...
    def has_receivers_for(self, sender): return bool(self.receivers)
    def send(self, *sender, **payload):
        sender = sender[0] if sender else None
        return [(receiver, receiver(sender, **payload)) for receiver in self.receivers_for(sender)]
    def receivers_for(self, sender):
        for id_ in self._by_sender[0] | self._by_sender[sender]:
            receiver = self.receivers[id_]
            yield receiver() if isinstance(receiver, ref) else receiver
'''


@pytest.fixture(params=["new", "old"])
def copies(signalcli: SignalCli, request: pytest.FixtureRequest) -> SignalCli:
    """An application that brings a copy of blinker."""
    library = signalcli.directory / "bundle" / "blinker"
    if request.param == "new":
        shutil.copytree(Path(blinker.__file__).parent, library)
    else:
        library.mkdir(parents=True)
        (library / "__init__.py").write_text("from .base import Signal\n")
        (library / "base.py").write_text(OLD)
    (signalcli.directory / "bundle" / "__init__.py").write_text("")
    signalcli.write(
        "shop.py",
        "from bundle.blinker import Signal\n"
        "king, later = Signal(), Signal()\n"
        "@king.connect\n"
        "def one(sender, **payload): return 1\n"
        "def two(sender, **payload): raise ValueError('two')\n"
        "king.connect(two, sender='pig')\n"
        "@later.connect\n"
        "async def coroutine(sender): ...\n",
    )
    return signalcli


def test_a_signal_of_a_copy_of_blinker_is_sent(copies: SignalCli) -> None:
    sent = send(copies, "king", "monkey")

    assert sent.status == 0
    assert reported(sent.json) == [
        ("shop.one", "returned", 1, ""),
        ("shop.two", "skipped", None, ""),
    ]


def test_an_exception_in_a_copy_is_the_receivers(copies: SignalCli) -> None:
    kept = send(copies, "king", "pig", "--on-error", "continue")
    ended = send(copies, "king", "pig")

    assert (kept.status, ended.status) == (1, 1)
    assert sorted(row[:3] for row in reported(kept.json)) == [
        ("shop.one", "returned", 1),
        ("shop.two", "raised", "ValueError"),
    ]
    assert ("shop.two", "raised", "ValueError", "") in reported(ended.json)


@pytest.mark.parametrize("copies", ["old"], indirect=True)
def test_an_old_copy_calls_coroutines(copies: SignalCli) -> None:
    sent = send(copies, "later").json
    explained = copies.ok("--app", "shop", "explain", "later", "--json").json

    outcomes = [delivery["calls"][0]["outcome"] for delivery in (sent, explained)]
    assert outcomes == ["returned", "would_call"]
    assert sent["notes"][0].startswith("shop.coroutine returned a coroutine that is never awaited")


@pytest.mark.parametrize("copies", ["old"], indirect=True)
@pytest.mark.parametrize("option", ["--async", "--wrap"])
@pytest.mark.parametrize("command", ["send", "explain"])
def test_an_old_copy_knows_no_async(copies: SignalCli, command: str, option: str) -> None:
    assert copies("--app", "shop", command, "king", option) == Result(
        2,
        "",
        f"Error: shop.king belongs to bundle.blinker, a copy of blinker without {option}. "
        f"Leave it out.\n",
    )


@pytest.mark.parametrize("copies", ["new"], indirect=True)
def test_a_new_copy_refuses_coroutines(copies: SignalCli) -> None:
    assert reported(send(copies, "later").json) == [
        ("shop.coroutine", "raised", "RuntimeError", "")
    ]
    assert reported(send(copies, "later", "--async").json) == [
        ("shop.coroutine", "returned", None, "")
    ]
