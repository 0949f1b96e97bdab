"""``trace run --live``: what a program sends is written while it runs."""

from __future__ import annotations

import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.cli import Result, SignalCli
from tests.support.real_servers import free_port, get, until
from tests.support.terminal import on_terminal

pytestmark = pytest.mark.slow

ORDERS = """\
from blinker import Namespace, Signal, signal

placed = signal("order-placed")
shop = Namespace()
mailed = shop.signal("mailed")

class Stock:
    changed = Signal()

@placed.connect
def mail(sender, **payload):
    mailed.send(sender)
    Stock.changed.send(sender)
    return "mailed"

@placed.connect_via("wholesale")
def bill(sender, **payload): ...

@Stock.changed.connect
def check(sender):
    if sender == "nobody":
        raise ValueError("none left")

def connect_temporarily():
    def log(sender): ...
    mailed.connect(log)

connect_temporarily()
"""


def lines(result: Result) -> list[str]:
    """The lines on standard error, without their times and durations."""
    text = re.sub(r"(?m)^\d\d:\d\d:\d\d ", "", result.stderr)
    return re.sub(r"(?m)^(\[\d+\] )? *\d+\.\d{3} ms  ", r"\1", text).splitlines()


def live(signalcli: SignalCli, code: str, *options: str) -> Result:
    """Run a program that sends signals after the connections of ``ORDERS``."""
    signalcli.write("orders.py", ORDERS + code)
    return signalcli("trace", "run", *(options or ["--live"]), "orders.py")


CONNECTED = [
    "connected __main__.mail to order-placed  orders.py:10",
    "connected __main__.bill to order-placed  orders.py:16",
    "connected __main__.check to __main__.Stock.changed  orders.py:19",
    "connected __main__.connect_temporarily.<locals>.log to __main__/mailed  orders.py:26",
    "receiver died __main__.connect_temporarily.<locals>.log of __main__/mailed  orders.py:26",
]
FAILING = """
try:
    placed.send("nobody")
except ValueError:
    pass
"""


def test_each_outermost_send_is_a_line_with_what_it_caused(signalcli: SignalCli) -> None:
    result = live(signalcli, f"placed.send('shop', number=1)\n{FAILING}mailed.send('大象')\n")

    assert lines(result) == [
        *(f"           {line}" for line in CONNECTED),
        "● order-placed  1 heard, 1 skipped  ← shop  › ○ __main__/mailed ● __main__.Stock.changed",
        "✗ order-placed  1 skipped, 1 raised: ValueError: none left (orders.py:22)  ← nobody  ›"
        + " ○ __main__/mailed ✗ __main__.Stock.changed",
        "○ __main__/mailed  1 receiver died: orders.py:26  ← 大象",
    ]
    assert (result.status, result.stdout.partition("  in ")[0]) == (0, "orders.py → status 0")
    assert result.stdout.endswith("7 sends, 3 unheard, 2 raised.\n")


def test_a_tree_has_each_send_and_each_receiver(signalcli: SignalCli) -> None:
    result = live(signalcli, "placed.send('shop', number=1)\n", "--live=tree", "--signal", "order*")

    assert lines(result)[2:] == [
        "● order-placed  ← shop",
        "  ● __main__.mail → mailed",
        "             ○ __main__.bill: listens only to wholesale",
        "    ○ __main__/mailed  1 receiver died: orders.py:26  ← shop",
        "    ● __main__.Stock.changed  ← shop",
        "      ● __main__.check → None",
    ]


@pytest.mark.parametrize(
    ("options", "shown", "changes"),
    [
        (["--unheard"], 5, 0),
        (["--signal", "mailed"], 5, 2),
        (["--signal", "mailed", "--unheard"], 5, 0),
        (["--slow", "60000"], 0, 0),
    ],
)
def test_a_choice_is_of_lines_too(
    signalcli: SignalCli, options: list[str], shown: int, changes: int
) -> None:
    code = f"placed.send('shop')\n{FAILING}mailed.send(None)\n"

    result = live(signalcli, code, "--live", *options)

    sends = [line for line in lines(result) if line[0] in "●✗○"]
    assert result.stdout.splitlines()[1] == f"7 sends, {shown} shown, 3 unheard, 2 raised."
    assert len(lines(result)) == len(sends) + changes
    assert [line.rpartition(" ○ ")[2] for line in sends[:2]] == ["__main__/mailed"] * len(sends[:2])


def test_the_end_is_as_it_was_asked_for(signalcli: SignalCli) -> None:
    code = "placed.send('shop')\n"

    json = live(signalcli, code, "--live", "--json", "-q")
    summary = live(signalcli, code, "--live", "--summary", "--save", "trace.json")
    saved = signalcli.ok("trace", "show", "trace.json", "--json").json

    assert len(lines(json)) == len(CONNECTED) + 1
    assert "│ __main__.mail " in summary.stdout
    assert len(saved["events"]) == len(json.json["events"]) == 3


def test_the_status_is_1_if_that_is_asked_and_a_receiver_raised(signalcli: SignalCli) -> None:
    assert live(signalcli, FAILING, "--live", "--fail-raised").status == 1
    assert live(signalcli, "raise SystemExit(7)", "--live", "--fail-raised").status == 7


def test_a_program_that_sends_nothing(signalcli: SignalCli) -> None:
    signalcli.write("quiet.py", "print('hello')\n")

    result = signalcli.ok("trace", "run", "--live", "quiet.py")

    assert result.stderr == "hello\n"
    assert result.stdout.splitlines()[1:] == ["No signal was sent."]


