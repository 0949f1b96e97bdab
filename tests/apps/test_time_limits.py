"""The time limit of an application's process: its start, sends, and objects that are described."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli import Result, SignalCli

pytestmark = pytest.mark.slow

SHOP = """\
import time
from blinker import signal
from flask import Flask

app = Flask("shop")
order, slow = signal("order"), signal("slow")

class Item:
    def __repr__(self):
        time.sleep(1000)

ITEM = Item()

@order.connect
def waits(sender, **payload):
    print("waiting", flush=True)
    time.sleep(1000)

@slow.connect
def works(sender, **payload):
    time.sleep(0.5)

@signal("item").connect_via(ITEM)
def hears(sender): ...

@app.get("/")
def index():
    signal("item").send(ITEM)
    return "done"
"""


def line_of(code: str) -> int:
    return SHOP.splitlines().index(code) + 1


@pytest.fixture
def shop(signalcli: SignalCli) -> SignalCli:
    signalcli.write("shop.py", SHOP)
    signalcli.environment["SIGNALCLI_APP_TIMEOUT"] = "2"
    return signalcli


def error_of(result: Result) -> str:
    return result.stderr.splitlines()[-1]


# The start of the interpreter.

SLEEP = "#!/bin/sh\nexec sleep 1000\n"
SITE = f'#!/bin/sh\nPYTHONPATH="$(dirname "$0")/site" exec {sys.executable} "$@"\n'
FLOOD = f"""\
#!{sys.executable}
import os, sys
while True:
    os.write(int(sys.argv[5]), b'{{"note": "on and on"}}\\n' * 1000)
