"""Relays in applications that real servers run: Gunicorn, Flask's own with its reloader, and Hypercorn."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from blinker import Signal

from signalcli.relay import Relay
from signalcli.relay.listening.presence import present_listeners
from tests.support.cli import SignalCli
from tests.support.nats_servers import NatsServer, free_port
from tests.support.relays import ROOT, lines_of, running, until

pytestmark = [pytest.mark.process, pytest.mark.slow]

GUIDE = ROOT / "signalcli" / "guide" / "processes.md"


@pytest.fixture
def outside(server: NatsServer) -> Iterator[Relay]:
    """A relay of another application, in this process."""
    relay = Relay(server.url, name="outside")
    yield relay
    relay.stop()


def answer(port: int, path: str, method: str = "GET") -> Any:
    """Return the JSON that the application answers, or ``None`` if it doesn't listen yet."""
    try:
        with urlopen(
            Request(f"http://127.0.0.1:{port}{path}", method=method), timeout=20
        ) as response:
            return json.load(response)
    except (URLError, ConnectionError):
        return None


def workers_of(port: int, path: str, number: int) -> dict[int, Any]:
    """Ask until some workers have answered, and return their answers by their process ids."""
    answers: dict[int, Any] = {}

    def ask() -> bool:
        found = answer(port, path)
        if found is not None:
            answers[found["worker"]] = found
        return len(answers) == number

    until(ask)
    return answers


def listeners_at(server: NatsServer, name: str) -> set[int]:
    """Return the processes of an application that listen."""
    sources = [one.source for one in server.ask(present_listeners)]
    return {int(one.rpartition("/")[2]) for one in sources if one.startswith(f"{name}@")}


