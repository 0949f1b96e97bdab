"""``--app … send``: it asks, runs the receivers of an application, and reports each of them."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import Any

import blinker
import pytest

from tests.support.cli import Result, SignalCli
from tests.support.terminal import terminal

APP = """\
import os, sys, time
from blinker import Namespace, Signal, signal

events = Namespace()
registered = events.signal("user-registered")
king, unheard, quiet = signal("king"), signal("unheard"), signal("quiet")

def welcome(sender, **payload):
    print("welcome", sender)
    return {"sender": sender, **payload}

class Mail:
    def hear(self, sender, **payload):
        return "mailed"

async def later(sender, **payload):
    return "later"

mail = Mail()
registered.connect(welcome)
registered.connect(mail.hear, sender="monkey")
king.connect(later)
quiet.connect(welcome, sender="monkey")

def hears(name):
    return signal(name).connect

@hears("fails")
def fails(sender, **payload):
    raise ValueError("no")

@hears("exits")
def exits(sender):
    sys.exit(3)

@hears("kills")
def kills(sender):
    os._exit(4)

@hears("forks")
def forks(sender):
    if os.fork():
        os.wait()
        return "parent"

@hears("closes")
def closes(sender):
    sys.stdout.close()
    sys.stderr.close()
    os.close(1)
    return "closed"

@hears("replaces")
def replaces(sender):
    sys.stdout = open(os.devnull, "w")
    print("lost")
    return "replaced"

@hears("prints")
def prints(sender):
    for _ in range(20):
        print("x" * 99_999)

@hears("hangs")
def hangs(sender):
    print("waiting", flush=True)
    time.sleep(1000)

