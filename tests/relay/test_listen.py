"""Sends that other processes hear: who hears which, and what the sender learns of it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from signalcli.relay.envelope import TYPE
from tests.support.cli import SignalCli
from tests.support.histories import documents
from tests.support.hostile_messages import hostile_messages
from tests.support.listening import listening, publish_raw
from tests.support.nats_servers import NatsServer, nats_server
from tests.support.relays import until


def send(signalcli: SignalCli, *words: str) -> None:
    """Send only to other processes."""
    signalcli.ok("send", *words, "--via", "--remote-only", "-q")


def test_a_send_is_heard_in_another_terminal(relayed: SignalCli) -> None:
    with listening(relayed, "king") as listener:
        sent = relayed.read("send king 大象 slogan=巡山 --via --wait 20s")
        heard = listener.next()

    assert heard["id"] == sent["id"]
    assert re.fullmatch(r"[0-9a-f]{20}", sent["id"])
    assert (heard["signal"], heard["sender"], heard["payload"]) == (
        "king",
        "大象",
        {"slogan": "巡山"},
    )
    assert {call["receiver"]: call["outcome"] for call in heard["calls"]} == {
        "animal": "returned",
        "echo": "returned",
    }
    origin = heard["origin"]
    assert re.fullmatch(r".+/\d+", origin["source"])
    assert origin == {
        "source": origin["source"],
        "message": sent["id"],
        "parent": None,
        "hops": 0,
        "attempt": 1,
    }
    (receipt,) = sent["receipts"]
    assert receipt["listener"].endswith(f"/{listener.process.pid}")
    assert receipt["place"] == "session 'default'"
    assert [call["receiver"] for call in receipt["calls"]] == ["echo", "animal"]
    assert (sent["known_listeners"], sent["answered"]) == (1, 1)


def test_the_send_is_in_the_histories_of_both_sides(relayed: SignalCli) -> None:
    relayed.ok("connect", "king", "echo", "--session", "mountain")
    with listening(relayed, "king", "--session", "mountain", "--count", "1") as listener:
        sent = relayed.read("send king 大象 --via")
        assert listener.end() == 0

    (here,) = documents(relayed.ok("history", "--json").stdout)
    (there,) = documents(relayed.ok("history", "--json", "--session", "mountain").stdout)
    assert here["id"] == there["id"] == sent["id"]
    assert "origin" not in here
    assert there["origin"]["message"] == sent["id"]
    assert there["origin"]["source"] in relayed.ok("history", "--session", "mountain").stdout


def test_history_can_be_left_out(relayed: SignalCli) -> None:
    with listening(relayed, "--count", "1", "--no-history") as listener:
        send(relayed, "king", "--no-history")
        assert listener.end() == 0

    assert relayed("history", "--json").stdout == ""


def test_what_a_receiver_did_is_a_row_for_the_sender(relayed: SignalCli) -> None:
    with listening(relayed, "king") as listener:
        shown = relayed.ok("send", "king", "狮子", "--via", "--wait", "20")

    assert re.search(rf"echo @ \S+/{listener.process.pid} +│ ● returned", shown.stdout)
    assert re.search(rf"animal @ \S+/{listener.process.pid} +│ ○ skipped", shown.stdout)
    assert "listens only to 大象" in shown.stdout
    assert "1 of 1 known listener answered." in shown.stderr


def test_without_a_listener_the_send_is_stored(relayed: SignalCli) -> None:
    sent = relayed.ok("send", "king", "狮子", "--via", "--wait", "20")

    assert "No listener is known for this signal." in sent.stderr


def test_a_receiver_that_raises_elsewhere_is_a_failure(relayed: SignalCli) -> None:
    relayed.ok("connect", "king", "failing", "--session", "mountain")
    with listening(relayed, "king", "--session", "mountain", "--count", "1") as listener:
        sent = relayed("send", "king", "狮子", "--via", "--wait", "20", "--json")
        assert listener.end() == 1

    assert sent.status == 1
    assert sent.json["receipts"][0]["calls"][0]["error"]["type"] == "RuntimeError"


@pytest.mark.parametrize(
    ("patterns", "heard"),
    [
        (["king"], ["king"]),
        (["k*"], ["king", "kite"]),
        (["zoo/*"], ["zoo/king", "zoo/a.b"]),
        (["zoo/king", "zoo/k*"], ["zoo/king"]),
        (["*"], ["king", "kite", "zoo/king", "zoo/a.b", "a b > 🐘"]),
        ([], ["king", "kite", "zoo/king", "zoo/a.b", "a b > 🐘"]),
        (["king", "*king"], ["king", "zoo/king"]),
    ],
)
def test_patterns(relayed: SignalCli, patterns: list[str], heard: list[str]) -> None:
    for name in ("zoo/king", "king"):
        relayed.ok("define", name)
    with listening(relayed, *patterns) as listener:
        for name in ("king", "kite", "zoo/king", "zoo/a.b", "a b > 🐘"):
            send(relayed, name)
        found = listener.take(len(heard))

    assert [delivery["signal"] for delivery in found] == heard


def test_a_signal_that_is_not_defined_has_no_receivers(relayed: SignalCli) -> None:
    with listening(relayed):
        sent = relayed.read("send queen --via --remote-only --wait 20")

    assert sent["receipts"][0]["calls"] == []
    assert sent["receipts"][0]["reason"] == "no signal of this name is defined here"


def test_listening_to_a_signal_that_is_not_defined_is_refused(relayed: SignalCli) -> None:
    assert "No signal 'kng' in session 'default'. Did you mean 'king'?" in relayed.refused(
        "listen kng"
    )


def test_a_change_of_the_session_is_followed(relayed: SignalCli) -> None:
    with listening(relayed, "king") as listener:
        relayed.ok("disconnect", "king", "echo")
        send(relayed, "king", "狮子")
        heard = listener.next()

    assert [call["receiver"] for call in heard["calls"]] == ["animal"]


def test_one_of_a_queue_hears_each(relayed: SignalCli) -> None:
    relayed.ok("define", "queen")
    with (
        listening(relayed, "k*", "--queue", "workers") as one,
        listening(relayed, "k*", "--queue", "workers") as other,
        listening(relayed, "queen", "--queue", "workers"),
        listening(relayed, "king") as everyone,
    ):
        relayed.write("senders.txt", "".join(f"{number}\n" for number in range(50)))
        send(relayed, "king", "--lines", "senders.txt")
        heard = everyone.take(50)
        sent = relayed.read("send king end --via --wait 20 --remote-only")
        shared = one.waiting() + other.waiting()

    assert sorted(delivery["id"] for delivery in shared if delivery["sender"] != "end") == sorted(
        delivery["id"] for delivery in heard
    )
    assert [delivery["sender"] for delivery in heard] == [str(number) for number in range(50)]
    assert (sent["known_listeners"], sent["answered"]) == (2, 2)


def test_only_processes_that_listen_at_that_time_hear_a_send(relayed: SignalCli) -> None:
    send(relayed, "king", "before")
    with listening(relayed, "king") as listener:
        send(relayed, "king", "after")
        assert listener.next()["sender"] == "after"


@pytest.mark.parametrize(
    ("options", "heard"),
    [
        (["--all"], ["1", "2", "3", "4"]),
        (["--last", "2"], ["3", "4"]),
        (["--last", "9"], ["1", "2", "3", "4"]),
        (["--since", "1h"], ["1", "2", "3", "4"]),
        (["--last", "2", "--durable", "mail"], ["3", "4"]),
        (["--all", "--durable", "mail"], ["1", "2", "3", "4"]),
    ],
)
def test_stored_sends_are_heard_first(
    relayed: SignalCli, options: list[str], heard: list[str]
) -> None:
    for number in ("1", "2", "3", "4"):
        send(relayed, "king", number)
        send(relayed, "queen", number)
    with listening(relayed, "k*", *options) as listener:
        send(relayed, "king", "5")
        found = listener.take(len(heard) + 1)

    assert [delivery["sender"] for delivery in found] == [*heard, "5"]


def test_since_leaves_out_what_is_older(relayed: SignalCli) -> None:
    send(relayed, "king", "old")
    with listening(relayed, "king", "--since", "2999-01-01") as listener:
        send(relayed, "king", "new")
        assert listener.next()["sender"] == "new"


def test_a_timeout_is_a_failure(relayed: SignalCli) -> None:
    result = relayed("listen", "king", "--timeout", "0.3", "--json")

    assert (result.status, result.stdout) == (1, "")
    assert result.stderr.endswith("Timed out: no message came within 0.3 s.\n")


def test_a_timeout_after_a_message_is_none(relayed: SignalCli) -> None:
    send(relayed, "king", "old")

    assert relayed("listen", "king", "--all", "--timeout", "1").status == 0
    assert relayed("listen", "king", "--all", "--timeout", "1", "--count", "2").status == 1


def test_fail_unheard(relayed: SignalCli) -> None:
    relayed.ok("disconnect", "king", "echo")
    send(relayed, "king", "狮子")

    unheard = relayed("listen", "king", "--all", "--count", "1", "--fail-unheard")
    remote = relayed("send", "king", "狮子", "--via", "--remote-only", "--fail-unheard")

    assert (unheard.status, remote.status) == (3, 3)


def test_ctrl_c_ends_it_and_takes_its_announcement_back(relayed: SignalCli) -> None:
    with listening(relayed, "king") as listener:
        assert len(relayed.read("relay listeners")["listeners"]) == 1
        assert listener.interrupt() == 130

    assert relayed.read("relay listeners")["listeners"] == []


def test_explain_asks_every_listener_and_calls_no_receiver(relayed: SignalCli) -> None:
    relayed.write("handlers.py", "def on_king(sender, **payload): open('called', 'w').close()")
    relayed.ok("connect", "king", "handlers.py:on_king")
    with (
        listening(relayed, "king", "--durable", "mail"),
        listening(relayed, "*", "--queue", "workers"),
        listening(relayed, "other*"),
    ):
        explained = relayed.read("explain king 狮子 --via")

    assert [
        {call["receiver"]: call["outcome"] for call in receipt["calls"]}
        for receipt in explained["receipts"]
    ] == [{"animal": "skipped", "echo": "would_call", "handlers.py:on_king": "would_call"}] * 2
    assert explained["id"] is None
    assert not (relayed.directory / "called").exists()


def test_receivers_of_an_application_hear_after_asking(relayed: SignalCli) -> None:
    relayed.write(
        "shop.py",
        """