def test_two_workers_drop_a_cache_together(server: NatsServer, tmp_path: Path) -> None:
    block = re.search(r"```python\n# shop.py\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert block is not None
    (tmp_path / "shop.py").write_text(block[1], encoding="utf-8")
    (tmp_path / "pear").write_text("1", encoding="utf-8")
    port = free_port()
    command = ["gunicorn", "--workers", "2", "--bind", f"127.0.0.1:{port}", "shop:app"]
    with running(command, tmp_path, SIGNALCLI_VIA=server.url):
        before = workers_of(port, "/prices/pear", 2)
        until(lambda: listeners_at(server, "shop") == set(before))
        changed = answer(port, "/prices/pear/2", "PUT")
        until(
            lambda: all(
                found["price"] == "2" for found in workers_of(port, "/prices/pear", 2).values()
            )
        )

    assert {found["price"] for found in before.values()} == {"1"}
    assert changed["worker"] in before


LISTENING = """
import os, sys
from blinker import signal
from flask import Flask, current_app
from signalcli.relay import Relay

order, heard = signal("served-order"), signal("served-heard")
relay = Relay(name="served", flush_seconds=2, prefork=os.environ.get("PREFORK") == "1")
relay.publish(heard)
relay.receive(order)
app = Flask("served")

@order.connect
def note(sender, **payload):
    heard.send(current_app._get_current_object(), worker=os.getpid(), parent=os.getppid())

@app.get("/")
def index():
    return {"worker": os.getpid(), "state": relay.state._asdict()}

relay.init_app(app)
"""


def listen(relay: Relay) -> tuple[Signal, list[tuple[Any, dict[str, Any]]]]:
    """Return a signal to send to applications, and what they send when they hear it."""
    order, heard = Signal(), Signal()
    found: list[tuple[Any, dict[str, Any]]] = []
    relay.publish(order, name="served-order")
    relay.receive(heard, name="served-heard")
    heard.connect(lambda sender, **payload: found.append((sender, payload)), weak=False)
    assert relay.start(20)
    return order, found


def is_connected(port: int, number: int) -> bool:
    return all(found["state"]["is_connected"] for found in workers_of(port, "/", number).values())


def test_preloaded_workers_all_hear(server: NatsServer, outside: Relay, tmp_path: Path) -> None:
    (tmp_path / "served.py").write_text(LISTENING, encoding="utf-8")
    order, found = listen(outside)
    port = free_port()
    command = ["gunicorn", "--preload", "-w", "4", "--bind", f"127.0.0.1:{port}", "served:app"]
    with running(command, tmp_path, SIGNALCLI_VIA=server.url, PREFORK="1") as process:
        until(lambda: is_connected(port, 4))
        order.send()
        until(lambda: len(found) >= 4)
        order.send()
        until(lambda: len(found) >= 8)

    assert len(found) == 8
    assert {sender for sender, _ in found} == {"served"}, "the application, by its name"
    assert len({payload["worker"] for _, payload in found}) == 4
    assert {payload["parent"] for _, payload in found} == {process.pid}


def test_flask_run_with_its_reloader_hears_once(
    server: NatsServer, outside: Relay, tmp_path: Path
) -> None:
    (tmp_path / "served.py").write_text(LISTENING, encoding="utf-8")
    order, found = listen(outside)
    port = free_port()
    command = ["flask", "--app", "served", "run", "--debug", "--port", str(port)]
    with running(command, tmp_path, SIGNALCLI_VIA=server.url) as process:
        until(lambda: is_connected(port, 1))
        order.send(n=1)
        until(lambda: found)
        first = found[0][1]["worker"]
        (tmp_path / "served.py").write_text(LISTENING + "\n# changed\n", encoding="utf-8")
        until(lambda: (state := answer(port, "/")) is not None and state["worker"] != first)
        until(lambda: is_connected(port, 1))
        order.send(n=2)
        until(lambda: len(found) >= 2)

    assert len(found) == 2, "the parent of the reloader hears nothing"
    assert process.pid not in {payload["worker"] for _, payload in found}


QUART = """
import asyncio, os
from blinker import signal
from quart import Quart, current_app
from signalcli.relay import Relay

order, heard = signal("served-order"), signal("served-heard")
relay = Relay(name="served", flush_seconds=2)
relay.publish(heard)
relay.receive(order)
app = Quart("served")

@order.connect
async def note(sender, **payload):
    await asyncio.sleep(0)
    await heard.send_async(current_app._get_current_object(), worker=os.getpid())

@app.get("/")
async def index():
    return {"worker": os.getpid(), "state": relay.state._asdict()}

relay.init_app(app)
"""


def test_quart_hears_in_its_event_loop(server: NatsServer, outside: Relay, tmp_path: Path) -> None:
    (tmp_path / "served.py").write_text(QUART, encoding="utf-8")
    order, found = listen(outside)
    port = free_port()
    command = ["hypercorn", "--bind", f"127.0.0.1:{port}", "served:app"]
    with running(command, tmp_path, SIGNALCLI_VIA=server.url):
        until(lambda: is_connected(port, 1))
        order.send()
        until(lambda: found)

    assert [sender for sender, _ in found] == ["served"]


AT_EXIT = """
from blinker import signal
from signalcli.relay import Relay
order = signal("served-heard")
relay = Relay(name="script")
relay.publish(order)
relay.start()
for number in range(100):
    order.send(n=number)
"""


def test_a_script_that_ends_flushes_its_outbox(
    server: NatsServer, outside: Relay, tmp_path: Path
) -> None:
    (tmp_path / "script.py").write_text(AT_EXIT, encoding="utf-8")
    _, found = listen(outside)

    with running(
        [Path(sys.executable).name, "script.py"], tmp_path, SIGNALCLI_VIA=server.url
    ) as process:
        assert process.wait(20) == 0

    until(lambda: len(found) >= 100)
    assert [payload["n"] for _, payload in found] == list(range(100))
    assert lines_of(tmp_path / "log.txt") == []


def test_looking_into_an_application_leaves_its_relay_off(
    server: NatsServer, signalcli: SignalCli
) -> None:
    signalcli.environment["SIGNALCLI_VIA"] = server.url
    code = LISTENING.replace("relay.init_app(app)", "relay.start()")
    probe = """
@signal("probe").connect
def start(sender):
    return relay.start(10)
"""
    signalcli.write("served.py", code + probe)

    inspected = signalcli.read("--app served:app inspect served-order")
    sent = signalcli.read("--app served:app send probe --yes")

    assert [row["receiver"] for row in inspected["receivers"]] == ["served.note"]
    assert [call["value"] for call in sent["calls"]] == [False]
