"""``trace show``: a saved trace is shown like the command that saved it shows it."""

from __future__ import annotations

import json

import pytest

from tests.support.cli import SignalCli
from tests.support.histories import documents

PROGRAM = """\
import os
from blinker import signal

placed = signal("订单 placed")
mailed = signal("mailed")
lost = signal("lost\\x1b[31m")

@placed.connect
def mail(sender, item):
    mailed.send(sender)
    return item

@mailed.connect_via("nobody")
def log(sender): ...

@lost.connect
def fail(sender):
    raise ValueError("no [bold]ink[/bold]")

if os.fork():
    os.wait()
    try:
        lost.send(None)
    except ValueError:
        pass
    os._exit(3)
placed.send("大象", item={"a": 1})
"""
SHOP = """\
from blinker import signal
from flask import Flask

ordered = signal("ordered")
app = Flask("shop")

@app.post("/order")
def order():
    ordered.send(app, item="banana")
    return "thank you"

@app.get("/broken")
def broken():
    raise ValueError("no")
"""
REQUESTS = "trace POST /order --then /broken --app shop --save trace.json"


def shown(signalcli: SignalCli, *words: str) -> str:
    result = signalcli("trace", *words, environment={"COLUMNS": "80"})
    assert "Traceback" not in result.stderr
    return result.stdout


def test_a_program_is_shown_as_it_was(signalcli: SignalCli) -> None:
    signalcli.write("program.py", PROGRAM)

    before = signalcli("trace", "run", "--save", "trace.json", "program.py")
    after = signalcli("trace", "show", "trace.json")

    assert before.status == 3
    assert after == (0, before.stdout, "")
    assert "● __main__.mail → {'a': 1}" in after.stdout
    assert "✗ __main__.fail raised ValueError: no [bold]ink[/bold] (program.py:18)" in after.stdout
    assert "\nprocess " in after.stdout


def test_requests_are_shown_as_they_were(signalcli: SignalCli) -> None:
    signalcli.write("shop.py", SHOP)

    before = signalcli(*REQUESTS.split())
    after = signalcli("trace", "show", "trace.json")

    assert (after.status, after.stdout) == (0, before.stdout)
    assert "── GET /broken ──" in after.stdout
    assert "GET /broken → 500 Internal Server Error" in after.stdout
    assert "\nValueError: no (shop.py:14)\n" in after.stdout


def test_a_trace_that_is_shown_as_json_and_saved_again_is_the_same(signalcli: SignalCli) -> None:
    signalcli.write("program.py", PROGRAM)
    signalcli.write("shop.py", SHOP)

    program = signalcli("trace", "run", "--json", "--save", "trace.json", "program.py")
    again = signalcli.ok("trace", "show", "trace.json", "--json", "--save", "again.json")
    signalcli(*REQUESTS.replace("trace.json", "requests.json").split())
    signalcli.ok("trace", "show", "requests.json", "--save", "requests-again.json")

    assert again.json == program.json
    for one, other in (("trace", "again"), ("requests", "requests-again")):
        first, second = (signalcli.directory / f"{name}.json" for name in (one, other))
        assert first.read_text() == second.read_text()


def test_several_traces_take_a_line_each(signalcli: SignalCli) -> None:
    signalcli.write("program.py", PROGRAM)
    signalcli.write("shop.py", SHOP)
    signalcli("trace", "run", "--save", "program.json", "program.py")
    signalcli(*REQUESTS.split())

    lines = signalcli.ok("trace", "show", "program.json", "trace.json", "--json").stdout
    refused = signalcli.refused("trace show program.json trace.json --save both.json")

    assert [one["status"] for one in documents(lines)] == [3, 200, 500]
    assert refused == "--save keeps the trace of one program, or of requests. Name one FILE."


def test_a_choice_is_of_what_is_shown_and_not_of_what_is_saved(signalcli: SignalCli) -> None:
    signalcli.write("program.py", PROGRAM)
    words = "trace", "run", "--signal", "mail*", "--json", "--save", "trace.json", "program.py"

    some = signalcli(*words)
    all_of_them = signalcli.ok("trace", "show", "trace.json", "--json")
    unheard = signalcli.ok("trace", "show", "trace.json", "--unheard")
    nothing = signalcli.ok("trace", "show", "trace.json", "--slow", "60000")

    assert some.status == 3
    assert [event["signal"] for event in some.json["events"]] == ["订单 placed", "mailed"]
    assert (some.json["left_out"], all_of_them.json["left_out"]) == (1, 0)
    assert len(all_of_them.json["events"]) == 3
    assert "mailed" in unheard.stdout
    assert unheard.stderr == "Shown: 2 of 3 sends.\n"
    assert nothing.stdout.splitlines()[1] == "None of 3 sends matches."


def test_a_request_is_chosen_from_as_a_program_is(signalcli: SignalCli) -> None:
    signalcli.write("shop.py", SHOP)

    lines = signalcli(*REQUESTS.split(), "--signal", "order*", "--json").stdout.splitlines()
    first, second = map(json.loads, lines)

    assert [event["signal"] for event in first["events"]] == ["ordered"]
    assert (second["events"], second["left_out"] > 0) == ([], True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "The trace 'trace.json' can't be read: No such file or directory."),
        ("{}", "The file 'trace.json' is no trace."),
        ('{"requests": []}', "The file 'trace.json' is no trace."),
        ('{"version": 2, "events": []}', "The trace 'trace.json' is of version 2"),
    ],
)
def test_what_is_no_trace_is_refused(signalcli: SignalCli, text: str | None, sentence: str) -> None:
    if text is not None:
        signalcli.write("trace.json", text)

    assert signalcli.refused("trace show trace.json").startswith(sentence)


@pytest.mark.parametrize("text", ["soon", "-1", "nan", "inf", ""])
def test_the_least_duration_is_a_number(signalcli: SignalCli, text: str) -> None:
    sentence = f"'{text}' is not a time in milliseconds. For example: --slow 20"

    assert signalcli.refused(f"trace show trace.json --slow '{text}'") == sentence


def test_a_summary_of_several_requests_is_one_document(signalcli: SignalCli) -> None:
    signalcli.write("shop.py", SHOP)

    made = signalcli(*REQUESTS.split(), "--summary", "--json", "--signal", "order*")
    table = signalcli.ok("trace", "show", "trace.json", "--summary").stdout

    assert [(row["signal"], row["sends"]) for row in made.json["summary"]] == [("ordered", 1)]
    assert table.splitlines()[0].startswith("POST /order → 200 OK")
    assert table.splitlines()[1].startswith("GET /broken → 500 Internal Server Error")
    assert "│ flask/request-started " in table


def test_a_summary_of_a_program(signalcli: SignalCli) -> None:
    signalcli.write("program.py", PROGRAM)

    made = signalcli("trace", "run", "--summary", "--save", "trace.json", "program.py")
    again = signalcli("trace", "show", "trace.json", "--summary")

    assert made.status == 3
    assert again == (0, made.stdout, "")
    assert "│ 订单 placed" in made.stdout
    assert "│ 0 of 1 │" in made.stdout
