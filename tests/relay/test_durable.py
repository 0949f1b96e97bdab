"""Durable listeners: nothing is lost while they are away, raise, are slow, or are killed."""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from signalcli.relay.administration.dead_letters import UNREADABLE
from tests.support.cli import SignalCli
from tests.support.histories import documents
from tests.support.listening import PATIENCE, listening, publish_raw
from tests.support.nats_servers import NatsServer
from tests.support.relays import until

HANDLERS = """
import os, time

def note(sender, **payload):
    with open("heard.txt", "a") as file:
        file.write(f"{sender}\\n")

def deadly(sender, **payload):
    note(sender)
    if sender == "deadly":
        os._exit(1)

def slow(sender, **payload):
    note(sender)
    time.sleep(3.5)

def held(sender, **payload):
    note(sender)
    while not os.path.exists("go on"):
        time.sleep(0.02)
    note("returned")

def raising(sender, **payload):
    note(sender)
    if not os.path.exists("mended"):
        raise ValueError("not mended")
"""
MAIL = ("king", "--durable", "mail")


@pytest.fixture
def durable(relayed: SignalCli) -> SignalCli:
    """A session whose receivers can be imported."""
    relayed.write("handlers.py", HANDLERS)
    return relayed


def connect(signalcli: SignalCli, function: str) -> None:
    signalcli.ok("connect", "king", f"handlers.py:{function}", "-q")


def send(signalcli: SignalCli, *words: str) -> None:
    signalcli.ok("send", *words, "--via", "--remote-only", "-q", "--no-history")


def heard(signalcli: SignalCli) -> list[str]:
    """Return the senders that a receiver has noted."""
    file = signalcli.directory / "heard.txt"
    return file.read_text(encoding="utf-8").split() if file.exists() else []


def when_heard(signalcli: SignalCli, *senders: str) -> None:
    """Wait until a receiver has noted these senders."""
    until(lambda: heard(signalcli) == list(senders), PATIENCE, lambda: heard(signalcli))


def outcome(delivery: Any) -> str:
    """Return what a delivery did with the imported receiver."""
    (found,) = (call for call in delivery["calls"] if call["receiver"].startswith("handlers.py:"))
    return str(found["outcome"])


def unfinished(signalcli: SignalCli) -> list[Any]:
    """Return the durable listeners with messages that aren't acknowledged."""
    listeners = signalcli.read("relay listeners")["durable"]
    return [one for one in listeners if one["waiting"] or one["unacknowledged"]]


def letters(signalcli: SignalCli) -> list[Any]:
    return documents(signalcli.ok("relay", "dead", "list", "--json").stdout)


def when_dead(signalcli: SignalCli) -> Any:
    """Return the first dead letter, as soon as there is one."""
    until(lambda: letters(signalcli), PATIENCE, lambda: signalcli.read("relay status"))
    return letters(signalcli)[0]


def test_what_was_sent_while_it_was_away_is_heard_later(relayed: SignalCli) -> None:
    with listening(relayed, *MAIL, "--count", "1") as listener:
        send(relayed, "king", "1")
        assert listener.end() == 0
    for number in ("2", "3", "4"):
        send(relayed, "king", number)
    assert relayed.read("relay status")["durable"] == [
        {
            "name": "mail",
            "pattern": "king",
            "running": 0,
            "waiting": 3,
            "unacknowledged": 0,
            "redelivered": 0,
            "busy": 0,
        }
    ]

    with listening(relayed, *MAIL) as listener:
        assert [delivery["sender"] for delivery in listener.take(3)] == ["2", "3", "4"]


def test_a_name_for_two_signals_hears_both(relayed: SignalCli) -> None:
    relayed.ok("define", "queen")
    for name in ("king", "queen"):
        relayed("listen", name, "--durable", "mail", "--timeout", "0")
    for name in ("king", "queen"):
        send(relayed, name, name)

    for name in ("king", "queen"):
        with listening(relayed, name, "--durable", "mail") as listener:
            assert listener.next()["signal"] == name


def test_processes_of_one_name_share(relayed: SignalCli) -> None:
    with listening(relayed, *MAIL) as one, listening(relayed, *MAIL) as other:
        relayed.write("senders.txt", "".join(f"{number}\n" for number in range(200)))
        send(relayed, "king", "--lines", "senders.txt")
        deadline = time.monotonic() + PATIENCE
        found: list[Any] = []
        while len(found) < 200 and time.monotonic() < deadline:
            found += one.waiting() + other.waiting()
        assert one.waiting() + other.waiting() == []

    assert sorted(int(delivery["sender"]) for delivery in found) == list(range(200))


