"""``trace run --via``: what receivers in other processes do with the sends of a program."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from signalcli.relay.connection import ServerConnection
from signalcli.relay.envelope import new_envelope, write_envelope
from signalcli.relay.message_trace import MessageTrace
from signalcli.values.result import fields_to_json
from signalcli.values.signal_name import SignalName
from signalcli.values.traces.relayed import MOST_LEVELS, RelayedMessage, below
from tests.support.cli import SignalCli
from tests.support.listening import listening
from tests.support.nats_servers import NatsServer, nats_server
from tests.support.relays import running, until

pytestmark = pytest.mark.slow

SHOP = """
import os, sys
from blinker import Signal, signal
from signalcli.relay import Relay

placed, paid = signal("king"), Signal()
inner, innermost = Signal(), Signal()

@placed.connect
def note(sender, **payload):
    paid.send("狮子")
    inner.send(sender)

@inner.connect
def go_on(sender):
    innermost.send(sender)

relay = Relay(name="shop")
relay.publish(placed)
relay.publish(paid, name="shop/paid")
relay.start()
placed.send("大象", total=1)
"""
BILLS = """
import time
from blinker import signal
from signalcli.relay import Relay

king, billed, filed = signal("king"), signal("billed"), signal("filed")

@king.connect
def bill(sender, total):
    billed.send(sender, of=total)
    if total < 0:
        raise ValueError("nothing to bill")
    return "billed"

@king.connect_via("狮子")
def other(sender, **payload): ...

@billed.connect
def file(sender, **payload):
    filed.send(sender)

