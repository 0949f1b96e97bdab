"""``trace diff``: who heard a signal in one trace, and not in another."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cli import SignalCli

PROGRAM = """\
import sys
from blinker import signal

placed, mailed = signal("order-placed"), signal("mailed")
words = sys.argv[1:]

class Order:
    def __repr__(self):
        return object.__repr__(self)

def mail(sender, **payload):
    mailed.send(sender)
    if "fail" in words:
        raise ValueError("no")

def log(sender, **payload): ...

def wholesale(sender, **payload): ...

if "log" in words:
    placed.connect(log)
if "nobody" not in words:
    placed.connect(mail)
placed.connect(wholesale, sender="wholesale")
if "dies" in words:
    def temporary(sender, **payload): ...
    placed.connect(temporary)
    del temporary
for word in words:
    if word.startswith("from="):
        try:
            placed.send(Order() if word == "from=object" else word[5:])
        except ValueError:
            pass
"""


def trace(signalcli: SignalCli, file: str, words: str, *options: str) -> None:
    signalcli.write("orders.py", PROGRAM)
    signalcli.ok("trace", "run", "-q", *options, "--save", file, "orders.py", *words.split())


def compared(signalcli: SignalCli, a: str, b: str, *options: str) -> Any:
    """The differences of two runs, each as a tuple."""
    trace(signalcli, "a.json", a)
    trace(signalcli, "b.json", b)
    differences = signalcli.ok("trace", "diff", "a.json", "b.json", "--json", *options).json
    return [
        (
            one["change"],
            *(one[key] for key in ("signal", "sender", "receiver")),
            tuple(one["a"].values()),
            tuple(one["b"].values()),
            one["reason"],
        )
        for one in differences["differences"]
    ]


ONLY_IN_A, PLACED = ((1, 0), (0, 0)), ("order-placed", None)
DIFFERENCES = {
    "a receiver is missing": (
        ["log from=x", "nobody from=x"],
        [
            ("only in A", *PLACED, "orders.log", *ONLY_IN_A, "not connected"),
            ("only in A", *PLACED, "orders.mail", *ONLY_IN_A, "not connected"),
            ("only in A", "mailed", None, None, *ONLY_IN_A, None),
            ("only in B", *PLACED, None, (0, 0), (1, 0), None),
        ],
    ),
    "a filter matches no more": (
        ["from=wholesale", "from=shop"],
        [("only in A", *PLACED, "orders.wholesale", *ONLY_IN_A, "listens only to wholesale")],
    ),
    "a receiver raises now": (
        ["from=x from=x", "fail from=x from=x"],
        [("changed", *PLACED, "orders.mail", (2, 0), (2, 2), None)],
    ),
}


@pytest.mark.parametrize(("runs", "differences"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_two_runs_differ(signalcli: SignalCli, runs: list[str], differences: list[Any]) -> None:
    assert compared(signalcli, *runs) == differences


def test_a_receiver_that_died(signalcli: SignalCli) -> None:
    differences = compared(signalcli, "log from=x", "dies from=x")

    assert [one[-1] for one in differences] == ["a receiver died: orders.py:27"]


def test_senders_are_compared_if_that_is_asked(signalcli: SignalCli) -> None:
    mail = "order-placed", "y", "orders.mail", (1, 0), (0, 0), "not sent from y"

    assert ("only in A", *mail) in compared(
        signalcli, "from=x from=y", "from=x from=x", "--senders"
    )
    differences = signalcli.read("trace diff a.json b.json")

    assert (differences["differences"], differences["same"]) == ([], 2)
    assert differences["a"] == {"file": "a.json", "sends": 4}


def test_signals_are_chosen(signalcli: SignalCli) -> None:
    differences = compared(signalcli, "from=x", "nobody from=x", "--signal", "mail*")

    assert [one[1] for one in differences] == ["mailed"]


@pytest.mark.parametrize("options", [(), ("--repr",)])
def test_processes_times_and_addresses_are_no_difference(
    signalcli: SignalCli, options: tuple[str, ...]
) -> None:
    for file in ("a.json", "b.json"):
        trace(signalcli, file, "from=object", *options)

    result = signalcli.ok("trace", "diff", "a.json", "b.json", "--senders", "--exit-code")

    assert result == (0, "", "No difference between a.json and b.json.\n")


def test_the_status_is_1_only_if_that_is_asked(signalcli: SignalCli) -> None:
    trace(signalcli, "a.json", "from=x")
    trace(signalcli, "b.json", "from=x from=x")
    words = "trace", "diff", "a.json", "b.json"

    table = signalcli.ok(*words).stdout

    assert signalcli(*words, "--exit-code") == (1, table, "")
    assert table.startswith("A  a.json, 2 sends\nB  b.json, 4 sends\n")
    assert "│ orders.mail │ 1 │ 2 │ changed    │" in table


def test_what_is_no_trace_is_refused(signalcli: SignalCli) -> None:
    trace(signalcli, "a.json", "from=x")

    missing = signalcli.refused("trace diff a.json b.json")
    no_trace = signalcli.refused("trace diff orders.py a.json")

    assert missing == "The trace 'b.json' can't be read: No such file or directory."
    assert no_trace.startswith("The file 'orders.py' is no trace. Save one: signalcli trace")


def test_names_are_shown_literally(signalcli: SignalCli) -> None:
    signalcli.write(
        "odd.py",
        "import sys\n"
        "from blinker import signal\n"
        "odd = signal('[red]大象\\x1b[31m\\u202e')\n"
        "@odd.connect\n"
        "def hear(sender): ...\n"
        "for _ in sys.argv: odd.send('狮子[b]\\x07')\n",
    )
    for file, words in (("a.json", ()), ("b.json", ("again",))):
        signalcli.ok("trace", "run", "-q", "--save", file, "odd.py", *words)

    table = signalcli.ok("trace", "diff", "a.json", "b.json", "--senders").stdout
    summary = signalcli.ok("trace", "show", "a.json", "--summary").stdout

    assert table.startswith("A  a.json, 1 send\nB  b.json, 2 sends\n")
    for text in (table, summary):
        assert r"[red]大象\x1b[31m\u202e" in text
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert r"狮子[b]\x07" in table