def test_the_sender_learns_who_hears_it_later(relayed: SignalCli) -> None:
    relayed("listen", *MAIL, "--timeout", "0")
    send(relayed, "king", "1")

    sent = relayed.read("send king 2 --via --wait 0.2")

    assert sent["receipts"] == [
        {
            "listener": "mail",
            "outcome": "waiting",
            "reason": "1 before it; no process of it runs",
            "place": None,
            "queue": None,
            "durable": "mail",
            "calls": [],
            "muted": False,
        }
    ]


def test_a_process_whose_receivers_run_is_known(durable: SignalCli) -> None:
    connect(durable, "held")
    with listening(durable, *MAIL):
        send(durable, "king", "1")
        when_heard(durable, "1")
        (known,) = durable.read("relay status")["durable"]
        assert (known["running"], known["busy"]) == (1, 1)
        assert durable.read("relay listeners")["durable"] == [known]

        (receipt,) = durable.read("send king 2 --via --remote-only --wait 0.2")["receipts"]
        durable.write("go on", "")
        when_heard(durable, "1", "returned", "2", "returned")

    assert receipt["outcome"] == "waiting"
    assert receipt["reason"] == "1 before it; its process is busy with an earlier send"


def test_a_message_whose_receivers_run_is_known(durable: SignalCli) -> None:
    connect(durable, "held")
    with listening(durable, *MAIL):
        (receipt,) = durable.read("send king 1 --via --remote-only --wait 0.5")["receipts"]
        durable.write("go on", "")

    assert receipt["reason"] == "its receivers still run"


def test_a_message_whose_receiver_raises_is_tried_again(durable: SignalCli) -> None:
    connect(durable, "raising")
    with listening(durable, *MAIL, "--retry-after", "0.1") as listener:
        send(durable, "king", "1")
        first = listener.next()
        durable.write("mended", "")
        while outcome(last := listener.next()) != "returned":
            pass
        assert listener.interrupt() == 130

    assert (first["origin"]["attempt"], last["id"]) == (1, first["id"])
    assert last["origin"]["attempt"] > 1
    assert letters(durable) == []


def test_a_message_that_always_raises_is_a_dead_letter(durable: SignalCli) -> None:
    connect(durable, "raising")
    with listening(durable, *MAIL, "--retry-after", "0", "--max-deliver", "3") as listener:
        send(durable, "king", "1", "slogan=巡山")
        attempts = [delivery["origin"]["attempt"] for delivery in listener.take(3)]
        letter = when_dead(durable)
        send(durable, "king", "2")
        assert listener.next()["sender"] == "2"

    assert attempts == [1, 2, 3]
    assert heard(durable)[:3] == ["1", "1", "1"]
    expected = {"durable": "mail", "signal": "king", "attempts": 3, "id": "1"}
    assert {key: letter[key] for key in expected} == expected
    assert letter["reason"] == "handlers.py:raising raised ValueError: not mended"
    assert '"slogan":"巡山"' in letter["message"]
    shown = durable.ok("relay", "dead", "show", "1").stdout
    assert "ValueError: not mended" in shown
    assert "巡山" in shown


@pytest.fixture
def dead(durable: SignalCli) -> SignalCli:
    """A session with one dead letter."""
    connect(durable, "raising")
    with listening(durable, *MAIL, "--max-deliver", "1") as listener:
        send(durable, "king", "1")
        listener.next()
        when_dead(durable)
    return durable


def test_a_dead_letter_is_sent_again_to_the_one_that_gave_it_up(dead: SignalCli) -> None:
    dead.write("mended", "")
    with listening(dead, *MAIL) as listener, listening(dead, "king") as everyone:
        assert "Sent 1 dead letter again." in dead.ok("relay", "dead", "retry", "1").stderr
        delivery = listener.next()
        assert everyone.waiting() == []

    assert (delivery["sender"], outcome(delivery)) == ("1", "returned")
    assert letters(dead) == []


def test_a_dead_letter_that_fails_again_is_dead_again(dead: SignalCli) -> None:
    for _ in range(2):
        with listening(dead, *MAIL, "--max-deliver", "1") as listener:
            dead.ok("relay", "dead", "retry", "--all")
            listener.next()
            letter = when_dead(dead)
        assert letter["signal"] == "king"
    assert heard(dead) == ["1", "1", "1"]