relay = Relay(name="bills")
relay.receive(king)
relay.publish(billed)
relay.publish(filed)
assert relay.start(20)
open("ready", "w").close()
time.sleep(100)
"""


@contextmanager
def billing(signalcli: SignalCli, nats: NatsServer) -> Iterator[str]:
    """Run an application that receives ``king``, and return the end of its source."""
    signalcli.write("bills.py", BILLS)
    directory = signalcli.directory
    with running(["python", "bills.py"], directory, SIGNALCLI_VIA=nats.url) as process:
        until((directory / "ready").exists)
        yield f"/{process.pid}"


def trace(signalcli: SignalCli, code: str, *options: str) -> Any:
    """Return the trace of a program, as JSON."""
    signalcli.write("shop.py", code)
    return json.loads(signalcli.ok("trace", "run", *options, "--json", "shop.py").stdout)


def calls_of(event: Any) -> dict[str, str]:
    """Return the receivers elsewhere and their outcomes."""
    return {
        call["receiver"]: call["outcome"]
        for receipt in event["relayed"]["receipts"]
        for call in receipt["calls"]
    }


def test_receivers_elsewhere_are_below_the_send_that_they_heard(
    relayed: SignalCli, nats: NatsServer
) -> None:
    with billing(relayed, nats) as source, listening(relayed, "king", "b*") as listener:
        events = trace(relayed, SHOP, "--via")["events"]
        here = f"/{listener.process.pid}"

    king, paid, inner, innermost = events
    assert [event["depth"] for event in events] == [0, 1, 1, 2]
    assert calls_of(king) == {
        "animal": "returned",
        "echo": "returned",
        "__main__.bill": "returned",
        "__main__.other": "skipped",
    }
    assert {one["listener"][-len(here) :] for one in king["relayed"]["receipts"]} == {here, source}
    assert king["calls"][0]["receiver"] == "__main__.note"
    assert paid["relayed"]["receipts"] == []
    assert "relayed" not in inner
    assert "relayed" not in innermost
    (billed,) = king["relayed"]["sends"]
    assert (billed["signal"], billed["sender"], billed["payload_keys"]) == (
        "billed",
        "大象",
        ["of"],
    )
    assert billed["source"].endswith(source)
    assert [one["listener"] for one in billed["relayed"]["receipts"]] == [
        one["listener"] for one in king["relayed"]["receipts"] if one["listener"].endswith(here)
    ]
    (filed,) = billed["relayed"]["sends"]
    assert (filed["signal"], filed["relayed"]["sends"]) == ("filed", [])


def test_remote_sends_are_drawn_and_saved(relayed: SignalCli, nats: NatsServer) -> None:
    relayed.write("shop.py", SHOP)
    with billing(relayed, nats) as source:
        shown = relayed.ok("trace", "run", "--via", "--save", "trace.json", "shop.py").stdout
    loaded = relayed.ok("trace", "show", "trace.json", "--save", "trace.html").stdout

    rows = [re.sub(r" \S*?@\S+/\d+", " SOURCE", row) for row in re.findall(r"│ (.+?) +│", shown)]
    assert [row for row in rows if row.endswith("SOURCE → billed")] == [
        "● __main__.bill @ SOURCE → billed"
    ], shown
    assert re.search(rf"○ __main__.other @ bills@\S+{source}: listens only to 狮子", shown)
    assert re.search(r"│   billed +│ of +│ ← 大象, sent by bills@", shown)
    assert re.search(r"│     filed +│ +│ ← 大象, sent by bills@", shown)
    assert shown.count("no receivers here") == 1
    assert loaded == shown
    page = (relayed.directory / "trace.html").read_text(encoding="utf-8")
    assert re.search(rf"__main__\.bill @ bills@[^ ]+{source}", page)


def test_an_exception_elsewhere_counts(relayed: SignalCli, nats: NatsServer) -> None:
    relayed.write("shop.py", SHOP.replace("total=1", "total=-1"))
    with billing(relayed, nats):
        result = relayed("trace", "run", "--via", "--fail-raised", "shop.py")

    assert result.status == 1
    assert "raised ValueError: nothing to bill" in result.stdout


def test_a_listener_that_does_not_answer_is_named(relayed: SignalCli, nats: NatsServer) -> None:
    with listening(relayed, "king", "--queue", "late") as listener:
        listener.process.send_signal(signal.SIGSTOP)
        king = trace(relayed, SHOP, "--via", nats.url, "--wait", "0.5")["events"][0]

    (receipt,) = king["relayed"]["receipts"]
    assert (receipt["listener"], receipt["outcome"]) == ("late", "no_answer")
    assert receipt["reason"] == "did not answer within 0.5 s"
    assert fields_to_json(RelayedMessage.from_json(king["relayed"])) == king["relayed"]


def test_one_note_says_how_many_sends_had_no_answer(relayed: SignalCli) -> None:
    relayed.write("shop.py", f"{SHOP}\nfor _ in range(4):\n    placed.send('大象', total=1)\n")
    with listening(relayed, "king", "--queue", "late") as listener:
        listener.process.send_signal(signal.SIGSTOP)
        shown = relayed.ok("trace", "run", "--via", "--wait", "0.5", "shop.py").stderr

    assert shown.count("had no answer") == 1
    assert (
        "5 sends had no answer from a listener in time. It may be slower than the sends. "
        "Wait longer for it: --wait SECONDS\n"
    ) in shown


def test_a_durable_listener_that_is_away_is_waiting(relayed: SignalCli) -> None:
    relayed("listen", "king", "--durable", "mail", "--timeout", "0")
    king = trace(relayed, SHOP, "--via")["events"][0]

    (receipt,) = king["relayed"]["receipts"]
    assert (receipt["listener"], receipt["outcome"]) == ("mail", "waiting")
    assert receipt["reason"] == "next; no process of it runs"


def test_a_listener_of_another_time_or_signal_is_not_missed(relayed: SignalCli) -> None:
    late = f"{SHOP}\nrelay.flush()\nopen('sent', 'w').close()\nimport time\ntime.sleep(100)"
    relayed.write("shop.py", late)
    with (
        listening(relayed, "q*"),
        relayed.start(
            *("trace", "run", "--via", "--json", "shop.py"), stdout=subprocess.PIPE
        ) as program,
    ):
        until((relayed.directory / "sent").exists)
        with listening(relayed, "king"):
            program.send_signal(signal.SIGINT)
            stdout, _ = program.communicate(timeout=30)

    assert program.returncode == 130, "Ctrl-C reaches the program"
    assert json.loads(stdout)["events"][0]["relayed"]["receipts"] == []


def test_sends_that_pass_another_server_are_noted(relayed: SignalCli, nats: NatsServer) -> None:
    with nats_server(relayed.directory / "other") as other:
        relayed.write("shop.py", SHOP.replace("Relay(", f"Relay({other.url!r}, "))
        result = relayed("trace", "run", "--via", "shop.py")

    assert result.status == 0
    assert f"2 relayed sends didn't come to {nats.url}: the program uses another" in result.stderr
    assert result.stdout.count("it didn't come to the server") == 2


def test_without_it_nothing_is_followed(relayed: SignalCli) -> None:
    with listening(relayed, "king") as listener:
        events = trace(relayed, SHOP)["events"]
        listener.next()

    assert not any("relayed" in event for event in events)
    error = relayed.refused("trace run --wait 1 shop.py")
    assert "--wait is for a send that leaves this process. Add: --via" in error


def test_a_child_that_forks_off_is_followed(relayed: SignalCli) -> None:
    forking = f"{SHOP}\nif not os.fork():\n    placed.send('child', total=2)\n    relay.flush()\n    os._exit(0)\nos.wait()"
    with listening(relayed, "king"):
        events = trace(relayed, forking, "--via")["events"]

    heard = [event for event in events if event["signal"] == "king"]
    assert {event["sender"]: len(event["relayed"]["receipts"]) for event in heard} == {
        "大象": 1,
        "child": 1,
    }
    assert len({event["process"] for event in heard}) == 2


def test_receipts_and_sends_elsewhere_are_lines_of_live(
    relayed: SignalCli, nats: NatsServer
) -> None:
    relayed.write("shop.py", SHOP)
    with billing(relayed, nats):
        lines = relayed("trace", "run", "--via", "--live", "shop.py")
        tree = relayed("trace", "run", "--via", "--live=tree", "--signal", "king", "shop.py")

    assert re.search(r"\d +● king @ bills@\S+  1 heard, 1 skipped\n", lines.stderr)
    assert re.search(r"\d +billed  ← 大象, sent by bills@", lines.stderr)
    assert "4 sends, 2 unheard." in lines.stdout
    assert re.search(
        r"\d +● king @ bills@\S+  1 heard, 1 skipped\n.+● __main__\.bill @", tree.stderr
    )
    assert "billed  ←" not in tree.stderr


def test_a_hostile_chain_of_messages_is_cut(nats: NatsServer) -> None:
    async def relayed(connection: ServerConnection) -> RelayedMessage:
        trace = MessageTrace(connection)
        await trace.start()
        first = new_envelope(SignalName("king"), None, {}, "hostile")
        for number in range(500):
            parent = str(number - 1) if number else None
            envelope = first._replace(id=str(number), parent=parent, trace_to=trace.inbox)
            await connection.client.publish("signalcli.signal.king", write_envelope(envelope))
        await connection.confirm_subscriptions()
        await trace.wait(5)
        return trace.relayed("0", set(), 0.0)

    found = nats.ask(relayed)

    assert len(list(below(found))) == MOST_LEVELS
    assert RelayedMessage.from_json(fields_to_json(found)) == found


def test_a_saved_trace_with_sends_in_endless_levels_is_refused(signalcli: SignalCli) -> None:
    relayed: dict[str, Any] = {"id": "1", "passed": True, "receipts": [], "sends": []}
    send: dict[str, Any] = {
        "source": "a",
        "signal": "b",
        "sender": None,
        "payload_keys": [],
        "started": 0,
    }
    for _ in range(300):
        relayed = {**relayed, "sends": [{**send, "relayed": relayed}]}
    event = {"signal": "king", "depth": 0, "sender": None, "payload_keys": [], "calls": []}
    events = [{**event, "seconds": 0, "relayed": relayed}]
    trace = {"program": ["x.py"], "status": 0, "events": events, "seconds": 1}
    signalcli.write("deep.json", json.dumps(trace))

    assert "is no trace" in signalcli.refused("trace show deep.json")


@pytest.mark.parametrize("option", ["--unheard", "--summary", "--signal=king"])
def test_options_that_look_at_local_sends_only_say_so(relayed: SignalCli, option: str) -> None:
    relayed.write("quiet.py", "from blinker import signal\nsignal('king').send()\n")

    shown = relayed("trace", "run", option, "--via", "--wait", "0", "quiet.py")

    assert "look at the sends of this program only" in shown.stderr


@pytest.mark.parametrize("command", ["trace run", "trace show"])
def test_the_help_says_that_options_look_at_local_sends(signalcli: SignalCli, command: str) -> None:
    text = " ".join(signalcli.ok(*command.split(), "--help").stdout.split())

    assert "They and --summary look at local sends, not at those that other processes made" in text
    assert ("look at the program's own sends only." in text) is (command == "trace run")