def test_the_value_of_the_option_is_never_the_program(signalcli: SignalCli) -> None:
    signalcli.write("tree", "print('a program')\n")

    assert signalcli.ok("trace", "run", "--live", "tree").stderr == "a program\n"
    assert "'forest'" in signalcli.refused("trace run --live=forest tree")


SERVER = """\
from blinker import signal
from flask import Flask

ordered = signal("ordered")
app = Flask("shop")

@ordered.connect
def mail(sender): ...

@app.get("/")
def index():
    ordered.send(app)
    return "ok"
"""


@contextmanager
def serving(signalcli: SignalCli, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the end of the block, with its lines in ``err.txt``."""
    with (signalcli.directory / "err.txt").open("wb") as stderr:
        process = signalcli.start(*words, stdout=subprocess.DEVNULL, stderr=stderr)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def test_a_send_is_written_while_the_server_runs(signalcli: SignalCli) -> None:
    signalcli.write("shop.py", SERVER)
    port, log = free_port(), signalcli.directory / "err.txt"
    server = "-m", "flask", "-A", "shop", "run", "-p", str(port)

    with serving(signalcli, "trace", "run", "--live", *server) as process:
        until(lambda: get(port))
        until(lambda: "● ordered  1 heard  ← <Flask 'shop'>" in log.read_text())
        until(lambda: "○ flask/appcontext-popped  no receivers" in log.read_text())
        assert process.poll() is None


THREADS = """\
import os, sys, threading
from blinker import Signal, signal

outer, inner = signal("outer"), signal("inner")

@outer.connect
def pass_on(sender):
    for _ in range(3):
        inner.send(sender)

def send(number):
    for _ in range(200):
        outer.send(f"{os.getpid()} {number}" if number < 0 else f"thread {number}")
        os.write(1, b"a line of the program\\n")
"""


def test_the_lines_of_threads_are_whole(signalcli: SignalCli) -> None:
    code = "threads = [threading.Thread(target=send, args=[n]) for n in range(4)]\n"
    code += "for one in threads: one.start()\nfor one in threads: one.join()\n"
    signalcli.write("threads.py", THREADS + code)

    result = signalcli.ok("trace", "run", "--live", "threads.py")

    counts = Counter(line for line in lines(result) if "connected" not in line)
    assert counts.pop("a line of the program") == 800
    assert counts == {
        f"● outer  1 heard  ← thread {number}  › ○ inner ×3": 200 for number in range(4)
    }
    assert result.stdout.splitlines()[1] == "3,200 sends, 2,400 unheard."


def test_each_line_names_its_process_if_there_are_several(signalcli: SignalCli) -> None:
    code = "child = os.fork()\nsend(-1)\nif child: os.waitpid(child, 0)\n"
    signalcli.write("forks.py", THREADS + code)

    result = signalcli.ok("trace", "run", "--live", "--signal", "outer", "forks.py")

    sends = re.findall(r"\[(\d+)\] +[\d.]+ ms  ● outer  1 heard  ← (\d+) -1", result.stderr)
    processes = set(re.findall(r"(?m)^process (\d+), of ", result.stdout))
    assert sends and all(process == sender for process, sender in sends)
    assert len(processes) == 2 and {process for process, _ in sends} <= processes
    assert len(re.findall("● outer  1 heard", result.stderr)) == 400


def test_what_has_not_ended_is_written_at_the_end(signalcli: SignalCli) -> None:
    code = "@mailed.connect\ndef end(sender):\n    import os; os._exit(3)\n\nplaced.send('shop')\n"

    result = live(signalcli, code)

    assert result.status == 3
    assert lines(result)[-1].startswith(
        "● order-placed  1 still running, 1 skipped  ← shop  › ● __main__/mailed"
    )


def test_lines_fit_the_terminal_and_show_text_literally(signalcli: SignalCli) -> None:
    signalcli.write(
        "odd.py",
        "from blinker import signal\n"
        "signal('大象' * 10).send('狮子' * 20)\n"
        "signal('evil\\x1b[31m\\nline').send('[bold]x[/bold]\\u202e')\n",
    )

    screen = on_terminal(signalcli, "trace", "run", "--live", "odd.py")
    plain = re.sub(r"\x1b\[[\d;]*m", "", screen.text).splitlines()

    first = plain[0].partition("ms  ")[2]
    assert first == f"○ {'大象' * 10}  no receivers  ←…"
    second = plain[1].partition("ms  ")[2]
    assert second == r'○ evil\x1b[31m\nline  no receivers  ← "[bold]x[/bold]\u202e"'
    assert "\x1b[33m○ \x1b[0m" in screen.text
    assert plain[2].startswith("odd.py → status 0")


@pytest.mark.parametrize("options", [(), ("--live",), ("--summary",)])
def test_notes_are_broken_at_the_width_of_the_terminal(
    signalcli: SignalCli, options: tuple[str, ...]
) -> None:
    signalcli.write("killed.py", "import os\nos.kill(os.getpid(), 9)\n")
    words = "trace", "run", *options, "killed.py"

    screen = on_terminal(signalcli, *words, columns=40)

    *_, first, second = screen.text.splitlines()
    assert (first, second) == (
        "SIGKILL ended the program: sends just",
        "  before that may be missing.",
    )
    assert signalcli(*words).stderr.endswith("sends just before that may be missing.\n")
