"""``trace request`` of an application that doesn't answer: what was sent until then is shown."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.cli import Result, SignalCli

pytestmark = pytest.mark.slow

SHOP = """\
import ctypes, os, signal as signals, sys, threading, time
from blinker import signal
from flask import Flask

app = Flask("shop")
step = signal("step")

@step.connect
def receive(sender, how):
    if how == "receiver-sleeps":
        time.sleep(1000)
    if how == "receiver-ends":
        os._exit(7)

@app.get("/<how>")
def view(how):
    step.send("view", how=how)
    if how == "sleeps":
        time.sleep(1000)
    if how == "endless":
        return (time.sleep(0.01) or "data" for _ in iter(int, 1))
    if how == "in-c":
        signals.pthread_sigmask(signals.SIG_BLOCK, {signals.SIGALRM})
        time.sleep(1000)
    if how == "catches":
        try:
            time.sleep(1000)
        except BaseException:
            return "well"
    if how == "ends":
        os._exit(7)
    if how == "exits":
        sys.exit(5)
    if how == "ends-in-a-thread":
        thread = threading.Thread(target=os._exit, args=(7,))
        thread.start()
        thread.join()
        time.sleep(1000)
    if how == "becomes":
        os.execv("/bin/echo", ["echo", "no"])
    if how == "forks":
        child = os.fork()
        if child:
            os.waitpid(child, 0)
    if how == "waits":
        print("waiting", flush=True)
        time.sleep(1000)
    return "done"
"""

QUART = """\
import asyncio, os, time
from blinker import signal
from quart import Quart

app = Quart("shop")

@app.get("/<how>")
async def view(how):
    signal("step").send("view")
    if how == "sleeps":
        await asyncio.sleep(1000)
    if how == "ends":
        os._exit(7)
    while how == "swallows":
        try:
            await asyncio.sleep(1000)
        except BaseException:
            pass

@app.get("/plain/<how>")
def plain(how):
    signal("step").send("view")
    if how == "sleeps":
        time.sleep(1000)
    if how == "ends":
        os._exit(7)
"""


@pytest.fixture
def shop(signalcli: SignalCli) -> SignalCli:
    signalcli.write("shop.py", SHOP)
    signalcli.environment["SIGNALCLI_APP_TIMEOUT"] = "30"
    return signalcli


@pytest.fixture
def hasty(shop: SignalCli) -> SignalCli:
    shop.environment["SIGNALCLI_APP_TIMEOUT"] = "2"
    return shop


def asked(shop: SignalCli, path: str, *words: str) -> Result:
    return shop("--app", "shop", "trace", "request", "GET", path, *words)


def own(document: Any) -> list[tuple[str, list[str]]]:
    """What the application's own signal was sent as, with the outcomes of its receivers."""
    return [
        (event["sender"], [call["outcome"] for call in event["calls"]])
        for event in document["events"]
        if event["signal"] == "step"
    ]


def line_of(code: str) -> int:
    return next(n for n, line in enumerate(SHOP.splitlines(), start=1) if code in line)


OVER = (
    "Error: The request GET {} was not answered within 2 s: it may wait for something{}, or its "
    "response has no end. Give it more time: SIGNALCLI_APP_TIMEOUT=4\n"
)
AFTER = {
    "sleeps": ("returned", 'how == "sleeps"'),
    "receiver-sleeps": ("running", 'how == "receiver-sleeps"'),
    "catches": ("returned", 'how == "catches"'),
}


@pytest.mark.parametrize("how", AFTER)
def test_a_request_that_hangs_is_cut_off_and_shown(hasty: SignalCli, how: str) -> None:
    outcome, code = AFTER[how]

    result = asked(hasty, f"/{how}", "--json")

    document = result.json
    place = re.search(r" at shop.py:(\d+)", result.stderr)
    assert result.status == 1
    assert place is not None and int(place[1]) - line_of(code) in (1, 2, 3)
    assert result.stderr == OVER.format(f"/{how}", place[0])
    assert own(document) == [("view", [outcome])]
    assert [document[key] for key in ("status", "body", "error")] == [0, None, None]
    assert f"Error: {document['cut']}\n" == result.stderr