import flask
from blinker import signal
app = flask.Flask("shop")
placed = signal("order-placed")
@placed.connect
def mail(sender, **payload): return f"mailed {sender}"
""",
    )
    question = relayed.refused("listen order-placed --app shop:app")
    with listening(relayed, "order*", "--app", "shop:app", "--yes") as listener:
        sent = relayed.read("send order-placed king --via --remote-only --wait 20")
        assert listener.next()["calls"][0]["value"] == "mailed king"

    assert question.startswith("Each message runs receivers of the application 'shop:app'. Listen?")
    assert sent["receipts"][0]["place"] == "the application 'shop:app'"


def test_what_another_program_publishes_is_heard(relayed: SignalCli, nats: NatsServer) -> None:
    event = f'{{"specversion":"1.0","id":"b7","source":"/shop","type":"{TYPE}","data":{{"sender":"大象"}}}}'
    with listening(relayed, "king") as listener:
        publish_raw(nats.address, ("signalcli.signal.king", event.encode()))
        heard = listener.next()

    assert (heard["id"], heard["sender"], heard["origin"]["source"]) == ("b7", "大象", "/shop")


def test_a_message_of_one_id_is_heard_once(relayed: SignalCli, nats: NatsServer) -> None:
    event = (
        f'{{"specversion":"1.0","id":"b7","source":"/shop","type":"{TYPE}","data":{{}}}}'.encode()
    )
    with listening(relayed, "king") as listener:
        publish_raw(nats.address, *[("signalcli.signal.king", event)] * 3)
        send(relayed, "king", "end")
        found = listener.take(2)

    assert [delivery["sender"] for delivery in found] == [None, "end"]


@pytest.mark.parametrize("options", [[], ["--durable", "mail"]])
def test_hostile_messages_are_refused_and_the_next_one_is_heard(
    relayed: SignalCli, nats: NatsServer, options: list[str]
) -> None:
    king = "signalcli.signal.king"
    hostile = f'{{"specversion":"1.0","id":"\\u001b[2Jx","source":"\\u202e","type":"{TYPE}"}}'
    messages = [
        (king, b""),
        (king, b"\x80\x04cos\nsystem\n(S'touch pwned'\ntR."),
        (king, b"[" * 10_000),
        (king, hostile.encode()),
        ("signalcli.signal.%FF", b"{}"),
        ("signalcli.signal.a.b.c.d", b"{}"),
        (king, b'{"specversion":"1.0","id":"a","source":"a","type":"other"}'),
    ]
    with listening(relayed, *options) as listener:
        publish_raw(nats.address, *messages)
        send(relayed, "king", "end")
        heard = listener.next()
        listener.interrupt()

    assert heard["sender"] == "end"
    notes = "".join(listener.notes)
    assert notes.count("A message was refused: ") == len(messages)
    assert "\x1b" not in notes
    assert not (relayed.directory / "pwned").exists()
    letters = documents(relayed.ok("relay", "dead", "list", "--json").stdout)
    assert len(letters) == (len(messages) if options else 0)


@pytest.mark.parametrize("options", [[], ["--durable", "mail"]])
def test_500_hostile_messages_are_each_heard_or_refused(
    relayed: SignalCli, nats: NatsServer, options: list[str]
) -> None:
    messages = hostile_messages(500, seed=15)
    with listening(relayed, "*", *options) as listener:
        publish_raw(nats.address, *messages)
        send(relayed, "king", "end")
        heard = []
        while (delivery := listener.next())["sender"] != "end":
            heard.append(delivery)
        assert listener.interrupt() == 130

    notes = "".join(listener.notes)
    refused = notes.count("A message was refused: ")
    assert len(heard) + refused == len(messages), notes
    assert min(len(heard), refused) > 50
    assert "Traceback" not in notes
    assert not set(notes) & {"\x1b", "\x07", "\x9b", "\u202e"}


def test_hostile_text_is_shown_as_text(relayed: SignalCli, nats: NatsServer) -> None:
    event = f"""{{"specversion":"1.0","id":"\\u001b[2J","source":"\\u202e[red]x","type":"{TYPE}",
        "data":{{"sender":"\\u001b]0;x\\u0007","payload":{{"\\u009b":"[bold]"}}}}}}"""
    publish_raw(nats.address, ("signalcli.signal.king", event.encode()))
    relayed("relay", "status")  # makes the streams
    with listening(relayed, "king", "--count", "1") as listener:
        publish_raw(nats.address, ("signalcli.signal.king", event.encode()))
        assert listener.end() == 0

    shown = relayed.ok("history").stdout + relayed.ok("history", "show", "last").stdout
    assert "[red]x" in shown
    assert not set(shown) & {"\x1b", "\x07", "\x9b", "\u202e"}


@pytest.mark.parametrize(
    ("words", "chosen"), [((), ""), (("--session", "cave"), "--session cave ")]
)
def test_an_unknown_signal_is_connected_first(
    signalcli: SignalCli, nats: NatsServer, words: tuple[str, ...], chosen: str
) -> None:
    signalcli.environment["SIGNALCLI_VIA"] = nats.url

    refused = signalcli("listen", "king", *words)

    assert refused.status == 2
    remedy = f"signalcli {chosen}connect king animal"
    assert refused.stderr.endswith(f"Connect a receiver that hears it: {remedy}\n")
    signalcli.ok(*remedy.split()[1:])
    with listening(signalcli, "king", *words):
        pass


@pytest.mark.integration
@pytest.mark.parametrize(
    "command",
    [
        "listen king --timeout 20",
        "listen king --queue mail --timeout 20",
        "watch --via --timeout 20",
        "trace run --via program.py",
    ],
)
def test_without_permission_to_subscribe(
    signalcli: SignalCli, tmp_path: Path, command: str
) -> None:
    users = """authorization { users: [
      { user: all, password: a }
      { user: some, password: b, permissions: { subscribe: { deny: "signalcli.signal.>" } } } ] }"""
    signalcli.write("program.py", "print('it runs')")
    signalcli.ok("connect", "king", "animal")
    with nats_server(tmp_path / "nats", users) as server:
        for user in ("all:a", "some:b"):
            signalcli.environment["SIGNALCLI_VIA"] = server.url.replace("://", f"://{user}@")
            signalcli.ok("relay", "status")
        refused = signalcli(*command.split())

    assert (refused.status, refused.stdout) == (4, ""), refused.stderr
    assert re.fullmatch(
        rf"Error: The server at {server.url} doesn't permit this user to use signalcli\.signal\.(king|>)\.\n",
        refused.stderr,
    )


def test_sigterm_while_an_application_starts(relayed: SignalCli) -> None:
    relayed.write(
        "slow.py", "import time\nopen('importing', 'w').close()\ntime.sleep(60)\napp = None\n"
    )
    command = ("--app", "slow.py:app", "listen", "--yes")
    process = relayed.start(*command, stderr=subprocess.PIPE)
    until((relayed.directory / "importing").exists)

    process.terminate()

    _, stderr = process.communicate(timeout=20)
    assert (process.returncode, stderr) == (143, b"Ended by SIGTERM.\n")