def test_a_dead_letter_is_dropped(dead: SignalCli) -> None:
    assert "This deletes 1 dead letter" in dead.refused("relay dead drop 1")
    dead.ok("relay", "dead", "drop", "1", "--yes")

    assert letters(dead) == []
    assert "No dead letter '1'" in dead.refused("relay dead show 1")


def test_a_dead_letter_of_another_program_is_shown_and_dropped(
    dead: SignalCli, nats: NatsServer
) -> None:
    publish_raw(nats.address, ("signalcli.dead.x", b"\xff\x1b"), ("signalcli.dead.y", b"{}"))

    assert [one["reason"] for one in letters(dead)[1:]] == [UNREADABLE, UNREADABLE]
    assert "signalcli.dead.x" in dead.ok("relay", "dead", "list").stdout
    assert "\\xff\\x1b" in dead.ok("relay", "dead", "show", "2").stdout
    assert "is unreadable, so it can't be sent again" in dead.refused("relay dead retry 2")
    assert "Sent 1 dead letter again." in dead.ok("relay", "dead", "retry", "--all").stderr
    dead.ok("relay", "dead", "drop", "2", "--yes")
    assert "Dropped 1 dead letter." in dead.ok("relay", "dead", "drop", "--all", "--yes").stderr
    assert dead.read("relay status")["dead_letters"] == 0


def test_an_unknown_dead_letter_is_not_taken_for_another_one(dead: SignalCli) -> None:
    assert "Did you mean" not in dead.refused("relay dead show 11")


def test_ids_and_all_of_dead_letters_exclude_each_other(dead: SignalCli) -> None:
    for line in ("relay dead retry", "relay dead retry 1 --all", "relay dead drop --yes"):
        assert "by their ids, or all of them with --all" in dead.refused(line)


def test_a_message_that_ends_its_process_is_a_dead_letter_and_the_next_is_heard(
    durable: SignalCli,
) -> None:
    connect(durable, "deadly")
    durable("listen", *MAIL, "--timeout", "0", "--ack-wait", "1")
    send(durable, "king", "deadly")
    send(durable, "king", "next")

    for _ in range(3):
        with listening(durable, *MAIL, "--max-deliver", "3") as listener:
            assert listener.end() == 1
    with listening(durable, *MAIL, "--max-deliver", "3"):
        letter = when_dead(durable)
        send(durable, "king", "last")
        while heard(durable)[-1:] != ["last"]:
            time.sleep(0.02)

    assert sorted(heard(durable)) == ["deadly", "deadly", "deadly", "last", "next"]
    assert "the process ended while its receivers ran, 3 times" in letter["reason"]


@pytest.mark.slow
def test_a_slow_receiver_is_started_once(durable: SignalCli) -> None:
    """It runs for three times as long as a silent one would be waited for."""
    connect(durable, "slow")
    with (
        listening(durable, *MAIL, "--ack-wait", "1") as one,
        listening(durable, *MAIL) as other,
    ):
        send(durable, "king", "1")
        when_heard(durable, "1")
        time.sleep(4.5)
        assert len(one.waiting() + other.waiting()) == 1

    assert heard(durable) == ["1"]


def test_forgetting_ends_it(relayed: SignalCli) -> None:
    relayed("listen", *MAIL, "--timeout", "0")
    assert "This forgets the durable listener 'mail'" in relayed.refused("relay forget mail")
    assert "Did you mean 'mail'?" in relayed.refused("relay forget mial --yes")

    assert relayed.read("relay forget mail --yes")["changed"] is True

    assert relayed.read("relay status")["durable"] == []


def test_a_listener_that_is_forgotten_while_it_runs_ends_with_a_sentence(
    relayed: SignalCli,
) -> None:
    with listening(relayed, *MAIL) as listener:
        relayed.ok("relay", "forget", "mail", "--yes")
        assert listener.end() == 4

    assert "Error: The durable listener 'mail' was forgotten by another process." in "".join(
        listener.notes
    )


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("listen king --durable mail --queue a", "share its sends already. Leave out --queue"),
        ("listen king --max-deliver 2", "--max-deliver is for a durable listener"),
        ("listen king --ack-wait 2", "--ack-wait is for a durable listener"),
        ("listen king --durable mail --ack-wait 0.1", "--ack-wait must be 1 second or more"),
        ("listen king --durable 'a b'", "'a b' can't name a durable listener"),
        ("listen king --last 1 --all", "each choose the first send"),
        ("listen king --queue a --all", "--queue shares new sends only"),
        ("listen @roar", "only named signals can be relayed"),
    ],
)
def test_options_that_do_not_go_together(relayed: SignalCli, line: str, sentence: str) -> None:
    assert sentence in relayed.refused(line)


