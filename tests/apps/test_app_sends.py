"""``--app … send``: it asks, runs the receivers of an application, and reports each of them."""

from __future__ import annotations

import os
import signal

import pytest

from tests.support.application_sends import reported, send
from tests.support.cli import Result, SignalCli
from tests.support.terminal import terminal

pytestmark = pytest.mark.integration

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