fails_too = signal("fails").connect(welcome)
"""


@pytest.fixture
def app(signalcli: SignalCli) -> SignalCli:
    signalcli.write("shop.py", APP)
    return signalcli


def send(app: SignalCli, *message: str, module: str = "shop") -> Result:
    return app("--app", module, "send", *message, "--yes", "--json")


def reported(delivery: Any) -> list[tuple[Any, ...]]:
    """Of every receiver: its name, the outcome, what it gave and what it printed."""
    return [
        (
            call["receiver"],
            call["outcome"],
            call["error"]["type"] if call["error"] else call["value"],
            call["output"],
        )
        for call in delivery["calls"]
    ]


def test_the_receivers_of_the_application_run(app: SignalCli) -> None:
    sent = send(app, "user-registered", "monkey", "count:=3")

    assert (sent.status, sent.stderr) == (0, "")
    welcomed = {"sender": "monkey", "count": 3}
    assert reported(sent.json) == [
        ("shop.welcome", "returned", welcomed, "welcome monkey\n"),
        ("shop.Mail.hear", "returned", "mailed", ""),
    ]
    assert [sent.json[key] for key in ("signal", "sender", "payload")] == [
        "shop/user-registered",
        "monkey",
        {"count": 3},
    ]


def test_its_printing_is_shown_beside_the_table(app: SignalCli) -> None:
    sent = app("--app", "shop", "send", "user-registered", ":=1", "--yes")

    assert (sent.status, sent.stderr) == (0, "welcome 1\n")
    assert sent.stdout.startswith("shop/user-registered ← 1\n")
    assert sent.stdout.endswith("1 returned, 1 skipped.\n")


def test_sends_of_an_application_go_into_no_history(app: SignalCli) -> None:
    send(app, "user-registered")
    send(app, "user-registered", "--no-history")

    assert app.ok("history", "--json").stdout == ""


def test_without_a_terminal_it_has_to_be_agreed_beforehand(app: SignalCli) -> None:
    refused = app("--app", "shop:mail", "send", "user-registered", "monkey")

    assert refused == Result(
        2,
        "",
        "Error: Sending shop/user-registered runs 2 receivers (shop.welcome, shop.Mail.hear) of "
        "application 'shop:mail'. Send it? Standard input isn't a terminal; to agree, add --yes\n",
    )


@pytest.mark.parametrize(
    ("answer", "status", "last"),
    [("y", 0, "1 returned, 1 skipped."), ("n", 1, "Nothing was done.")],
)
def test_a_person_is_asked(app: SignalCli, answer: str, status: int, last: str) -> None:
    with terminal(app, "--app", "shop", "send", "user-registered") as started:
        started.wait_for(" Send it? [y/N] ")
        started.type(f"{answer}\n")
        screen = started.end()

    assert (screen.status, screen.text.splitlines()[-1]) == (status, last)
    assert ("welcome None" in screen.text) is (answer == "y")


def test_what_runs_no_receiver_needs_no_question(app: SignalCli) -> None:
    skipped = app("--app", "shop", "send", "quiet", "--fail-unheard", "--json")
    unheard = app("--app", "shop", "send", "unheard", "--json")

    assert (skipped.status, reported(skipped.json)) == (3, [("shop.welcome", "skipped", None, "")])
    assert (unheard.status, reported(unheard.json)) == (0, [])


def test_the_answer_is_needless_for_a_session(signalcli: SignalCli) -> None:
    signalcli.ok("connect", "king", "echo")

    assert signalcli("send", "king", "--yes").status == 0


def test_a_name_is_checked_before_anything_is_asked(app: SignalCli) -> None:
    assert "No signal 'user-registred' in application 'shop'. Did you mean" in app.refused(
        "--app shop send user-registred"
    )


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        (
            "--muted",
            (
                "--muted works on a session: in application 'shop' it would call no receiver and change "
                "nothing. Leave it out."
            ),
        ),
        (
            "--connected-to=shop:welcome",
            (
                "--connected-to connects a receiver of a session, but application 'shop' has its "
                "own. Leave it out."
            ),
        ),
    ],
)
def test_what_is_for_a_session_is_refused(app: SignalCli, option: str, sentence: str) -> None:
    assert send(app, "king", option) == Result(2, "", f"Error: {sentence}\n")
    assert app.ok("receivers", "--json").json["receivers"][-1]["source"] == "demo"


def test_the_first_exception_ends_it(app: SignalCli) -> None:
    sent = send(app, "fails")

    assert (sent.status, sent.stderr) == (1, "")
    assert {row[:3] for row in reported(sent.json)} >= {("shop.fails", "raised", "ValueError")}


def test_exceptions_may_be_kept(app: SignalCli) -> None:
    sent = send(app, "fails", "pig", "--on-error", "continue")

    assert sorted(reported(sent.json)) == [
        ("shop.fails", "raised", "ValueError", ""),
        ("shop.welcome", "returned", {"sender": "pig"}, "welcome pig\n"),
    ]


@pytest.mark.parametrize(
    ("option", "outcome", "gave"),
    [
        ("--on-error=stop", "raised", "RuntimeError"),
        ("--async", "returned", "later"),
        ("--wrap", "returned", "later"),
    ],
)
def test_coroutines_are_awaited_on_request(
    app: SignalCli, option: str, outcome: str, gave: str
) -> None:
    assert reported(send(app, "king", option).json) == [("shop.later", outcome, gave, "")]


@pytest.mark.parametrize(
    ("signal", "status", "outcome", "gave"),
    [
        ("exits", 1, "raised", "SystemExit"),
        ("forks", 0, "returned", "parent"),
        ("closes", 0, "returned", "closed"),
        ("replaces", 0, "returned", "replaced"),
    ],
)
def test_no_receiver_gets_at_the_answer(
    app: SignalCli, signal: str, status: int, outcome: str, gave: str
) -> None:
    sent = send(app, signal)
    table = app("--app", "shop", "send", signal, "--yes")

    assert (sent.status, reported(sent.json)) == (status, [(f"shop.{signal}", outcome, gave, "")])
    assert table.status == status
    assert table.stdout.splitlines()[-1].startswith(f"1 {outcome}.")


def test_a_receiver_that_ends_the_process_ends_the_send(app: SignalCli) -> None:
    sent = app("--app", "shop", "send", "kills", "--yes", "--json")

    assert (sent.status, sent.stdout) == (4, "")
    assert sent.stderr.splitlines()[-1] == (
        "Error: The signal 'kills' ended its process with status 4 while it was sent."
    )


@pytest.mark.parametrize("line", ["list", "send forks --yes"])
def test_a_process_that_is_forked_does_not_keep_the_reader_waiting(
    signalcli: SignalCli, line: str
) -> None:
    (signalcli.directory / "shop.py").write_text(
        "import os, time\n"
        "from blinker import signal\n"
        "def forks(sender=None):\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        time.sleep(50)\n"
        "        os._exit(0)\n"
        "    print(child, file=open('children', 'a'))\n"
        "signal('forks').connect(forks)\n"
        "forks()\n",
        encoding="utf-8",
    )
    process = signalcli.start("--app", "shop", *line.split(), stdout=-1, stderr=-3)

    stdout, _ = process.communicate(timeout=25)

    for child in (signalcli.directory / "children").read_text().split():
        os.kill(int(child), signal.SIGKILL)
    assert (process.returncode, b"forks" in stdout) == (0, True)


def test_megabytes_are_printed(app: SignalCli) -> None:
    sent = send(app, "prints")

    assert len(sent.json["calls"][0]["output"]) == 2_000_000
    assert len(app("--app", "shop", "send", "prints", "--yes").stderr) == 2_000_000


def test_an_application_that_hangs_is_interrupted(app: SignalCli) -> None:
    with terminal(app, "--app", "shop", "send", "hangs", "--yes") as started:
        started.wait_for("waiting")
        screen = started.interrupt()

    assert (screen.status, screen.text.splitlines()[-1]) == (130, "^CInterrupted.")


def test_many_are_counted(app: SignalCli) -> None:
    app.write("senders.txt", "pig\nmonkey\n")

    run = app.ok("--app", "shop", "send", "user-registered", "--lines", "senders.txt", "--yes")

    assert "│ shop.welcome   │      2 │      0 │       0 │\n" in run.stdout
    assert "│ shop.Mail.hear │      1 │      0 │       1 │\n" in run.stdout
    assert run.stderr == "welcome pig\nwelcome monkey\n"


def test_many_are_sent_by_threads_that_the_application_has_not_replaced(app: SignalCli) -> None:
    app.write(
        "patched.py",
        """\