def test_the_place_in_the_stream_is_chosen_once(relayed: SignalCli) -> None:
    relayed("listen", *MAIL, "--timeout", "0")

    assert "has its place in the stream already. To begin anew: signalcli relay forget mail" in (
        relayed.refused("listen king --durable mail --all")
    )


@pytest.mark.slow
def test_a_listener_that_is_killed_at_random_loses_nothing(durable: SignalCli) -> None:
    """Each kill makes the server give again what was in hand."""
    connect(durable, "note")
    durable("listen", *MAIL, "--timeout", "0", "--ack-wait", "1")
    number, kills, seeded = 2000, 10, random.Random(7)
    durable.write("senders.txt", "".join(f"{sender}\n" for sender in range(number)))
    send(durable, "king", "--lines", "senders.txt")

    for _ in range(kills):
        with listening(durable, *MAIL, "--no-history") as listener:
            time.sleep(seeded.random() * 0.4)
            listener.process.kill()
    with listening(durable, *MAIL, "--no-history") as listener:
        until(lambda: len(set(heard(durable))) >= number, PATIENCE, lambda: heard(durable))
        listener.interrupt()

    assert sorted(set(map(int, heard(durable)))) == list(range(number))
    assert len(heard(durable)) - number < 2 * kills


def test_a_send_is_heard_once_if_several_patterns_match_it(durable: SignalCli) -> None:
    """Each pattern has a place of its own in the stream."""
    connect(durable, "note")
    with listening(durable, "k*", "ki*", "q*", "--durable", "mail") as listener:
        send(durable, "king", "1")
        send(durable, "king", "2")
        listener.take(2)
        until(lambda: not unfinished(durable), PATIENCE, lambda: unfinished(durable))
        listener.interrupt()

    assert heard(durable) == ["1", "2"]


@pytest.mark.parametrize("app", [(), ("--app", "app.py", "--yes")], ids=["session", "application"])
def test_sigterm_lets_receivers_finish_the_message_that_they_have(
    durable: SignalCli, app: tuple[str, ...]
) -> None:
    durable.write(
        "app.py", f"from blinker import signal\n{HANDLERS}\nsignal('king').connect(held)\n"
    )
    if not app:
        connect(durable, "held")
    with listening(durable, *MAIL, *app) as listener:
        send(durable, "king", "1")
        send(durable, "king", "2")
        when_heard(durable, "1")
        listener.process.terminate()
        durable.write("go on", "")

        assert listener.end() == 143
        assert [delivery["sender"] for delivery in listener.waiting()] == ["1"]
        assert listener.notes[-1] == "Ended by SIGTERM.\n"
    with listening(durable, *MAIL, *app) as listener:
        assert listener.next()["sender"] == "2"

    assert heard(durable) == ["1", "returned", "2", "returned"]


def test_a_second_sigterm_ends_it_at_once(durable: SignalCli) -> None:
    connect(durable, "held")
    with listening(durable, *MAIL) as listener:
        send(durable, "king", "1")
        when_heard(durable, "1")
        while listener.process.poll() is None:
            listener.process.terminate()
            time.sleep(0.05)
        assert listener.end() == -signal.SIGTERM

    assert heard(durable) == ["1"]


@pytest.mark.parametrize("moment", ["idle", "after a message"])
def test_sigterm_ends_a_listener_that_waits(durable: SignalCli, moment: str) -> None:
    with listening(durable, "king") as listener:
        if moment != "idle":
            send(durable, "king", "1")
            listener.next()
        listener.process.terminate()
        assert listener.end() == 143

    assert durable.read("relay listeners")["listeners"] == []


@pytest.mark.slow
def test_a_server_that_is_killed_and_comes_back_loses_nothing(
    durable: SignalCli, nats: NatsServer, tmp_path: Path
) -> None:
    connect(durable, "note")
    with listening(durable, *MAIL) as listener:
        for number in range(3):
            send(durable, "king", str(number))
            nats.kill()
            nats.start()
        send(durable, "king", "end")
        until(lambda: len(set(heard(durable))) >= 4, PATIENCE, lambda: heard(durable))
        assert listener.interrupt() == 130

    assert set(heard(durable)) == {"0", "1", "2", "end"}
    assert [note for note in listener.notes if "Traceback" in note] == []