def test_a_response_without_an_end_is_cut_off(hasty: SignalCli) -> None:
    result = asked(hasty, "/endless", "--json")

    assert result.status == 1
    assert result.stderr.startswith("Error: The request GET /endless was not answered within 2 s")
    assert own(result.json) == [("view", ["returned"])]
    assert result.json["events"][-1]["signal"] == "flask/appcontext-popped"


def test_what_nothing_interrupts_ends_with_what_was_sent(hasty: SignalCli) -> None:
    """Such as a driver of a database that waits within C."""
    hasty.environment["SIGNALCLI_APP_TIMEOUT"] = "1"

    result = asked(hasty, "/in-c", "--json")

    where = f" at shop.py:{line_of('SIG_BLOCK') + 1}"
    assert result.status == 1
    assert result.stderr == OVER.format("/in-c", where).replace("2 s", "1 s").replace("=4", "=2")
    assert own(result.json) == [("view", ["returned"])]


@pytest.mark.parametrize(
    ("how", "outcome", "status"),
    [
        ("ends", "returned", 7),
        ("receiver-ends", "running", 7),
        ("becomes", "returned", 0),
        ("ends-in-a-thread", "returned", 7),
    ],
)
def test_what_ends_the_process_ends_the_request(
    shop: SignalCli, how: str, outcome: str, status: int
) -> None:
    result = asked(shop, f"/{how}", "--json")

    did = f"ended its process with status {status}"
    sentence = f"The request GET /{how} {did} while it was answered."
    printed = "no\n" if how == "becomes" else ""
    assert (result.status, result.stderr) == (1, f"{printed}Error: {sentence}\n")
    assert own(result.json) == [("view", [outcome])]
    assert (result.json["status"], result.json["cut"]) == (0, sentence)


def test_a_view_that_exits_ends_the_request(shop: SignalCli) -> None:
    result = asked(shop, "/exits", "--json")

    at = f"shop.py:{line_of('exits') + 1}"
    sentence = f"The request GET /exits exited with status 5 while it was answered, at {at}."
    assert (result.status, result.stderr) == (1, f"Error: {sentence}\n")
    assert (own(result.json), result.json["cut"]) == ([("view", ["returned"])], sentence)


def test_a_process_that_a_view_forks_answers_nothing(shop: SignalCli) -> None:
    result = asked(shop, "/forks", "--json")

    assert (result.status, result.stderr) == (0, "")
    assert (result.json["body"], own(result.json)) == ("done", [("view", ["returned"])])


def test_ctrl_c_shows_and_keeps_what_was_sent(shop: SignalCli) -> None:
    line = ("--app", "shop", "trace", "request", "GET", "/waits", "--json", "--save", "kept.json")

    ended = shop.interrupted(*line, after="waiting\n")

    assert (ended.status, ended.stderr) == (130, "Saved kept.json.\nInterrupted.\n")
    assert own(ended.json) == [("view", ["returned"])]
    assert shop.load("kept.json") == {"version": 1, **ended.json}
    assert ended.json["cut"] == "Interrupted."


def test_a_person_sees_what_was_sent_and_it_is_kept(hasty: SignalCli) -> None:
    result = asked(hasty, "/receiver-sleeps", "--save", "kept.json")

    assert result.status == 1
    assert result.stdout.startswith("GET /receiver-sleeps → no answer  in ")
    assert "shop.receive" in result.stdout
    saved, error = result.stderr.splitlines()
    assert (saved, error[:43]) == (
        "Saved kept.json.",
        "Error: The request GET /receiver-sleeps was",
    )


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/sleeps", "was not answered within 2 s"),
        ("/plain/sleeps", "was not answered within 2 s"),
        ("/swallows", "was not answered within 2 s"),
        ("/ends", "ended its process with status 7"),
        ("/plain/ends", "ended its process with status 7"),
    ],
)
def test_one_to_quart_is_cut_off_too(hasty: SignalCli, path: str, says: str) -> None:
    hasty.write("shop.py", QUART)

    result = asked(hasty, path, "--json")

    assert result.status == 1
    assert f"Error: The request GET {path} {says}" in result.stderr
    assert own(result.json) == [("view", [])]