"""


def write_python(shop: SignalCli, script: str) -> Path:
    """Write a script that replaces the interpreter of the application."""
    file = shop.write("python", script)
    file.chmod(0o755)
    return file


@pytest.mark.parametrize("python", [SLEEP, SITE, FLOOD], ids=["sleep", "site", "flood"])
@pytest.mark.parametrize("line", ["--app shop list", "--app shop trace /"])
def test_an_interpreter_that_does_not_start_is_ended(
    shop: SignalCli, python: str, line: str
) -> None:
    file = write_python(shop, python)
    shop.write("site/sitecustomize.py", "import time\ntime.sleep(1000)\n")
    shop.environment |= {"SIGNALCLI_PYTHON": "./python", "SIGNALCLI_APP_TIMEOUT": "1"}

    result = shop("-q", *line.split())

    sentence = (
        f"Error: {file} did not start within 1 s: it may not be Python, or its sitecustomize or a "
        f".pth file may wait for something. Name the Python interpreter of the application: "
        f"--python PATH, or give it more time: SIGNALCLI_APP_TIMEOUT=2\n"
    )
    assert (result.status, result.stdout, result.stderr) == (4, "", sentence)


@pytest.mark.parametrize("line", ["--app shop list", "--app shop trace /"])
def test_ctrl_c_ends_an_interpreter_that_does_not_start(shop: SignalCli, line: str) -> None:
    write_python(shop, SLEEP)
    shop.environment["SIGNALCLI_APP_TIMEOUT"] = "60"

    ended = shop.interrupted("--python", "./python", *line.split(), after="The interpreter is ")

    assert (ended.status, ended.stderr) == (130, "Interrupted.\n")


@pytest.mark.parametrize("line", ["--app shop list", "--app shop trace /"])
@pytest.mark.parametrize(
    ("code", "did"),
    [("exit 3", "ended its process with status 3"), ("kill -9 $$", "was ended by SIGKILL")],
)
def test_an_interpreter_that_ends_at_its_start_is_reported(
    shop: SignalCli, line: str, code: str, did: str
) -> None:
    file = write_python(shop, f"#!/bin/sh\n{code}\n")

    result = shop("-q", "--python", "./python", *line.split())

    remedy = "Name the Python interpreter of the application: --python PATH."
    assert (result.status, result.stdout) == (4, "")
    assert result.stderr == f"Error: {file} {did} while it started. {remedy}\n"


# Sends.


@pytest.mark.parametrize(
    "many",
    [
        *("", "--count 2", "--count 4 --json", "--jsonl many", "--count 3 --every 0.01"),
        "--count 4 --threads 2",
    ],
)
def test_a_send_that_hangs_is_ended_and_located(shop: SignalCli, many: str) -> None:
    shop.write("many", '{"sender": "x"}\n' * 3)

    result = shop("--app", "shop", "send", "order", "--yes", *many.split())

    line = line_of('    print("waiting", flush=True)') + 1
    sentence = (
        f"Error: The signal 'order' was not sent within 2 s: a receiver may wait for something at "
        f"shop.py:{line}. Give it more time: SIGNALCLI_APP_TIMEOUT=4"
    )
    assert (result.status, error_of(result)) == (4, sentence)


@pytest.mark.parametrize("how", ["", "--threads 2"])
def test_many_sends_may_take_longer_than_one(shop: SignalCli, how: str) -> None:
    """The limit is for each, and neither the pause between two nor the source is part of it."""
    several = ("--yes", "--count", "5", "--every", "0.3", "--json", *how.split())

    result = shop("--app", "shop", "send", "slow", *several)

    assert (result.status, result.stderr) == (0, "")
    assert len(result.stdout.splitlines()) == 5


def test_a_slow_source_of_messages_has_no_limit(shop: SignalCli) -> None:
    line = ("--app", "shop", "send", "slow", "--yes", "--jsonl", "-", "--json")
    pipe = subprocess.PIPE
    process = shop.start(*line, stdin=pipe, stdout=pipe, stderr=pipe)

    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(4)  # twice the limit
    stdout, stderr = process.communicate(b'{"sender": "x"}\n', timeout=30)

    assert (process.returncode, stderr, len(stdout.splitlines())) == (0, b"", 1)


@pytest.mark.parametrize(
    ("many", "note"), [("", "Interrupted."), ("--count 2", "Interrupted after 0 sends.")]
)
def test_ctrl_c_ends_a_send_that_hangs(shop: SignalCli, many: str, note: str) -> None:
    shop.environment["SIGNALCLI_APP_TIMEOUT"] = "30"
    line = ("--app", "shop", "send", "order", "--yes", *many.split())

    ended = shop.interrupted(*line, after="waiting\n")

    assert (ended.status, ended.stderr.splitlines()[-1:]) == (130, [note])


# Objects.


@pytest.mark.parametrize(
    "line", ["inspect", "inspect item", "explain item", "graph", "doctor", "receivers"]
)
def test_a_repr_that_hangs_is_ended_and_located(shop: SignalCli, line: str) -> None:
    result = shop("--app", "shop", "--repr", *line.split())

    at = line_of("    def __repr__(self):") + 1
    sentence = (
        f"Error: The application 'shop' was not described within 2 s: code of its objects may wait "
        f"for something at shop.py:{at}. Leave out --repr, or give it more time: "
        f"SIGNALCLI_APP_TIMEOUT=4"
    )
    assert (result.status, error_of(result)) == (4, sentence)


def test_a_repr_that_hangs_in_a_request_is_ended(shop: SignalCli) -> None:
    result = shop("--app", "shop", "--repr", "trace", "request", "/")

    assert result.status == 1
    assert error_of(result).startswith("Error: The request GET / was not answered within 2 s: ")


def test_ctrl_c_ends_a_repr_that_hangs(shop: SignalCli, tmp_path: Path) -> None:
    waiting = SHOP.replace("        time.sleep(1000)", "        waits(None)", 1)
    shop.write("shop.py", waiting)
    shop.environment["SIGNALCLI_APP_TIMEOUT"] = "30"
    line = ("--app", "shop", "--repr", "inspect")

    ended = shop.interrupted(*line, after="waiting\n")

    assert (ended.status, ended.stderr) == (130, "Interrupted.\n")
