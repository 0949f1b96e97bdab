"""``python -m tests.benchmarks.relay``: the relay of an application beside ``nats-py`` alone, and kills.

Rates alternate with those of ``nats-py`` on the same server, because these machines are noisy, and the
medians are compared. ``--kills`` prints instead what is lost when receivers and servers are killed,
``--partition`` what a cut link does, and ``--scale`` time and memory of 100 listeners and 1,000 signals.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from threading import Event
from typing import Any

from blinker import Signal
from nats.aio.client import Client

from signalcli.relay import Relay
from tests.support.nats_servers import NatsServer, nats_server
from tests.support.partitions import partitioned
from tests.support.relay_kills import Heard, kill, killed_receivers, killed_servers, start
from tests.support.relay_programs import memory
from tests.support.relays import ROOT, lines_of, until

PAYLOAD: dict[str, Any] = {"order": 4711, "state": "paid", "note": "some text of a usual length"}
SUBJECT = "signalcli.signal.benchmark"


def plain_publish(server: NatsServer, number: int) -> float:
    """Return the rate of ``nats-py``: publish, and wait for each acknowledgement of the stream."""

    async def work() -> float:
        client = Client()
        await client.connect(server.url)
        stream = client.jetstream(publish_async_max_pending=1000)
        data = json.dumps({"data": {"sender": "a", "payload": PAYLOAD}}).encode()
        began = time.perf_counter()
        for one in range(number):
            headers = {"Nats-Msg-Id": f"{began}-{one}"}
            await stream.publish_async(SUBJECT, data, headers=headers)
        await stream.publish_async_completed()
        seconds = time.perf_counter() - began
        await client.close()
        return number / seconds

    return asyncio.run(work())


def relay_publish(server: NatsServer, number: int, **options: Any) -> float:
    """Return the rate of the relay: send, and wait until the outbox is empty."""
    relay, signal = Relay(server.url, name="shop", outbox_size=number, **options), Signal()
    relay.publish(signal, name="benchmark")
    assert relay.start(20)
    began = time.perf_counter()
    for _ in range(number):
        signal.send("a", **PAYLOAD)
    assert relay.flush(120)
    seconds = time.perf_counter() - began
    relay.stop()
    return number / seconds


SENDER = """
import asyncio, sys
from nats.aio.client import Client
from signalcli.relay.envelope import new_envelope, write_envelope
from signalcli.values.signal_name import SignalName
from tests.benchmarks.relay import PAYLOAD, SUBJECT

async def work():
    client = Client()
    await client.connect(sys.argv[1])
    for number in range(int(sys.argv[2])):
        envelope = new_envelope(SignalName("benchmark"), "a", PAYLOAD, "sender")
        await client.publish(SUBJECT, write_envelope(envelope))
        if number % 100 == 99:
            await client.flush()
            await asyncio.sleep(0)
    await client.flush()
    await client.close()