import threading, time
from blinker import signal

def refused(*arguments, **keywords):
    raise RuntimeError("replaced")

threading.Thread = time.sleep = refused

@signal("king").connect
def hear(sender): ...
""",
    )
    options = "--count", "4", "--every", "0.001", "--threads", "2", "--yes", "--json"

    run = app("--app", "patched", "send", "king", *options)

    assert (run.status, run.stderr) == (0, "")
    assert run.stdout.count('"outcome": "returned"') == 4


def test_many_are_reported_a_line_each(app: SignalCli) -> None:
    run = send(app, "king", "--count", "3", "--wrap", "--threads", "2")

    assert (run.status, run.stdout.count('"value": "later"')) == (0, 3)


def test_many_are_asked_about_once(app: SignalCli) -> None:
    asked = app("--app", "shop", "send", "king", "--count", "3")

    assert asked.stderr == (
        "Error: Sending king many times runs 1 receiver (shop.later) of application 'shop', each "
        "where it listens. Send it? Standard input isn't a terminal; to agree, add --yes\n"
    )


def test_many_are_asked_about_before_the_progress_is_shown(app: SignalCli) -> None:
    with terminal(
        app, "--app", "shop", "send", "king", "--count", "3", "--wrap", columns=120
    ) as started:
        started.wait_for(" Send it? [y/N] ")
        started.type("y\n")
        screen = started.end()

    assert screen.status == 0
    assert screen.text.index("Sending king many") < screen.text.index("king ← None")


@pytest.mark.parametrize("name", ["/@x", "@x", "a:b", "大王"])
def test_any_name_can_be_sent(signalcli: SignalCli, name: str) -> None:
    signalcli.write(
        "shop.py",
        "from blinker import signal\n"
        "def hear(sender): return 'heard'\n"
        "for name in ('@x', 'a:b', '大王'):\n"
        "    signal(name).connect(hear)\n",
    )

    assert reported(send(signalcli, name).json) == [("shop.hear", "returned", "heard", "")]


def test_an_ambiguous_name_lists_what_it_may_be(signalcli: SignalCli) -> None:
    signalcli.write(
        "shop.py",
        "from blinker import Signal\nclass User: saved = Signal()\nclass Order: saved = Signal()\n",
    )

    assert send(signalcli, "saved").stderr == (
        "Error: 'saved' could be any of 2 signals: shop.Order.saved, shop.User.saved. "
        "Type one of these names: signalcli --app shop inspect shop.Order.saved\n"
    )


# Signals that blinker's own code doesn't send.

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