asyncio.run(work())
"""


def sender(server: NatsServer, number: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", SENDER, server.url, str(number)], cwd=ROOT)


def plain_receive(server: NatsServer, number: int) -> float:
    """Return the rate of a subscription of ``nats-py`` that parses JSON and calls a function."""
    found: list[float] = []

    async def work() -> None:
        client, done = Client(), asyncio.Event()
        await client.connect(server.url)

        async def take(message: Any) -> None:
            json.loads(message.data)
            found.append(time.perf_counter())
            if len(found) == number:
                done.set()

        await client.subscribe(SUBJECT, cb=take)
        await client.flush()
        with sender(server, number):
            await done.wait()
        await client.close()

    asyncio.run(work())
    return (number - 1) / (found[-1] - found[0])


def relay_receive(server: NatsServer, number: int) -> float:
    """Return the rate of a relay with one receiver."""
    found: list[float] = []
    relay, signal, done = Relay(server.url, name="mail"), Signal(), Event()
    relay.receive(signal, name="benchmark")

    def take(sender: Any, **payload: Any) -> None:
        found.append(time.perf_counter())
        if len(found) == number:
            done.set()

    signal.connect(take, weak=False)
    assert relay.start(20)
    with sender(server, number):
        assert done.wait(120), f"{len(found)} of {number} came"
    relay.stop()
    return (number - 1) / (found[-1] - found[0])


def send_microseconds(signal: Signal, number: int = 3000) -> float:
    """Return the time of one send in microseconds, with pauses in which other threads run."""
    times = []
    for _ in range(number // 10):
        began = time.perf_counter()
        for _ in range(10):
            signal.send("a", **PAYLOAD)
        times.append((time.perf_counter() - began) / 10)
        time.sleep(0.002)
    return median(times) * 1e6


def local_sends(server: NatsServer, *, is_away: bool) -> tuple[float, float]:
    """Return the time of a plain send and of a published one, with one receiver."""
    plain, signal = Signal(), Signal()

    def receiver(sender: Any, **payload: Any) -> None: ...

    plain.connect(receiver)
    signal.connect(receiver)
    relay = Relay(server.url, name="shop", flush_seconds=0, outbox_size=100_000)
    relay.publish(signal, name="benchmark")
    assert relay.start(20)
    if is_away:
        server.kill()
    result = send_microseconds(plain), send_microseconds(signal)
    if is_away:
        server.start()
    relay.stop()
    return result


def compared(name: str, ours: Callable[[], float], plain: Callable[[], float], runs: int) -> None:
    pairs = [(ours(), plain()) for _ in range(runs)]
    one, other = (median(rates) for rates in zip(*pairs, strict=True))
    ratio = median(a / b for a, b in pairs)
    print(f"| {name} | {one:,.0f} /s | {other:,.0f} /s | {ratio:.2f} |", flush=True)


def rates(number: int, runs: int) -> None:
    with tempfile.TemporaryDirectory() as directory, nats_server(Path(directory) / "n") as server:
        relay_publish(server, 1)
        print("| what | relay | nats-py | ratio |\n|---|---|---|---|")
        compared(
            "publish",
            lambda: relay_publish(server, number),
            lambda: plain_publish(server, number),
            runs,
        )
        files = {"outbox": "file", "outbox_directory": f"{directory}/outbox"}
        compared(
            "publish, outbox in a file",
            lambda: relay_publish(server, number, **files),
            lambda: plain_publish(server, number),
            runs,
        )
        compared(
            "receive, one receiver",
            lambda: relay_receive(server, number),
            lambda: plain_receive(server, number),
            runs,
        )
        print("\n| a local send | plain | published | ratio |\n|---|---|---|---|")
        for name, is_away in (("the server answers", False), ("the server is away", True)):
            found = [local_sends(server, is_away=is_away) for _ in range(runs)]
            plain, published = (median(times) for times in zip(*found, strict=True))
            ratio = median(b / a for a, b in found)
            print(f"| {name} | {plain:.1f} us | {published:.1f} us | {ratio:.2f} |", flush=True)


def kills(name: str, work: Callable[[NatsServer, Path], Heard]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        with nats_server(Path(directory) / "n") as server:
            found = work(server, Path(directory))
        print(
            f"| {name} | {found.kills} | {found.sent:,} | {found.lost} | {found.repeated} | "
            f"{found.seconds:.0f} s |",
            flush=True,
        )


def partition() -> None:
    with tempfile.TemporaryDirectory() as directory:
        found = partitioned(Path(directory), seconds=30, sends=200)
    print("| sent | lost | a send before | during | all heard after |\n|---|---|---|---|---|")
    before, during = found.before * 1e6, found.during * 1e6
    print(
        f"| {found.sent:,} | {found.lost} | {before:.0f} us | {during:.0f} us | "
        f"{found.recovery:.1f} s |"
    )


def scale(listeners: int, signals: int, sizes: tuple[int, ...]) -> None:
    """Print time and memory after each number of sends, which all listeners together hear once."""
    each = signals // listeners
    with tempfile.TemporaryDirectory() as directory, nats_server(Path(directory) / "n") as server:
        relay = Relay(server.url, name="shop", when_full="block")
        published = [Signal() for _ in range(signals)]
        for number, signal in enumerate(published):
            relay.publish(signal, name=f"counted-{number}")
        assert relay.start(20) and server.process is not None
        files = [Path(directory) / str(number) for number in range(listeners)]
        shares = ",".join(str(size // listeners) for size in sizes)
        processes = [
            start(server, "share", number * each, each, shares, file)
            for number, file in enumerate(files)
        ]
        try:
            until(lambda: all(map(lines_of, files)), 300)
            print("| sends | time | publisher | listener, median | server |\n|---|---|---|---|---|")
            sent, began = 0, time.monotonic()
            for row, size in enumerate((0, *sizes)):
                for one in range(sent, size):
                    published[one % signals].send("shop", n=one)
                sent = size
                until(lambda row=row: all(len(lines_of(file)) > row for file in files), 600)  # type: ignore[misc]
                heard = median(int(lines_of(file)[row].split()[1]) for file in files)
                used = [memory(), heard, memory(server.process.pid)]
                shown = " | ".join(f"{one / 1024:.0f} MiB" for one in used)
                print(f"| {size:,} | {time.monotonic() - began:.0f} s | {shown} |", flush=True)
        finally:
            for process in processes:
                kill(process)
            relay.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=10_000, help="messages of each run")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--kills", action="store_true", help="kill receivers and servers")
    parser.add_argument("--partition", action="store_true", help="cut a link for 30 seconds")
    parser.add_argument("--scale", action="store_true", help="100 listeners, 1,000,000 sends")
    arguments = parser.parse_args()
    if arguments.kills:
        print("| killed | kills | sent | lost | heard again | time |\n|---|---|---|---|---|---|")
        kills(
            "a durable receiver",
            lambda server, path: killed_receivers(server, path, messages=20_000, kills=200),
        )
        kills(
            "nats-server",
            lambda server, path: killed_servers(
                server, path, processes=4, messages=10_000, kills=20
            ),
        )
    elif arguments.partition:
        partition()
    elif arguments.scale:
        scale(100, 1000, (10_000, 100_000, 1_000_000))
    else:
        rates(arguments.number, arguments.runs)


if __name__ == "__main__":
    main()
